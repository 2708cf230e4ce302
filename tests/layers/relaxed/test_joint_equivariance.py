"""f(D(g) θ; g x) = g f(θ; x) of every layer, for g of both determinants; and what is broken fails."""

import pytest
import torch
from e3nn import o3
from torch import nn
from torch.func import functional_call

from symbreak.groups import Orthogonal
from symbreak.layers import (
    ConditionedWeight,
    RelaxedConvolution,
    RelaxedLinear,
    RelaxedTensorProduct,
    RelaxedWeight,
    moved,
)
from symbreak.representations import Irreps

from .conftest import HARMONICS, Cloud, shaken

IN, OUT = "3x0e + 2x1o + 1e + 2e", "2x0e + 0o + 2x1o + 2x1e + 2x2e + 2o"


def D(irreps: "str | o3.Irreps", g: torch.Tensor) -> torch.Tensor:
    return Irreps(Orthogonal(3), o3.Irreps(irreps)).matrix(g)


def convolution(extra: str | None) -> RelaxedConvolution:
    out = OUT if extra is None else "2x0e + 2x1o + 2x2e"
    return RelaxedConvolution(IN, HARMONICS, out, 2, [3, 8], 3.0, irreps_extra=extra)


def error_of_convolution(conv: RelaxedConvolution, cloud: Cloud, elements: torch.Tensor, turn: bool = True) -> float:
    x = torch.randn(8, conv.product.irreps_in1.dim)
    y = conv(x, cloud.src, cloud.dst, cloud.harmonics(), cloud.scalars())
    assert y.abs().min() > 1e-6
    errors = []
    for g in elements:
        args = (x @ D(conv.product.irreps_in1, g).mT, cloud.src, cloud.dst, cloud.harmonics(g), cloud.scalars())
        gy = functional_call(conv, moved(conv, g) if turn else {}, args)
        errors.append((gy - y @ D(conv.product.irreps_out, g).mT).abs().max() / y.abs().max())
    return torch.stack(errors).max().item()


@pytest.mark.parametrize("extra", (None, ""))
def test_convolution(extra, cloud, elements):
    conv = shaken(convolution(extra))
    assert error_of_convolution(conv, cloud, elements) < 1e-10
    assert error_of_convolution(conv, cloud, elements, turn=False) > 1e-2


@pytest.mark.parametrize("extra", (None, ""))
def test_convolution_is_equivariant_at_the_start(extra, cloud, elements):
    assert error_of_convolution(convolution(extra), cloud, elements, turn=False) < 1e-10


def test_a_wrong_sign_in_the_fold_is_seen(cloud, elements):
    conv = shaken(convolution(None))
    conv.product.filter.coefficient[20] *= -1
    assert error_of_convolution(conv, cloud, elements) > 1e-3


def test_a_wrong_sign_in_a_path_is_seen(cloud, elements):
    conv = shaken(convolution(None))
    coupling = conv.product.product.coupling
    at = tuple(coupling.nonzero()[60])
    coupling[at] *= -1
    assert error_of_convolution(conv, cloud, elements) > 1e-3


def test_a_weight_of_the_wrong_parity_is_seen(cloud, elements):
    """As a rotation goes all is well; the inversion tells."""
    conv = shaken(convolution(None))
    weight = conv.product.relaxed_weight
    weight.irreps = o3.Irreps([(mul, (ir.l, 1)) for mul, ir in weight.irreps])
    det = torch.linalg.det(elements)
    assert error_of_convolution(conv, cloud, elements[det > 0]) < 1e-10
    assert error_of_convolution(conv, cloud, elements[det < 0]) > 1e-2


@pytest.mark.parametrize("per_row", (False, True))
def test_tensor_product(per_row, elements):
    relaxed = shaken(RelaxedTensorProduct(o3.FullyConnectedTensorProduct(IN, "0e + 2x1o + 1e", OUT), 2))
    irreps = relaxed.filter.irreps
    x, y = torch.randn(5, relaxed.irreps_in1.dim), torch.randn(5, relaxed.irreps_in2.dim)
    theta = torch.randn(*((5,) if per_row else ()), irreps.dim)
    out = relaxed(x, y, theta=theta)
    for g in elements:
        gx, gy = x @ D(relaxed.irreps_in1, g).mT, y @ D(relaxed.irreps_in2, g).mT
        found = relaxed(gx, gy, theta=theta @ D(irreps, g).mT)
        torch.testing.assert_close(found, out @ D(OUT, g).mT, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("irreps", (None, 1, "1o + 2e + 0o"))
def test_linear(irreps, elements):
    relaxed = shaken(RelaxedLinear(o3.Linear(IN, OUT, biases=True), irreps))
    x = torch.randn(5, relaxed.irreps_in.dim)
    y = relaxed(x)
    for g in elements:
        found = functional_call(relaxed, moved(relaxed, g), (x @ D(IN, g).mT,))
        torch.testing.assert_close(found, y @ D(OUT, g).mT, atol=1e-10, rtol=1e-10)
        assert (relaxed(x @ D(IN, g).mT) - y @ D(OUT, g).mT).abs().max() > 1e-2


def test_condition(cloud, elements):
    """An electric and a magnetic field turn with the cloud; each graph has its own."""
    fields = "1o + 1e"
    weight = shaken(ConditionedWeight(2, fields))
    conv = shaken(RelaxedConvolution(IN, HARMONICS, OUT, weight, [3, 8], 3.0))
    x, c = torch.randn(8, o3.Irreps(IN).dim), torch.randn(2, 6)
    edges = (cloud.src, cloud.dst)
    y = conv(x, *edges, cloud.harmonics(), cloud.scalars(), theta=weight(c), batch=cloud.batch)
    for g in elements:
        theta = weight(c @ D(fields, g).mT)
        args = (x @ D(IN, g).mT, *edges, cloud.harmonics(g), cloud.scalars())
        found = conv(*args, theta=theta, batch=cloud.batch)
        torch.testing.assert_close(found, y @ D(OUT, g).mT, atol=1e-10, rtol=1e-10)


def test_a_network_with_one_weight_for_all_layers(cloud, elements):
    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.theta = RelaxedWeight("0e + 1o + 1e + 2x2e")
            hidden = "2x0e + 2x1o + 2x1e"
            self.first = RelaxedConvolution("0e", HARMONICS, hidden, self.theta, [3, 4], 3.0)
            self.mix = RelaxedLinear(o3.Linear(hidden, hidden))
            self.last = RelaxedConvolution(hidden, HARMONICS, "0e + 1o + 1e", self.theta, [3, 4], 3.0)

        def forward(self, g=None):
            edges, Y, r = (cloud.src, cloud.dst), cloud.harmonics(g), cloud.scalars()
            return self.last(self.mix(self.first(torch.ones(8, 1), *edges, Y, r)), *edges, Y, r)

    net = shaken(Network())
    for g in elements:
        found = functional_call(net, moved(net, g), (g,))
        torch.testing.assert_close(found, net() @ D("0e + 1o + 1e", g).mT, atol=1e-10, rtol=1e-10)
