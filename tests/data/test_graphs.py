"""Graphs from arrays and rows: refusals, folding of both directions, colours."""

import numpy as np
import pytest

from symbreak.data.graphs import build_graph, joint_rank, pack
from symbreak.data.readers.graph_arrays import graph_from_arrays, graph_from_rows
from symbreak.data.samples import GraphSample, Refused

TRIANGLE = np.array([[0, 1, 2], [1, 2, 0]])


@pytest.mark.parametrize(
    "arguments, reason",
    (
        ({"n": 0, "edge_index": TRIANGLE[:, :0]}, "an empty graph: it has no nodes"),
        ({"n": 3, "edge_index": TRIANGLE.T}, r"edge_index is int64 of shape \(3, 2\)"),
        ({"n": 3, "edge_index": TRIANGLE * 1.0}, "edge_index is float64"),
        ({"n": 2, "edge_index": TRIANGLE}, "edge 1 joins nodes 1 and 2, but the 2 nodes have the numbers 0 to 1"),
        ({"n": 3, "edge_index": -TRIANGLE}, "edge 0 joins nodes 0 and -1"),
        (
            {"n": 3, "edge_index": TRIANGLE, "node": {"x": np.zeros(4)}},
            r"node attribute 'x' is float64 of shape \(4,\)",
        ),
        ({"n": 3, "edge_index": TRIANGLE, "node": {"x": np.array([0, 1, np.nan])}}, r"node attribute 'x'\[2\] is nan"),
        (
            {"n": 3, "edge_index": TRIANGLE, "edge": {"w": np.array([[np.inf]] * 3)}},
            r"edge attribute 'w'\[0, 0\] is inf",
        ),
        ({"n": 3, "edge_index": TRIANGLE, "edge": {"w": np.zeros(3, dtype=complex)}}, "it takes real numbers or text"),
        ({"n": 3, "edge_index": TRIANGLE, "graph": {"y": np.array(np.nan)}}, "graph attribute 'y' is nan"),
        ({"n": 3, "edge_index": np.array([[0, 1], [1, 0]])}, "edges 0 and 1 both join nodes 0 and 1, but parallel"),
        ({"n": 3, "edge_index": np.array([[0, 0], [1, 1]]), "directed": True}, "edges 0 and 1 both join nodes 0 and 1"),
    ),
)
def test_refusals(arguments, reason):
    refused = build_graph(**arguments, index=4, line=9, name="g")
    assert isinstance(refused, Refused)
    assert (refused.index, refused.line, refused.name) == (4, 9, "g")
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(refused.reason)


def test_directions_that_are_not_parallel_edges():
    both = build_graph(3, np.array([[0, 1], [1, 0]]), directed=True)
    assert isinstance(both, GraphSample)
    loops = build_graph(2, np.array([[0, 1, 0], [0, 1, 1]]))
    assert isinstance(loops, GraphSample)


def test_both_directions_are_one_edge_if_their_attributes_agree():
    rng = np.random.default_rng(0)
    for trial in range(50):
        n = 6
        once = np.argwhere(np.triu(rng.random((n, n)) < 0.5)).T  # loops too
        weight = rng.integers(0, 3, once.shape[1])
        loop = once[0] == once[1]
        both = np.concatenate([once, once[::-1, ~loop]], axis=1)
        weights = np.concatenate([weight, weight[~loop]])
        order = rng.permutation(both.shape[1])
        graph = build_graph(n, both[:, order], directed=None, edge={"w": weights[order]})
        assert not graph.directed
        found = dict(zip(map(tuple, graph.edge_index.T.tolist()), graph.edge["w"].tolist(), strict=True))
        assert found == dict(zip(map(tuple, once.T.tolist()), weight.tolist(), strict=True))
        broken = weights.copy()
        proper = np.flatnonzero(both[0] != both[1])
        if len(proper):
            broken[proper[trial % len(proper)]] += 5
            graph = build_graph(n, both, directed=None, edge={"w": broken})
            assert graph.directed
            assert graph.m == both.shape[1]
            graph = build_graph(n, np.delete(both, proper[0], axis=1), directed=None)
            assert graph.directed == (both.shape[1] > 1)


