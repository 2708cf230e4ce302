"""Audits of an e3nn network, of PyG's, of plain ones and of random ones; each defect is found in one that has it."""

import math

import pytest
import torch
from e3nn import nn as enn
from e3nn import o3
from torch import nn
from torch_geometric.data import Batch, Data
from torch_geometric.nn import GCNConv, GINConv

from symbreak.actions import Fields, Pointwise, Relabel
from symbreak.breaking import SymPE, VectorEncoding
from symbreak.groups import Cyclic, Orthogonal, Symmetric, normal
from symbreak.kernels import Haar
from symbreak.representations import Regular, Trivial, Vector
from symbreak.symmetry.audit import audit
from symbreak.symmetry.curie import cross_entropy_floor, curie_floors
from symbreak.symmetry.fixed_subspace import fixed_subspaces
from symbreak.symmetry.orbits import node_orbits
from symbreak.symmetry.self_symmetry import Symmetry

O3, C4, S = Orthogonal(3), Cyclic(4), Symmetric()
V = Vector(O3)
RING = Pointwise(Regular(C4))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def ring_symmetries(x):
    """The turns that leave each row of four as it is."""
    turned = torch.stack([x.roll(k, -1) for k in range(4)], 1)
    return [Symmetry(k.nonzero()[:, 0], complete=True) for k in (turned == x[:, None]).all(-1)]


class E3Net(nn.Module):
    """Two rounds of messages along spherical harmonics of the bonds, with a gate between; one vector for each atom."""

    def __init__(self):
        super().__init__()
        self.harmonics = o3.Irreps("0e + 1o + 2e")
        self.gate = enn.Gate("8x0e", [torch.nn.functional.silu], "4x0e", [torch.sigmoid], "4x1o")
        self.first = o3.FullyConnectedTensorProduct("1x0e", self.harmonics, self.gate.irreps_in)
        self.second = o3.FullyConnectedTensorProduct(self.gate.irreps_out, self.harmonics, "1x1o")
        self.linear = o3.Linear("1x1o", "1x1o")

    def forward(self, batch):
        same = batch.batch[:, None] == batch.batch
        i, j = (same & ~torch.eye(len(same), dtype=torch.bool)).nonzero(as_tuple=True)
        r = batch.pos[j] - batch.pos[i]
        edge = (
            o3.spherical_harmonics(self.harmonics, r, True, normalization="component") * (-r.norm(dim=1)).exp()[:, None]
        )
        x = batch.pos.new_ones(len(batch.pos), 1)
        for product, after in ((self.first, self.gate), (self.second, self.linear)):
            x = after(x.new_zeros(len(x), product.irreps_out.dim).index_add(0, i, product(x[j], edge)))
        moved = batch.clone()
        moved.force = x
        return moved


