"""Kernels of graphs on graphs whose automorphisms are known."""

import math

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.actions import Relabel
from symbreak.groups import SampleKeys
from symbreak.kernels.canonical_labelling import CanonicalLabelling, RandomIndividualization, RefinedSort
from symbreak.testing import check_kernel, graph_oracles

ACTION, WEIGHED = Relabel(("x",)), Relabel(("x",), ("edge_attr",))
ORACLES = {oracle.name: oracle for oracle in graph_oracles()}
KERNELS = (CanonicalLabelling, RefinedSort, RandomIndividualization)


def data(edge_index, nodes, **fields):
    fields.setdefault("x", torch.zeros(nodes, 1))
    return Data(edge_index=edge_index, num_nodes=nodes, **fields)


def batch_of(*names):
    return Batch.from_data_list([data(ORACLES[name].edge_index, ORACLES[name].nodes) for name in names])


def orders_of(*names):
    return torch.tensor([ORACLES[name].automorphisms for name in names])


def ring(n, **fields):
    around = torch.stack([torch.arange(n), (torch.arange(n) + 1) % n])
    return data(torch.cat([around, around.flip(0)], 1), n, **fields)


def both_ways(graph):
    edges = torch.tensor(list(graph.edges)).reshape(-1, 2).T
    return data(torch.cat([edges, edges.flip(0)], 1), len(graph))


def without_symmetry():
    """The Frucht graph: cubic, so that refinement sees nothing, and with no automorphism but the identity."""
    return both_ways(nx.frucht_graph())


@pytest.mark.parametrize("names", (tuple(ORACLES)[:5], tuple(ORACLES)[5:]), ids=("small", "large"))
def test_canonical_labelling_is_the_inversion_kernel(names):
    check_kernel(CanonicalLabelling(), ACTION, batch_of(*names), order=orders_of(*names), draws=2000)


def test_colours_weights_and_directions_count():
    marked = ring(6, x=torch.tensor([1.0, 0, 0, 1, 0, 0])[:, None], edge_attr=torch.zeros(12))
    weighed = ring(6, edge_attr=torch.tensor([1.0, 2] * 6))
    directed = data(ring(6).edge_index[:, :6], 6, edge_attr=torch.zeros(6))
    nothing = data(torch.zeros(2, 0, dtype=torch.int64), 0, edge_attr=torch.zeros(0))
    batch = Batch.from_data_list([marked, weighed, directed, nothing])
    kernel = CanonicalLabelling(("x",), ("edge_attr",))
    assert kernel.support_size(batch).tolist() == [4, 6, 6, 1]
    check_kernel(kernel, WEIGHED, batch, order=torch.tensor([4, 6, 6, 1]))
    assert CanonicalLabelling().support_size(batch).tolist() == [12, 12, 6, 1]
    with pytest.raises(AssertionError, match="canonical form"):  # it moves what it does not see
        check_kernel(CanonicalLabelling(), WEIGHED, batch)


def test_two_copies_of_one_graph():
    twice = both_ways(nx.disjoint_union(nx.cycle_graph(5), nx.cycle_graph(5)))
    check_kernel(CanonicalLabelling(), ACTION, Batch.from_data_list([twice]), order=torch.tensor([200]), draws=4000)


def test_isomorphic_graphs_have_one_canonical_form():
    """Numbers of nodes, order of edges and the batch do not matter; the fields' values do."""
    generator = torch.Generator().manual_seed(0)
    graphs = [ring(6), without_symmetry(), ring(8, x=torch.rand(8, 1, generator=generator).round())]
    batch = Batch.from_data_list([graph for graph in graphs for _ in range(10)])
    kernel = CanonicalLabelling(("x",))
    moved = ACTION.act(ACTION.haar(batch, generator=generator), batch)
    forms = ACTION.act(kernel.group.inverse(kernel(moved, generator=generator)), moved).to_data_list()
    for k in range(0, 30, 10):
        sets = {tuple(sorted(map(tuple, form.edge_index.T.tolist()))) for form in forms[k : k + 10]}
        assert len(sets) == 1
        assert all(torch.equal(form.x, forms[k].x) for form in forms[k : k + 10])


