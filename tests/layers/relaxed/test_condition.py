"""θ(c): the scalar without a field, and what a field can cause."""

import pytest
import torch
from e3nn import o3

from symbreak.layers import ConditionedWeight

from .conftest import shaken


def test_without_a_field_it_is_the_scalar_always():
    weight = shaken(ConditionedWeight("2x0e + 1o + 2e", "2x1o"))
    assert weight(torch.zeros(6)).tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]


def test_at_the_start_it_is_the_scalar_in_every_field_and_has_a_slope():
    weight = ConditionedWeight("0e + 1o + 2e", "1o")
    theta = weight(torch.randn(4, 3))
    assert torch.equal(theta.detach(), weight.start.expand(4, -1))
    theta[:, 1:].pow(2).sum().add(theta.sum()).backward()
    assert all(p.grad.abs().sum() > 0 for p in weight.parameters())


def test_crossed_fields_make_their_cross_product(double):
    """Of a polar and an axial vector, E × B is polar: of even degree in the fields, it comes from the square alone."""
    weight = shaken(ConditionedWeight("0e + 1o", "1o + 1e"))
    torch.nn.init.zeros_(weight.linear.weight)
    E, B = torch.randn(2, 3)
    found = weight(torch.cat([E, B]))[1:]
    cross = torch.linalg.cross(E, B)
    torch.testing.assert_close(torch.linalg.cross(found, cross), torch.zeros(3), atol=1e-12, rtol=0)
    assert found.norm() > 1e-3


def test_of_a_degree_only_what_the_condition_causes_is_kept():
    assert ConditionedWeight(2, "0e").irreps == o3.Irreps("0e")  # a temperature
    assert ConditionedWeight(3, "1o").irreps == o3.Irreps("0e + 1o + 2e")
    assert ConditionedWeight(1, "1e").irreps == o3.Irreps("0e + 1e")


def test_what_the_condition_cannot_cause_is_refused():
    with pytest.raises(ValueError, match="from the condition 1x1o to 1e, 3o"):
        ConditionedWeight("0e + 1e + 3o", "1o")


@pytest.mark.parametrize("value", (float("nan"), float("inf")))
def test_a_field_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="The condition of irreps 1x1o is not finite: 1 of its 6 numbers"):
        ConditionedWeight(1, "1o")(torch.tensor([[0.0, value, 0.0], [1.0, 0.0, 0.0]]))


def test_no_graphs_have_no_theta():
    assert ConditionedWeight(1, "1o")(torch.zeros(0, 3)).shape == (0, 4)


@pytest.mark.parametrize("irreps, condition", (("2v", "1o"), (1, "hello"), ("0e", "")))
def test_what_is_no_irreps_is_refused(irreps, condition):
    with pytest.raises(ValueError, match="cannot be read as irreps|holds no irrep"):
        ConditionedWeight(irreps, condition)


def test_a_condition_of_the_wrong_size_is_refused():
    with pytest.raises(ValueError, match=r"The condition has shape \(4,\)"):
        ConditionedWeight(1, "1o")(torch.zeros(4))
