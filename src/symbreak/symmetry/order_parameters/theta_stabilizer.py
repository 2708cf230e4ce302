"""The symmetry of a vector of irreps itself."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.symmetry.order_parameters.axial_symmetry import axial_symmetry, full_symmetry
from symbreak.symmetry.order_parameters.finite_symmetry import finite_symmetry
from symbreak.symmetry.order_parameters.found import Found
from symbreak.symmetry.order_parameters.irrep_block import IrrepBlock, IrrepsLike, irrep_blocks
from symbreak.symmetry.order_parameters.tensors import Tensors
from symbreak.symmetry.points.names import hermann_mauguin
from symbreak.symmetry.self_symmetry import Symmetry

_ROUNDING = 1e-12  # of the norm: the tightest level of a profile
_BELOW = 0.8


@dataclass(frozen=True, eq=False)
class ThetaStabilizer:
    """The orthogonal maps that keep a vector of irreps: `{g : |D(g) θ - θ| <= tolerance |θ|}`, made a group.

    Args:
        schoenflies: its name, such as "D4h", "C∞v", or "Kh" for O(3).
        rotations: the matrices, of determinant 1 or -1; of a continuous group one for each of its components.
        residuals: `|D(g) θ - θ| / |θ|`, of a component the most over all of it.
        gap: the least residual of a map found outside the group; infinite if there is none.
        tolerance: the largest residual that was allowed.
        continuous: a basis of the antisymmetric matrices whose exponentials keep the vector.

    Shapes:
        rotations float64 `(k, 3, 3)`, residuals float64 `(k,)`, continuous float64 `(d, 3, 3)`, d = 0, 1 or 3.
    """

    schoenflies: str
    rotations: Tensor
    residuals: Tensor
    gap: float
    tolerance: float
    continuous: Tensor

    @property
    def order(self) -> int | None:
        """The number of maps, None where it is infinite."""
        return None if len(self.continuous) else len(self.rotations)

    @property
    def hermann_mauguin(self) -> str:
        """The short international symbol, such as "4/mmm"."""
        return hermann_mauguin(self.schoenflies)

    @property
    def sharp(self) -> bool:
        """Whether no map within the tolerance had to be left out so that the others make a group."""
        return self.gap > self.tolerance

    @property
    def symmetry(self) -> Symmetry:
        """The same group in the form that `fixed_subspace` reads."""
        return Symmetry(self.rotations, tangents=self.continuous if len(self.continuous) else None, complete=True)

    @property
    def axes(self) -> tuple[int | None, Tensor]:
        """The order of the finest turns, None for all angles, and their axes, unit vectors `(a, 3)` up to sign.

        Where there is no turn: order 1, with the normal of the mirror, if there is one.
        """
        if len(self.continuous):
            A = self.continuous
            one = torch.stack([A[:, 2, 1], A[:, 0, 2], A[:, 1, 0]], dim=1)
            return None, one if len(one) == 1 else one[:0]
        det = torch.linalg.det(self.rotations)
        trace = self.rotations.diagonal(dim1=1, dim2=2).sum(-1)
        turns = self.rotations[(det > 0) & (trace < 3 - 1e-9)]
        if not len(turns):
            mirrors = self.rotations[(det < 0) & (trace > 1 - 1e-9)]
            return 1, _distinct(torch.stack([_kept(-R) for R in mirrors])) if len(mirrors) else det.new_zeros(0, 3)
        angle = torch.arccos(((turns.diagonal(dim1=1, dim2=2).sum(-1) - 1) / 2).clamp(-1, 1))
        least = turns[angle < angle.min() + 1e-6]
        return round(2 * torch.pi / float(angle.min())), _distinct(torch.stack([_kept(R) for R in least]))


def theta_stabilizer(theta: Tensor, irreps: IrrepsLike, *, tolerance: float = 1e-3) -> ThetaStabilizer:
    """The stabilizer in O(3) of a vector of irreps: what is left of the symmetry if it is put into a network.

    No scale of θ, nor of any of its irreps, changes the exact stabilizer, and no map among copies of one irrep. The
    tolerance is relative to the norm of all of θ.

    Every element of a group that is not continuous is a turn by an angle `2πk/n` about some axis, or minus one, with
    `n <= l` for turns and `n <= 2l` for the others. So each n is tried along axes closer together than tensors of the
    largest degree vary; the best ones are fitted by least squares and closed under products. Before that, the axis
    about which all turns together move θ least is found in the same way.

    Args:
        theta: `(dim,)`, or `(..., dim)` for several vectors, of which the common stabilizer is found.
        irreps: as in e3nn, of any degrees and both parities.
        tolerance: the largest `|D(g) θ - θ| / |θ|`.
    Raises:
        ValueError: if the vector does not fit the irreps, is 0 or not finite, or the tolerance is not in (0, 1).

    Example:
        >>> cubic = torch.tensor([0, 0, 0, 0, (7 / 12) ** 0.5, 0, 0, 0, (5 / 12) ** 0.5])
        >>> found = theta_stabilizer(cubic, "4e")
        >>> found.schoenflies, found.order, found.axes[0]
        ('Oh', 48, 4)
        >>> theta_stabilizer(torch.tensor([1.0, 0, 0, 2.0]), "0e + 1o").schoenflies  # a field along z
        'C∞v'
        >>> theta_stabilizer(torch.tensor([1.0, 0, 0, 2.0]), "0e + 1e").schoenflies  # a magnetic one
        'C∞h'
    """
    if not 0 < tolerance < 1:
        raise ValueError(
            f"The tolerance is {tolerance}, but it is a part of the norm of theta, between rounding and 1: try 1e-3."
        )
    blocks = irrep_blocks(theta, irreps)
    return _stabilizer(_unit(blocks), tolerance)


def stabilizer_profile(theta: Tensor, irreps: IrrepsLike, *, loosest: float = 0.5) -> tuple[ThetaStabilizer, ...]:
    """The stabilizers of θ as the tolerance grows, from the tightest to the loosest.

    A vector that was learned from few or noisy samples has no exact symmetry; which group it nearly has, and from
    which tolerance on, is read here. Each `tolerance` is the largest residual of its group; levels nearer to each
    other than a fifth are one.

    Args:
        theta, irreps: as in `theta_stabilizer`.
        loosest: where to begin.
    Raises:
        ValueError: as `theta_stabilizer` does.

    Example:
        >>> learned = torch.tensor([1.0, 0.0, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.02])  # a strong field, a weak quadrupole
        >>> for level in stabilizer_profile(learned, "0e + 1o + 2e"):
        ...     print(f"{level.tolerance:.3f} {level.schoenflies}")
        0.000 C2v
        0.038 C∞v
    """
    if not 0 < loosest < 1:
        raise ValueError(f"loosest is {loosest}, but it is a part of the norm of theta, between rounding and 1.")
    blocks, levels, tolerance = _unit(irrep_blocks(theta, irreps)), [], loosest
    while True:
        found = _stabilizer(blocks, tolerance)
        least = max(float(found.residuals.max()), _ROUNDING)
        level = ThetaStabilizer(found.schoenflies, found.rotations, found.residuals, found.gap, least, found.continuous)
        if levels and levels[-1].schoenflies == level.schoenflies:
            levels.pop()
        levels.append(level)
        if least <= _ROUNDING or found.order == 1:
            return tuple(reversed(levels))
        tolerance = _BELOW * least


def _unit(blocks: tuple[IrrepBlock, ...]) -> list[IrrepBlock]:
    norm = sum(block.norm**2 for block in blocks) ** 0.5
    if not norm > 0:
        raise ValueError("theta is 0, which every map keeps and which is no network's weight: it was never set.")
    return [IrrepBlock(b.degree, b.parity, b.values / norm) for b in blocks]


def _stabilizer(blocks: list[IrrepBlock], tolerance: float) -> ThetaStabilizer:
    found = full_symmetry(blocks, tolerance)
    if found is None:
        tensors = Tensors(blocks)
        found = axial_symmetry(tensors, tolerance) or finite_symmetry(tensors, tolerance)
    return _told(found, tolerance)


def _told(found: Found, tolerance: float) -> ThetaStabilizer:
    return ThetaStabilizer(found.name, found.matrices, found.residuals, found.gap, tolerance, found.continuous)


def _kept(R: Tensor) -> Tensor:
    """The unit vector that a rotation keeps, up to its sign."""
    u = torch.linalg.eigh((R + R.T) / 2).eigenvectors[:, -1]
    return u * u[u.abs().argmax()].sign()


def _distinct(axes: Tensor) -> Tensor:
    kept: list[Tensor] = []
    for u in axes:
        if all(float((u @ v).abs()) < 1 - 1e-6 for v in kept):
            kept.append(u)
    return torch.stack(kept)