def clouds():
    """A triangle, a bent pair with a third atom, and a disordered cloud, with the symmetries of the first two."""
    angle = 2 * math.pi / 3 * torch.arange(3, dtype=torch.float64)
    triangle = torch.stack([angle.cos(), angle.sin(), 0 * angle], 1)
    water = torch.tensor([[0.0, 0.0, 0.4], [0.8, 0.0, -0.2], [-0.8, 0.0, -0.2]], dtype=torch.float64)
    c, s = -0.5, 3**0.5 / 2
    third = torch.tensor([[c, -s, 0], [s, c, 0], [0, 0, 1]], dtype=torch.float64)
    symmetries = [
        Symmetry(
            torch.stack([third, torch.diag(third.new_tensor([1, -1, 1])), torch.diag(third.new_tensor([1, 1, -1]))]),
            torch.tensor([[1, 2, 0], [0, 2, 1], [0, 1, 2]]),
        ),
        Symmetry(
            torch.diag_embed(torch.tensor([[1.0, 1, 1], [-1, -1, 1], [-1, 1, 1], [1, -1, 1]])),
            torch.tensor([[0, 1, 2], [0, 2, 1], [0, 2, 1], [0, 1, 2]]),
            complete=True,
        ),
        Symmetry(torch.eye(3)[None], torch.arange(5)[None], complete=True),
    ]
    points = [triangle, water, torch.randn(5, 3, generator=seeded(), dtype=torch.float64)]
    return Batch.from_data_list([Data(pos=x) for x in points]), symmetries


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64))
def test_an_e3nn_network(dtype):
    batch, symmetries = clouds()
    batch.pos = batch.pos.to(dtype)
    torch.manual_seed(0)
    network = E3Net().to(dtype)
    moves = Fields(O3, (("pos", V),))
    out = Fields(O3, (("pos", V), ("force", V)))
    target = torch.randn(11, 3, generator=seeded(), dtype=torch.float64)
    fixed = fixed_subspaces(symmetries, V, per_node=True)
    report = audit(
        network,
        moves,
        out,
        batch,
        generator=seeded(),
        read=lambda y: y.force,
        fixed=fixed,
        loss=lambda f: fixed.orbits.total(((f - target) ** 2).sum(-1)),
        floor=curie_floors(symmetries, V, target, per_node=True).squared_error,
        tolerance=1e-4 if dtype == torch.float32 else 1e-7,  # e3nn keeps the constants of its making, in float32
    )
    assert report.equivariant
    assert not report.leaks
    assert report.symmetric.tolist() == [True, True, False]
    assert report.collapsed.tolist() == [True, True, False]
    assert not report.at_floor
    assert (report.loss >= report.floor - 1e-6).all()
    assert "equivariant" in str(report)
    assert "2 of 3 inputs restrict their output; 2 outputs obey" in str(report)
    relabelled = audit(network, Relabel(("pos",)), Relabel(("pos", "force")), batch, generator=seeded(), tolerance=1e-4)
    assert relabelled.equivariant


def graphs():
    """A path, a ring and a graph without symmetry; features are constant."""
    path = torch.tensor([[0, 1], [1, 2]])
    ring = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 0]])
    plain = torch.tensor([[0, 1, 2, 3, 1, 2], [1, 2, 3, 4, 5, 5]])
    both_ways = [torch.cat([e, e.flip(0)], 1) for e in (path, ring, plain)]
    sizes = (3, 4, 6)
    data = [Data(x=torch.ones(n, 4), edge_index=e) for n, e in zip(sizes, both_ways, strict=True)]
    flip, turn, none = torch.tensor([[2, 1, 0]]), torch.tensor([[1, 2, 3, 0]]), torch.arange(6)[None]
    return Batch.from_data_list(data), [Symmetry(p, p) for p in (flip, turn, none)]


class Graphs(nn.Module):
    """Two layers of PyG and a readout at each node."""

    def __init__(self, layer, classes=2, norm=None):
        super().__init__()
        self.first, self.second = layer(4, 8), layer(8, classes)
        self.norm = nn.Identity() if norm is None else norm

    def forward(self, batch):
        moved = batch.clone()
        moved.x = self.second(self.norm(self.first(batch.x, batch.edge_index)).tanh(), batch.edge_index)
        return moved


def gin(inside, outside):
    return GINConv(nn.Sequential(nn.Linear(inside, 16), nn.Tanh(), nn.Linear(16, outside)))


@pytest.mark.parametrize("layer", (GCNConv, gin), ids=("GCN", "GIN"))
def test_a_pyg_network(layer):
    batch, symmetries = graphs()
    torch.manual_seed(0)
    fixed = fixed_subspaces(symmetries, Trivial(S, 2), per_node=True)
    action = Relabel(("x",))
    report = audit(Graphs(layer), action, action, batch, generator=seeded(), read=lambda y: y.x, fixed=fixed)
    assert report.equivariant
    assert not report.leaks
    assert report.collapsed.tolist() == [True, True, False]


