"""A crystal with its space group."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symbreak.symmetry.crystals.operations import Operations
from symbreak.symmetry.crystals.point_groups import PointGroup
from symbreak.symmetry.self_symmetry import Symmetry

_FLAT = 1e-6  # of the volume of a cell, relative to the product of its edges
_AT_ONCE = 512  # rows of distances


@dataclass(frozen=True)
class SiteSymmetry:
    """The surroundings of an atom.

    `hermann_mauguin` is oriented, position by position along the axes of the conventional cell, as `4/mm.m`;
    `multiplicity` counts the equivalent atoms of the conventional cell.
    """

    wyckoff: str
    multiplicity: int
    hermann_mauguin: str
    point_group: PointGroup

    def __str__(self) -> str:
        return f"{self.multiplicity}{self.wyckoff} ({self.hermann_mauguin}, {self.point_group.schoenflies})"


@dataclass(frozen=True, eq=False)
class CrystalSymmetry:
    """A crystal with its space group, in Cartesian axes as given and in Å, as `crystal_symmetry` finds it.

    Args:
        cell: `(3, 3)`, rows.
        positions: `(n, 3)`.
        numbers: int64 `(n,)`, of the species.
        tolerance: in Å.
        number: of the space group type, 1 to 230.
        hermann_mauguin: its short symbol, as `Pm-3m`.
        hall: the symbol of the setting that `conventional_cell` and `origin` have.
        point_group: of the crystal: the rotations of all operations.
        operations: those that keep the lattice of the given cell, modulo that lattice.
        primitive_cell: `(3, 3)`, rows.
        primitive_atoms: int64 `(n,)`, which atom of the primitive cell each atom is a translate of.
        primitive_operations: all operations, modulo the lattice of the crystal, on the atoms of the primitive cell.
        conventional_cell: `(3, 3)`, rows, in the given orientation; relative to the given cell it is
            `conventional_cell @ inv(cell)`.
        origin: `(3,)`, of the conventional cell.
        sites: of the atoms.
        equivalent_atoms: int64 `(n,)`, the first atom that is equivalent to each.
    """

    cell: Tensor
    positions: Tensor
    numbers: Tensor
    tolerance: float
    number: int
    hermann_mauguin: str
    hall: str
    point_group: PointGroup
    operations: Operations
    primitive_cell: Tensor
    primitive_atoms: Tensor
    primitive_operations: Operations
    conventional_cell: Tensor
    origin: Tensor
    sites: tuple[SiteSymmetry, ...]
    equivalent_atoms: Tensor

    def __str__(self) -> str:
        return f"{self.hermann_mauguin} ({self.number})"

    @property
    def first_atoms(self) -> Tensor:
        """int64 `(m,)`: for each atom of the primitive cell the first of its translates in the given cell."""
        return first_of_each(self.primitive_atoms)

    @property
    def complete(self) -> bool:
        """Whether the given cell shows the whole symmetry: every rotation keeps its lattice."""
        copies = len(self.numbers) // len(self.first_atoms)
        return len(self.operations) == copies * len(self.primitive_operations)

    def symmetry(self) -> Symmetry:
        """The symmetry of the endless crystal, acting on the atoms of the given cell.

        If the cell is a supercell of lower symmetry than the crystal, its own operations are less than what symmetry
        demands of an output that does not know of cells. To these this list then adds, for each rotation, one
        permutation of the atoms that takes translates to translates; together they generate what is demanded, and the
        list is not called complete.
        """
        if self.complete:
            return self.operations.symmetry()
        order = self.primitive_atoms.argsort(stable=True).reshape(len(self.first_atoms), -1)  # (m, copies)
        images = order[self.primitive_operations.permutations].flatten(1)
        sections = torch.empty_like(images).scatter(1, order.flatten().expand_as(images), images)
        return Symmetry(
            torch.cat([self.operations.rotations, self.primitive_operations.rotations]),
            torch.cat([self.operations.permutations, sections]),
        )

    def average(self, vectors: Tensor) -> Tensor:
        """The per-atom vectors `(n, 3)` nearest to the given ones that the symmetry of the endless crystal allows."""
        m = len(self.first_atoms)
        vectors = vectors.to(torch.float64)
        mean = vectors.new_zeros(m, 3).index_add_(0, self.primitive_atoms, vectors) * (m / len(vectors))
        return self.primitive_operations.average(mean)[self.primitive_atoms]


def first_of_each(labels: Tensor) -> Tensor:
    """int64: where each label 0, 1, ... occurs first.

    Example:
        >>> first_of_each(torch.tensor([1, 0, 0, 1]))
        tensor([1, 0])
    """
    order = labels.argsort(stable=True)
    return order[torch.searchsorted(labels[order], torch.arange(int(labels.max()) + 1))]


def checked_crystal(cell: Any, positions: Any, numbers: Any, tolerance: float) -> tuple[Tensor, Tensor, Tensor]:
    """The parts of a crystal as float64 and int64 tensors on the CPU; atoms may still lie on each other."""
    cell, positions = (torch.as_tensor(part, dtype=torch.float64).cpu() for part in (cell, positions))
    numbers = torch.as_tensor(numbers).cpu()
    n = len(numbers) if numbers.dim() else 0
    if numbers.dim() == 1 and not n:
        raise ValueError("The crystal has no atoms, so every motion keeps it. Drop it from the data.")
    if cell.shape != (3, 3) or numbers.dim() != 1 or positions.shape != (n, 3):
        raise ValueError(
            f"The cell has shape {tuple(cell.shape)}, positions {tuple(positions.shape)} and numbers "
            f"{tuple(numbers.shape)}, but a crystal has a cell (3, 3), positions (n, 3) and numbers (n,)."
        )
    if numbers.is_floating_point() or numbers.is_complex() or numbers.dtype == torch.bool:
        raise ValueError(f"The numbers are {numbers.dtype}, but they tell species apart: give integers.")
    for name, part in (("cell", cell), ("positions", positions)):
        if not bool(part.isfinite().all()):
            where = part.isfinite().logical_not().nonzero()[0].tolist()
            raise ValueError(
                f"{name}{where} is {float(part[tuple(where)])}, but a length is finite. Clean the data first."
            )
    if not 0 < tolerance < float("inf"):
        raise ValueError(f"The tolerance is {tolerance}, but it is a length above 0: try 1e-3 Å.")
    volume = torch.linalg.det(cell).abs() / cell.norm(dim=1).prod().clamp(min=torch.finfo(torch.float64).tiny)
    if not float(volume) > _FLAT:
        raise ValueError(
            f"The cell {cell.tolist()} has no volume, but a crystal is periodic along three independent vectors. For a "
            "molecule, find the point group; for a layer, add a vector across the vacuum."
        )
    return cell, positions, numbers.to(torch.int64)


def check_apart(cell: Tensor, positions: Tensor, tolerance: float) -> None:
    """Refuses atoms whose images an operation could not tell apart."""
    scaled = torch.linalg.solve(cell.T, positions.T).T
    for start in range(0, len(scaled), _AT_ONCE):
        gap = scaled[start : start + _AT_ONCE, None] - scaled[start:]
        distance = ((gap - gap.round()) @ cell).norm(dim=-1)
        near = (distance <= 2 * tolerance).triu(1)
        if bool(near.any()):
            a, b = near.nonzero()[0].tolist()
            raise ValueError(
                f"Atoms {start + a} and {start + b} are {float(distance[a, b]):.2g} Å apart, no more than twice the "
                f"tolerance of {tolerance:g} Å, so images cannot be told apart. Merge atoms that are listed twice, or "
                "lower the tolerance."
            )
