"""The directions along which a tensor is largest."""

import torch
from torch import Tensor

from symbreak.symmetry.order_parameters.irrep_block import IrrepBlock
from symbreak.symmetry.order_parameters.tensors import Tensors, frames, trial_axes, trial_neighbours
from symbreak.symmetry.points.procrustes import turns

_STEPS = 20
_EQUAL = 1e-3  # of the largest value: maxima that symmetry makes equal differ by noise
_APART = 1e-3  # radians


def preferred_axes(block: IrrepBlock) -> Tensor:
    """The axes along which `|θ · Y_l(u)|` is largest, of the leading copy, as unit vectors `(a, 3)` up to sign.

    Of a vector, polar or axial, it is the line along it; of a quadrupole, the principal axis with the largest
    eigenvalue; of the cubic hexadecapole, the three fourfold axes. None are told of scalars, and of what is 0.

    Example:
        >>> from symbreak.symmetry.order_parameters.irrep_block import irrep_blocks
        >>> cubic = torch.tensor([0, 0, 0, 0, 0.7638, 0, 0, 0, 0.6455])
        >>> preferred_axes(irrep_blocks(cubic, "4e")[0]).round(decimals=3).abs().tolist()
        [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    if not block.degree or not block.norm > 0:
        return torch.zeros(0, 3, dtype=torch.float64)
    l = block.degree
    tensor = Tensors([IrrepBlock(l, 1, block.direction[None])])
    value = tensor.seen(frames(trial_axes(l)))[:, l].abs()
    peaks = (value[:, None] >= value[trial_neighbours(l)]).all(-1)
    Q = _climbed(tensor, frames(trial_axes(l)[peaks]))
    height = tensor.seen(Q)[:, l].abs()
    kept: list[Tensor] = []
    for k in height.argsort(descending=True).tolist():
        u = Q[k, :, 1]
        if height[k] >= (1 - _EQUAL) * height.max() and all(axis_angle(u, v) > 180 / torch.pi * _APART for v in kept):
            kept.append(u * u[u.abs().argmax()].sign())
    axes = torch.stack(kept)
    order = sorted(range(len(axes)), key=lambda a: tuple((1e-6 * (axes[a] / 1e-6).round()).tolist()))
    return axes[order]


def _climbed(tensor: Tensors, Q: Tensor) -> Tensor:
    """Frames whose y axes are at maxima of the square, by Newton's method with steps that go up."""
    l = tensor.degree
    for _ in range(_STEPS):
        c = tensor.seen(Q)
        first = -tensor.slopes(c)  # (S, 3, d): of the vector as the frame turns
        second = torch.stack([-tensor.slopes(first[:, k])[:, ::2, l] for k in (0, 2)], dim=1)  # (S, 2, 2)
        sign = c[:, l].sign()
        slope, bend = sign[:, None] * first[:, ::2, l], sign[:, None, None] * (second + second.mT) / 2
        values, vectors = torch.linalg.eigh(bend)
        along = (vectors.mT @ slope[..., None])[..., 0] / values.abs().clamp(min=1e-9)
        step = (vectors @ along[..., None])[..., 0]
        step = step * (0.1 / step.norm(dim=-1, keepdim=True).clamp(min=0.1))
        w = torch.stack([step[:, 0], torch.zeros_like(step[:, 0]), step[:, 1]], dim=-1)
        Q = Q @ torch.from_numpy(turns(w.numpy()))
    return Q


def axis_angle(one: Tensor, two: Tensor) -> float:
    """The angle between two lines, in degrees from 0 to 90; of directions in any number of dimensions.

    Raises:
        ValueError: if the shapes differ, or one is 0 or not finite.

    Example:
        >>> axis_angle(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([-1.0, 1.0, 0.0]))
        45.0
    """
    a, b = one.detach().to("cpu", torch.float64), two.detach().to("cpu", torch.float64)
    if a.shape != b.shape or a.dim() != 1:
        raise ValueError(f"The directions have shapes {tuple(a.shape)} and {tuple(b.shape)}, but both must be (d,).")
    if not (0 < float(a.norm()) < float("inf") and 0 < float(b.norm()) < float("inf")):
        raise ValueError("A direction is 0 or not finite, so it makes no angle: leave out what did not grow.")
    a, b = a / a.norm(), b / b.norm()
    b = -b if float(a @ b) < 0 else b
    angle = 2 * torch.atan2((a - b).norm(), (a + b).norm())  # exact for small angles, where arccos is not
    return round(float(torch.rad2deg(angle)), 9)


def polar_angles(axis: Tensor) -> tuple[float, float]:
    """The angle of a line with z, from 0 to 90, and of its part across z with x, from -180 to 180, in degrees.

    Example:
        >>> polar_angles(torch.tensor([0.0, -1.0, 0.0]))
        (90.0, -90.0)
        >>> polar_angles(torch.tensor([0.0, 0.0, -1.0]))
        (0.0, 0.0)
    """
    u = axis.detach().to("cpu", torch.float64)
    u = -u if float(u[2]) < 0 else u
    across = float(u[:2].norm())
    if across <= 1e-12 * float(u.norm()):
        return 0.0, 0.0
    return float(torch.rad2deg(torch.atan2(u[:2].norm(), u[2]))), float(torch.rad2deg(torch.atan2(u[1], u[0])))
