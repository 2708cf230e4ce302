"""The networks that predict the shift of an ion, and what each is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from e3nn import o3
from torch import Tensor, nn

from symbreak.actions import Pointwise
from symbreak.breaking import Noise, SymPE, VectorEncoding
from symbreak.groups import Source, uniform
from symbreak.kernels import PointInversion
from symbreak.layers import EquivariantAdam, RelaxedTensorProduct, relaxed_weights
from symbreak.papers.explicit_or_spontaneous_data import ATOMS, O3, SHAPES
from symbreak.representations import Vector

_SCALARS, _VECTORS, _HEADS, _WIDTH = 16, 3, 3, 32
_SHARPNESS = 4.0  # of the attention at the start
_NUMBERS = 8  # of the noise of the network without symmetry


class ClusterNetwork(nn.Module):
    """One relaxed product at each atom, attention over the atoms, and vectors weighted by a network of invariants.

        h_i = x_i ⊗ (θ ⊗ Y(r_i)),    u = Σ_i α_i r_i and Σ_i γ_i h_i,    f = Σ_k w_k(u · u, ...) u_k

    Jointly equivariant in θ, the positions and all further vectors: `f(D(g) θ; g x) = g f(θ; x)`. With θ at the scalar
    it is an equivariant network.

    Args:
        scalars, vectors: further features of each atom.
        l_relaxed: the largest degree of θ; 0 for none.
    Shapes:
        x `(B, n, 3 + scalars + 3 vectors)`, positions first, zeros where there is no atom -> `(B, 3)`.
    """

    def __init__(self, scalars: int = 0, vectors: int = 0, l_relaxed: int = 2):
        super().__init__()
        self.sizes = [3, scalars, 3 * vectors]
        irreps = f"{1 + len(SHAPES) + scalars}x0e" + (f" + {vectors}x1o" if vectors else "")
        product: Any = o3.FullyConnectedTensorProduct(irreps, "0e + 1o", f"{_SCALARS}x0e + {_VECTORS}x1o")
        self.product = RelaxedTensorProduct(product, l_relaxed if l_relaxed else "0e")
        if not l_relaxed:
            for weight in relaxed_weights(self).values():
                weight.requires_grad_(False)
        self.atom = nn.Sequential(
            nn.SiLU(), nn.Linear(_SCALARS, _WIDTH), nn.SiLU(), nn.Linear(_WIDTH, _HEADS + _VECTORS + _WIDTH)
        )
        total = _HEADS + _VECTORS
        self.mix = nn.Sequential(
            nn.Linear(_WIDTH + total * (total + 1) // 2, _WIDTH),
            nn.SiLU(),
            nn.Linear(_WIDTH, _WIDTH),
            nn.SiLU(),
            nn.Linear(_WIDTH, total),
        )
        self.pairs = torch.triu_indices(total, total).tolist()

    def forward(self, x: Tensor) -> Tensor:
        positions, scalars, vectors = x.split(self.sizes, dim=-1)
        there = positions.square().sum(-1) > 0
        cluster = there.nonzero()[:, 0]
        kind = shape_of(there).to(x.dtype)[:, None].expand(-1, x.shape[1], -1)
        r = positions[there]
        features = torch.cat([r.norm(dim=1, keepdim=True), kind[there], scalars[there], vectors[there]], dim=1)
        h = self.product(features, o3.spherical_harmonics([0, 1], r, True, normalization="component"))
        own, gate, told = self.atom(h[:, :_SCALARS]).split([_HEADS, _VECTORS, _WIDTH], dim=1)

        def total(values: Tensor) -> Tensor:
            return values.new_zeros(len(x), *values.shape[1:]).index_add(0, cluster, values)

        weight = (_SHARPNESS * (own - own.detach().amax(0))).clamp(min=-50.0).exp()
        weight = weight / total(weight)[cluster]
        share = 1 / there.sum(1)[cluster, None].to(x.dtype)
        seen = total(weight[..., None] * r[:, None])
        made = total((share * gate)[..., None] * h[:, _SCALARS:].unflatten(1, (_VECTORS, 3)))
        u = torch.cat([seen, made], dim=1)
        inner = (u @ u.mT)[:, self.pairs[0], self.pairs[1]]
        return (self.mix(torch.cat([total(share * told), inner], dim=1))[:, None] @ u)[:, 0]


class FreeNetwork(nn.Module):
    """A multilayer perceptron of the coordinates, the kind of the cluster and further numbers, without symmetry.

    Shapes:
        x `(B, 8, 3 + scalars)`, of which one row has the further numbers -> `(B, 3)`.
    """

    def __init__(self, scalars: int = 0, width: int = 96):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(3 * ATOMS + len(SHAPES) + scalars, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, 3),
        )

    def forward(self, x: Tensor) -> Tensor:
        positions = x[..., :3]
        kind = shape_of(positions.square().sum(-1) > 0).to(x.dtype)
        return self.layers(torch.cat([positions.flatten(1), kind, x[:, 0, 3:]], dim=1))


def shape_of(there: Tensor) -> Tensor:
    """bool `(B, shapes)`: which shape has as many atoms."""
    return there.sum(1, keepdim=True) == torch.tensor([len(shape.atoms()) for shape in SHAPES])


# --- one way to draw from each ------------------------------------------------------------------------------------


class Told(nn.Module):
    """A network with what it is told besides the cluster: `forward(x, g, generator=)`, one draw for each item."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, g: Tensor, generator: Source = None) -> Tensor:
        return self.network(x)


