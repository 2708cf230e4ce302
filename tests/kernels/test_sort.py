"""RandomSort on graphs with known automorphisms."""

import math

import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.actions import Relabel
from symbreak.groups import SampleKeys
from symbreak.kernels import RandomSort
from symbreak.testing import check_kernel, graph_oracles

ACTION = Relabel(("x",))
ORACLES = {oracle.name: oracle for oracle in graph_oracles()}


def batch_of(*names):
    """The graphs, with the degrees and the number of neighbours' neighbours as features."""
    return Batch.from_data_list([data(ORACLES[name]) for name in names])


def data(oracle):
    n, edges = oracle.nodes, oracle.edge_index
    one = torch.ones(edges.shape[1], dtype=torch.float64)
    degree = torch.zeros(n, dtype=torch.float64).index_add(0, edges[1], one)
    second = torch.zeros(n, dtype=torch.float64).index_add(0, edges[1], degree[edges[0]])
    third = torch.zeros(n, dtype=torch.float64).index_add(0, edges[1], second[edges[0]] ** 2)
    return Data(x=torch.stack([degree, second, third], 1), edge_index=edges)


def key(batch):
    return batch.x


EXACT = ("no node", "one node", "empty", "complete", "star", "asymmetric")
COARSE = ("path", "cycle", "two triangles", "Petersen")


def test_an_inversion_kernel_where_all_orders_of_a_cell_are_automorphisms():
    order = torch.tensor([ORACLES[name].automorphisms for name in EXACT])
    check_kernel(RandomSort(key), ACTION, batch_of(*EXACT), order=order)


@pytest.mark.parametrize("name", COARSE)
def test_equivariant_in_law_elsewhere(name):
    order = torch.tensor([ORACLES[name].automorphisms])
    check_kernel(RandomSort(key), ACTION, batch_of(name), inversion=False, order=order)
    with pytest.raises(AssertionError):
        check_kernel(RandomSort(key), ACTION, batch_of(name), order=order)


def test_entropy():
    found = RandomSort(key).entropy(batch_of("no node", "star", "cycle", "path", "asymmetric"))
    expected = torch.tensor([1, 24, 720, 4, 1], dtype=torch.float64).log()  # on the path: 2 ends, 2 next to them, 1
    torch.testing.assert_close(found, expected)


def test_literal_pose():
    """The pose is the argsort: rank 0 is at node 1, rank 1 at node 2, rank 2 at node 0."""
    batch = Batch.from_data_list([Data(x=torch.tensor([[2.0], [0.0], [1.0]])), Data(x=torch.tensor([[1.0], [0.0]]))])
    g = RandomSort(key)(batch)
    assert g.tolist() == [1, 2, 0, 4, 3]
    assert ACTION.act(ACTION.group.inverse(g), batch).x[:, 0].tolist() == [0, 1, 2, 0, 1]


def test_columns_are_compared_in_order():
    batch = Batch.from_data_list([Data(x=torch.tensor([[1.0, 5.0], [0.0, 9.0], [1.0, 4.0], [0.0, 8.0]]))])
    assert RandomSort(key)(batch).tolist() == [3, 1, 2, 0]
    assert RandomSort(lambda b: b.x[:, 1])(batch).tolist() == [2, 0, 3, 1]


def test_tolerance():
    batch = Batch.from_data_list(
        [Data(x=torch.tensor([[1.0], [1.0 + 1e-6], [3.0]])), Data(x=torch.tensor([[1.0 + 5e-7]]))]
    )
    assert RandomSort(key).entropy(batch).tolist() == [0, 0]
    torch.testing.assert_close(RandomSort(key, atol=1e-5).entropy(batch), torch.tensor([math.log(2), 0.0]).double())
    check_kernel(RandomSort(key, atol=1e-5), ACTION, batch, order=torch.tensor([2, 1]), atol=2e-6)


def test_nan_is_the_largest_value():
    batch = Batch.from_data_list([Data(x=torch.tensor([[float("nan")], [float("inf")], [float("nan")], [0.0]]))])
    for atol in (0.0, 1e-3):
        g = RandomSort(key, atol)(batch)
        assert g[:2].tolist() == [3, 1]
        torch.testing.assert_close(RandomSort(key, atol).entropy(batch).exp(), torch.tensor([2.0]).double())


@pytest.mark.parametrize("columns", (0, 1, 2))
def test_integer_keys_and_no_keys(columns):
    batch = Batch.from_data_list([Data(x=torch.tensor([[1, 2], [1, 1], [0, 7]])[:, :columns])])
    expected = (6, 2, 1)[columns]
    torch.testing.assert_close(RandomSort(key).entropy(batch).exp(), torch.tensor([float(expected)]).double())


def test_draws_are_keyed_to_the_graph_and_the_node():
    batch = batch_of("cycle", "no node", "empty", "cycle")
    kernel, index = RandomSort(key), torch.tensor([3, 8, 1, 3])
    g = kernel(batch, generator=SampleKeys(index, seed=0))
    assert torch.equal(g[:6], g[10:] - 10)
    alone = kernel(batch_of("empty"), generator=SampleKeys(index[2:3], seed=0))
    assert torch.equal(g[6:10] - 6, alone)
    assert not torch.equal(g, kernel(batch, generator=SampleKeys(index, seed=1)))


def test_no_node_leaves_its_graph_in_a_large_batch():
    batch = Batch.from_data_list([Data(x=torch.zeros(3, 1))] * 5000)
    g = RandomSort(key)(batch)
    assert torch.equal(batch.batch[g], batch.batch)
    counts = (g.view(-1, 3) - 3 * torch.arange(5000)[:, None]).unique(dim=0, return_counts=True)[1]
    assert len(counts) == 6
    assert ((counts - 5000 / 6).abs() < 6 * (5000 / 6) ** 0.5).all()


def test_errors():
    batch = batch_of("star")
    for wrong in (lambda b: b.x.sum(), lambda b: b.x[:3], lambda b: b.x[None]):
        with pytest.raises(ValueError, match="but the batch has 5 nodes"):
            RandomSort(wrong)(batch)
    with pytest.raises(ValueError, match="not negative"):
        RandomSort(key, atol=-1)
