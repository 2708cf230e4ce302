"""The radial network is e3nn's."""

import torch
from e3nn.nn import FullyConnectedNet

from symbreak.layers.relaxed.radial import RadialNetwork


def test_it_is_that_of_e3nn(double):
    ours, theirs = RadialNetwork([3, 16, 8, 5]), FullyConnectedNet([3, 16, 8, 5], torch.nn.functional.silu)
    with torch.no_grad():
        for weight, layer in zip(ours.weights, theirs.children(), strict=True):
            weight.copy_(layer.weight)
    x = torch.randn(10, 3)
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-2, atol=1e-2)  # e3nn draws the moment of silu


def test_silu_is_scaled_to_unit_second_moment(double):
    z = torch.linspace(-12, 12, 100_001)
    density = torch.exp(-(z**2) / 2) / (2 * torch.pi) ** 0.5
    moment = torch.trapezoid(torch.nn.functional.silu(z) ** 2 * density, z)
    assert RadialNetwork([1, 4, 1]).scales == [1, (4 * round(moment.item(), 7)) ** -0.5]


def test_outputs_have_unit_variance():
    outs = torch.stack([RadialNetwork([8, 64, 64, 32])(torch.randn(64, 8)).square().mean() for _ in range(50)])
    assert abs(outs.mean().item() - 1) < 0.1