class ToldPose(Told):
    """Told the pose, by `SymPE`; and a number at random, bounded lest a rare one lead astray, if it has a scalar."""

    def __init__(self, scalars: int, l_relaxed: int):
        v = Vector(O3)
        network = ClusterNetwork(scalars, 3, l_relaxed)
        super().__init__(SymPE(network, PointInversion(Pointwise(v)), VectorEncoding(v, 3)))
        self.scalars = scalars

    def forward(self, x: Tensor, g: Tensor, generator: Source = None) -> Tensor:
        number = 2 * uniform((len(x), 1, self.scalars), generator=generator, dtype=x.dtype) - 1
        return self.network(torch.cat([x, number.expand(-1, x.shape[1], -1)], dim=-1), g)


class ToldNoise(Told):
    """Told normal numbers at each atom, by `Noise`: vectors for a network that turns."""

    def __init__(self, network: nn.Module, copies: int):
        super().__init__(Noise(network, copies, axis=-1))

    def forward(self, x: Tensor, g: Tensor, generator: Source = None) -> Tensor:
        return self.network(x, generator=generator)


@dataclass(frozen=True)
class Method:
    """One row of the table.

    Args:
        name: on the command line.
        label: in the table.
        build: makes it, with random weights from torch's generator.
        rate: of the optimizer.
        random: whether it draws.
        floor: which of `Floors` binds it; "none" if it can be right on every data set.
        loss: "score", the energy score; "squared", of one draw and one label; "nearest", of the nearest right label.
        only: the one data set that it is for; "" for all.
    """

    name: str
    label: str
    build: Callable[[], Told]
    rate: float
    random: bool
    floor: str
    loss: str = "score"
    only: str = ""


METHODS = (
    Method("strict", "strict", lambda: Told(ClusterNetwork(l_relaxed=0)), 1e-2, False, "strict"),
    Method("relaxed", "relaxed (θ)", lambda: Told(ClusterNetwork()), 1e-2, False, "deterministic"),
    Method("sympe", "SymPE", lambda: ToldPose(1, 0), 1e-2, True, "noise"),
    Method("relaxed-sympe", "θ + SymPE", lambda: ToldPose(1, 2), 1e-2, True, "none"),
    Method("noise", "noise", lambda: ToldNoise(ClusterNetwork(0, 2, 0), 6), 1e-2, True, "noise"),
    Method("mlp", "MLP", lambda: Told(FreeNetwork()), 1e-2, False, "deterministic"),
    Method("mlp-noise", "MLP + noise", lambda: ToldNoise(FreeNetwork(_NUMBERS), _NUMBERS), 1e-2, True, "none"),
    Method("sympe-pose", "SymPE, the pose alone", lambda: ToldPose(0, 0), 1e-2, True, "pose", only="explicit"),
    Method(
        "sympe-nearest", "SymPE, nearest label", lambda: ToldPose(1, 0), 1e-2, True, "noise", "nearest", "spontaneous"
    ),
    Method(
        "sympe-squared", "SymPE, squared error", lambda: ToldPose(1, 0), 1e-2, True, "noise", "squared", "spontaneous"
    ),
)


def optimizer(model: nn.Module, rate: float) -> EquivariantAdam:
    """Adam with one second moment for θ."""
    shared = [weight.theta for weight in relaxed_weights(model).values() if weight.theta.requires_grad]
    return EquivariantAdam([p for p in model.parameters() if p.requires_grad], rate, (0.9, 0.99), shared=shared)


@contextmanager
def double() -> Iterator[None]:
    """float64 by default: e3nn makes its coefficients in the default precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
