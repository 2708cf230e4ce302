"""Cells of which a file drawn for a picture lists too few atoms."""

from collections import Counter
from dataclasses import replace

import numpy as np

from symbreak.data.samples import Structure


def whole_cell(structure: Structure, tolerance: float) -> tuple[Structure, str]:
    """The structure with the atoms that its title counts and its own translations supply, and a note on it.

    A drawing of a centred crystal may show every atom on the faces of the cell, and the one inside but once. So this is
    done where atoms on faces were merged, the title of the file is a formula of the same elements, and the atoms do not
    agree with it. A structure that lists each atom once is taken at its word: a vacancy is no oversight.

    Args:
        structure: any; as it is, if nothing is to be said.
        tolerance: in Å.
    Returns:
        The structure, and a sentence, or "".
    """
    if "merged_images" not in structure.info or structure.arrays or structure.cell is None or not structure.pbc.all():
        return structure, ""
    formula, listed = _formula(structure.name), Counter(structure.numbers.tolist())
    if set(formula) != set(listed) or _proportional(formula, listed):
        return structure, ""
    from symbreak.symmetry.crystals import unit_cell

    try:
        found = unit_cell(structure.cell, structure.positions, structure.numbers, formula=formula, tolerance=tolerance)
    except ValueError:
        return structure, f"the title counts {structure.name}, but the cell holds other numbers of atoms"
    added = len(found.numbers) - len(structure.numbers)
    filled = replace(structure, positions=found.positions.numpy().copy(), numbers=found.numbers.numpy().copy())
    return filled, f"atoms added by the translations of the cell, to agree with its title {structure.name}: {added}"


def _proportional(formula: Counter[int], listed: Counter[int]) -> bool:
    shares = np.array([listed[number] / count for number, count in formula.items()])
    return bool(np.allclose(shares, shares[0]))


def _formula(title: str) -> Counter[int]:
    """Atoms by number; nothing if the title is no formula."""
    from ase.data import atomic_numbers
    from ase.formula import Formula

    try:
        counts = Formula(title.replace(" ", "")).count()
        return Counter({atomic_numbers[symbol]: count for symbol, count in counts.items()})
    except (ValueError, KeyError):
        return Counter()
