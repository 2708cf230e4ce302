"""One small equivariant network, with its kernel and encoding, for each kind of data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch_geometric.data import Batch, Data

from symbreak.actions import Action, Lattice, Orientation, Pointwise, Relabel, Scalar
from symbreak.breaking import Encoding, FieldEncoding, NodeEncoding, PixelField, VectorEncoding
from symbreak.groups import Cyclic, Orthogonal, p4m
from symbreak.kernels import GramSchmidt, Haar, Kernel, LatticeInversion, RandomSort
from symbreak.layers import GroupConv
from symbreak.representations import Regular, Vector


def lattice_network(group, width):
    """Scalar channels to one oriented channel."""
    return nn.Sequential(
        GroupConv(group, (Scalar(width),), copies=2),
        nn.Tanh(),
        GroupConv(group, (Orientation(2),), copies=1),
    )


class VectorMLP(nn.Module):
    """Points `(B, n, 3k)` of k vectors each to one vector each, through inner products and the mean over the points."""

    def __init__(self, k):
        super().__init__()
        self.k, hidden = k, 16
        self.weights = nn.Sequential(nn.Linear(4 * k * k, hidden), nn.Tanh(), nn.Linear(hidden, 2 * k))

    def forward(self, x):
        vectors = x.unflatten(-1, (self.k, 3))
        vectors = torch.cat([vectors, vectors.mean(1, keepdim=True).expand_as(vectors)], dim=-2)
        products = (vectors @ vectors.mT).flatten(-2)
        return (self.weights(products)[..., None] * vectors).sum(-2)


class Circular(nn.Module):
    """Functions on C_n, `(B, k n)`, to one function."""

    def __init__(self, k):
        super().__init__()
        self.k = k
        self.first = nn.Conv1d(k, 8, 3, padding=1, padding_mode="circular")
        self.second = nn.Conv1d(8, 1, 3, padding=1, padding_mode="circular")

    def forward(self, x):
        return self.second(torch.tanh(self.first(x.unflatten(-1, (self.k, -1)))))[:, 0]


class MessagePassing(nn.Module):
    """A batch to the same batch with new node features of width 2."""

    def __init__(self, width):
        super().__init__()
        self.embed, self.mix, self.out = nn.Linear(width, 8), nn.Linear(16, 8), nn.Linear(8, 2)

    def forward(self, batch):
        x = torch.tanh(self.embed(batch.x))
        source, target = batch.edge_index
        for _ in range(2):
            received = torch.zeros_like(x).index_add(0, target, x[source])
            x = torch.tanh(self.mix(torch.cat([x, received], dim=-1)))
        y = batch.clone()
        y.x = self.out(x)
        return y


@dataclass(frozen=True)
class Case:
    """What a test needs to know about a kind of data."""

    action_in: Action
    action_out: Action
    kernel: Kernel
    network: Callable[[bool], nn.Module]
    """For the data with the encoding (True), or alone."""
    encoding: Callable[[], Encoding]
    x: Any
    """Without symmetry; two items or more."""
    symmetric: Any

    def to(self, dtype: torch.dtype, x: Any) -> Any:
        if isinstance(x, Tensor):
            return x.to(dtype)
        x = x.clone()
        x.x = x.x.to(dtype)
        return x


def _lattice() -> Case:
    group = p4m(4)
    action = Lattice(group, (Scalar(),))
    code = Lattice(group, (Scalar(2),))
    checkers = (torch.arange(4)[:, None] + torch.arange(4)) % 2 * 1.0
    return Case(
        action_in=action,
        action_out=Lattice(group, (Orientation(),)),
        kernel=LatticeInversion(action),
        network=lambda joined: lattice_network(group, 3 if joined else 1),
        encoding=lambda: FieldEncoding(code, PixelField(code)),
        x=torch.randn(3, 1, 4, 4),
        symmetric=torch.stack([torch.ones(1, 4, 4), checkers[None]]),
    )


def _points(special: bool) -> Case:
    group = Orthogonal(3, special=special)
    copies = 2 if special else 3
    action = Pointwise(Vector(group))
    line = torch.zeros(2, 4, 3)
    line[1, :, 2] = torch.tensor([-1.0, 0.5, 2.0, 0.25])
    return Case(
        action_in=action,
        action_out=action,
        kernel=GramSchmidt(group, lambda x: x),
        network=lambda joined: VectorMLP(1 + copies if joined else 1),
        encoding=lambda: VectorEncoding(Vector(group), copies),
        x=torch.randn(3, 4, 3),
        symmetric=line,
    )


def _cyclic() -> Case:
    action = Pointwise(Regular(Cyclic(6)))
    return Case(
        action_in=action,
        action_out=action,
        kernel=Haar(action),
        network=lambda joined: Circular(2 if joined else 1),
        encoding=lambda: VectorEncoding(Regular(Cyclic(6)), 1),
        x=torch.randn(3, 6),
        symmetric=torch.tensor([[1.0] * 6, [1.0, 0, 0, 1, 0, 0]]),
    )


def graphs(*sizes: int) -> Batch:
    """Cycles with a chord, and with random features."""
    items = []
    for n in sizes:
        ring = torch.stack([torch.arange(n), (torch.arange(n) + 1) % n])
        edges = torch.cat([ring, ring.flip(0), torch.tensor([[0, 2], [2, 0]])], dim=1)
        items.append(Data(x=torch.randn(n, 1), edge_index=edges))
    return Batch.from_data_list(items)


def cycles(*sizes: int) -> Batch:
    """Cycles without features."""
    items = []
    for n in sizes:
        ring = torch.stack([torch.arange(n), (torch.arange(n) + 1) % n])
        items.append(Data(x=torch.ones(n, 1), edge_index=torch.cat([ring, ring.flip(0)], dim=1)))
    return Batch.from_data_list(items)


def _graph() -> Case:
    action = Relabel(("x",))
    return Case(
        action_in=action,
        action_out=action,
        kernel=RandomSort(lambda batch: batch.x[:, 0]),
        network=lambda joined: MessagePassing(4 if joined else 1),
        encoding=lambda: NodeEncoding(6, 3),
        x=graphs(5, 4, 6),
        symmetric=cycles(5, 4),
    )


CASES = {
    "lattice": _lattice,
    "so3": lambda: _points(special=True),
    "o3": lambda: _points(special=False),
    "cyclic": _cyclic,
    "graph": _graph,
}


@pytest.fixture(params=list(CASES))
def case(request, _seeded_and_clean) -> Case:
    return CASES[request.param]()


@pytest.fixture
def lattice(_seeded_and_clean) -> Case:
    return _lattice()


@pytest.fixture
def so3(_seeded_and_clean) -> Case:
    return _points(special=True)


@pytest.fixture
def o3(_seeded_and_clean) -> Case:
    return _points(special=False)


@pytest.fixture
def cyclic(_seeded_and_clean) -> Case:
    return _cyclic()


@pytest.fixture
def graph(_seeded_and_clean) -> Case:
    return _graph()