def test_conventions_of_named_arrays():
    star = np.array([[0, 0, 1, 2], [1, 2, 0, 0]])
    graph = graph_from_arrays(
        {
            "edge_index": star,
            "x": np.zeros((3, 2)),
            "edge_attr": np.ones((4, 5)),
            "y": [1.0],
            "train_mask": [True, False, False],
            "name": "star",
            "edge_label_index": [[0], [1]],
            "nothing": None,
        },
        index=2,
    )
    assert (graph.n, graph.m, graph.directed, graph.name, graph.index) == (3, 2, False, "star", 2)
    assert sorted(graph.node) == ["train_mask", "x"]
    assert graph.edge["edge_attr"].shape == (2, 5)
    assert sorted(graph.graph) == ["edge_label_index", "y"]
    assert graph_from_arrays({"edge_index": star}).n == 3
    assert graph_from_arrays({"edge_index": star, "num_nodes": 5}).n == 5
    assert graph_from_arrays({"edge_index": [[], []], "num_nodes": 1, "y": [2.0]}).graph["y"].tolist() == [2.0]
    assert graph_from_arrays({"edge_index": star, "directed": True}).directed


@pytest.mark.parametrize(
    "arrays, reason",
    (
        ({"x": [1.0]}, r"it has \['x'\], but a graph needs 'edge_index'"),
        ({"edge_index": [[0], [1]], "x": [[1, 2], [3]]}, "an array has rows of several lengths"),
        ({"edge_index": [[0], [1]], "edge_attr": [1, 2]}, "edge attribute 'edge_attr'"),
        ({"edge_index": [[], []]}, "an empty graph"),
    ),
)
def test_arrays_that_are_no_graph(arrays, reason):
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(graph_from_arrays(arrays).reason)


@pytest.mark.parametrize(
    "nodes, edges, reason",
    (
        ([("a", {}), ("a", {})], [], "two nodes have one name"),
        ([("a", {})], [("a", "b", {})], "an edge ends at 'b', which is no node"),
        ([("a", {"x": 1}), ("b", {})], [], "node b has no attribute 'x', but 1 of 2 nodes have"),
        ([("a", {}), ("b", {})], [("a", "b", {"w": 1}), ("b", "b", {})], "edge b - b has no attribute 'w'"),
        ([("a", {"x": [1]}), ("b", {"x": [1, 2]})], [], "node attribute 'x' has values of several lengths"),
    ),
)
def test_rows_that_are_no_graph(nodes, edges, reason):
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(graph_from_rows(nodes, edges, directed=False).reason)


def test_colours_are_equal_where_all_attributes_are():
    rng = np.random.default_rng(0)
    samples = [Refused(0, "no")]
    for index in range(1, 6):
        n = int(rng.integers(1, 8))
        edges = np.argwhere(np.triu(rng.random((n, n)) < 0.5, 1)).T
        samples.append(
            GraphSample(
                n,
                edges,
                node={"x": rng.integers(0, 2, (n, 2)) / 3, "kind": rng.choice(["a", "b"], n)},
                edge={"w": rng.integers(0, 2, edges.shape[1])},
                index=index,
            )
        )
    packed = pack(samples)
    assert len(packed) == 5
    assert packed.refused == (samples[0],)
    assert packed.index.tolist() == [1, 2, 3, 4, 5]
    rows = [
        (*x, kind)
        for graph in samples[1:]
        for x, kind in zip(graph.node["x"].tolist(), graph.node["kind"], strict=True)
    ]
    same = np.array([[a == b for b in rows] for a in rows])
    assert ((packed.node_colour[:, None] == packed.node_colour) == same).all()
    weights = np.concatenate([graph.edge["w"] for graph in samples[1:]])
    assert ((packed.edge_colour[:, None] == packed.edge_colour) == (weights[:, None] == weights)).all()
    plain = pack(samples, nodes=(), edges=())
    assert not plain.node_colour.any()
    assert plain.nodes.sum() == len(plain.node_colour)
    assert len(pack([])) == 0
    assert joint_rank(np.zeros(0, dtype=np.int64), np.zeros((0, 2))).shape == (0,)


def test_colours_that_do_not_compare():
    a = GraphSample(1, TRIANGLE[:, :0], node={"x": np.zeros(1)}, index=3)
    b = GraphSample(1, TRIANGLE[:, :0], node={"x": np.zeros((1, 2))})
    c = GraphSample(1, TRIANGLE[:, :0], index=7, line=12)
    with pytest.raises(ValueError, match=r"'x' has rows of shape \(\) in one graph and \(2,\) in another"):
        pack([a, b])
    with pytest.raises(
        ValueError, match=r"sample 7 \(line 12\) has no node attribute 'x', but 1 of 2 graphs here have"
    ):
        pack([a, c])
