"""The space group that is left of a crystal's when fields on its atoms count."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from symbreak.symmetry.crystals.atom_fields import AtomField, misfits
from symbreak.symmetry.crystals.crystal import first_of_each
from symbreak.symmetry.crystals.identification import Identification, identify
from symbreak.symmetry.crystals.lattices import adjugate, determinant, generated, keeps, whole
from symbreak.symmetry.crystals.operations import closed_subset, operations_on

_DECORATIONS = 4
_TRIALS = 32


def lowered(
    cell: Tensor,
    positions: Tensor,
    numbers: Tensor,
    tolerance: float,
    fields: Sequence[AtomField],
    found: Identification,
) -> Identification:
    """The group of the operations that keep the fields, on the primitive cell of crystal and fields.

    First the translations of the crystal that keep the fields are found, then, on the cell of these, the other
    operations. Each set is made a group by `closed_subset` if the tolerance has left none.
    """
    to = torch.linalg.inv(found.primitive_cell)
    M = whole(cell @ to)
    steps = found.steps(positions)
    eye = torch.eye(3, dtype=torch.float64).expand(len(steps), 3, 3)
    shifts = operations_on(eye, steps.double() @ torch.linalg.inv(M.double()), eye, cell, positions, numbers)
    kept = closed_subset(shifts, misfits(shifts, fields), 1.0)
    B = generated(torch.cat([M, steps[kept]]))  # the lattice of the fields, in the primitive basis
    field_cell, back = B.double() @ found.primitive_cell, torch.linalg.inv(B.double())
    _, atoms = shifts.permutations[kept].amin(0).unique(return_inverse=True)
    first = first_of_each(atoms)

    keeping = keeps(whole(found.W), B)
    _, coset = ((steps @ adjugate(B)) % abs(determinant(B))).unique(dim=0, return_inverse=True)
    rest = steps[first_of_each(coset)]  # the translations of the crystal modulo those of the fields
    W = (B.double() @ found.W[keeping].mT @ back).mT.round().repeat_interleave(len(rest), 0)
    w = (found.w[keeping][:, None] + rest).flatten(0, 1) @ back
    rotations = found.rotations[keeping].repeat_interleave(len(rest), 0)
    operations = operations_on(W, w, rotations, field_cell, positions[first], numbers[first])
    kept = closed_subset(operations, misfits(operations, [field.take(first) for field in fields]), 1.0)
    if abs(determinant(B)) == 1 and int(kept.sum()) == len(found.W):
        return found
    scaled = torch.linalg.solve(field_cell.T, positions[first].T).T
    named = _named(field_cell, scaled, numbers[first], W[kept], w[kept], tolerance)
    return replace(
        named,
        W=W[kept],
        w=w[kept],
        rotations=rotations[kept],
        primitive_cell=field_cell,
        primitive_atoms=atoms,
        wyckoffs=[named.wyckoffs[a] for a in atoms.tolist()],
        site_symbols=[named.site_symbols[a] for a in atoms.tolist()],
    )


def _named(cell: Tensor, scaled: Tensor, numbers: Tensor, W: Tensor, w: Tensor, tolerance: float) -> Identification:
    """The space group that given operations form on a primitive cell, with the letters of the atoms' sites.

    The atoms alone have more symmetry. They are decorated: each of some new species occupies the orbit of a general
    point under the operations. Four such orbits have no other symmetry in common; most often one is enough.
    """
    atoms, species = scaled, numbers
    for s in range(_DECORATIONS):
        point = _general_point(cell, atoms, W, w, s)
        atoms = torch.cat([atoms, (W @ point + w) % 1.0])
        species = torch.cat([species, torch.full((len(W),), int(numbers.max()) + 1 + s)])
        try:
            found = identify(cell, atoms, species, tolerance)
        except ValueError:
            continue
        if len(found.W) == len(W) and len(found.primitive_atoms.unique()) == len(atoms):
            return found
    raise ArithmeticError(
        f"The {len(W)} operations that keep crystal and fields were not recognized as a space group. Lower the "
        "tolerance, or report the structure."
    )


def _general_point(cell: Tensor, atoms: Tensor, W: Tensor, w: Tensor, number: int) -> Tensor:
    """Of some points spread evenly, the one whose orbit is farthest from itself and from the atoms."""
    trial = torch.arange(1 + _TRIALS * number, 1 + _TRIALS * (number + 1), dtype=torch.float64)
    # The additive recurrence of the plastic number leaves no large gaps.
    points = (
        0.5 + trial[:, None] * torch.tensor([0.8191725134, 0.6710436067, 0.5497004779], dtype=torch.float64)
    ) % 1.0
    distances = []
    for point in points:
        gap = point - torch.cat([(W @ point + w)[1:], atoms])  # the orbit looks the same from each of its points
        distances.append(float(((gap - gap.round()) @ cell).norm(dim=-1).min()))
    return points[distances.index(max(distances))]
