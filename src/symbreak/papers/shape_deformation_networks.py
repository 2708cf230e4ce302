"""The networks of the shape deformations, and their optimizers."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import NamedTuple

import torch
from e3nn import o3
from torch import Tensor, nn

from symbreak.layers import EquivariantAdam, RelaxedConvolution, relaxed_weights
from symbreak.papers.shape_deformation_shapes import DEGREES, IRREPS

HIDDEN = "0e + 1o + 1e + 2e + 2o"  # what a strict convolution can reach from the input, each once
LAYERS, RADIAL = 2, 64
WIDTH = 64  # of the MLP, which then has about as many parameters
RATE, THETA_RATE = 0.02, 0.1
WARM_UP = 600  # steps, of θ: a high rate too early makes directions unstable that rounding can enter


class Cloud(NamedTuple):
    """Points with the harmonics and the lengths of the edges between all pairs of them."""

    positions: Tensor
    src: Tensor
    dst: Tensor
    harmonics: Tensor
    lengths: Tensor


def cloud(positions: Tensor) -> Cloud:
    """`(n, 3)` with its `n (n - 1)` edges."""
    src, dst = (~torch.eye(len(positions), dtype=torch.bool)).nonzero().T
    r = positions[dst] - positions[src]
    Y = o3.spherical_harmonics(DEGREES, r, True, normalization="component")
    return Cloud(positions, src, dst, Y, r.norm(dim=1, keepdim=True))


class VertexNetwork(nn.Module):
    """Two relaxed convolutions, without anything between; the scalar 1 goes in, and 0 elsewhere.

    Args:
        l_relaxed: of θ in each layer; 0 is the strict network, to the bit.
    Shapes:
        n points -> signals up to degree 2 `(n, 9)`.
    """

    def __init__(self, l_relaxed: int):
        super().__init__()
        sizes, radial = [IRREPS, *[HIDDEN] * (LAYERS - 1), IRREPS], [1, RADIAL]
        theta = l_relaxed if l_relaxed else "0e"
        self.layers = nn.ModuleList(
            RelaxedConvolution(a, IRREPS, b, theta, radial, num_neighbors=7)
            for a, b in zip(sizes, sizes[1:], strict=False)
        )

    def forward(self, points: Cloud) -> Tensor:
        x = torch.eye(1, 9).to(points.positions).expand(len(points.positions), -1)
        for layer in self.layers:
            x = layer(x, points.src, points.dst, points.harmonics, points.lengths)
        return x


class FlattenedMLP(nn.Module):
    """A multilayer perceptron on the coordinates of 8 points in a row -> `(8, 9)`."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(24, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, 72)
        )

    def forward(self, points: Cloud) -> Tensor:
        return self.layers(points.positions.flatten()).unflatten(0, (8, 9))


def strict(l_relaxed: int) -> VertexNetwork:
    """The same convolutions with θ = 1 for good."""
    network = VertexNetwork(0)
    for weight in relaxed_weights(network).values():
        weight.requires_grad_(False)
    return network


def thetas(network: nn.Module) -> list[nn.Parameter]:
    """The θ of each layer that is learned."""
    return [weight.theta for weight in relaxed_weights(network).values() if weight.theta.requires_grad]


def equivariant_adam(network: nn.Module) -> torch.optim.Optimizer:
    """One second moment for each θ."""
    theta = thetas(network)
    return EquivariantAdam(_groups(network, theta), lr=RATE, shared=theta)


def stock_adam(network: nn.Module) -> torch.optim.Optimizer:
    """The same rates, and a second moment for each entry."""
    return torch.optim.Adam(_groups(network, thetas(network)), lr=RATE)


def schedule(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """Rates along a cosine to 0, and that of θ from 0 up to it."""

    def others(step: int) -> float:
        return (1 + cos(pi * step / steps)) / 2

    def theta(step: int) -> float:
        return min(1.0, (step + 1) / WARM_UP) * others(step)

    rates = [others, theta][: len(optimizer.param_groups)]
    return torch.optim.lr_scheduler.LambdaLR(optimizer, rates)


def _groups(network: nn.Module, theta: list[nn.Parameter]) -> list[dict]:
    ids = {id(weight.theta) for weight in relaxed_weights(network).values()}
    groups: list[dict] = [{"params": [p for p in network.parameters() if id(p) not in ids]}]
    return groups + [{"params": theta, "lr": THETA_RATE}] * bool(theta)


@dataclass(frozen=True)
class Method:
    """A row of the table.

    Args:
        name, label: of it.
        build: the network, given `l_relaxed`.
        optimizer: of a network.
    """

    name: str
    label: str
    build: Callable[[int], nn.Module]
    optimizer: Callable[[nn.Module], torch.optim.Optimizer]


METHODS = (
    Method("relaxed", "relaxed, EquivariantAdam", VertexNetwork, equivariant_adam),
    Method("relaxed-stock-adam", "relaxed, stock Adam", VertexNetwork, stock_adam),
    Method("strict", "strict", strict, stock_adam),
    Method("mlp", "MLP", lambda l_relaxed: FlattenedMLP(), stock_adam),
)
