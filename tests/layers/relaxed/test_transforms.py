"""Compiling, vmap, gradients along the group, and saving."""

import copy

import pytest
import torch
from e3nn import o3
from torch.func import functional_call, grad, vmap

from symbreak.layers import ConditionedWeight, RelaxedConvolution, RelaxedLinear, RelaxedTensorProduct, moved, relax

from .conftest import HARMONICS, make_cloud, shaken

IN, OUT = "2x0e + 2x1o", "2x0e + 1o + 1e"
HALF = torch.tensor([[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]], dtype=torch.float64)  # about y
QUARTER = torch.tensor([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]], dtype=torch.float64)  # about y


def layers(dtype: torch.dtype) -> dict:
    """Each kind with arguments for it."""
    cloud = make_cloud(dtype)
    x = torch.randn(8, 8, dtype=dtype)
    conv = RelaxedConvolution(IN, HARMONICS, OUT, 2, [3, 8], 3.0)
    product = RelaxedTensorProduct(o3.FullyConnectedTensorProduct(IN, HARMONICS, OUT), 2)
    linear = RelaxedLinear(o3.Linear(IN, OUT))
    return {
        "convolution": (conv, (x, cloud.src, cloud.dst, cloud.harmonics(), cloud.scalars())),
        "product": (product, (x, cloud.harmonics()[:8])),
        "linear": (linear, (x,)),
    }


KINDS = ("convolution", "product", "linear")


@pytest.mark.parametrize("kind", KINDS)
def test_full_graph_compile_with_gradients(kind, double):
    layer, args = layers(torch.float64)[kind]
    shaken(layer)
    torch._dynamo.reset()
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    out = compiled(*args)
    torch.testing.assert_close(out, layer(*args))
    ours = torch.autograd.grad(out.pow(2).sum(), list(layer.parameters()))
    theirs = torch.autograd.grad(layer(*args).pow(2).sum(), list(layer.parameters()))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("kind", KINDS)
def test_vmap_over_theta_and_its_gradient(kind, double):
    layer, args = layers(torch.float64)[kind]
    shaken(layer)
    weight = (layer.product if kind == "convolution" else layer).relaxed_weight
    thetas = torch.randn(5, weight.irreps.dim)
    each = torch.stack([layer(*args, theta=theta) for theta in thetas])
    torch.testing.assert_close(vmap(lambda theta: layer(*args, theta=theta))(thetas), each)
    slopes = vmap(grad(lambda theta: layer(*args, theta=theta).pow(2).sum()))(thetas)
    thetas.requires_grad_()
    total = sum(layer(*args, theta=theta).pow(2).sum() for theta in thetas)
    torch.testing.assert_close(slopes, torch.autograd.grad(total, thetas)[0])


def conditioned():
    """A weight that is conditioned on two fields, in a product."""
    weight = shaken(ConditionedWeight(2, "1o + 1e"))
    product = RelaxedTensorProduct(o3.FullyConnectedTensorProduct(IN, HARMONICS, OUT), weight)
    return weight, shaken(product), torch.randn(8, 8), torch.randn(8, 9)


def test_a_condition_compiles(double):
    weight, product, x, y = conditioned()

    def f(c):
        return product(x, y, theta=weight(c))

    torch._dynamo.reset()
    c = torch.randn(6, requires_grad=True)
    out = torch.compile(f, fullgraph=True, backend="aot_eager")(c)
    torch.testing.assert_close(out, f(c))
    ours, theirs = (torch.autograd.grad(z.pow(2).sum(), [c, *weight.parameters()]) for z in (out, f(c)))
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


def test_vmap_over_conditions_and_their_gradient(double):
    weight, product, x, y = conditioned()

    def f(c):
        return product(x, y, theta=weight(c))

    c = torch.randn(5, 6)
    torch.testing.assert_close(vmap(f)(c), torch.stack([f(one) for one in c]))
    slopes = vmap(grad(lambda c: f(c).pow(2).sum()))(c)
    c.requires_grad_()
    torch.testing.assert_close(slopes, torch.autograd.grad(sum(f(one).pow(2).sum() for one in c), c)[0])


