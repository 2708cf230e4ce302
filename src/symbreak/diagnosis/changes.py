"""Structures before and after: the displacement of each atom, the strain, and the modes of both."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch

from symbreak.data.pairs import pair
from symbreak.data.samples import Structure
from symbreak.diagnosis.domains.crystals import CrystalFinder
from symbreak.diagnosis.quantity import Quantity

DISPLACEMENT, STRAIN = Quantity("displacement"), Quantity("strain")
_NONE = 1e-10  # Å², or of a strain


@dataclass(frozen=True)
class ModeSum:
    """One symmetry-adapted mode over the samples.

    Args:
        samples: in how many it is there.
        squares: `Σ |u|²` over atoms and samples in Å², or `Σ ε²` for a strain.
        symmetric: whether the symmetry of the first structure allows it.
    """

    samples: int
    squares: float
    symmetric: bool

    def merge(self, more: "ModeSum") -> "ModeSum":
        return ModeSum(self.samples + more.samples, self.squares + more.squares, self.symmetric)


class Change(NamedTuple):
    """What became of a structure: itself with the array "displacement" and the value "strain", its modes, and notes."""

    structure: Structure
    modes: Mapping[str, ModeSum]
    notes: tuple[str, ...] = ()


def change(before: Structure, after: Structure, finder: CrystalFinder) -> Change:
    """The displacement that takes a structure to another.

    Of a crystal the strain and the shift of the whole are taken out, the atoms may be in another order and the cell a
    larger one: what is returned is the first crystal on the cell of the second. Of a molecule the mean is taken out;
    the two are not turned onto each other.

    Raises:
        ValueError: if the two do not have the same atoms, or one has no space group.
    """
    if before.periodic != after.periodic:
        raise ValueError("One of the two structures repeats and the other does not. Write pbc in both files.")
    if not before.periodic:
        moved = pair(before, after).displacement
        return Change(_with(before, moved - moved.mean(0)), {})
    if before.cell is None or after.cell is None or not (before.pbc.all() and after.pbc.all()):
        raise ValueError("It does not repeat along three vectors, so its change has no space group to be split by.")
    return _of_crystals(before, after, finder)


def _of_crystals(before: Structure, after: Structure, finder: CrystalFinder) -> Change:
    from symbreak.symmetry.crystals import deformation, order_parameter, unit_cell

    parent, notes = finder.crystal(before), ()
    species, counts = np.unique(before.numbers, return_counts=True)
    formula = {int(s): int(c) for s, c in zip(species, counts, strict=True)}
    child = unit_cell(after.cell, after.positions, after.numbers, formula=formula, tolerance=finder.tolerance)
    if len(child.numbers) > len(after.numbers):
        notes = (f"atoms added to the final cell by its own translations: {len(child.numbers) - len(after.numbers)}",)
    found = deformation(parent, child.cell, child.positions, child.numbers)
    split = order_parameter(found.parent, found.displacement, found.strain)
    modes = {
        f"{mode.point} {mode.irrep}": ModeSum(1, mode.squared_amplitude, mode.symmetric)
        for mode in split.modes
        if mode.squared_amplitude > _NONE
    } | {
        f"strain {mode.irrep}": ModeSum(1, mode.squared_amplitude, mode.symmetric)
        for mode in split.strain_modes
        if mode.squared_amplitude > _NONE
    }
    merged = sum(structure.info.get("merged_images", np.asarray(0)) for structure in (before, after))
    structure = replace(
        before,
        positions=_array(found.parent.positions),
        numbers=_array(found.parent.numbers),
        cell=_array(found.parent.cell),
        arrays={},
        info={"strain": _array(found.strain)} | ({"merged_images": merged} if merged else {}),
    )
    return Change(_with(structure, _array(found.displacement)), modes, notes)


def _with(structure: Structure, displacement: np.ndarray) -> Structure:
    return replace(structure, arrays=structure.arrays | {"displacement": displacement})


def _array(x: torch.Tensor) -> np.ndarray:
    return x.numpy().copy()
