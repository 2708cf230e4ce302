"""Coloured graphs: literal examples of each constructor, equality, errors."""

from collections import Counter

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.symmetry.graphs import ColouredGraph, ColouredGraphs, automorphisms, canonical_form, colours

NAN, INF = float("nan"), float("inf")


def both_ways(pairs):
    edges = torch.tensor(pairs).T
    return torch.cat([edges, edges.flip(0)], 1)


def test_literal_relabel():
    graph = ColouredGraph.from_edges(3, [(0, 1), (1, 2)], node_colour=[7, 8, 9], edge_colour=[5, 6])
    moved = graph.relabel([2, 0, 1])  # 0 -> 2, 1 -> 0, 2 -> 1
    assert moved.node_colour.tolist() == [8, 9, 7]
    assert (moved.source.tolist(), moved.target.tolist(), moved.edge_colour.tolist()) == ([2, 0], [0, 1], [5, 6])
    assert not moved.same_as(graph)
    assert moved.same_as(ColouredGraph.from_edges(3, [(1, 0), (2, 0)], node_colour=[8, 9, 7], edge_colour=[6, 5]))


def test_same_as_minds_direction_colours_and_parallel_edges():
    graph = ColouredGraph.from_edges(2, [(0, 1)])
    assert graph.same_as(ColouredGraph.from_edges(2, [(1, 0)]))
    for other in (
        ColouredGraph.from_edges(2, [(0, 1)], directed=True),
        ColouredGraph.from_edges(2, [(0, 1)], edge_colour=[1]),
        ColouredGraph.from_edges(2, [(0, 1)], node_colour=[0, 1]),
        ColouredGraph.from_edges(2, [(0, 1), (0, 1)]),
        ColouredGraph.from_edges(3, [(0, 1)]),
    ):
        assert not graph.same_as(other)
    arc = ColouredGraph.from_edges(2, [(0, 1)], directed=True)
    assert not arc.same_as(ColouredGraph.from_edges(2, [(1, 0)], directed=True))


def test_literal_batch():
    """A weighted path of three nodes, an empty graph, and one arc."""
    path = Data(
        x=torch.tensor([[1.0, NAN], [2.0, 0.0], [1.0, NAN]]),
        edge_index=both_ways([(0, 1), (1, 2)]),
        w=torch.tensor([0.5, 0.25, 0.5, 0.25]),
    )
    empty = Data(x=torch.zeros(0, 2), edge_index=torch.zeros(2, 0, dtype=torch.int64), w=torch.zeros(0))
    arc = Data(x=torch.tensor([[1.0, NAN], [-0.0, 0.0]]), edge_index=torch.tensor([[1], [0]]), w=torch.tensor([0.5]))
    batch = Batch.from_data_list([path, empty, arc])
    graphs = ColouredGraphs.from_batch(batch, ("x",), ("w",))
    assert graphs.directed.tolist() == [False, True, True] or graphs.directed.tolist() == [False, False, True]
    assert graphs.ptr.tolist() == [0, 3, 3, 5]
    assert graphs.edge_ptr.tolist() == [0, 2, 2, 3]
    first, second, third = graphs.node_colour[[0, 1, 4]].tolist()
    assert graphs.node_colour.tolist() == [first, second, first, first, third]
    assert third < first < second  # in the order of the values, over the batch
    assert graphs.source.tolist() == [0, 1, 4]
    assert graphs.target.tolist() == [1, 2, 3]
    assert graphs.edge_colour.tolist() == [1, 0, 1]
    found = automorphisms(graphs)
    assert [found.order(b) for b in range(3)] == [1, 1, 1]
    unweighted = automorphisms(ColouredGraphs.from_batch(batch, ("x",)))
    assert [unweighted.order(b) for b in range(3)] == [2, 1, 1]


def test_undirected_means_both_ways_with_equal_values():
    edge_index = both_ways([(0, 1), (1, 2)])
    batch = Batch.from_data_list([Data(edge_index=edge_index, w=torch.tensor([1, 2, 1, 3]), num_nodes=3)])
    assert ColouredGraphs.from_batch(batch).directed.tolist() == [False]
    graphs = ColouredGraphs.from_batch(batch, (), ("w",))
    assert graphs.directed.tolist() == [True]
    assert len(graphs[0].source) == 4


