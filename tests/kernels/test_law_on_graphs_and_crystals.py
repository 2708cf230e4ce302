"""Every kernel of graphs and crystals on each of known symmetry: 20,000 poses, each of a coset as often; one form."""

import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.actions import (
    Fields,
    Relabel,
    Rigid,
)
from symbreak.groups import Orthogonal, take
from symbreak.kernels import (
    CanonicalLabelling,
    CrystalInversion,
    RandomIndividualization,
    RandomSort,
    RefinedSort,
)
from symbreak.representations import Vector
from symbreak.testing import (
    GraphOracle,
    check_uniform,
    crystal_gap,
    crystal_oracles,
    graph_oracles,
)

DRAWS, EXACT = 20_000, 1e-10
O3, SO3 = Orthogonal(3), Orthogonal(3, special=True)
GROUPS = pytest.mark.parametrize("group", (O3, SO3), ids=("O3", "SO3"))


def each(oracles):
    return pytest.mark.parametrize("oracle", oracles, ids=lambda oracle: oracle.name)


def keys():
    return torch.Generator().manual_seed(0)


RELABEL = Relabel(("x",))
TWICE = GraphOracle("two pentagons", 10, tuple((5 * k + i, 5 * k + (i + 1) % 5) for k in (0, 1) for i in range(5)), 200)
GRAPHS = (*graph_oracles(), TWICE)
REFINED = ("no node", "one node", "empty", "complete", "star", "asymmetric")  # where every order of a cell will do


def copies(data, count):
    """A batch of one graph, or crystal, many times."""
    n, fields = data.num_nodes, {}
    for name, value in data.to_dict().items():
        if name == "edge_index":
            fields[name] = (value[:, None] + n * torch.arange(count)[:, None]).flatten(1)
        elif isinstance(value, torch.Tensor):
            fields[name] = value.repeat(count, *[1] * (value.dim() - 1))
    slots = torch.arange(count)
    return Batch(**fields, batch=slots.repeat_interleave(n), ptr=n * torch.arange(count + 1))


def graph(oracle):
    """With the degrees of the nodes and of their neighbours beside them, for kernels that sort."""
    edges, one = oracle.edge_index, torch.ones(2 * len(oracle.edges)).double()
    degree = torch.zeros(oracle.nodes).double().index_add(0, edges[1], one)
    second = torch.zeros(oracle.nodes).double().index_add(0, edges[1], degree[edges[0]] ** 2)
    third = torch.zeros(oracle.nodes).double().index_add(0, edges[1], second[edges[0]] ** 2)
    return Data(x=torch.stack([degree, second, third], 1), edge_index=edges)


def assert_graph_law(kernel, oracle):
    n, one = oracle.nodes, graph(oracle)
    batch = copies(one, DRAWS)
    p = kernel(batch, generator=keys()).reshape(DRAWS, n) - n * torch.arange(DRAWS)[:, None]
    codes = adjacency(p, one.edge_index)
    assert (codes == codes[:1]).all(), "canonical form"
    check_uniform(p, oracle.automorphisms, name=oracle.name)
    moved = copies(one, 20)
    moved = RELABEL.act(RELABEL.haar(moved, generator=keys()), moved)
    q = kernel(moved, generator=keys()).reshape(20, n) - n * torch.arange(20)[:, None]
    ends = moved.edge_index.reshape(2, 20, -1) - n * torch.arange(20)[:, None]
    forms = torch.cat([adjacency(q[k : k + 1], ends[:, k]) for k in range(20)])
    assert torch.equal(forms, codes[:1].expand_as(forms)), "canonical form of a moved graph"


def adjacency(p, edge_index):
    """The edges of `p⁻¹ x` as sorted numbers: `(K, E)`."""
    n = p.shape[1]
    back = p.argsort(-1)
    return (n * back[:, edge_index[0]] + back[:, edge_index[1]]).sort(-1).values


@each(GRAPHS)
def test_graphs_by_canonical_labelling(oracle):
    assert_graph_law(CanonicalLabelling(("x",)), oracle)


@each(GRAPHS)
def test_graphs_by_random_individualization(oracle):
    assert_graph_law(RandomIndividualization(("x",)), oracle)


@each([oracle for oracle in GRAPHS if oracle.name in REFINED])
def test_graphs_by_sorting(oracle):
    for kernel in (RefinedSort(("x",)), RandomSort(lambda batch: batch.x)):
        assert_graph_law(kernel, oracle)


class StableSort(RandomSort):
    """An argsort that leaves ties as they stand."""

    def forward(self, x, *, generator=None):
        return self.cells(x).argsort(stable=True)


class OneShuffle(CanonicalLabelling):
    """The same automorphism for most graphs."""

    def forward(self, x, *, generator=None):
        found = self._decided(x)
        noise = torch.rand(len(x.batch), generator=generator).numpy()
        noise[: len(noise) // 3] = 0.5
        return torch.from_numpy(found.poses(noise))


def test_broken_kernels_of_graphs_fail():
    cycle, star = (next(oracle for oracle in GRAPHS if oracle.name == name) for name in ("cycle", "star"))
    for broken, oracle in (
        (StableSort(lambda batch: batch.x), star),
        (OneShuffle(("x",)), cycle),
        (RandomSort(lambda batch: batch.x), cycle),
    ):
        with pytest.raises(AssertionError):
            assert_graph_law(broken, oracle)


def crystals(oracle, count):
    return copies(Data(pos=oracle.positions, cell=oracle.cell[None], z=oracle.species), count)


@GROUPS
@each(crystal_oracles())
@pytest.mark.parametrize("draws", [DRAWS // 5, pytest.param(DRAWS, marks=pytest.mark.slow)])
def test_crystals(oracle, group, draws):
    pytest.importorskip("moyopy")
    vector = Vector(group)
    action = Rigid(Fields(group, (("pos", vector), ("cell", vector)), still=("z",)))
    kernel, batch = CrystalInversion(action, fields=("z",)), crystals(oracle, draws)
    g = kernel(batch, generator=keys())
    check_uniform(torch.cat([g.n, g.h.flatten(1)], dim=1), oracle.rotations if group.special else oracle.order)
    few = crystals(oracle, 8)
    moved = action.act(action.haar(few, generator=keys()), few)
    form = action.act(action.group.inverse(take(g, torch.arange(8))), few)
    again = action.act(action.group.inverse(kernel(moved, generator=keys())), moved)
    assert crystal_gap(crystals_of(form, 0), form) < EXACT
    assert crystal_gap(crystals_of(form, 0), again) < EXACT


def crystals_of(batch, number):
    """One crystal of a batch, as often as there are."""
    rows = batch.batch == number
    one = Data(pos=batch.pos[rows], cell=batch.cell[number : number + 1], z=batch.z[rows])
    return copies(one, batch.num_graphs)