@pytest.mark.parametrize("g", (torch.eye(3).double(), QUARTER, HALF, -QUARTER), ids=("1", "y90", "y180", "-y90"))
def test_the_gradient_along_a_turn_of_the_condition_is_finite(g, double):
    weight, product, x, y = conditioned()
    g = g.clone().requires_grad_()
    E, B = torch.randn(2, 3)
    product(x, y, theta=weight(torch.cat([g @ E, torch.linalg.det(g) * g @ B]))).pow(2).sum().backward()
    assert g.grad.isfinite().all()
    assert g.grad.abs().max() > 1e-3


def test_the_gradient_at_no_field_is_finite(double):
    weight, product, x, y = conditioned()
    c = torch.zeros(6, requires_grad=True)
    product(x, y, theta=weight(c)).pow(2).sum().backward()
    assert c.grad.isfinite().all()
    assert all(p.grad.isfinite().all() for p in weight.parameters())


def test_a_state_dict_makes_a_fresh_condition_the_same(tmp_path):
    weight, c = shaken(ConditionedWeight(2, "1o + 1e")), torch.randn(4, 6)
    torch.save(weight.state_dict(), tmp_path / "weight.pt")
    fresh = ConditionedWeight(2, "1o + 1e")
    fresh.load_state_dict(torch.load(tmp_path / "weight.pt", weights_only=True))
    assert torch.equal(fresh(c), weight(c))


def test_vmap_over_clouds(double):
    conv, (x, src, dst, Y, r) = layers(torch.float64)["convolution"]
    scale = torch.tensor([1.0, 0.5])
    found = vmap(lambda s: conv(x, src, dst, Y * s, r))(scale)
    torch.testing.assert_close(found[1], conv(x, src, dst, Y * 0.5, r))


@pytest.mark.parametrize("g", (torch.eye(3).double(), QUARTER, HALF, -QUARTER), ids=("1", "y90", "y180", "-y90"))
@pytest.mark.parametrize("kind", KINDS)
def test_gradient_along_the_group_is_finite_where_euler_angles_are_singular(kind, g, double):
    layer, args = layers(torch.float64)[kind]
    shaken(layer)
    g = g.clone().requires_grad_()
    functional_call(layer, moved(layer, g), args).pow(2).sum().backward()
    assert g.grad.isfinite().all()
    assert g.grad.abs().max() > 1e-3


def test_gradient_of_positions_is_finite_on_the_poles(double):
    """Edges along y, the axis of e3nn's harmonics, and a θ that breaks the symmetry."""
    conv = shaken(RelaxedConvolution("0e", HARMONICS, "0e", 2, [1, 8], 1.0))
    positions = torch.tensor([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, -2.0, 0.0]]).requires_grad_()
    src, dst = torch.tensor([[0, 1, 2, 0], [1, 0, 0, 2]])
    r = positions[src] - positions[dst]
    Y = o3.spherical_harmonics(HARMONICS, r, True, normalization="component")
    conv(torch.ones(3, 1), src, dst, Y, r.norm(dim=1, keepdim=True)).sum().backward()
    assert positions.grad.isfinite().all()
    assert positions.grad.abs().max() > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_a_state_dict_makes_a_fresh_layer_the_same(kind, tmp_path):
    layer, args = layers(torch.float32)[kind]
    shaken(layer)
    torch.save(layer.state_dict(), tmp_path / "layer.pt")
    fresh = layers(torch.float32)[kind][0]
    fresh.load_state_dict(torch.load(tmp_path / "layer.pt", weights_only=True))
    assert torch.equal(fresh(*args), layer(*args))


@pytest.mark.parametrize("kind", KINDS)
def test_both_precisions_agree(kind):
    layer, args = layers(torch.float32)[kind]
    shaken(layer)
    wide = copy.deepcopy(layer).double()
    found = wide(*(a.double() if a.is_floating_point() else a for a in args))
    assert found.dtype == torch.float64
    torch.testing.assert_close(layer(*args).double(), found, atol=1e-4, rtol=1e-4)


@pytest.mark.slow
def test_a_relaxed_network_compiles(double):
    from e3nn.nn.models.v2106.points_convolution import Convolution

    cloud = make_cloud(torch.float64)
    relaxed = shaken(relax(Convolution(IN, "0e", HARMONICS, IN, [3, 8], 3.0), 1))
    args = (torch.randn(8, 8), torch.ones(8, 1), cloud.src, cloud.dst, cloud.harmonics(), cloud.scalars())
    torch._dynamo.reset()
    torch.testing.assert_close(torch.compile(relaxed, fullgraph=True, backend="aot_eager")(*args), relaxed(*args))
