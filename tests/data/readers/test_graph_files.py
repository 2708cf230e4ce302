"""Graphs from edge lists, GraphML and JSON, whole and broken."""

import json

import networkx as nx
import numpy as np
import pytest

from symbreak.data import open_source
from symbreak.data.readers.edge_lists import EdgeListFile
from symbreak.data.readers.graph_files import GraphmlFile, JsonGraphFile
from symbreak.data.readers.json_values import json_values
from symbreak.data.samples import GraphSample, Refused


def edges(graph):
    """As in networkx: names of nodes, and what each edge carries."""
    names = graph.labels.tolist()
    pairs = [tuple(names[i] for i in end) for end in graph.edge_index.T]
    pairs = pairs if graph.directed else [frozenset(pair) for pair in pairs]
    return dict(zip(pairs, graph.edge.get("weight", np.ones(graph.m)).tolist(), strict=True))


@pytest.mark.parametrize(
    "name, text",
    (
        ("a.edges", "# comment\n% other\n0 1 0.5\n1 2 2\n\n2 10 1e0\n"),
        ("a.edgelist", "0 1 {'weight': 0.5}\n1 2 {'weight': 2}\n2 10 {'weight': 1}\n"),
        ("a.csv", "source,target,weight\n0,1,0.5\n1,2,2\n2,10,1\n"),
        ("a.csv", "0,1,0.5\n1,2,2\n2,10,1\n"),
        ("a.txt", "0\t1\t0.5\r\n1\t2\t2\r\n2\t10\t1"),
        ("a.el", "0;1;0.5\n1;2;2\n2;10;1\n10;2;1\n"),
    ),
)
def test_edge_lists(tmp_path, name, text):
    (tmp_path / name).write_bytes(text.encode())
    (graph,) = open_source(tmp_path / name)
    assert graph.labels.tolist() == [0, 1, 2, 10]
    assert not graph.directed
    assert edges(graph) == {frozenset((0, 1)): 0.5, frozenset((1, 2)): 2, frozenset((2, 10)): 1}


def test_what_networkx_writes_comes_back(tmp_path):
    graph = nx.gnp_random_graph(40, 0.1, seed=1)
    path = tmp_path / "a.edgelist"
    nx.write_edgelist(graph, path)
    (sample,) = open_source(path)
    assert set(edges(sample)) == {frozenset(edge) for edge in graph.edges}


def test_names_and_directions(tmp_path):
    path = tmp_path / "a.edges"
    path.write_text("u v\nv u\nv w\nw w\n")  # u and v are nodes, no header
    (graph,) = open_source(path)
    assert graph.labels.tolist() == ["u", "v", "w"]
    assert graph.edge_index.tolist() == [[0, 1, 2], [1, 2, 2]]
    (graph,) = open_source(path, directed=True)
    assert graph.directed
    assert graph.edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 2]]


@pytest.mark.parametrize(
    "text, message",
    (
        ("0 1\n1 2 3\n", "a.edges, line 2: '1 2 3' has other columns than the first edge"),
        ("0 1 2 3\n", "a.edges, line 1: '0 1 2 3' is not two nodes and at most a number"),
        ("0 1 heavy\n", "a.edges, line 1: '0 1 heavy' is not two nodes"),
        ("0 1 {'a': 'b'}\n", "a.edges, line 1: .* is not two nodes"),
        ("0 1 {'a': \n", "a.edges, line 1: .* is not two nodes"),
        ("0\n", "a.edges, line 1: '0' has other columns than an edge"),
        ("0 1 1\n\n1 0 2\n", "a.edges, line 3: this edge stood in line 1 with another weight. .*directed=True"),
        ("# nothing\n", "a.edges: there is no edge in it"),
        ("%%MatrixMarket matrix\n2 2 1\n1 2\n", "a.edges, line 1: a MatrixMarket file is no edge list"),
    ),
)
def test_broken_edge_lists(tmp_path, text, message):
    path = tmp_path / "a.edges"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        list(EdgeListFile(path))


def test_a_weight_that_is_nan(tmp_path):
    path = tmp_path / "a.edges"
    path.write_text("0 1 nan\n")
    (refused,) = open_source(path)
    assert "edge attribute 'weight'[0] is nan" in refused.reason


@pytest.fixture
def petersen():
    graph = nx.petersen_graph()
    nx.set_node_attributes(graph, {node: {"charge": 0.5 * (node % 2), "kind": "ab"[node % 2]} for node in graph})
    nx.set_edge_attributes(graph, {edge: float(sum(edge)) for edge in graph.edges}, "weight")
    return graph


def test_graphml(tmp_path, petersen):
    path = tmp_path / "a.graphml"
    nx.write_graphml(petersen, path)
    (graph,) = open_source(path)
    assert (graph.n, graph.m, graph.directed) == (10, 15, False)
    assert graph.node["charge"].tolist() == [0, 0.5] * 5
    assert graph.node["kind"].tolist() == list("ab" * 5)
    assert edges(graph) == {frozenset(map(str, edge)): float(sum(edge)) for edge in petersen.edges}
    nx.write_graphml(nx.DiGraph([(0, 1)]), path)
    (graph,) = open_source(path)
    assert graph.directed
    nx.write_graphml(nx.MultiGraph([(0, 1), (0, 1)]), path)
    (refused,) = open_source(path)
    assert "parallel edges are not supported" in refused.reason


HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'


def test_several_graphs_and_default_values_of_graphml(tmp_path):
    path = tmp_path / "two.graphml"
    key = '<key id="k" for="node" attr.name="x" attr.type="int"><default>7</default></key>'
    two = '<graph edgedefault="undirected"><node id="a"/><node id="b"><data key="k">1</data></node></graph>'
    path.write_text(f"{HEAD}{key}{two}{two}</graphml>")
    first, second = open_source(path)
    assert first.node["x"].tolist() == [7, 1]
    assert (first.index, second.index) == (0, 1)
    path.write_text(f"{HEAD}{key.replace('<default>7</default>', '')}{two}</graphml>")
    (refused,) = open_source(path)
    assert "node a has no attribute 'x', but 1 of 2 nodes have" in refused.reason


@pytest.mark.parametrize(
    "text, message",
    (
        (f"{HEAD}\n<graph", "a.graphml, line 2: no XML"),
        (f"{HEAD}</graphml>", "a.graphml: there is no graph in it"),
        (f'{HEAD}<graph><node id="a"><data key="?">1</data></node></graph></graphml>', "a.graphml: no GraphML"),
    ),
)
def test_broken_graphml(tmp_path, text, message):
    path = tmp_path / "a.graphml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        list(GraphmlFile(path))


def test_node_link_form(tmp_path, petersen):
    petersen.graph.update(name="petersen", target=3.0)
    path = tmp_path / "a.json"
    for key in ("edges", "links"):
        path.write_text(json.dumps(nx.node_link_data(petersen, edges=key), indent=1))
        (graph,) = open_source(path)
        assert graph.node["charge"].tolist() == [0, 0.5] * 5
        assert edges(graph) == {frozenset(map(str, edge)): float(sum(edge)) for edge in petersen.edges}
        assert (graph.name, graph.graph) == ("petersen", {"target": 3.0})


ARRAYS = {"edge_index": [[0, 1], [1, 0]], "x": [[1.0], [2.0]]}


@pytest.mark.parametrize(
    "name, text",
    (
        ("a.json", json.dumps([ARRAYS, 5, ARRAYS])),
        ("a.json", json.dumps([ARRAYS, 5, ARRAYS], indent=2)),
        ("a.jsonl", f"{json.dumps(ARRAYS)}\n5\n\n{json.dumps(ARRAYS)}\n"),
        ("a.ndjson", f"{json.dumps(ARRAYS)}\n{{broken\n{json.dumps(ARRAYS)}"),
        ("a.txt", f"{json.dumps(ARRAYS)}\n{{broken\n{json.dumps(ARRAYS)}"),
    ),
)
def test_many_graphs_in_json(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    samples = list(open_source(path))
    assert [type(sample) for sample in samples] == [GraphSample, Refused, GraphSample]
    assert [sample.index for sample in samples] == [0, 1, 2]
    assert samples[2].edge_index.tolist() == [[0], [1]]
    assert (name != "a.json") <= (samples[1].line == 2)
    assert "is no graph" in samples[1].reason or "no JSON: Expecting property name" in samples[1].reason


def test_json_is_decoded_one_value_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr("symbreak.data.readers.json_values._BLOCK", 16)
    values = [{"a": list(range(k)), "b": "]},\n" * k} for k in range(30)]
    path = tmp_path / "a.json"
    for indent in (None, 1):
        path.write_text(json.dumps(values, indent=indent))
        assert [value for _, value in json_values(path)] == values
    lines = [line for line, _ in json_values(path)]
    assert [path.read_text().split("\n")[line - 1] for line in lines] == [" {"] * 30
    path.write_text(" " + " ".join(map(json.dumps, values)))
    assert [value for _, value in json_values(path)] == values


@pytest.mark.parametrize(
    "text, message",
    (
        ('[{"edge_index": [[0], [1]]},\n{"edge_in', "a.json, line 2: no JSON, or cut off"),
        ('[{"edge_index": [[0], [1]]},\n', "a.json, line 2: .* cut off"),
        ('{"edge_index": [[0],\n [1]', "a.json, line 2: no JSON, or cut off"),
        ("[]", "a.json: there is no graph in it"),
        ('{"a": 1}\n\xff', "a.json: its bytes are no UTF-8 text"),
    ),
)
def test_broken_json(tmp_path, text, message):
    path = tmp_path / "a.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=message):
        list(JsonGraphFile(path))


@pytest.mark.parametrize(
    "value", ({"nodes": [{"id": 1}]}, {"nodes": [1], "edges": []}, {"1": {}}, {"nodes": [{"id": 0}], "edges": [{}]})
)
def test_objects_that_are_no_graph(tmp_path, value):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value))
    (refused,) = open_source(path)
    assert "a graph has 'edge_index', or 'nodes' with an 'id' each" in refused.reason


def test_broken_json_lines(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("\n{")
    (refused,) = open_source(path)
    assert (refused.line, "no JSON" in refused.reason) == (2, True)
    path.write_text("\n")
    with pytest.raises(ValueError, match="there is no graph in it"):
        list(JsonGraphFile(path, lines=True))
