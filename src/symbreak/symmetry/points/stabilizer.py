"""The stabilizer of a point cloud, as a value."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.symmetry.points.names import hermann_mauguin
from symbreak.symmetry.points.table import generators, multiplication_table
from symbreak.symmetry.self_symmetry import Symmetry


@dataclass(frozen=True, eq=False)
class PointStabilizer:
    """The orthogonal maps that keep a cloud of points, with the permutation that each makes of its points.

    With the centre `c`, the map `k` sends a point `x` to `c + R_k (x - c)`, and slot `i` to slot `g_k[i]`:

        R_k (x_i - c) = x_{g_k[i]} - c    up to residuals[k]

    The first map is the identity. The matrices form a group to rounding, and the permutations the same one. Where the
    group is continuous the lists hold one map for each connected component, and `continuous` what is common to all.

    Args:
        group: O(3), or SO(3), in which the stabilizer was looked for.
        schoenflies: its name, such as "C2v", "D∞h", or "Kh" for O(3).
        rotations: the matrices `R_k`, of determinant 1 or -1.
        permutations: the `g_k`.
        residuals: the largest distance between an image and its partner, in the unit of the positions; for a component
            of a continuous group, over all of it.
        gap: the least residual of a map that is not in the group for the sake of the positions. Looked for up to ten
            tolerances, or nearly half the least distance between like points; infinite if there is none.
        tolerance: the largest residual that was allowed.
        centre: the mean of the points, or the origin.
        continuous: a basis of the antisymmetric matrices whose exponentials keep the cloud: none, one for the turns
            about an axis, or three for all turns.
        places: equal numbers for slots that nothing tells apart: at one place, of one species and with equal fields.

    Shapes:
        rotations float64 `(k, 3, 3)`, permutations int64 `(k, n)`, residuals float64 `(k,)`, centre float64 `(3,)`,
        continuous float64 `(d, 3, 3)`, d = 0, 1 or 3, places int64 `(n,)`.
    """

    group: Orthogonal
    schoenflies: str
    rotations: Tensor
    permutations: Tensor
    residuals: Tensor
    gap: float
    tolerance: float
    centre: Tensor
    continuous: Tensor
    places: Tensor

    @property
    def order(self) -> int | None:
        """The number of maps, None where it is infinite."""
        return None if len(self.continuous) else len(self.rotations)

    @property
    def hermann_mauguin(self) -> str:
        """The short international symbol, such as "mm2"."""
        return hermann_mauguin(self.schoenflies)

    @property
    def sharp(self) -> bool:
        """Whether the tolerance alone decided: no map within it was left out so that the others make a group."""
        return self.gap > self.tolerance

    @property
    def axis(self) -> Tensor | None:
        """The unit vector `(3,)` along the axis of a group with one continuous turn; None for other groups."""
        if len(self.continuous) != 1:
            return None
        A = self.continuous[0]
        return torch.stack([A[2, 1], A[0, 2], A[1, 0]])

    @property
    def translations(self) -> Tensor:
        """The `t_k = c - R_k c`, float64 `(k, 3)`: as an element of E(3), a map is `(t_k, R_k)`."""
        return self.centre - self.rotations @ self.centre

    @property
    def swaps(self) -> int:
        """How many permutations of slots move no point and no field: the stabilizer in S_n × O(3) is so much larger."""
        return math.prod(math.factorial(int(m)) for m in torch.bincount(self.places))

    @cached_property
    def generators(self) -> tuple[int, ...]:
        """The numbers of a few maps that, with the continuous turns, generate the group; none can be left out."""
        return generators(multiplication_table(self.rotations.cpu().numpy()))

    @property
    def symmetry(self) -> Symmetry:
        """What `fixed_subspace` and the Curie floors read: the maps with their permutations, and the tangents."""
        tangents = self.continuous if len(self.continuous) else None
        return Symmetry(self.rotations, self.permutations, tangents, complete=True)

    def to(self, device: torch.device) -> "PointStabilizer":
        """The same on a device."""
        moved = {name: value.to(device) for name, value in vars(self).items() if isinstance(value, Tensor)}
        return replace(self, **moved)

    def symmetrized(self, positions: Tensor) -> Tensor:
        """The nearest positions that the group keeps exactly.

            y_i = c + mean_k R_k⁻¹ (x_{g_k[i]} - c)

        Of a continuous group the mean is over all its maps: points go to the axis, or to the centre.

        Shapes:
            positions `(n, 3)` -> `(n, 3)`, of the same dtype.

        Example:
            >>> from symbreak.symmetry.points import point_stabilizer
            >>> triangle = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.86, 0.0]])
            >>> found = point_stabilizer(triangle, tolerance=0.05)
            >>> torch.pdist(found.symmetrized(triangle))
            tensor([0.9965, 0.9965, 0.9965])
        """
        self._check(positions)
        x = positions.to(torch.float64) - self.centre
        y = (x[self.permutations] @ self.rotations).mean(0)
        if self.axis is not None:
            y = (y @ self.axis)[:, None] * self.axis
        elif len(self.continuous):
            y = torch.zeros_like(y)
        return (self.centre + y).to(positions.dtype)

    def measure(self, positions: Tensor) -> float:
        """The continuous symmetry measure of positions, from 0, symmetric, to 100.

            S = 100 Σ |x_i - y_i|² / Σ |x_i - c|²

        with the nearest symmetric positions `y`.

        Reference:
            Zabrodsky, Peleg, Avnir (1992), Continuous symmetry measures, J. Am. Chem. Soc. 114.
        """
        self._check(positions)
        x = positions.to(torch.float64)
        whole = (x - self.centre).square().sum()
        return float(100 * (x - self.symmetrized(x)).square().sum() / whole) if whole > 0 else 0.0

    def _check(self, positions: Tensor) -> None:
        if positions.shape != (self.permutations.shape[1], 3):
            raise ValueError(
                f"The positions have shape {tuple(positions.shape)}, but the stabilizer is that of "
                f"({self.permutations.shape[1]}, 3): pass the cloud that it was found for, or one of the same slots."
            )
