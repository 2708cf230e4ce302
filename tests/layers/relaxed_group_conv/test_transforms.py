"""Compiling, vmap over weights, gradients and saving, for every relaxed layer of finite groups."""

import pytest
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

from symbreak.actions import Orientation, Scalar
from symbreak.groups import Cyclic, Dihedral, inversions, p4, p4m, pm3m
from symbreak.layers import RelaxedGroupConv, RelaxedPointConv, RelaxedRegular
from symbreak.layers.relaxed_group_conv.regular import quotients

LAYERS = {  # what makes one, and the shape of its input
    "regular": (lambda: RelaxedRegular(Dihedral(4), 2, 3, banks=2), (4, 2, 8)),
    "cyclic": (lambda: RelaxedRegular(Cyclic(5), 1, 2), (4, 1, 5)),
    "lattice": (lambda: RelaxedGroupConv(p4m(4), (Scalar(1), Orientation(1)), 2), (2, 9, 4, 4)),
    "translations": (lambda: RelaxedGroupConv(p4(4), (Scalar(1),), 2, orientations=False), (2, 1, 4, 4)),
    "point": (lambda: RelaxedPointConv(p4m(5), Orientation(1), 2, banks=2), (2, 8, 5, 5)),
    "separable": (lambda: RelaxedPointConv(p4(5), Orientation(1), 2, separable=True), (2, 4, 5, 5)),
    "zeros": (lambda: RelaxedPointConv(inversions((6,)), Scalar(2), 2, periodic=False), (2, 2, 6)),
    "voxels": (lambda: RelaxedPointConv(pm3m(3), Scalar(1), 1, separable=True), (1, 1, 3, 3, 3)),
}
KINDS = pytest.mark.parametrize("kind", LAYERS)


def made(kind: str, seed: int = 0, dtype: torch.dtype = torch.float64) -> tuple[nn.Module, torch.Tensor]:
    """A layer whose weights are no longer equal, and an input."""
    make, shape = LAYERS[kind]
    generator = torch.Generator().manual_seed(seed)
    layer = make().to(dtype)
    with torch.no_grad():
        for p in layer.parameters():
            p += torch.randn(p.shape, generator=generator, dtype=torch.float64).to(p)
    return layer, torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)


@KINDS
def test_full_graph_compile_with_gradients(kind):
    layer, x = made(kind)
    torch._dynamo.reset()
    out = torch.compile(layer, fullgraph=True, backend="aot_eager")(x)
    torch.testing.assert_close(out, layer(x))
    ours, theirs = (torch.autograd.grad(y.pow(2).sum(), list(layer.parameters())) for y in (out, layer(x)))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


@KINDS
def test_vmap_over_weights_and_their_gradient(kind):
    layer, x = made(kind)
    w = torch.randn(3, *layer.mixing.shape, dtype=torch.float64)

    def f(w):
        return functional_call(layer, {"mixing": w}, (x,))

    torch.testing.assert_close(vmap(f)(w), torch.stack([f(one) for one in w]))
    slopes = vmap(grad(lambda w: f(w).pow(2).sum()))(w)
    w.requires_grad_()
    torch.testing.assert_close(slopes, torch.autograd.grad(sum(f(one).pow(2).sum() for one in w), w)[0])


@KINDS
def test_gradients_are_finite_where_all_weights_are_equal_and_reach_every_parameter(kind):
    make, shape = LAYERS[kind]
    layer = make()
    layer(torch.randn(shape)).pow(2).sum().backward()
    for name, p in layer.named_parameters():
        assert p.grad.isfinite().all(), name
        assert p.grad.any(), name


def test_a_gradient_turns_with_the_weights():
    """At an equal w and at a turned one: what compile or vmap differentiate is the function on the group."""
    layer, x = made("regular")
    group, h = Dihedral(4), 6
    there = x[..., quotients(group)[h]]

    def slope(w, x):
        return grad(lambda w: functional_call(layer, {"mixing": w}, (x,)).pow(2).sum())(w)

    w = layer.mixing.detach()
    turned = slope(w[:, quotients(group)[h]], there)
    torch.testing.assert_close(turned, slope(w, x)[:, quotients(group)[h]])


@KINDS
def test_a_state_dict_makes_a_fresh_layer_the_same(kind, tmp_path):
    layer, x = made(kind)
    torch.save(layer.state_dict(), tmp_path / "layer.pt")
    fresh = LAYERS[kind][0]().double()
    fresh.load_state_dict(torch.load(tmp_path / "layer.pt", weights_only=True))
    assert torch.equal(fresh(x), layer(x))


@KINDS
def test_both_precisions_agree(kind):
    layer, x = made(kind, dtype=torch.float32)
    out = layer(x)
    assert out.dtype == torch.float32
    torch.testing.assert_close(layer.double()(x.double()), out.double(), atol=1e-4, rtol=1e-4)


@KINDS
def test_no_samples_give_no_outputs(kind):
    layer, x = made(kind)
    out = layer(x[:0])
    assert out.shape == (0, *layer(x).shape[1:])
    out.sum().backward()
