"""A relaxed product is the strict one at the start, and tells what is wrong."""

import pytest
import torch
from e3nn import o3

from symbreak.layers import ConditionedWeight, RelaxedTensorProduct, RelaxedWeight

IN, EDGE, OUT = "4x0e + 3x1o", "0e + 1o + 2e", "4x0e + 3x1o + 2e"


def fully_connected(**options) -> o3.TensorProduct:
    return o3.FullyConnectedTensorProduct(IN, EDGE, OUT, **options)


@pytest.mark.parametrize("extra", (None, "", "1e"))
@pytest.mark.parametrize("theta", (2, "0e + 1e + 2e", RelaxedWeight("2x0e + 0o + 2e")))
def test_at_the_start_it_is_the_strict_product(theta, extra, double):
    tp = fully_connected(shared_weights=False)
    x, y = torch.randn(20, 13), torch.randn(20, 9)
    if isinstance(theta, RelaxedWeight):
        theta = RelaxedWeight(theta.irreps)
    relaxed = RelaxedTensorProduct(tp, theta, extra)
    w = torch.randn(20, relaxed.weight_numel)
    torch.testing.assert_close(relaxed(x, y, w), tp(x, y, w[:, : tp.weight_numel]), atol=1e-14, rtol=1e-12)


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64))
@pytest.mark.parametrize("theta", ("0e", "3x0e", RelaxedWeight("0e")))
def test_of_a_scalar_alone_it_is_the_strict_product_to_the_bit(theta, dtype):
    tp = fully_connected(shared_weights=False).to(dtype)
    x, y, w = (torch.randn(20, n, dtype=dtype) for n in (13, 9, tp.weight_numel))
    relaxed = RelaxedTensorProduct(tp, theta).to(dtype)
    assert torch.equal(relaxed(x, y, w), tp(x, y, w))
    if isinstance(theta, RelaxedWeight):
        theta.to(torch.float32)


def test_only_irreps_of_theta_that_lead_somewhere_are_kept():
    """From scalars to scalars by Y up to 1: θ of 1e meets no filter of 0e."""
    tp = o3.FullyConnectedTensorProduct("2x0e", "0e + 1o", "2x0e")
    assert RelaxedTensorProduct(tp, 1).relaxed_weight.irreps == o3.Irreps("0e + 1o")


def test_the_filter_has_every_irrep_that_leads_somewhere_and_no_other():
    tp = o3.FullyConnectedTensorProduct("0e + 1o", "0e + 1o", "0e + 1o")
    assert RelaxedTensorProduct(tp, 1).irreps_filter == o3.Irreps("0e + 1o + 1e + 2e")
    assert RelaxedTensorProduct(tp, "0e").irreps_filter == o3.Irreps("0e + 1o")


def test_every_weight_and_every_entry_of_theta_matters(double):
    relaxed = RelaxedTensorProduct(fully_connected(), 2)
    for p in relaxed.parameters():
        torch.nn.init.normal_(p)
    x, y = torch.randn(20, 13), torch.randn(20, 9)
    relaxed(x, y).pow(3).sum().backward()
    for name, p in relaxed.named_parameters():
        assert (p.grad.abs() > 1e-12).all(), name


def test_at_the_start_only_theta_of_the_new_parameters_has_a_slope(double):
    relaxed = RelaxedTensorProduct(fully_connected(), 2)
    relaxed(torch.randn(20, 13), torch.randn(20, 9)).pow(3).sum().backward()
    assert (relaxed.relaxed_weight.theta.grad.abs() > 1e-12).all()
    assert not relaxed.filter.weight.grad.any()
    assert not relaxed.extra_weight.grad.any()


def test_weights_and_theta_for_each_row(double):
    relaxed = RelaxedTensorProduct(fully_connected(shared_weights=False), 2)
    x, y = torch.randn(5, 13), torch.randn(5, 9)
    w, theta = torch.randn(5, relaxed.weight_numel), torch.randn(5, relaxed.filter.irreps.dim)
    each = torch.cat([relaxed(x[i : i + 1], y[i : i + 1], w[i : i + 1], theta[i]) for i in range(5)])
    torch.testing.assert_close(relaxed(x, y, w, theta), each)