def test_a_network_that_has_learned_all_it_can():
    """Labels that symmetry forbids: the cross-entropy stops at the floor, and the report says so."""
    batch, symmetries = graphs()
    batch = Batch.from_data_list(batch.to_data_list()[:2])
    labels = torch.tensor([0, 1, 1, 0, 0, 1, 1])
    orbits = node_orbits(symmetries[:2])
    floor = cross_entropy_floor(labels, orbits).total
    assert floor.tolist() == pytest.approx([2 * math.log(2), 4 * math.log(2)])

    def loss(logits):
        return orbits.total(nn.functional.cross_entropy(logits, labels, reduction="none"))

    def report(network):
        action = Relabel(("x",))
        return audit(network, action, action, batch, generator=seeded(), read=lambda y: y.x, loss=loss, floor=floor)

    torch.manual_seed(0)
    network = Graphs(gin)
    before = report(network)
    assert not before.at_floor
    assert "can still be learned" in str(before)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(250):
        optimizer.zero_grad()
        loss(network(batch).x).sum().backward()
        optimizer.step()
    after = report(network)
    assert after.at_floor
    assert "at its floor, an equivariant model cannot learn more" in str(after)


def test_batch_statistics_leak():
    batch, _ = graphs()
    batch.x = torch.randn(13, 4)
    action = Relabel(("x",))
    torch.manual_seed(0)
    network = Graphs(gin, norm=nn.BatchNorm1d(8))
    training = audit(network, action, action, batch, generator=seeded())
    assert training.leaks
    assert training.equivariant  # to relabelling: that is another question
    assert "items LEAK into each other" in str(training)
    network.eval()
    assert not audit(network, action, action, batch, generator=seeded()).leaks
    x = torch.randn(5, 4)
    assert audit(lambda x: x - x.mean(0), RING, RING, x, generator=seeded()).leaks
    one = audit(lambda x: x + x[:1] * torch.arange(len(x))[:, None].eq(3), RING, RING, x, generator=seeded())
    assert int(one.leakage.argmax()) == 3
    assert (one.leakage > 0.1).tolist() == [False, False, False, True, False]


def test_a_plain_network_is_not_equivariant_and_goes_below_the_floor():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 4))
    x = torch.tensor([[1.0, 1, 1, 1], [1, 0, 1, 0], [3, 1, 0, 0]])
    y = torch.tensor([[1.0, 0, 0, 0], [2, 0, 0, 0], [0, 1, 0, 0]])
    optimizer = torch.optim.Adam(network.parameters(), lr=0.03)
    for _ in range(200):
        optimizer.zero_grad()
        ((network(x) - y) ** 2).sum().backward()
        optimizer.step()
    symmetries = ring_symmetries(x)
    floor = curie_floors(symmetries, Regular(C4), y).squared_error
    assert floor.tolist() == [0.75, 2, 0]
    report = audit(
        network,
        RING,
        RING,
        x,
        generator=seeded(),
        fixed=fixed_subspaces(symmetries, Regular(C4)),
        loss=lambda f: ((f - y) ** 2).sum(-1),
        floor=floor,
    )
    assert not report.equivariant
    assert not report.leaks
    assert report.symmetric.tolist() == [True, True, False]
    assert not report.collapsed.any()
    assert "NOT equivariant" in str(report)
    assert "BELOW what an equivariant model can reach" in str(report)


