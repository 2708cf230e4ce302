"""Vectors of irreps as functions on the sphere."""

from dataclasses import dataclass

import torch
from e3nn import o3
from torch import Tensor

from symbreak.symmetry.order_parameters.irrep_block import IrrepsLike, irrep_blocks


@dataclass(frozen=True, eq=False)
class SphericalSignal:
    """The polar and the axial part of a vector of irreps, each as values along directions: `(N,)`, float64.

    The polar part is a function of space, `f_{gθ}(g u) = f_θ(u)` for all g of O(3). The axial one changes its sign
    under maps of determinant -1, so it is to be drawn in another way.
    """

    polar: Tensor
    axial: Tensor


def spherical_signal(
    theta: Tensor, irreps: IrrepsLike, directions: Tensor, *, scalars: bool = False
) -> SphericalSignal:
    """θ along directions: `f(u) = Σ θ_l · Y_l(u)`, over the polar irreps, and over the axial ones.

    The harmonics are orthonormal on the sphere, `∫ f² = |θ|²`. Of several copies of an irrep the leading one is drawn,
    `IrrepBlock.leading`; its sign, which training leaves open, is that of the weights only for a single copy.

    Args:
        theta, irreps: as in `irrep_blocks`.
        directions: `(..., 3)`, of any length but 0.
        scalars: whether 0e and 0o count; they hide the others, since 0e starts at 1.
    Raises:
        ValueError: if the vector does not fit the irreps, or a direction is 0, not finite, or not of space.

    Example:
        >>> field = torch.tensor([1.0, 0.0, 0.0, 2.0])  # 0e, and a polar vector along z
        >>> z = torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
        >>> spherical_signal(field, "0e + 1o", z).polar
        tensor([ 0.9772, -0.9772], dtype=torch.float64)
        >>> spherical_signal(field, "0e + 1e", z).axial
        tensor([ 0.9772, -0.9772], dtype=torch.float64)
    """
    blocks = irrep_blocks(theta, irreps)
    u = torch.as_tensor(directions).detach().to("cpu", torch.float64)
    if u.dim() < 1 or u.shape[-1] != 3:
        raise ValueError(f"The directions have shape {tuple(u.shape)}, but directions of space are (..., 3).")
    if not bool((u.isfinite().all(-1) & (u.norm(dim=-1) > 0)).all()):
        raise ValueError("A direction is 0 or not finite, so the signal has no value along it. Leave it out.")
    polar, axial = u.new_zeros(u.shape[:-1]), u.new_zeros(u.shape[:-1])
    for block in blocks:
        if block.degree or scalars:
            harmonics = o3.spherical_harmonics(block.degree, u, True, normalization="integral")
            vector = block.values[0] if len(block.values) == 1 else block.leading
            (polar if block.polar else axial).add_(harmonics @ vector)
    return SphericalSignal(polar, axial)


def sphere_grid(polar: int = 91, azimuthal: int = 180) -> Tensor:
    """Directions by angle from z and about it, both ends of each included: `(polar, azimuthal, 3)`, float64.

    Raises:
        ValueError: if there are less than two angles.

    Example:
        >>> sphere_grid(3, 5)[1, :, 0].round(decimals=6) + 0.0
        tensor([ 1.,  0., -1.,  0.,  1.], dtype=torch.float64)
    """
    if polar < 2 or azimuthal < 2:
        raise ValueError(f"A grid of {polar} x {azimuthal} was asked for, but a sphere takes two angles each at least.")
    t = torch.linspace(0, torch.pi, polar, dtype=torch.float64)[:, None]
    p = torch.linspace(0, 2 * torch.pi, azimuthal, dtype=torch.float64)
    return torch.stack([t.sin() * p.cos(), t.sin() * p.sin(), t.cos() + 0 * p], dim=-1)
