"""How the symmetry of a structure, or of a field, grows with the tolerance."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from symbreak.data.samples import FieldSample, Structure
from symbreak.diagnosis.domains.crystals import CrystalFinder
from symbreak.diagnosis.domains.lattices import LatticeDomain
from symbreak.diagnosis.finding import Finding
from symbreak.diagnosis.frame import SpaceFrame
from symbreak.symmetry.points import PointField
from symbreak.symmetry.points.profile import symmetry_profile

_ATOMS = 100  # a larger structure has no profile
_SCANNED = (1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.2, 0.3)  # Å
_SHARES = (0.0, 1e-9, 1e-6, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1)  # of the range of a field


def cloud_profile(frame: SpaceFrame, molecule: Structure, fields: Sequence[PointField]) -> list[dict[str, Any]]:
    """The stabilizers of a molecule by the least tolerance at which each is found, with its continuous measure."""
    if len(molecule.numbers) > _ATOMS:
        return []
    try:
        levels = symmetry_profile(
            torch.from_numpy(molecule.positions),
            species=torch.from_numpy(molecule.numbers),
            fields=fields,
            group=frame.group,
            translations=frame.translations,
        )
    except ValueError:  # like atoms so near to each other that no tolerance tells them apart
        return []
    return [
        {
            "tolerance": level.tolerance,
            "name": level.stabilizer.schoenflies,
            "order": level.stabilizer.order,
            "measure": level.measure,
        }
        for level in levels
    ]


def crystal_profile(finder: CrystalFinder, crystal: Structure) -> list[dict[str, Any]]:
    """The space groups of a crystal by the first of ten tolerances, from 10⁻⁵ to 0.3 Å, at which each is found.

    The order is that of the group modulo the translations of the given cell. There is no measure: the distance to a
    symmetric crystal has no scale but that of the cell.
    """
    if len(crystal.numbers) > _ATOMS:
        return []
    found = []
    for tolerance in sorted({*_SCANNED, finder.tolerance}):
        looser = replace(finder, tolerance=tolerance)
        try:
            found.append((tolerance, looser.finding(crystal, looser.crystal(crystal))))
        except ValueError:  # the tolerance is too large for the distances of the atoms, or too small for its rounding
            continue
    return _levels(found)


def field_profile(domain: LatticeDomain, field: FieldSample) -> list[dict[str, Any]]:
    """The stabilizers of a field by the first of ten tolerances, up to a tenth of its range, at which each is found.

    Tolerances at which it is undecided which values are equal are left out.
    """
    spread = float(field.array.max()) - float(field.array.min())
    found = []
    for tolerance in sorted({*(share * spread for share in _SHARES), domain.atol}):
        found += [(tolerance, finding) for finding in replace(domain, atol=tolerance).find([field]).findings]
    return _levels(found)


def _levels(found: Sequence[tuple[float, Finding]]) -> list[dict[str, Any]]:
    """Those at which the stabilizer changes."""
    levels: list[dict[str, Any]] = []
    for tolerance, finding in found:
        order = finding.order.exact
        if not levels or (finding.name, order) != (levels[-1]["name"], levels[-1]["order"]):
            levels.append({"tolerance": tolerance, "name": finding.name, "order": order, "measure": None})
    return levels