def test_a_random_pose_is_equivariant_in_law_and_does_not_collapse():
    class Head(nn.Module):
        def forward(self, x):
            return x[:, :4] * x[:, 4:]

    torch.manual_seed(0)
    x = torch.tensor([[1.0, 1, 1, 1], [1, 0, 1, 0], [3, 1, 0, 0]])
    fixed = fixed_subspaces(ring_symmetries(x), Regular(C4))
    model = SymPE(Head(), Haar(RING), VectorEncoding(Regular(C4), 1))
    report = audit(model, RING, RING, x, generator=seeded(), stochastic=True, fixed=fixed)
    assert report.error is None
    assert report.equivariant
    assert not report.leaks
    assert report.symmetric.tolist() == [True, True, False]
    assert not report.collapsed.any()
    assert "no sign against equivariance in law" in str(report)

    def lopsided(x, generator):
        return x + normal(tuple(x.shape), generator=generator) * torch.tensor([3.0, 0, 0, 0])

    assert not audit(lopsided, RING, RING, x, generator=seeded(), stochastic=True).equivariant

    def shared(x, generator):
        return x * (1 + x.sum()) + normal(tuple(x.shape), generator=generator)

    assert audit(shared, RING, RING, x, generator=seeded(), stochastic=True, law_items=1).leaks

    def foreign(x, generator):
        return x + torch.rand(x.shape, generator=generator)

    report = audit(foreign, RING, RING, x, generator=seeded(), stochastic=True, batching=False)
    assert report.equivariant
    assert report.leakage is None


def test_outputs_of_graphs_and_of_edges():
    batch, _ = graphs()
    batch.x = torch.randn(13, 4)
    O2 = Pointwise(Trivial(S, 1))
    assert O2.rep.dim == 1

    def edges(b):
        c = b.clone()
        c.edge_size = (b.x[b.edge_index[0]] - b.x[b.edge_index[1]]).norm(dim=1, keepdim=True)
        return c

    action, out = Relabel(("x",)), Relabel(("x",), still=("edge_size",))
    report = audit(edges, action, out, batch, generator=seeded())
    assert report.equivariant
    assert not report.leaks

    def whole(b):
        c = b.clone()
        c.energy = torch.zeros(b.num_graphs, 1).index_add(0, b.batch, b.x.sum(1, keepdim=True))
        return c

    assert not audit(whole, action, Relabel(("x",), still=("energy",)), batch, generator=seeded()).leaks


def test_refusals():
    x = torch.randn(3, 4)
    y = torch.zeros(3)
    with pytest.raises(ValueError, match="A loss and its floor come together"):
        audit(torch.tanh, RING, RING, x, generator=seeded(), floor=y)
    with pytest.raises(ValueError, match="The batch is empty"):
        audit(torch.tanh, RING, RING, x[:0], generator=seeded())
    with pytest.raises(ValueError, match="The output is not finite"):
        audit(lambda x: x / 0 * 0, RING, RING, x, generator=seeded())
    with pytest.raises(ValueError, match=r"losses have shape \(\) and their floors \(3,\)"):
        audit(torch.tanh, RING, RING, x, generator=seeded(), loss=lambda f: f.sum(), floor=y)
    fixed = fixed_subspaces([Symmetry(torch.tensor([2]))], Regular(C4))
    with pytest.raises(ValueError, match="fixed subspace is of 1 items, but the batch has 3"):
        audit(torch.tanh, RING, RING, x, generator=seeded(), fixed=fixed)
    batch, symmetries = graphs()

    def two_rows(b):
        c = b.clone()
        c.statistics = torch.ones(2, 4)
        return c

    def growing(b):
        c = b.clone()
        c.x = b.x.repeat(1, b.num_graphs)
        return c

    action, out = Relabel(("x",)), Relabel(("x",), still=("statistics",))
    with pytest.raises(ValueError, match=r"shape \(2, 4\), but to compare an item alone"):
        audit(two_rows, action, out, batch, generator=seeded())
    with pytest.raises(ValueError, match="Item 0 alone has an output of 12 numbers, and of 36 in the batch"):
        audit(growing, action, action, batch, generator=seeded())
    with pytest.raises(ValueError, match="is a DataBatch, but fixed= and loss= are about a tensor"):
        audit(
            Graphs(GCNConv),
            Relabel(("x",)),
            Relabel(("x",)),
            batch,
            generator=seeded(),
            fixed=fixed_subspaces(symmetries, Trivial(S, 2), per_node=True),
        )
    with pytest.raises(ValueError, match="differs by .*law_error"):
        audit(lambda x: x + torch.randn(3, 4), RING, RING, x, generator=seeded())
