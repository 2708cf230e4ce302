from functools import partial

import pytest
import torch

from symbreak.actions import Bond, Lattice, Orientation, Scalar
from symbreak.groups import p4, p4m
from symbreak.layers import RelaxedGroupConv
from symbreak.models import LatticeGCNN, LatticeMLP
from symbreak.testing import assert_equivariant


@pytest.mark.parametrize("group", [p4(5), p4m(4), p4m(6)], ids=lambda G: f"order {G.order}")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("extra", [(), (Scalar(2),), (Orientation(1), Scalar(1))], ids=["bare", "scalars", "both"])
def test_the_gcnn_is_equivariant(group, dtype, extra):
    net = LatticeGCNN(group, bonds=1, scalars=1, extra=extra, copies=3).to(dtype)
    x = torch.randn(4, net.action.width, *net.action.sizes, dtype=dtype)
    assert_equivariant(net, net.action, Lattice(group, (Scalar(),)), x)


def test_a_uniform_lattice_gets_one_logit():
    x = torch.tensor([1.0, -2.0, 0.5]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    y = LatticeGCNN(p4m(8))(x)
    assert y.std() < 1e-6 < y.abs().max()


def test_the_weights_fit_other_lattices():
    small, large = LatticeGCNN(p4m(4)), LatticeGCNN(p4m(8))
    large.load_state_dict(small.state_dict())
    x = torch.randn(2, 3, 4, 4)
    torch.testing.assert_close(large(x.repeat(1, 1, 2, 2)), small(x).repeat(1, 1, 2, 2))


def test_relaxed_layers_are_not_equivariant_once_their_weights_vary():
    group = p4m(4)
    out, x = Lattice(group, (Scalar(),)), torch.randn(3, 3, 4, 4)
    strict = LatticeGCNN(group, conv=partial(RelaxedGroupConv, banks=2, spread=0.0))
    assert_equivariant(strict, strict.action, out, x)
    relaxed = LatticeGCNN(group, conv=partial(RelaxedGroupConv, banks=2, spread=0.5))
    with pytest.raises(AssertionError, match="differs from h f"):
        assert_equivariant(relaxed, relaxed.action, out, x)


def test_scale_divides_the_conditions():
    group = p4m(4)
    torch.manual_seed(0)
    bare = LatticeGCNN(group)
    torch.manual_seed(0)
    scaled = LatticeGCNN(group, scale=(3.0, 2.0))
    x = torch.randn(2, 3, 4, 4)
    torch.testing.assert_close(scaled(x), bare(x / torch.tensor([3.0, 3.0, 2.0])[:, None, None]))


def test_the_mlp_is_not_equivariant():
    action = Lattice(p4m(4), (Bond(), Scalar()))
    with pytest.raises(AssertionError, match="differs from h f"):
        assert_equivariant(LatticeMLP(3, 4, width=16), action, Lattice(p4m(4), (Scalar(),)), torch.randn(3, 3, 4, 4))


@pytest.mark.parametrize("shape", [(2, 4, 8, 8), (2, 3, 8, 6), (3, 8, 8)])
def test_the_gcnn_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"this network takes \(B, 3, L, L\): 2 channels of bonds, 1 scalars and 0"):
        LatticeGCNN(p4m(8))(torch.zeros(shape))


def test_scales_are_counted():
    with pytest.raises(ValueError, match="scale has 1 entries, but there are 1 bonds and 1 scalars"):
        LatticeGCNN(p4m(8), scale=(1.0,))
    with pytest.raises(ValueError, match="scale has 1 entries, but there are 3 channels"):
        LatticeMLP(3, 8, scale=(1.0,))
