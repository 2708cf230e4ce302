"""Which order parameters a target needs, from the gradient where they are zero."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from e3nn import o3
from torch import Tensor

from symbreak.groups import Orthogonal, Source, uniform
from symbreak.representations.irreps import Irreps
from symbreak.symmetry.fixed_subspace import fixed_subspace
from symbreak.symmetry.order_parameters.irrep_block import IrrepsLike, irrep_blocks, irreps_read, physics_name
from symbreak.symmetry.self_symmetry import Symmetry
from symbreak.symmetry.site_representation import SiteRepresentation

_O3 = Orthogonal(3)
_NO_PATH = 1e-9  # of the largest scale


@dataclass(frozen=True, eq=False)
class IrrepGradient:
    """The gradient of the loss along one irrep of the order parameter.

    Args:
        irrep: such as "2e".
        degree, parity: l, and 1 or -1.
        norm: of the gradient.
        scale: what the norm would be if the contributions of the outputs had random signs and nothing cancelled.
        rounding: the norm over the scale in units of the dtype's rounding: of the order of 1 to 100 for what symmetry
            forbids, and of 10^10 or more, in float64, for what it does not.
        connected: whether the order parameter can move the prediction at all, to first order.
        needed: whether the loss falls along it to first order: the norm is above the threshold.
        outside: the norm of what is outside `Fix_K`, in the same units; None if K was not given.
    """

    irrep: str
    degree: int
    parity: int
    norm: float
    scale: float
    rounding: float
    connected: bool
    needed: bool
    outside: float | None

    def __str__(self) -> str:
        told = "no path to the output" if not self.connected else "needed" if self.needed else "zero"
        beyond = "" if self.outside is None else f", outside Fix_K {self.outside:.2g}"
        name = physics_name(self.degree, self.parity)
        return f"{self.irrep} {name}: {self.norm:.3g}, {self.rounding:.2g} times rounding{beyond}: {told}"


@dataclass(frozen=True, eq=False)
class OrderParameterGradient:
    """The gradient `(dim,)` or `(nodes, dim)`, and the same by irrep."""

    gradient: Tensor
    irreps: tuple[IrrepGradient, ...]

    @property
    def needed(self) -> tuple[str, ...]:
        """The irreps along which the loss falls, 0e among them where the network was not trained to a minimum."""
        return tuple(row.irrep for row in self.irreps if row.needed)

    def __str__(self) -> str:
        return "\n".join(map(str, self.irreps))


def order_parameter_gradient(
    model: Callable[[Tensor], Tensor],
    loss: Callable[[Tensor], Tensor],
    irreps: IrrepsLike,
    *,
    nodes: int | None = None,
    symmetry: Symmetry | None = None,
    threshold: float = 1e4,
    probes: int = 16,
    dtype: torch.dtype = torch.float64,
    generator: Source = None,
) -> OrderParameterGradient:
    """The gradient of the loss at a zero order parameter, irrep by irrep: those that a target needs are not zero.

        ∂L/∂v = Σ_o (∂L/∂y_o) (∂y_o/∂v)    at v = 0,    in Fix_K,  K = Stab(input, target)

    for a network that is equivariant in its input and v together. The terms of the sum cancel in every direction that K
    moves, up to rounding; so the norm is compared with that of sums of the same terms with random signs.

    It is the first order that is told. An irrep of `Fix_K` may have no gradient until others have grown: a cube that is
    to be shifted needs 1o, 3o and 4o, and 2e, which C4v allows as well, only beside them.

    Args:
        model: v -> the prediction for the given input; equivariant if the input were turned with v.
        loss: prediction -> a number, invariant.
        irreps: of v.
        nodes: if given, v is `(nodes, dim)`, an order parameter for each; else `(dim,)`.
        symmetry: K; with permutations, if there are nodes. Then the part of the gradient outside `Fix_K` is told.
        threshold: in units of rounding; above, the irrep is needed.
        probes: sums with random signs.
        dtype: that of the model; float32 leaves little room above rounding.
        generator: of the signs.
    Raises:
        ValueError: if the prediction does not depend on v, the loss is no finite number, or the symmetry does not fit.

    Example:
        >>> corners = torch.tensor([[1.0, 1, 0], [-1, 1, 0], [-1, -1, 0], [1, -1, 0]], dtype=torch.float64)
        >>> def model(v):  # of a square: a quadrupole moves the corners
        ...     moment = torch.stack([o3.spherical_harmonics(2, x, False) for x in corners])
        ...     return corners * (1 + moment @ v)[:, None]
        >>> found = order_parameter_gradient(
        ...     model, lambda y: (y - corners * torch.tensor([2.0, 2.0, 1.0])).square().sum(), "2e"
        ... )
        >>> found.needed
        ('2e',)
        >>> round(float(found.gradient[4] / found.gradient[2]), 6)  # the fourfold axis is z
        -1.732051

    Reference:
        Smidt, Geiger, Miller (2021), Finding symmetry breaking order parameters with Euclidean neural networks, Phys.
        Rev. Research 3.
    """
    read = irreps_read(irreps)
    zero = torch.zeros((read.dim,) if nodes is None else (nodes, read.dim), dtype=dtype).requires_grad_()
    y = model(zero)
    if not y.requires_grad:
        raise ValueError("The prediction does not depend on the order parameter: the model must use what it is given.")
    leaf = y.detach().requires_grad_()
    value = loss(leaf)
    if value.numel() != 1 or not bool(value.isfinite().all()):
        raise ValueError(f"The loss is {value.detach().tolist()}, but it must be one finite number.")
    slope = torch.autograd.grad(value, leaf)[0]
    gradient = _pulled(y, zero, slope)
    scale = torch.zeros_like(gradient)
    for _ in range(probes):
        sign = torch.where(uniform((slope.numel(),), generator=generator).reshape(slope.shape) < 0.5, -1.0, 1.0)
        scale += _pulled(y, zero, slope * sign.to(slope)).square() / probes
    outside = None if symmetry is None else gradient - _projected(gradient, symmetry, read)
    rows = _rows(gradient, scale.sqrt(), outside, read, torch.finfo(dtype).eps, threshold)
    return OrderParameterGradient(gradient, rows)


def _pulled(y: Tensor, v: Tensor, slope: Tensor) -> Tensor:
    pulled = torch.autograd.grad(y, v, slope, retain_graph=True, allow_unused=True)[0]
    if pulled is None:
        raise ValueError("The prediction does not depend on the order parameter: the model must use what it is given.")
    return pulled


def _projected(gradient: Tensor, symmetry: Symmetry, irreps: o3.Irreps) -> Tensor:
    local = Irreps(_O3, irreps)
    if gradient.dim() == 2:
        return fixed_subspace(symmetry, SiteRepresentation(local, len(gradient))).project(gradient)
    return fixed_subspace(Symmetry(symmetry.elements, None, symmetry.tangents, symmetry.complete), local).project(
        gradient
    )


def _rows(
    gradient: Tensor, scale: Tensor, outside: Tensor | None, irreps: o3.Irreps, eps: float, threshold: float
) -> tuple[IrrepGradient, ...]:
    norms, scales = irrep_blocks(gradient, irreps), irrep_blocks(scale, irreps)
    beyond = [None] * len(norms) if outside is None else [b.norm for b in irrep_blocks(outside, irreps)]
    largest = max(block.norm for block in scales)
    rows = []
    for block, whole, off in zip(norms, scales, beyond, strict=True):
        connected = whole.norm > _NO_PATH * largest
        unit = eps * whole.norm
        rounding = block.norm / unit if connected else 0.0
        rows.append(
            IrrepGradient(
                irrep=block.name,
                degree=block.degree,
                parity=block.parity,
                norm=block.norm,
                scale=whole.norm,
                rounding=rounding,
                connected=connected,
                needed=rounding > threshold,
                outside=None if off is None else off / unit if connected else 0.0,
            )
        )
    return tuple(rows)
