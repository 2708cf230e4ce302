"""From end to end: an e3nn network that must name the direction in which a cubic crystal is to be polarized."""

import pytest
import torch
from e3nn import o3
from torch import nn
from torch_geometric.data import Batch, Data

from symbreak.actions import Fields
from symbreak.breaking import SymPE, VectorEncoding
from symbreak.groups import Orthogonal, SampleKeys
from symbreak.kernels import CrystalInversion
from symbreak.representations import Vector
from symbreak.representations.irreps import Irreps
from symbreak.testing import check_counts, crystal_oracles

pytest.importorskip("moyopy")

O3 = Orthogonal(3)
VECTOR, CODE = Vector(O3), "2x1o + 1x2e"
CRYSTALS = Fields(O3, (("pos", VECTOR), ("cell", VECTOR)), still=("z",))
PEROVSKITE = next(oracle for oracle in crystal_oracles() if oracle.name == "perovskite")


class Polarization(nn.Module):
    """A sum over atoms and their neighbours, of harmonics of the bonds times what the atoms carry."""

    def __init__(self, features):
        super().__init__()
        self.harmonics = o3.Irreps("0e + 1o + 2e")
        self.product = o3.FullyConnectedTensorProduct(features, self.harmonics, "1x1o", shared_weights=True).double()
        self.strength = nn.Embedding(100, 1).double()

    def forward(self, x):
        images = torch.cartesian_prod(*[torch.arange(-1.0, 2.0)] * 3).double()
        i, j = (x.batch[:, None] == x.batch).nonzero(as_tuple=True)
        bond = (x.pos[j] - x.pos[i])[:, None] + images @ x.cell[x.batch[i]]  # (pairs, 27, 3)
        length = bond.norm(dim=-1, keepdim=True)
        Y = o3.spherical_harmonics(self.harmonics, bond, normalize=True)
        weight = self.strength(x.z[j])[:, None] * torch.exp(-(length**2)) * (length > 1e-6)
        carried = x.code if "code" in x else torch.ones(len(x.pos), 1).double()
        message = self.product(carried[i], (weight * Y).sum(1))
        return torch.zeros(x.num_graphs, 3).double().index_add(0, x.batch[i], message)


@pytest.fixture
def model():
    torch.manual_seed(0)
    encoding = VectorEncoding(Irreps(O3, CODE), 1, field="code").double()
    return SymPE(Polarization(o3.Irreps(CODE)), CrystalInversion(CRYSTALS, fields=("z",)), encoding)


def batch(count):
    one = Data(pos=PEROVSKITE.positions, cell=PEROVSKITE.cell[None], z=PEROVSKITE.species)
    return Batch.from_data_list([one] * count)


def test_without_a_pose_there_is_no_direction():
    torch.manual_seed(0)
    network = Polarization(o3.Irreps("0e"))
    assert network(batch(1)).norm() < 1e-12
    shifted = batch(1)
    shifted.pos[1] += torch.tensor([0.0, 0.4, 0.1])
    assert network(shifted).norm() > 1e-3


def test_given_the_pose_it_is_equivariant(model, generator):
    x = batch(3)
    g, h = model.kernel(x), CRYSTALS.haar(x, generator=generator)
    turned = model(CRYSTALS.act(h, x), h @ g)
    torch.testing.assert_close(turned, VECTOR.act(h, model(x, g)), rtol=0, atol=1e-9)


def test_the_directions_are_one_orbit_each_as_often(model):
    with torch.no_grad():
        y = model(batch(600), generator=SampleKeys(torch.arange(600), seed=0))
    assert y.norm(dim=1).min() > 1e-3
    axes = Irreps(O3, "1o")  # e3nn's order of components
    orbit = axes.act(model.kernel.support(batch(1))[0] @ model.kernel(batch(1))[0].mT, y[0])
    assert torch.cdist(y[:1], orbit).min() < 1e-9
    counts = y.round(decimals=6).unique(dim=0, return_counts=True)[1]
    assert len(counts) == 48
    check_counts(counts)
