"""Molecules and crystals as examples: atoms, bonds, symmetry operations with their residuals, and the profile."""

from typing import Any

import numpy as np
import torch

from symbreak.data.samples import Array, Structure
from symbreak.diagnosis.domains.clouds import array
from symbreak.diagnosis.domains.crystals import CrystalFinder
from symbreak.diagnosis.domains.structures import StructureDomain
from symbreak.diagnosis.examples.bonds import bonds
from symbreak.diagnosis.examples.elements import symmetry_elements
from symbreak.diagnosis.examples.operation import operation
from symbreak.diagnosis.examples.profiles import cloud_profile, crystal_profile
from symbreak.diagnosis.examples.reach import rounded
from symbreak.diagnosis.examples.species import symbol
from symbreak.diagnosis.finding import Finding
from symbreak.symmetry.points import PointField
from symbreak.symmetry.points.names import hermann_mauguin

_LISTED = 200  # operations
_NUMBERS = 40_000  # of their permutations


def structure_document(domain: StructureDomain, structure: Structure, finding: Finding) -> dict[str, Any]:
    """What the picture of a structure needs, as JSON can hold it: see `symbreak.diagnosis.document`."""
    cell = structure.cell if structure.periodic else None
    found = {
        "structure": {
            "positions": rounded(structure.positions),
            "species": [symbol(int(number)) for number in structure.numbers],
            "cell": None if cell is None else rounded(cell),
            "bonds": [list(bond) for bond in bonds(structure.positions, structure.numbers, cell)],
        }
    }
    return found | (_crystal(domain, structure) if structure.periodic else _molecule(domain, structure, finding))


def _molecule(domain: StructureDomain, structure: Structure, finding: Finding) -> dict[str, Any]:
    symmetry = finding.symmetry
    assert symmetry is not None
    assert symmetry.permutations is not None
    matrices, permutations = symmetry.elements.numpy(), symmetry.permutations.numpy()  # type: ignore[union-attr]
    x = structure.positions
    centre = x.mean(0) if domain.frame.translations else np.zeros(3)
    images = (x - centre) @ matrices.swapaxes(1, 2)  # (k, n, 3)
    residuals = np.linalg.norm(images - (x - centre)[permutations], axis=-1).max(1)
    tangents = None if symmetry.tangents is None else symmetry.tangents.numpy()
    fields = [
        PointField(
            quantity.representation(array(structure, quantity.name).shape[1:], domain.frame.group),
            torch.from_numpy(array(structure, quantity.name).astype(np.float64).reshape(len(x), -1)),
        )
        for quantity in domain.fields
    ]
    return {
        "hermann_mauguin": hermann_mauguin(finding.name),
        "operations": _operations(matrices, permutations, residuals),
        "centre": rounded(centre),
        "site": None,
        "elements": [element.to_json() for element in symmetry_elements(matrices, tangents)],
        "profile": cloud_profile(domain.frame, structure, fields),
    }


def _crystal(domain: StructureDomain, structure: Structure) -> dict[str, Any]:
    """The elements are those of a site of highest symmetry, through the atom there that is nearest to the middle."""
    finder = CrystalFinder(domain.frame, domain.tolerance, domain.fields)
    crystal = finder.crystal(structure)
    operations, every = crystal.operations, crystal.primitive_operations
    if domain.frame.group.special:
        operations, every = (part.take(torch.linalg.det(part.rotations) > 0) for part in (operations, every))
    still = every.permutations == torch.arange(every.permutations.shape[1])  # (k, primitive atoms)
    order = still.sum(0)[crystal.primitive_atoms].numpy()
    cell = crystal.cell.numpy()
    scaled = structure.positions @ np.linalg.inv(cell)
    home = (scaled - np.floor(scaled + 1e-6)) @ cell
    away = np.linalg.norm(home - cell.sum(0) / 2, axis=1)
    atom = int(np.lexsort((away.round(3), -order))[0])
    matrices = every.rotations[still[:, crystal.primitive_atoms[atom]]].numpy()
    return {
        "hermann_mauguin": crystal.hermann_mauguin,
        "operations": _operations(
            operations.rotations.numpy(),
            operations.permutations.numpy(),
            operations.residuals.numpy(),
            operations.translations.numpy(),
        ),
        "centre": rounded(home[atom]),
        "site": {"atom": atom, "name": str(crystal.sites[atom])},
        "elements": [element.to_json() for element in symmetry_elements(matrices)],
        "profile": crystal_profile(finder, structure),
    }


def _operations(
    matrices: Array, permutations: Array, residuals: Array, translations: Array | None = None
) -> dict[str, Any]:
    listed = max(1, min(_LISTED, _NUMBERS // max(1, permutations.shape[1]), len(matrices)))
    shifts = np.zeros((len(matrices), 3)) if translations is None else translations
    rows = []
    for R, g, residual, t in zip(matrices[:listed], permutations, residuals, shifts, strict=False):
        kind = operation(R)
        rows.append(
            {
                "symbol": kind.symbol,
                "kind": kind.kind.value,
                "order": kind.order,
                "direction": None if kind.direction is None else rounded(np.array(kind.direction)),
                "matrix": rounded(R),
                "translation": None if translations is None else rounded(t),
                "permutation": g.tolist(),
                "residual": float(residual),
            }
        )
    return {"count": len(matrices), "listed": rows}
