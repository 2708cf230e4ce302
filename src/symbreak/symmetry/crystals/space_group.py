"""Finding the symmetry of a crystal."""

from collections.abc import Sequence
from typing import Any

import torch

from symbreak.symmetry.crystals.atom_fields import AtomField
from symbreak.symmetry.crystals.crystal import (
    CrystalSymmetry,
    SiteSymmetry,
    check_apart,
    checked_crystal,
    first_of_each,
)
from symbreak.symmetry.crystals.identification import identify
from symbreak.symmetry.crystals.lowering import lowered
from symbreak.symmetry.crystals.operations import Operations, operations_on
from symbreak.symmetry.crystals.point_groups import point_group
from symbreak.symmetry.crystals.supercell import in_cell


def crystal_symmetry(
    cell: Any, positions: Any, numbers: Any, *, tolerance: float = 1e-3, fields: Sequence[AtomField] = ()
) -> CrystalSymmetry:
    """The space group of a crystal, and of fields on its atoms.

    The group is found by moyopy. Fields lower it to the operations that keep them too: with magnetic moments along one
    axis, those that turn no moment are left. Time reversal is no operation here, as a network that is equivariant under
    motions knows nothing of it. The result is on the CPU.

    Args:
        cell: three vectors as rows, in Å; the crystal is periodic along all.
        positions: Cartesian, in Å.
        numbers: integers that tell the species apart.
        tolerance: how far an atom may be from where an operation sends another, in Å.
        fields: per-atom quantities that count as part of the crystal.

    Shapes:
        cell `(3, 3)`, positions `(n, 3)`, numbers `(n,)`: tensors, arrays or lists.

    Raises:
        ImportError: if moyopy is not installed.
        ValueError: if shapes do not fit, a number is not finite, the cell has no volume, there are no atoms or two
            within twice the tolerance, or no group is found at the tolerance.

    Example:
        >>> perovskite = crystal_symmetry(
        ...     4.0 * torch.eye(3),
        ...     4.0 * torch.tensor([[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]),
        ...     [56, 22, 8, 8, 8])
        >>> str(perovskite), str(perovskite.sites[2]), len(perovskite.operations)
        ('Pm-3m (221)', '3d (4/mm.m, D4h)', 48)

    Reference:
        Shinohara, Togo, Tanaka (2023), Algorithms for magnetic symmetry operation search and identification of magnetic
        space group from magnetic crystal structure: the algorithms of moyopy.
    """
    cell, positions, numbers = checked_crystal(cell, positions, numbers, tolerance)
    check_apart(cell, positions, tolerance)
    for field in fields:
        field.check(len(numbers))
    found = identify(cell, torch.linalg.solve(cell.T, positions.T).T, numbers, tolerance)
    if fields:
        found = lowered(cell, positions, numbers, tolerance, fields, found)
    first = first_of_each(found.primitive_atoms)
    primitive = operations_on(found.W, found.w, found.rotations, found.primitive_cell, positions[first], numbers[first])
    _check_group(primitive, tolerance)
    fixed = primitive.permutations == torch.arange(len(first))  # (k, m)
    groups = [point_group(found.rotations[kept]) for kept in fixed.T]
    centring = round(abs(float(torch.linalg.det(found.conventional_cell @ torch.linalg.inv(found.primitive_cell)))))
    sites = zip(found.wyckoffs, found.site_symbols, found.primitive_atoms.tolist(), strict=True)
    return CrystalSymmetry(
        cell=cell,
        positions=positions,
        numbers=numbers,
        tolerance=tolerance,
        number=found.number,
        hermann_mauguin=found.hermann_mauguin,
        hall=found.hall,
        point_group=point_group(found.rotations),
        operations=in_cell(cell, positions, found, primitive),
        primitive_cell=found.primitive_cell,
        primitive_atoms=found.primitive_atoms,
        primitive_operations=primitive,
        conventional_cell=found.conventional_cell,
        origin=found.origin,
        sites=tuple(
            SiteSymmetry(letter, centring * len(primitive) // groups[atom].order, symbol, groups[atom])
            for letter, symbol, atom in sites
        ),
        equivalent_atoms=first[primitive.permutations.amin(0)][found.primitive_atoms],
    )


def nearby_symmetry(crystal: CrystalSymmetry, *, largest: float = 0.3) -> CrystalSymmetry | None:
    """The next higher symmetry of the atoms of a crystal that a larger tolerance finds, or None.

    The tolerance is doubled until the group grows; the residuals of what is found tell how far the crystal misses it.

    Args:
        crystal: of which the atoms alone count, and no fields.
        largest: the tolerance to stop at, in Å.

    Example:
        >>> body = torch.tensor([[0.0, 0, 0], [0.51, 0.5, 0.5]])  # not quite body-centred, by 0.04 Å
        >>> found = crystal_symmetry(4.0 * torch.eye(3), 4.0 * body, [26, 26])
        >>> near = nearby_symmetry(found)
        >>> str(found), str(near), round(float(near.operations.residuals.max()), 2)
        ('P4/nmm (129)', 'Im-3m (229)', 0.04)
    """
    size = len(crystal.primitive_operations) / len(crystal.first_atoms)
    tolerance = crystal.tolerance
    while tolerance < largest:
        tolerance = min(2 * tolerance, largest)
        try:
            found = crystal_symmetry(crystal.cell, crystal.positions, crystal.numbers, tolerance=tolerance)
        except ValueError:
            return None  # too large for the distances of the atoms
        if len(found.primitive_operations) / len(found.first_atoms) > size:
            return found
    return None


def _check_group(operations: Operations, tolerance: float) -> None:
    slots = torch.arange(operations.permutations.shape[1])
    if bool((operations.permutations.sort(1).values != slots).any()) or bool((operations.products() < 0).any()):
        raise ValueError(
            f"The {len(operations)} operations found at the tolerance {tolerance:g} Å do not permute the atoms as a "
            "group: it is too large for their distances. Lower it."
        )
