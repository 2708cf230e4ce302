"""Crystals and layers: space groups, on the atoms of one cell."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.relaxation.structure import SymmetricStructure
from symbreak.representations import Vector
from symbreak.symmetry.crystals import AtomField, CrystalSymmetry, crystal_symmetry, order_parameter

_SAME = 1e-6  # of the largest displacement of an atom
_PRESENT = 1e-9  # of the squared displacement


@dataclass(frozen=True, eq=False)
class Crystal(SymmetricStructure):
    """A structure that is periodic along all three vectors of its cell, which is not strained."""

    crystal: CrystalSymmetry

    def rigid(self) -> Tensor:
        return torch.eye(3, dtype=torch.float64)[:, None].expand(3, len(self.positions), 3)

    def left(self, displacement: Tensor) -> str:
        u = displacement / displacement.norm(dim=1).max()
        x, field = self.crystal, AtomField(u, Vector(Orthogonal(3)), tolerance=_SAME)
        return str(crystal_symmetry(x.cell, x.positions, x.numbers, tolerance=x.tolerance, fields=(field,)))

    def irrep(self, characters: Tensor, displacement: Tensor) -> str:
        """Wave vectors and irreps of their little co-groups.

        Several are joined by +, where the cell keeps too few operations to tell them apart.
        """
        modes = order_parameter(self.crystal, displacement).modes
        present = [mode for mode in modes if mode.squared_amplitude > _PRESENT * float(displacement.square().sum())]
        return " + ".join(sorted({f"{mode.point} {mode.irrep}" for mode in present}))


def crystal(cell: Tensor, positions: Tensor, labels: Tensor, held: Tensor, tolerance: float) -> Crystal:
    """The crystal with its space group. The displacements are those with the period of the given cell.

    Raises:
        ValueError: as `crystal_symmetry`.
    """
    found = crystal_symmetry(cell, positions, labels, tolerance=tolerance)
    return Crystal(
        name=str(found),
        positions=found.positions,
        symmetry=found.symmetry(),
        rotations=found.operations.rotations,
        permutations=found.operations.permutations,
        held=held,
        crystal=found,
    )
