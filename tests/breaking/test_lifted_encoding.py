"""Encodings that skip the first layer: the same function, and the lifts that they refuse."""

import pytest
import torch
from torch import nn

from symbreak.actions import Lattice, Orientation, Scalar
from symbreak.breaking import FieldEncoding, LiftedEncoding, PeriodicField, PixelField, SymPE
from symbreak.groups import p4, p4m
from symbreak.kernels import LatticeInversion
from symbreak.layers import GroupConv
from symbreak.models import LatticeGCNN
from symbreak.papers.ising_networks import conditions_action, lifted_sympe, multi_period, period_two


@pytest.mark.parametrize("encoding", (multi_period, period_two))
@pytest.mark.parametrize("dtype, atol", ((torch.float32, 1e-5), (torch.float64, 1e-12)), ids=str)
def test_the_function_is_that_of_the_encoding_at_the_input(encoding, dtype, atol):
    size, kernel = 4, LatticeInversion(conditions_action(4))
    lifted = lifted_sympe(LatticeGCNN(p4m(size), copies=3), kernel, encoding(size)).to(dtype)
    code = lifted.encoding.encoding
    wide = LatticeGCNN(p4m(size), copies=3, extra=code.action.channels).to(dtype)
    values = {name.replace("trunk.layer.", "trunk."): value for name, value in lifted.network.state_dict().items()}
    values["lift.filters"] = torch.cat([values["lift.filters"], lifted.encoding.lift.filters], dim=1)
    wide.load_state_dict(values)
    x = torch.randn(5, 3, size, size, dtype=dtype)
    x[2:] = x[2:, :, :1, :1]
    g = kernel(x)
    torch.testing.assert_close(lifted(x, g), SymPE(wide, kernel, code)(x, g), atol=atol, rtol=0)


def test_both_parts_start_as_one_layer_would():
    lifted = lifted_sympe(LatticeGCNN(p4m(4), copies=32), LatticeInversion(conditions_action(4)), multi_period(4))
    whole = GroupConv(p4m(4), (Scalar(1), Orientation(3)), 32)
    expected = whole.filters.std().item()
    for layer in (lifted.network.lift, lifted.encoding.lift):
        assert layer.filters.std().item() == pytest.approx(expected, rel=0.1)


def lifted(lift, after=None):
    v = Lattice(p4m(4), (Orientation(1),))
    code = FieldEncoding(v, PixelField(v))
    return LiftedEncoding(code, lift, Lattice(p4m(4), (Orientation(2),)) if after is None else after)


def test_lifts_that_lose_the_pose_are_refused():
    v = (Orientation(1),)
    with pytest.raises(ValueError, match=r"shape \(1, 16, 4, 4\) of v.*Scalar.*moves"):
        lifted(GroupConv(p4m(4), v, 2), after=Lattice(p4m(4), (Scalar(2),)))
    with pytest.raises(ValueError, match="give both actions one group"):
        lifted(GroupConv(p4m(4), v, 2), after=Lattice(p4(4), (Orientation(4),)))
    lift = GroupConv(p4m(4), v, 2, bias=False)
    with torch.no_grad():
        lift.filters.zero_()
    with pytest.raises(ValueError, match="L₁ v has order 128, but that of v has order 1"):
        lifted(lift)
    mean = nn.Sequential(nn.Conv2d(8, 1, 1), nn.AdaptiveAvgPool2d(1), nn.Upsample((4, 4)))
    with pytest.raises(ValueError, match="L₁ v has order 128"):
        lifted(mean, after=Lattice(p4m(4), (Scalar(1),)))


def test_a_lift_that_is_not_equivariant_breaks_what_v_was_to_keep():
    v = Lattice(p4m(4), (Orientation(4),))
    g = v.group.elements()
    keeps = (g.h == 0) & (g.n % 2 == 0).all(-1)
    code = FieldEncoding(v, PeriodicField(v, (2,) * 4), keeps=keeps)
    after = Lattice(p4m(4), (Orientation(1),))
    assert LiftedEncoding(code, GroupConv(p4m(4), v.channels, 1), after).lifted().shape == (1, 8, 4, 4)
    with pytest.raises(ValueError, match="L₁ v has order 1, but that of v has order 4"):
        LiftedEncoding(code, nn.Conv2d(32, 8, 3, padding=1), after)  # zeros outside: no translation commutes


def test_a_trained_v_can_be_checked_again():
    encoding = lifted(GroupConv(p4m(4), (Orientation(1),), 2))
    encoding.check()
    with torch.no_grad():
        encoding.lift.filters.zero_()
    with pytest.raises(ValueError, match="order 128"):
        encoding.check()


def test_features_of_another_shape_or_of_integers_are_refused():
    encoding = lifted(GroupConv(p4m(4), (Orientation(1),), 2))
    code = encoding(p4m(4).sample((3,)), None)
    with pytest.raises(ValueError, match=r"shape \(3, 8, 4, 4\).*has \(3, 16, 4, 4\).*the output of L₀"):
        encoding.join(torch.zeros(3, 8, 4, 4), code)
    with pytest.raises(ValueError, match=r"int64.*x\.float\(\)"):
        encoding.join(torch.zeros(3, 16, 4, 4, dtype=torch.int64), code)
