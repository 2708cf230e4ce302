"""Every kernel of lattice fields on every field of known symmetry: 20,000 poses, over one coset, each as often."""

import pytest
import torch
from torch import nn

from symbreak.actions import (
    Bond,
    Lattice,
    Orientation,
    Scalar,
    orbit,
)
from symbreak.groups import p4, p4m, take
from symbreak.kernels import (
    ArgMax,
    ArgMin,
    FiniteHaar,
    Haar,
    LatticeInversion,
)
from symbreak.layers import GroupConv
from symbreak.testing import (
    check_uniform,
    lattice_oracles,
)

DRAWS, EXACT = 20_000, 1e-10


def each(oracles):
    return pytest.mark.parametrize("oracle", oracles, ids=lambda oracle: oracle.name)


def keys():
    return torch.Generator().manual_seed(0)


def energy(x):
    """Of general position, with products, so that no two transforms of a field have one by accident."""
    w = torch.linspace(1, 3, x[0].numel(), dtype=torch.float64).exp().cos()
    flat = x.flatten(1).double()
    return torch.sin(flat @ w) + (flat * flat.roll(1, 1)) @ w.flip(0)


def scores(group):
    torch.manual_seed(0)
    layers = (GroupConv(group, (Scalar(),), 4), nn.Tanh(), GroupConv(group, (Orientation(4),), 1), nn.Flatten())
    return nn.Sequential(*layers).double()


LATTICE_KERNELS = {
    "correlation": LatticeInversion,
    "energy": lambda action: ArgMin(action, energy),
    "scores": lambda action: ArgMax(action.group, scores(action.group), action=action),
}


def assert_lattice_law(kernel, action, x):
    """Poses of copies of one field `(1, ...)`, over the coset that trying every element gives."""
    G = action.group
    source, many = keys(), x.expand(1000, *x.shape[1:])
    g = [kernel(many, generator=source) for _ in range(DRAWS // 1000)]
    number = torch.cat([G.index(part) for part in g])
    stabilizer = (orbit(action, x) == x).flatten(2).all(2)[:, 0].nonzero()[:, 0]
    coset = G.index(G.compose(G.element(stabilizer), take(g[0], torch.zeros_like(stabilizer))))
    place = torch.full((G.order,), len(coset))
    place[coset] = torch.arange(len(coset))
    check_uniform(place[number], len(coset))
    few = many[:8]
    moved = action.act(action.haar(few, generator=source), few)
    forms = action.act(G.inverse(kernel(moved, generator=source)), moved)
    first = action.act(G.inverse(kernel(x, generator=source)), x)
    assert torch.equal(forms, first.expand_as(forms))


@pytest.mark.parametrize(
    "name, group, size",
    (
        *(("correlation", group, size) for group in (p4, p4m) for size in (4, 5)),
        *((name, p4, 3) for name in ("energy", "scores")),
        *(pytest.param(name, p4m, 3, marks=pytest.mark.slow) for name in ("energy", "scores")),
    ),
)
def test_lattice_fields(name, group, size):
    action = Lattice(group(size), (Scalar(),))
    kernel = LATTICE_KERNELS[name](action)
    for oracle in lattice_oracles(size):
        assert_lattice_law(kernel, action, oracle.field[None, None])


def test_couplings():
    """Bonds along one axis, and a field: half of the point group, and all translations."""
    action = Lattice(p4m(4), (Bond(), Scalar()))
    x = torch.tensor([1.0, 2.0, 0.3]).double()[None, :, None, None].expand(1, 3, 4, 4)
    assert_lattice_law(LatticeInversion(action), action, x)


def test_a_constant_field_by_the_uniform_law():
    action = Lattice(p4m(3), (Scalar(),))
    for kernel in (FiniteHaar(action), Haar(action)):
        assert_lattice_law(kernel, action, torch.zeros(1, 1, 3, 3).double())


class FirstTie(ArgMin):
    """An argmin that takes no notice of ties."""

    def forward(self, x, *, generator=None):
        return self.group.element(self.mass(x).int().argmax(-1))


class Favourite(LatticeInversion):
    """Every tenth time it takes the first tie without a draw."""

    def forward(self, x, *, generator=None):
        first = self.mass(x).int().argmax(-1)
        number = self.group.index(super().forward(x, generator=generator))
        return self.group.element(torch.where(torch.rand(len(x), generator=generator) < 0.1, first, number))


def test_broken_kernels_of_lattices_fail():
    action, coarse = Lattice(p4m(4), (Scalar(),)), Lattice(p4(3), (Scalar(),))
    constant, site = (oracle.field[None, None] for oracle in lattice_oracles(4)[:2])
    for broken, action_of, x in (
        (Favourite(action), action, site),
        (LatticeInversion(action, atol=9.0), action, site),  # it takes all values for one
        (FirstTie(coarse, energy), coarse, constant[..., :3, :3]),
    ):
        with pytest.raises(AssertionError):
            assert_lattice_law(broken, action_of, x)
