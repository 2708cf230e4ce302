"""SymPE with a learned canonicalizer: the value of SymPE, with a gradient to the scores."""

import pytest
import torch
from torch import nn

from symbreak.actions import Lattice, Orientation, Scalar
from symbreak.breaking import StraightThroughSymPE, SymPE, expected_field
from symbreak.groups import p4m
from symbreak.kernels import ArgMax
from symbreak.layers import GroupConv
from symbreak.testing import assert_breaks, assert_pathwise_equivariant


@pytest.fixture
def module(lattice):
    group = lattice.action_in.group
    scores = nn.Sequential(
        GroupConv(group, (Scalar(),), 2), nn.Tanh(), GroupConv(group, (Orientation(2),), 1), nn.Flatten()
    )
    return StraightThroughSymPE(lattice.network(True), ArgMax(group, scores, rtol=1e-4), lattice.encoding())


def test_it_is_pathwise_equivariant_and_breaks(lattice, module):
    assert_pathwise_equivariant(module, lattice.action_in, lattice.action_out, lattice.x, module.kernel)
    assert_breaks(module, lattice.action_in, lattice.action_out, lattice.symmetric[:1])


def test_its_value_is_that_of_sympe_and_its_gradient_reaches_the_scores(lattice, module):
    g = module.kernel(lattice.x)
    y = module(lattice.x, g)
    torch.testing.assert_close(y, SymPE(module.network, module.kernel, module.encoding)(lattice.x, g))
    y.square().sum().backward()
    assert module.kernel.scores[0].filters.grad.abs().sum() > 0
    assert module.encoding.field.values.grad.abs().sum() > 0


def test_the_expected_field_is_the_weighted_sum_over_the_group():
    action = Lattice(p4m(3), (Scalar(), Orientation()))
    v, p = torch.randn(9, 3, 3).double(), torch.rand(2, 72).double()
    moved = action.act(action.group.elements(), v[None])
    torch.testing.assert_close(expected_field(action, v, p), torch.einsum("bg,gcxy->bcxy", p, moved))


def test_its_scores_are_computed_without_autocast(lattice, module):
    seen = []
    module.kernel.scores.register_forward_hook(lambda *args: seen.append(args[-1].dtype))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        module(lattice.x)
    assert seen == [torch.float32, torch.float32]  # for the pose, and for its gradient
