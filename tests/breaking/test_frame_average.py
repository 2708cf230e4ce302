"""Averages over poses: the Reynolds operator, exactly equivariant, and so unable to break symmetry."""

import pytest
import torch
from torch import nn

from symbreak.actions import Pointwise
from symbreak.breaking import Canonicalize, FrameAverage
from symbreak.groups import Cyclic, Dihedral
from symbreak.kernels import FiniteHaar, LatticeInversion
from symbreak.representations import Regular
from symbreak.testing import assert_breaks, assert_equivariant


def network(n):
    return nn.Sequential(nn.Linear(n, 16), nn.Tanh(), nn.Linear(16, n))


@pytest.mark.parametrize("group", [Cyclic(5), Dihedral(3)], ids=repr)
def test_with_the_haar_law_it_is_the_group_mean(group):
    action = Pointwise(Regular(group))
    f = FrameAverage(network(group.order), FiniteHaar(action), action, action)
    x = torch.randn(4, group.order)
    poses = [group.element(torch.full((4,), k)) for k in range(group.order)]
    canonicalized = Canonicalize(f.network, f.kernel, action, action)
    torch.testing.assert_close(f(x), torch.stack([canonicalized(x, g) for g in poses]).mean(0))
    assert_equivariant(f, action, action, x)


def test_it_cannot_break(lattice):
    mixing = nn.Sequential(nn.Flatten(), nn.Linear(16, 16), nn.Unflatten(1, (1, 4, 4)))
    f = FrameAverage(mixing, LatticeInversion(lattice.action_in), lattice.action_in, lattice.action_in)
    assert_equivariant(f, lattice.action_in, lattice.action_in, lattice.x)
    with pytest.raises(AssertionError, match=r"Of the 128 elements .*, 128 leave f\(x\)"):
        assert_breaks(f, lattice.action_in, lattice.action_in, lattice.symmetric)
    drawn = Canonicalize(mixing, f.kernel, lattice.action_in, lattice.action_in)
    assert_breaks(drawn, lattice.action_in, lattice.action_in, lattice.symmetric)


def test_it_is_differentiable_and_equal_under_autocast(lattice):
    mixing = nn.Sequential(nn.Flatten(), nn.Linear(16, 16), nn.Unflatten(1, (1, 4, 4)))
    f = FrameAverage(mixing, LatticeInversion(lattice.action_in), lattice.action_in, lattice.action_in)
    f(lattice.x).square().sum().backward()
    assert mixing[1].weight.grad.abs().sum() > 0
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = f(lattice.x)
    torch.testing.assert_close(mixed.float(), f(lattice.x), rtol=0.1, atol=0.05)