def test_literal_pose():
    """The pose sends canonical node i to node g[i]; the colours stand in their order."""
    batch = Batch.from_data_list([Data(x=torch.tensor([[2.0], [0.0], [1.0]])), Data(x=torch.tensor([[1.0], [0.0]]))])
    for kernel in (CanonicalLabelling(("x",)), RefinedSort(("x",)), RandomIndividualization(("x",))):
        g = kernel(batch)
        assert g.tolist() == [1, 2, 0, 4, 3]
        assert ACTION.act(ACTION.group.inverse(g), batch).x[:, 0].tolist() == [0, 1, 2, 0, 1]


EXACT = {
    RefinedSort: ("no node", "one node", "empty", "complete", "star", "asymmetric"),
    RandomIndividualization: tuple(ORACLES),
}
COARSE = {RefinedSort: ("path", "cycle", "two triangles", "Petersen"), RandomIndividualization: ()}


@pytest.mark.parametrize("kernel", EXACT)
def test_where_the_cheaper_kernels_are_exact(kernel):
    names, rest = EXACT[kernel], COARSE[kernel]
    check_kernel(kernel(), ACTION, batch_of(*names), order=orders_of(*names))
    assert kernel().excess(batch_of(*names)).abs().max() < 1e-12
    for name in rest:
        check_kernel(kernel(), ACTION, batch_of(name), inversion=False, order=orders_of(name))
        assert (kernel().excess(batch_of(name)) > 0.5).all()
        with pytest.raises(AssertionError):
            check_kernel(kernel(), ACTION, batch_of(name), order=orders_of(name))


@pytest.mark.parametrize("kernel", (RefinedSort, RandomIndividualization))
def test_a_regular_graph_without_symmetry(kernel):
    """Both are equivariant in law, and further from the exact kernel, by the entropy that they report."""
    batch = Batch.from_data_list([without_symmetry()])
    check_kernel(kernel(), ACTION, batch, inversion=False, order=torch.tensor([1]), draws=2000)
    excess = float(kernel().excess(batch))
    assert excess == pytest.approx(math.lgamma(13) if kernel is RefinedSort else float(np.log(12)))
    check_kernel(CanonicalLabelling(), ACTION, batch, order=torch.tensor([1]))


def test_the_excess_of_random_individualization_by_enumeration():
    """Two triangles beside a hexagon: the entropy of the leaves drawn, against the one that is summed."""
    graph = nx.disjoint_union_all([nx.cycle_graph(3), nx.cycle_graph(3), nx.cycle_graph(6)])
    batch, kernel = Batch.from_data_list([both_ways(graph)]), RandomIndividualization()
    copies, generator = Batch.from_data_list([both_ways(graph)] * 1000), torch.Generator().manual_seed(0)
    draws = torch.cat([kernel(copies, generator=generator).view(1000, 12) % 12 for _ in range(100)])
    counts = draws.unique(dim=0, return_counts=True)[1].double()
    share = counts / counts.sum()
    bias = len(counts) / (2 * counts.sum())  # of an entropy of shares, to first order
    found = float(-(share * share.log()).sum() + bias)
    assert float(kernel.entropy(batch)) == pytest.approx(found, abs=0.02)
    assert float(kernel.excess(batch)) > 0.1
    assert float(CanonicalLabelling().entropy(batch)) == pytest.approx(math.log(72 * 12))


def test_entropy_and_support():
    batch = batch_of("no node", "star", "cycle", "path", "asymmetric")
    exact = torch.tensor([1, 24, 12, 2, 1], dtype=torch.float64)
    torch.testing.assert_close(CanonicalLabelling().entropy(batch), exact.log())
    assert CanonicalLabelling().support_size(batch).tolist() == exact.tolist()
    assert CanonicalLabelling().excess(batch).tolist() == [0] * 5
    torch.testing.assert_close(RefinedSort().entropy(batch).exp(), torch.tensor([1, 24, 720, 4, 1]).double())
    torch.testing.assert_close(RandomIndividualization().entropy(batch), exact.log())