def test_loops_and_parallel_edges_of_a_batch():
    loops = Data(edge_index=torch.tensor([[0, 0, 1, 1, 1], [0, 1, 0, 0, 1]]), num_nodes=2)  # 0 -> 1 once, 1 -> 0 twice
    graphs = ColouredGraphs.from_batch(Batch.from_data_list([loops]))
    assert graphs.directed.tolist() == [True]
    twice = Data(edge_index=torch.tensor([[0, 0, 1, 1], [1, 1, 0, 0]]), num_nodes=2)
    graph = ColouredGraph.from_data(twice)
    assert graph.same_as(ColouredGraph.from_edges(2, [(0, 1), (0, 1)]))


@pytest.mark.parametrize("n", [1, 3, 64, 65])  # the last is too large for a table of pairs
def test_undirected_is_a_multiset_that_is_its_own_reverse(n):
    rng, counts = np.random.default_rng(n), {True: 0, False: 0}
    for _ in range(100):
        ends = n - 1 - rng.integers(min(n, 3), size=(rng.integers(5), 2))  # few nodes: loops and parallel edges
        arcs = [(int(a), int(b), int(rng.integers(2))) for a, b in ends]
        arcs += [(b, a, c if rng.random() < 0.9 else 1 - c) for a, b, c in arcs if a != b or rng.random() < 0.5]
        rng.shuffle(arcs)
        edge_index = torch.tensor([arc[:2] for arc in arcs], dtype=torch.int64).reshape(-1, 2).T
        data = Data(edge_index=edge_index, w=torch.tensor([arc[2] for arc in arcs]).long(), num_nodes=n)
        expected = Counter((a, b, c) for a, b, c in arcs) == Counter((b, a, c) for a, b, c in arcs)
        graphs = ColouredGraphs.from_batch(Batch.from_data_list([data]), (), ("w",))
        assert graphs.directed.tolist() == [not expected]
        counts[expected] += 1
    assert min(counts.values()) >= (0 if n == 1 else 5)


def test_edges_in_any_order():
    """A batch whose edges do not stand by graph."""
    batch = Batch.from_data_list([Data(edge_index=both_ways([(0, 1)]), num_nodes=2)] * 2)
    batch.w = torch.tensor([1, 1, 2, 2])
    order = torch.tensor([2, 0, 3, 1])
    batch.edge_index, batch.w = batch.edge_index[:, order], batch.w[order]
    graphs = ColouredGraphs.from_batch(batch, (), ("w",))
    assert graphs.edge_colour.tolist() == [0, 1]
    assert graphs[1].source.tolist() == [0]


def test_the_batch_of_some_graphs_and_back():
    rng = np.random.default_rng(0)
    graphs = [
        ColouredGraph.from_edges(
            n, rng.integers(0, max(n, 1), (n, 2)), node_colour=rng.integers(0, 3, n), directed=bool(n % 2)
        )
        for n in (4, 0, 1, 7)
    ]
    batch = ColouredGraphs.from_graphs(graphs)
    assert len(batch) == 4
    assert all(one.same_as(other) for one, other in zip(graphs, batch, strict=True))


def test_literal_networkx():
    graph = nx.MultiDiGraph()
    graph.add_node("b", element="C", charge=0.5)
    graph.add_node("a", element="N", charge=0.5)
    graph.add_edge("a", "b", order=2)
    graph.add_edge("a", "b", order=1)
    found = ColouredGraph.from_networkx(graph, ("element", "charge"), ("order",))
    assert found.directed
    assert (found.source.tolist(), found.target.tolist()) == ([1, 1], [0, 0])
    assert found.node_colour[0] < found.node_colour[1]
    assert found.edge_colour.tolist() == [1, 0]


def test_networkx_colours_compare_over_one_call():
    carbon, nitrogen = (nx.Graph([(0, 1)]) for _ in range(2))
    nx.set_node_attributes(carbon, "C", "element")
    nx.set_node_attributes(nitrogen, "N", "element")
    apart = ColouredGraphs.from_networkx([carbon, nitrogen, carbon], ("element",))
    assert not canonical_form(apart[0]).same_as(canonical_form(apart[1]))
    assert canonical_form(apart[0]).same_as(canonical_form(apart[2]))
    assert ColouredGraph.from_networkx(carbon, ("element",)).same_as(
        ColouredGraph.from_networkx(nitrogen, ("element",))
    )  # each by itself: colours without their names


