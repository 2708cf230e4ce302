"""The networks of the shape deformations, and their optimizers."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import NamedTuple

import torch
from e3nn import o3
from e3nn.nn import FullyConnectedNet
from torch import Tensor, nn

from symbreak.layers import EquivariantAdam, RelaxedConvolution, RelaxedWeight, relaxed_weights
from symbreak.papers.shape_deformation_shapes import DEGREES, IRREPS

HIDDEN = "0e + 1o + 1e + 2e + 2o"  # what a strict convolution can reach from the input, each once
LAYERS, RADIAL = 2, 64
WIDTH = 64  # of the MLP, which then has about as many parameters
RATE = 0.02  # at a higher one of θ, directions that the data forbid are unstable, and rounding grows along them
PUBLISHED_RADIAL, PUBLISHED_NEIGHBOURS = 256, 4  # each vertex has seven, but they say four


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


class Trainer(NamedTuple):
    """What makes a step, and what changes its rate after it."""

    optimizer: torch.optim.Optimizer
    rates: torch.optim.lr_scheduler.LRScheduler


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


class PublishedConvolution(nn.Module):
    """The convolution of the authors' notebook, into all irreps of θ; `θ ⊗ Y` as one matrix, not edge by edge."""

    def __init__(self, l_relaxed: int):
        super().__init__()
        self.relaxed_weight = RelaxedWeight(l_relaxed)
        irreps = self.relaxed_weight.irreps
        self.filter = o3.FullyConnectedTensorProduct(irreps, IRREPS, irreps)
        self.product = o3.FullyConnectedTensorProduct(IRREPS, irreps, IRREPS, shared_weights=False)
        self.radial = FullyConnectedNet([1, PUBLISHED_RADIAL, self.product.weight_numel], torch.relu)

    def forward(self, x: Tensor, points: Cloud) -> Tensor:
        each = torch.eye(points.harmonics.shape[1]).to(points.harmonics)
        fold = self.filter(self.relaxed_weight().expand(len(each), -1), each)
        messages = self.product(x[points.src], points.harmonics @ fold, self.radial(points.lengths))
        return torch.zeros_like(x).index_add(0, points.dst, messages) / PUBLISHED_NEIGHBOURS**0.5


class PublishedNetwork(nn.Module):
    """The network of the authors' notebook: two layers, three for the random shape; penalised by `1e-6 Σ mean(θ²)`."""

    def __init__(self, l_relaxed: int, layers: int):
        super().__init__()
        self.layers = nn.ModuleList(PublishedConvolution(l_relaxed) for _ in range(layers))

    def forward(self, points: Cloud) -> Tensor:
        x = torch.eye(1, 9).to(points.positions).expand(len(points.positions), -1)
        for layer in self.layers:
            x = layer(x, points)
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


def equivariant_adam(network: nn.Module, steps: int) -> Trainer:
    """One second moment for each θ; the rate along a cosine to 0."""
    return _along_cosine(EquivariantAdam(network.parameters(), lr=RATE, shared=thetas(network)), steps)


def stock_adam(network: nn.Module, steps: int) -> Trainer:
    """The same rates, and a second moment for each entry."""
    return _along_cosine(torch.optim.Adam(network.parameters(), lr=RATE), steps)


def published_sgd(network: nn.Module, steps: int) -> Trainer:
    """Gradient descent with the rates of the authors' notebook."""
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-2)
    return Trainer(optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 20, 0.97))


def _along_cosine(optimizer: torch.optim.Optimizer, steps: int) -> Trainer:
    falls = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + cos(pi * step / steps)) / 2)
    return Trainer(optimizer, falls)


@dataclass(frozen=True)
class Method:
    """A row of the table.

    Args:
        name, label: of it.
        build: the network, given `l_relaxed` and the name of the shape.
        trainer: of a network, for a number of steps.
        decay: the factor of the penalty `Σ mean(θ²)` over the layers.
        most: how many steps are made at most; None for as many as are asked for.
    """

    name: str
    label: str
    build: Callable[[int, str], nn.Module]
    trainer: Callable[[nn.Module, int], Trainer]
    decay: float = 0.0
    most: int | None = None

    def steps(self, asked: int) -> int:
        """How many are made."""
        return asked if self.most is None else min(asked, self.most)


METHODS = (
    Method("relaxed", "relaxed, EquivariantAdam", lambda l, shape: VertexNetwork(l), equivariant_adam),
    Method("relaxed-stock-adam", "relaxed, stock Adam", lambda l, shape: VertexNetwork(l), stock_adam),
    Method("strict", "strict", lambda l, shape: strict(l), stock_adam),
    Method("mlp", "MLP", lambda l, shape: FlattenedMLP(), stock_adam),
    Method(
        "published",
        "relaxed, the authors' settings",
        lambda l, shape: PublishedNetwork(l, 3 if shape == "random" else 2),
        published_sgd,
        decay=1e-6,
        most=400,
    ),
)
