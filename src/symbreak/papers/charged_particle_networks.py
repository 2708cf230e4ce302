"""The networks of the charged particle, and the fields that a network responds with."""

from dataclasses import dataclass
from typing import Any

import torch
from e3nn import o3
from torch import Tensor, nn

from symbreak.layers import RelaxedTensorProduct
from symbreak.papers.charged_particle_cases import Setting

_INPUTS = "2x0e + 2x1o"  # 1, q and v, q v
_HIDDEN = "4x0e + 4x0o + 4x1o + 4x1e"
_WIDTH = 64


class RelaxedParticle(nn.Module):
    """`a = f(θ; q, v)`: relaxed products with the constant 1, one after another, on the features 1, q, v and q v.

    One product is linear in θ: `f = θ_0 (d_0 + d_1 q) v + (e_0 + e_1 q) θ_1o + (b_0 + b_1 q) v × θ_1e`. Several are
    linear in the θ of each. Positions do not enter: the fields are uniform.

    Shapes:
        charges `(N, 1)`, velocities `(N, 3)` -> `(N, 3)`.
    """

    def __init__(self, products: list[RelaxedTensorProduct]):
        super().__init__()
        self.products = nn.ModuleList(products)

    def forward(self, charges: Tensor, velocities: Tensor) -> Tensor:
        ones = torch.ones_like(charges)
        x = torch.cat([ones, charges, velocities, charges * velocities], dim=-1)
        for product in self.products:
            x = product(x, ones)
        return x


class FreeParticle(nn.Module):
    """A multilayer perceptron of the charge and the velocity, with no symmetry."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(4, _WIDTH), nn.Tanh(), nn.Linear(_WIDTH, _WIDTH), nn.Tanh(), nn.Linear(_WIDTH, 3)
        )

    def forward(self, charges: Tensor, velocities: Tensor) -> Tensor:
        return self.layers(torch.cat([charges, velocities], dim=-1))


def network(setting: Setting, vectors: int) -> nn.Module:
    """The network of a row, in float64, with random weights from torch's generator and θ at the scalar."""
    if setting.network == "mlp":
        return FreeParticle().double()
    if setting.network == "strict":
        return RelaxedParticle([_product(_INPUTS, "1o", "0e", "")]).double()
    two = setting.network == "two"
    steps = [(_INPUTS, _HIDDEN), (_HIDDEN, "1o")] if two else [(_INPUTS, "1o")]
    if vectors == 1:
        products = [_product(a, b, setting.l_relaxed, None) for a, b in steps]
    else:  # a filter for each copy of the polar vector; 0o leads nowhere in a single product
        breaking = f"{'0o + ' * two}{vectors}x1o + 1e"
        products = [_product(a, b, f"0e + {breaking}", breaking) for a, b in steps]
    return RelaxedParticle(products).double()


def _product(irreps_in: str, irreps_out: str, theta: str | int, extra: str | None) -> RelaxedTensorProduct:
    tp: Any = o3.FullyConnectedTensorProduct(irreps_in, "0e", irreps_out)
    return RelaxedTensorProduct(tp, theta, extra)


@dataclass(frozen=True, eq=False)
class Response:
    """The fields that a network behaves as if it were in, which no change of its weights that leaves it as a map moves.

        E = ½ (f(1, 0) - f(-1, 0)),   G = ½ (f(1, 0) + f(-1, 0)),   B_k = ½ ε_ijk ∂_j f_i,   γ = -⅓ ∂_i f_i,

    B of the part of `∂f/∂v` at rest that is odd in the charge, γ of the even part. With θ at the scalar all but γ are
    0: there is no vector that a scalar could give. `rest` is what the affine law `q (E + v × B) + G - γ v` leaves of
    `∂f/∂v`, in the Frobenius norm.

    Shapes:
        electric, magnetic, gravity `(3,)`.
    """

    electric: Tensor
    magnetic: Tensor
    gravity: Tensor
    drag: float
    rest: float


def response(model: nn.Module) -> Response:
    """The response of a network.

    Example:
        >>> class Law(nn.Module):
        ...     def forward(self, q, v):
        ...         return q * torch.linalg.cross(v, torch.tensor([[0.0, 0.0, 2.0]], dtype=v.dtype)) - 0.5 * v
        >>> response(Law()).magnetic.tolist(), response(Law()).drag
        ([0.0, 0.0, 2.0], 0.5)
    """
    rest = torch.zeros(1, 3, dtype=torch.float64)
    force, slope = {}, {}
    for sign in (1.0, -1.0):
        charge = torch.full((1, 1), sign, dtype=torch.float64)
        force[sign] = model(charge, rest)[0].detach()
        table: Any = torch.autograd.functional.jacobian(lambda v, q=charge: model(q, v)[0], rest)
        slope[sign] = table[:, 0]
    odd, even = (slope[1.0] - slope[-1.0]) / 2, (slope[1.0] + slope[-1.0]) / 2
    magnetic = torch.stack([odd[1, 2] - odd[2, 1], odd[2, 0] - odd[0, 2], odd[0, 1] - odd[1, 0]]) / 2
    drag = -float(even.diagonal().mean())
    left = torch.stack([odd - cross_matrix(magnetic), even + drag * torch.eye(3, dtype=torch.float64)])
    electric, gravity = (force[1.0] - force[-1.0]) / 2, (force[1.0] + force[-1.0]) / 2
    return Response(electric, magnetic + 0.0, gravity, drag, float(left.norm()))


def cross_matrix(b: Tensor) -> Tensor:
    """The matrix of `v ↦ v × b`.

    Example:
        >>> cross_matrix(torch.tensor([0.0, 0.0, 1.0])) @ torch.tensor([1.0, 0.0, 0.0])
        tensor([ 0., -1.,  0.])
    """
    x, y, z = b.unbind()
    o = torch.zeros_like(x)
    return torch.stack([torch.stack([o, z, -y]), torch.stack([-z, o, x]), torch.stack([y, -x, o])])