def test_a_group_too_large_to_count():
    batch = Batch.from_data_list([data(torch.zeros(2, 0, dtype=torch.int64), n) for n in (20, 21)])
    torch.testing.assert_close(CanonicalLabelling().entropy(batch)[1], torch.tensor(math.lgamma(22)).double())
    assert CanonicalLabelling().support_size(batch_of("empty")).tolist() == [24]
    with pytest.raises(ValueError, match=r"Graph 1 of the batch has 5.109e\+19 automorphisms, .* Take entropy"):
        CanonicalLabelling().support_size(batch)


@pytest.mark.parametrize("kernel", KERNELS)
def test_draws_are_keyed_to_the_graph(kernel):
    batch, index = batch_of("cycle", "no node", "Petersen", "cycle"), torch.tensor([3, 8, 1, 3])
    g = kernel()(batch, generator=SampleKeys(index, seed=0))
    assert torch.equal(g[:6], g[16:] - 16)
    alone = kernel()(batch_of("Petersen"), generator=SampleKeys(index[2:3], seed=0))
    assert torch.equal(g[6:16] - 6, alone)
    assert not torch.equal(g, kernel()(batch, generator=SampleKeys(index, seed=1)))


def test_tolerance_and_nan():
    x = torch.tensor([[1.0], [1.0 + 1e-6], [float("nan")], [float("nan")]])
    batch = Batch.from_data_list([data(torch.zeros(2, 0, dtype=torch.int64), 4, x=x)])
    assert CanonicalLabelling(("x",)).support_size(batch).tolist() == [2]
    assert CanonicalLabelling(("x",), atol=1e-5).support_size(batch).tolist() == [4]
    check_kernel(CanonicalLabelling(("x",), atol=1e-5), ACTION, batch, order=torch.tensor([4]), atol=2e-6)


def test_graphs_that_are_not_decided():
    """The Petersen graph within too little work; the error names the graph, and the cheap kernel needs no search."""
    batch = batch_of("one node", "Petersen", "Petersen")
    for call in (CanonicalLabelling(budget=30), CanonicalLabelling(budget=30).entropy, RefinedSort(budget=30).excess):
        with pytest.raises(
            ValueError,
            match="Graph 1 of the batch, with 10 nodes, was not decided within a budget of 30; 2 of 3 were not. "
            "Raise the budget, .* or take RandomIndividualization",
        ):
            call(batch)
    assert RefinedSort(budget=30)(batch).shape == (21,)
    assert RandomIndividualization(budget=30)(batch).shape == (21,)
    with pytest.raises(ValueError, match="Graph 1 of the batch.* their entropy is a sum over the tree"):
        RandomIndividualization(budget=30).entropy(batch)


@pytest.mark.parametrize("kernel", KERNELS)
def test_errors(kernel):
    batch = batch_of("star", "cycle")
    with pytest.raises(ValueError, match=r"no fields \['charge'\], by which to colour the graphs"):
        kernel(("charge",))(batch)
    with pytest.raises(ValueError, match=r"'x' has shape \(11, 1\), but the batch has 20 edges"):
        kernel((), ("x",))(batch)
    with pytest.raises(ValueError, match="atol is -1, but a tolerance is not negative"):
        kernel(("x",), atol=-1)
    with pytest.raises(ValueError, match=r"Batch.from_data_list\(\[data\]\)"):
        kernel()(Data(x=torch.zeros(2, 1)))


@pytest.mark.parametrize("kernel", KERNELS)
def test_empty_batches_and_no_edges(kernel):
    assert kernel()(batch_of("no node", "no node")).shape == (0,)
    assert kernel().entropy(batch_of("no node", "no node")).tolist() == [0, 0]
    batch = Batch.from_data_list([Data(x=torch.zeros(2, 1)), Data(x=torch.zeros(1, 1))])  # no edge_index at all
    torch.testing.assert_close(kernel().entropy(batch).exp(), torch.tensor([2.0, 1.0]).double())
