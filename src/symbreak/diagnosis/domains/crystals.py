"""Stabilizers of crystals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from symbreak.data.samples import Refused, Structure
from symbreak.diagnosis.domains.clouds import array
from symbreak.diagnosis.finding import Finding, Found
from symbreak.diagnosis.frame import SpaceFrame
from symbreak.diagnosis.order import Order
from symbreak.diagnosis.quantity import Quantity
from symbreak.groups import Orthogonal
from symbreak.symmetry.crystals import AtomField, CrystalSymmetry, crystal_symmetry
from symbreak.symmetry.orbits import node_orbits
from symbreak.symmetry.self_symmetry import Symmetry


@dataclass(frozen=True)
class CrystalFinder:
    """Space groups.

    The order is that of the group modulo the translations of the given cell; of a cell that does not show the whole
    symmetry of its crystal, modulo the translations that it shows.

    Args:
        frame: the group to look in; in SE(3), of the operations only rotations and screws are kept.
        tolerance: in Å.
        fields: per-atom arrays that belong to the input.
    """

    frame: SpaceFrame = SpaceFrame()
    tolerance: float = 0.01
    fields: tuple[Quantity, ...] = ()

    def find(self, structures: Sequence[Structure]) -> Found:
        """One by one; those without a space group are refused."""
        found = Found([], [], [])
        for structure in structures:
            try:
                found.findings.append(self.finding(structure, self.crystal(structure)))
            except ValueError as error:
                found.refused.append(Refused(structure.index, str(error), structure.line, structure.name))
        return found

    def crystal(self, structure: Structure) -> CrystalSymmetry:
        """The space group.

        Raises:
            ValueError: if it has no three cell vectors, or no group is found.
        """
        if structure.cell is None or not structure.cell.any(1).all():
            raise ValueError(
                "It repeats, but has not three cell vectors, so it has no space group. For a layer or a chain, add "
                "vectors across the vacuum."
            )
        fields = [self._field(quantity, structure) for quantity in self.fields]
        return crystal_symmetry(
            structure.cell, structure.positions, structure.numbers, tolerance=self.tolerance, fields=fields
        )

    def finding(self, structure: Structure, crystal: CrystalSymmetry) -> Finding:
        """The space group as a finding, on the atoms of the crystal's cell."""
        symmetry = crystal.symmetry()
        name, copies = str(crystal), len(crystal.numbers) // len(crystal.first_atoms)
        order = copies * len(crystal.primitive_operations)
        if self.frame.group.special:
            symmetry, order, name = _proper(symmetry, order, name)
        orbits = node_orbits([symmetry]).orbit.numpy()
        residual = float(crystal.primitive_operations.residuals.max())
        return Finding(
            structure.index, name, Order.of(order), orbits, symmetry, residual=residual, title=structure.name
        )

    def _field(self, quantity: Quantity, structure: Structure) -> AtomField:
        values = array(structure, quantity.name).astype(np.float64)
        rep = quantity.representation(values.shape[1:], Orthogonal(3))
        return AtomField(torch.from_numpy(values.reshape(len(values), -1)), rep)


def _proper(symmetry: Symmetry, order: int, name: str) -> tuple[Symmetry, int, str]:
    """The operations that are no mirrors, inversions or rotoinversions."""
    determinant = torch.linalg.det(symmetry.elements)  # type: ignore[arg-type]
    if not bool((determinant < 0).any()):
        return symmetry, order, name
    if not symmetry.complete:
        raise ValueError(
            "The cell does not show the whole symmetry of its crystal, so its rotations are not listed. Give the "
            "primitive or the conventional cell."
        )
    return symmetry.subgroup(determinant > 0), order // 2, f"rotations of {name}"