@pytest.mark.parametrize(
    "values, expected",
    (
        (["b", "a", "b"], [1, 0, 1]),
        ([2, 1, 10], [1, 0, 2]),
        ([True, 0, 1], [1, 0, 1]),
        ([1.5, NAN, NAN], [0, 1, 1]),
        ([10**30, 1, 10**30], [1, 0, 1]),
        ([(1, 2), None, (1, 2)], [1, 0, 1]),
    ),
    ids=("strings", "integers", "truth values", "NaN", "large integers", "tuples"),
)
def test_values_of_attributes(values, expected):
    graph = nx.Graph()
    graph.add_nodes_from((k, {"value": value}) for k, value in enumerate(values))
    assert ColouredGraph.from_networkx(graph, ("value",)).node_colour.tolist() == expected


def test_colours_by_tolerance():
    """Chains of neighbours within a graph; the same values apart in another graph."""
    value = np.array([0.0, 0.2, 0.1, 5.0, NAN, NAN, INF, INF, 0.0, 0.2])
    owner = np.array([0] * 8 + [1] * 2)
    assert colours([value], owner, atol=0.15).tolist() == [0, 0, 0, 1, 3, 3, 2, 2, 0, 1]
    assert colours([value], owner).tolist() == [0, 2, 1, 3, 5, 5, 4, 4, 0, 2]
    assert colours([np.array([3, 1, 3])], np.zeros(3, dtype=np.int64), atol=10.0).tolist() == [
        1,
        0,
        1,
    ]  # of floats only
    assert colours([], owner).tolist() == [0] * 10
    many = [np.arange(10.0) % 7 for _ in range(40)]
    assert len(set(colours(many, owner).tolist())) == 7  # more combinations than an int64 has numbers


