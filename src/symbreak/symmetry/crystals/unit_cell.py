"""The unit cell behind a listing that shows more atoms, or fewer."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from symbreak.symmetry.crystals.crystal import checked_crystal


class UnitCell(NamedTuple):
    """The atoms of one cell.

    Shapes:
        cell float64 `(3, 3)`, rows; positions float64 `(n, 3)`, in Å; numbers int64 `(n,)`; atoms int64 `(n,)`, the row
        of the listing that each atom is, or is a translate of.
    """

    cell: Tensor
    positions: Tensor
    numbers: Tensor
    atoms: Tensor


def unit_cell(
    cell: Any, positions: Any, numbers: Any, *, formula: Mapping[int, int] | None = None, tolerance: float = 1e-3
) -> UnitCell:
    """The atoms of one cell, from a drawing of a crystal.

    A file made for a picture lists the surroundings of a site: atoms on all faces of the cell, and of a centred cell
    perhaps not all. Atoms of one species that differ by a vector of the cell are one. If a formula is given and some
    species fall short of it, the translations that keep the other species repeat them; without a formula nothing is
    added, since a vacancy is no oversight.

    Args:
        cell: rows, in Å.
        positions: Cartesian, in Å.
        numbers: of the species.
        formula: how many atoms of each species, up to a common factor, such as `{56: 1, 22: 1, 8: 3}`.
        tolerance: in Å.

    Raises:
        ValueError: if shapes do not fit, a number is not finite, the cell has no volume, the formula names other
            species than the listing, or translations do not complete it.

    Example:
        >>> ends = torch.tensor([[0.0, 0, 0], [0, 0, 4.0], [2.0, 2.0, 2.0]])  # both ends of an edge, and the centre
        >>> unit_cell(4.0 * torch.eye(3), ends, [55, 55, 17]).numbers
        tensor([55, 17])
    """
    cell, positions, numbers = checked_crystal(cell, positions, numbers, tolerance)
    scaled = torch.linalg.solve(cell.T, positions.T).T
    atoms = _merged(cell, scaled, numbers, tolerance)
    if formula is not None:
        scaled, kinds, atoms = _completed(cell, scaled[atoms], numbers[atoms], atoms, formula, tolerance)
        return UnitCell(cell, scaled @ cell, kinds, atoms)
    return UnitCell(cell, positions[atoms], numbers[atoms], atoms)


def _merged(cell: Tensor, scaled: Tensor, numbers: Tensor, tolerance: float) -> Tensor:
    """The first atom of each set that differ by vectors of the cell."""
    near = (numbers[:, None] == numbers) & _near(cell, scaled[:, None] - scaled, tolerance)
    return (near.int().argmax(1) == torch.arange(len(numbers))).nonzero()[:, 0]


def _near(cell: Tensor, gap: Tensor, tolerance: float) -> Tensor:
    return ((gap - gap.round()) @ cell).norm(dim=-1) <= tolerance


def _completed(
    cell: Tensor, scaled: Tensor, numbers: Tensor, atoms: Tensor, formula: Mapping[int, int], tolerance: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The atoms with those that translations of the complete species add."""
    kinds, counts = numbers.unique(return_counts=True)
    if set(kinds.tolist()) != set(formula) or min(formula.values()) < 1:
        raise ValueError(
            f"The formula {dict(formula)} was given, but the listing has the species {kinds.tolist()}: name each of "
            "them once, with a positive number."
        )
    units = {int(kind): int(count) / formula[int(kind)] for kind, count in zip(kinds, counts, strict=True)}
    most = max(units.values())
    full = torch.tensor([units[int(kind)] == most for kind in numbers])
    rarest = min((kind for kind in units if units[kind] == most), key=lambda kind: formula[kind])
    rows = (numbers == rarest).nonzero()[:, 0]
    steps = scaled[rows] - scaled[rows[0]]
    same = numbers[full][:, None] == numbers[full]
    kept = [
        step
        for step in steps
        if bool((same & _near(cell, scaled[full][:, None] + step - scaled[full], tolerance)).any(1).all())
    ]
    scaled = torch.cat([scaled, *(scaled[~full] + step for step in kept[1:])])
    numbers, atoms = (torch.cat([part, part[~full].repeat(len(kept) - 1)]) for part in (numbers, atoms))
    chosen = _merged(cell, scaled, numbers, tolerance)
    found = {int(kind): int((numbers[chosen] == kind).sum()) / formula[int(kind)] for kind in kinds}
    if len(set(found.values())) > 1:
        raise ValueError(
            f"The cell holds {[f'{int(c)} of species {int(k)}' for k, c in zip(kinds, counts, strict=True)]}, and no "
            f"translation that keeps the complete species makes it the formula {dict(formula)}. Give the formula of "
            "what is listed, or the whole cell."
        )
    return scaled[chosen], numbers[chosen], atoms[chosen]