def test_axes_before_the_last_broadcast(double):
    relaxed = RelaxedTensorProduct(fully_connected(), 2)
    torch.nn.init.normal_(relaxed.relaxed_weight.theta)
    x, y = torch.randn(4, 1, 13), torch.randn(3, 9)
    out = relaxed(x, y)
    torch.testing.assert_close(out[1, 2], relaxed(x[1], y[2:3])[0])
    assert out.shape == (4, 3, 18)


def test_the_matrices_from_the_right(double):
    tp = fully_connected(compile_right=True)
    relaxed = RelaxedTensorProduct(tp, 2, "")
    torch.nn.init.normal_(relaxed.relaxed_weight.theta)
    x, y = torch.randn(5, 13), torch.randn(5, 9)
    torch.testing.assert_close((x[:, None] @ relaxed.right(y))[:, 0], relaxed(x, y))
    with pytest.raises(ValueError, match="right was asked of a filter with irreps beyond"):
        RelaxedTensorProduct(fully_connected(compile_right=True), 2).right(y)


def test_products_of_other_kinds_have_no_extra_paths(double):
    tp = o3.TensorProduct("2x1o", "2x1o", "2x1e", [(0, 0, 0, "uuu", True)])
    relaxed = RelaxedTensorProduct(tp, 1)
    assert relaxed.irreps_filter == o3.Irreps("2x1o")
    assert relaxed.weight_numel == 2


@pytest.mark.parametrize(
    ("theta", "extra", "message"),
    (
        ("1o", None, "without a scalar"),
        (8, None, "8e, 8o has no path"),
        ("0e + 7o", None, "7o has no path"),
        (RelaxedWeight("0e + 8e"), None, "No irrep but 0e has one"),
        (1, "5e", "the filter was given 5e, but θ"),
        (6, "8e", "no path of .* leads from it"),
    ),
)
def test_what_leads_nowhere_is_refused(theta, extra, message):
    with pytest.raises(ValueError, match=f"(?i){message}"):
        RelaxedTensorProduct(fully_connected(), theta, extra)


def test_a_shared_weight_may_hold_what_another_layer_needs():
    shared = RelaxedWeight("0e + 1o + 8e")
    assert RelaxedTensorProduct(fully_connected(), shared).relaxed_weight.theta is shared.theta


def test_wrong_sizes_are_refused():
    relaxed = RelaxedTensorProduct(fully_connected(shared_weights=False), 1)
    x, y = torch.randn(5, 13), torch.randn(5, 9)
    with pytest.raises(ValueError, match="The product has no weights of its own"):
        relaxed(x, y)
    with pytest.raises(ValueError, match=r"The weights have shape \(5, 3\)"):
        relaxed(x, y, torch.randn(5, 3))
    with pytest.raises(ValueError, match=r"θ has shape \(3,\)"):
        relaxed(x, y, torch.randn(5, relaxed.weight_numel), torch.randn(3))


def test_irreps_that_do_not_match_are_refused():
    relaxed = RelaxedTensorProduct(fully_connected(), 1)
    with pytest.raises(ValueError, match=r"x has shape \(5, 12\), but its irreps .* need \(..., 13\)"):
        relaxed(torch.randn(5, 12), torch.randn(5, 9))
    with pytest.raises(ValueError, match=r"y has shape \(5, 4\), but its irreps .* need \(..., 9\)"):
        relaxed(torch.randn(5, 13), torch.randn(5, 4))


def test_a_parity_that_nothing_leads_to_is_refused():
    """Of a scalar edge, a polar θ makes no pseudoscalar of a scalar."""
    with pytest.raises(ValueError, match="1o has no path from 1x0e by filters in .* to 1x0o"):
        RelaxedTensorProduct(o3.FullyConnectedTensorProduct("0e", "0e", "0o"), "0e + 1o")


def test_no_rows_give_no_rows():
    assert RelaxedTensorProduct(fully_connected(), 1)(torch.randn(0, 13), torch.randn(0, 9)).shape == (0, 18)


def test_a_conditioned_layer_holds_no_theta():
    relaxed = RelaxedTensorProduct(fully_connected(), ConditionedWeight("0e + 1o", "1o"))
    x, y = torch.randn(5, 13), torch.randn(5, 9)
    with pytest.raises(ValueError, match=r"give theta=weight\(c\)"):
        relaxed(x, y)
    assert relaxed(x, y, theta=torch.tensor([1.0, 0, 0, 0])).shape == (5, 18)