@pytest.mark.parametrize(
    "make, message",
    (
        (lambda: ColouredGraph.from_edges(-1, []), "has -1 nodes, but a number of nodes is not negative"),
        (lambda: ColouredGraph.from_edges(2, [(0, 2)]), r"target\[0\] is 2, but the graph has 2 nodes, numbered"),
        (lambda: ColouredGraph.from_edges(2, [(-1, 0)]), r"source\[0\] is -1"),
        (lambda: ColouredGraph.from_edges(9, np.zeros((2, 5), dtype=int)), r"shape \(2, 5\).* is to be transposed"),
        (lambda: ColouredGraph.from_edges(2, [(0.0, 1.0)]), "dtype float64, but each is a pair of nodes"),
        (
            lambda: ColouredGraph.from_edges(2, [], node_colour=[1]),
            r"colours have shape \(1,\).* there are 2 to colour",
        ),
        (lambda: ColouredGraph.from_edges(1, [], node_colour=[0.5]), "dtype float64, .* one integer for each"),
        (
            lambda: ColouredGraph(np.zeros(2), *[np.zeros(0, dtype=np.int64)] * 3),
            r"node_colour is float64 of shape \(2,\), but it must be an int64 NumPy array",
        ),
        (
            lambda: ColouredGraph(np.zeros(1, dtype=np.int64), [0], *[np.zeros(1, dtype=np.int64)] * 2),
            "source is list, but it must be an int64",
        ),
        (
            lambda: ColouredGraph(*[np.zeros(k, dtype=np.int64) for k in (1, 1, 1, 2)]),
            "have 1, 1 and 2 entries, but each edge has one of each",
        ),
        (lambda: ColouredGraph.from_edges(3, []).relabel([0, 1]), r"g has shape \(2,\), .* permutation of the 3 nodes"),
        (lambda: ColouredGraph.from_edges(2, []).relabel([1, 1]), "permutation of the 2 nodes"),
        (lambda: colours([np.zeros(1)], np.zeros(1), atol=NAN), "atol is nan, but a tolerance is not negative"),
    ),
)
def test_errors_of_one_graph(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def columns(**changes):
    """Two graphs with one edge each, but for the changes."""
    default = {
        "node_colour": np.zeros(4, dtype=np.int64),
        "ptr": np.array([0, 2, 4]),
        "source": np.array([0, 2]),
        "target": np.array([1, 3]),
        "edge_colour": np.zeros(2, dtype=np.int64),
        "edge_ptr": np.array([0, 1, 2]),
        "directed": np.array([False, True]),
    }
    return default | changes


@pytest.mark.parametrize(
    "changes, message",
    (
        ({"ptr": np.array([0, 2, 3])}, r"ptr is int64 of shape \(3,\), but for 2 graphs .* go from 0 to 4"),
        ({"edge_ptr": np.array([0, 2])}, r"edge_ptr is int64 of shape \(2,\), but for 2 graphs"),
        ({"ptr": np.array([0, 5, 4])}, "ptr goes down at graph 1, but it never does"),
        ({"directed": np.array([0, 1])}, r"directed is int64 of shape \(2,\), but it must be bool"),
        ({"target": np.array([1, 1])}, r"target\[1\] is 1, but graph 1 has the nodes from 2 to before 4"),
        ({"target": np.array([1, 4])}, r"target\[1\] is 4, but the graph has 4 nodes"),
    ),
)
def test_errors_of_a_batch(changes, message):
    ColouredGraphs(**columns())
    with pytest.raises(ValueError, match=message):
        ColouredGraphs(**columns(**changes))


def test_errors_of_data():
    with pytest.raises(ValueError, match=r"hold \['x'\], but no batch and ptr: .* Batch.from_data_list\(\[data\]\)"):
        ColouredGraphs.from_batch(Data(x=torch.zeros(2, 1)))
    batch = Batch.from_data_list([Data(x=torch.zeros(2, 1), edge_index=both_ways([(0, 1)]))] * 2)
    with pytest.raises(ValueError, match=r"no fields \['y'\], by which to colour the graphs; it has \['batch', "):
        ColouredGraphs.from_batch(batch, ("y",))
    with pytest.raises(ValueError, match=r"'edge_index' has shape \(2, 4\), but the batch has 4 edges"):
        ColouredGraphs.from_batch(batch, (), ("edge_index",))
    batch.name = "pair"
    with pytest.raises(ValueError, match="'name' has type str, but the batch has 4 nodes"):
        ColouredGraphs.from_batch(batch, ("name",))
    batch.edge_index = torch.tensor([[0], [2]])
    with pytest.raises(ValueError, match=r"target\[0\] is 2, but graph 0 has the nodes from 0 to before 2"):
        ColouredGraphs.from_batch(batch)
    batch.edge_index = torch.tensor([[0], [7]])
    with pytest.raises(ValueError, match=r"target\[0\] is 7, but the graph has 4 nodes"):
        ColouredGraphs.from_batch(batch)
    batch.edge_index = torch.zeros(2, 0, dtype=torch.int64)
    for ptr, message in (([0, 2, 9], "go from 0 to 4"), ([0, 9, 4], "goes down at graph 1"), ([1, 2, 4], "go from 0")):
        batch.ptr = torch.tensor(ptr)
        with pytest.raises(ValueError, match=message):
            ColouredGraphs.from_batch(batch)


def test_errors_of_networkx():
    graph = nx.Graph([(0, 1)])
    with pytest.raises(ValueError, match="The node 0 has no attribute 'element'; it has .* Give one to each"):
        ColouredGraph.from_networkx(graph, ("element",))
    with pytest.raises(ValueError, match="The edge 0, 1 has no attribute 'bond'"):
        ColouredGraph.from_networkx(graph, (), ("bond",))
    nx.set_node_attributes(graph, torch.zeros(3), "vector")
    with pytest.raises(
        ValueError, match="An attribute is of type Tensor, but attributes are numbers, strings or tuples"
    ):
        ColouredGraph.from_networkx(graph, ("vector",))
    with pytest.raises(IndexError, match="graph 1 of 1"):
        ColouredGraphs.from_networkx([graph])[1]


@pytest.mark.parametrize(
    "dtype", (torch.float32, torch.float64, torch.bfloat16, torch.int32, torch.bool, torch.complex64)
)
def test_fields_of_every_type(dtype):
    x = torch.tensor([[1, 0], [0, 1], [1, 0]]).to(dtype)
    graphs = ColouredGraphs.from_batch(Batch.from_data_list([Data(x=x)]), ("x",))
    assert graphs.node_colour[0] == graphs.node_colour[2] != graphs.node_colour[1]
