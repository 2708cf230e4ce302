"""Per-atom quantities that count as part of a crystal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.representations import Representation
from symbreak.symmetry.crystals.operations import Operations


@dataclass(frozen=True, eq=False)
class AtomField:
    """One vector of a representation of O(3) on each atom: charges, dipoles, magnetic moments.

    A magnetic moment is an axial vector, which keeps its sign under the inversion: `Irreps(Orthogonal(3), "1e")`, with
    the components in the order x, y, z. A charge moves by `Trivial(Orthogonal(3), 1)`, a dipole or a velocity by
    `Vector(Orthogonal(3))`.

    Args:
        values: `(n, dim)`.
        rep: how each of them moves.
        tolerance: in the unit of the values: how far a moved value may be from the one it should equal.

    Raises:
        ValueError: if the representation is not one of O(3), the values do not fit it or are not finite, or the
            tolerance is not above 0.

    Example:
        >>> from symbreak.representations import Vector
        >>> AtomField(torch.tensor([[0.0, 0.0, 1.0]]), Vector(Orthogonal(3))).values.shape
        torch.Size([1, 3])
    """

    values: Tensor
    rep: Representation
    tolerance: float = 1e-3

    def __post_init__(self):
        if self.rep.group != Orthogonal(3):
            raise ValueError(
                f"The field moves by {self.rep!r}, but the operations of a crystal are in O(3): give a representation "
                "of Orthogonal(3), such as Vector(Orthogonal(3))."
            )
        if self.values.dim() != 2 or self.values.shape[1] != self.rep.dim:
            raise ValueError(
                f"The field has shape {tuple(self.values.shape)}, but {self.rep!r} moves one vector for each atom, "
                f"(n, {self.rep.dim})."
            )
        if not bool(self.values.isfinite().all()):
            where = self.values.isfinite().logical_not().nonzero()[0].tolist()
            raise ValueError(f"The field is not finite at {where}. Clean the data first.")
        if not self.tolerance > 0:
            raise ValueError(f"The tolerance is {self.tolerance}, but it is above 0, in the unit of the field.")

    def check(self, n: int) -> None:
        """Refuses a field of another number of atoms."""
        if len(self.values) != n:
            raise ValueError(f"A field has {len(self.values)} values, but the crystal has {n} atoms: one for each.")

    def take(self, atoms: Tensor) -> "AtomField":
        """The field of some of the atoms."""
        return replace(self, values=self.values[atoms])


def misfits(operations: Operations, fields: Sequence[AtomField]) -> Tensor:
    """float64 `(k,)`: how far each operation moves the fields, the largest distance in units of their tolerances."""
    worst = operations.residuals.new_zeros(len(operations))
    for field in fields:
        values = field.values.to(dtype=torch.float64, device=worst.device)
        moved = field.rep.act(operations.rotations[:, None], values)  # (k, n, dim)
        gap = moved - values[operations.permutations]  # (g v)[g i] = ρ(g) v[i]
        worst = torch.maximum(worst, gap.norm(dim=-1).amax(-1) / field.tolerance)
    return worst
