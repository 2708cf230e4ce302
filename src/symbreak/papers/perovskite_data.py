"""The cubic perovskite KZnF₃ and its Pnma distortion, in the axes of the cube, with the symmetry of both together."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from symbreak.data import Structure, open_source
from symbreak.data.pairs import pair
from symbreak.groups import Orthogonal
from symbreak.representations import Vector
from symbreak.symmetry.crystals import AtomField, CrystalSymmetry, OrderParameter, crystal_symmetry, order_parameter
from symbreak.symmetry.self_symmetry import Symmetry

PARENT, CHILD = "221_anon.cif", "62_anon_sorted.cif"
CENTRE = 5  # the species "B" of the files
REACH = 3.5  # Å, of the neighbours
SYMPREC = 1e-3  # Å, of the space group of a learned structure
_EXACT = 1e-6  # Å, of that of the ideal structures
_CUBE = ((1.0, 1.0, 0.0), (-1.0, 1.0, 0.0), (0.0, 0.0, 2.0))  # the cell of 20 atoms in edges of the cube
_DIGITS = 1e-3  # of the coordinates in the files


@dataclass(frozen=True, eq=False)
class Perovskite:
    """A cubic crystal on a cell of four cubes, and how far each of its atoms moves.

    Shapes:
        edge, of the cube, in Å; cell `(3, 3)`, rows; positions, displacement `(20, 3)`, in Å; numbers int64 `(20,)`.
    """

    edge: float
    cell: Tensor
    positions: Tensor
    displacement: Tensor
    numbers: Tensor

    @cached_property
    def centres(self) -> Tensor:
        """int64 `(4,)`: the atoms at the centres of the octahedra."""
        return (self.numbers == CENTRE).nonzero()[:, 0]

    @cached_property
    def parent(self) -> CrystalSymmetry:
        """The space group of the cubic crystal, 221."""
        return crystal_symmetry(self.cell, self.positions, self.numbers, tolerance=_EXACT)

    @cached_property
    def joint(self) -> CrystalSymmetry:
        """The operations of the cubic crystal that keep the displacement too: K, the joint symmetry of the pair."""
        field = AtomField(self.displacement, Vector(Orthogonal(3)), _EXACT)
        return crystal_symmetry(self.cell, self.positions, self.numbers, tolerance=_EXACT, fields=[field])

    @cached_property
    def modes(self) -> OrderParameter:
        """The displacement by wave vector and irrep, about the centre of an octahedron."""
        return order_parameter(self.parent, self.displacement, origin=int(self.centres[0]))

    def on_centres(self, crystal: CrystalSymmetry) -> Symmetry:
        """What the operations of a crystal with these atoms do to the centres of the octahedra."""
        number = torch.full((len(self.numbers),), -1)
        number[self.centres] = torch.arange(len(self.centres))
        operations = crystal.operations
        return Symmetry(operations.rotations, number[operations.permutations[:, self.centres]], complete=True)

    def with_field(self, field: AtomField) -> CrystalSymmetry:
        """The space group of the cubic crystal with a quantity on its atoms."""
        return crystal_symmetry(self.cell, self.positions, self.numbers, tolerance=_EXACT, fields=[field])

    def moved(self, displacement: Tensor, symprec: float = SYMPREC) -> CrystalSymmetry:
        """The space group of the crystal with its atoms displaced."""
        return crystal_symmetry(self.cell, self.positions + displacement, self.numbers, tolerance=symprec)

    def error(self, displacement: Tensor) -> float:
        """The mean |error| of the 60 components along the cube's axes, in Å: the authors' loss.

        The mean over components depends on the axes. The operations of the cube change only signs and order of its
        axes, so that along these the loss is invariant.
        """
        return float((displacement - self.displacement).abs().mean())

    def floor(self, crystal: CrystalSymmetry) -> tuple[float, float]:
        """The least error of displacements with the symmetry of a crystal: the sum of squares in Å², the mean in Å.

        The nearest one is the mean over the operations; the mean |error| is that of the nearest by squares.
        """
        nearest = crystal.average(self.displacement)
        return float((nearest - self.displacement).square().sum()), self.error(nearest)

    def edges(self) -> tuple[Tensor, Tensor, Tensor]:
        """Neighbours within 3.5 Å: int64 `(e,)` from and to, and the vectors `(e, 3)`."""
        images = torch.cartesian_prod(*[torch.arange(-1.0, 2.0, dtype=torch.float64)] * 3) @ self.cell
        apart = self.positions[None, :, None] + images - self.positions[:, None, None]  # (from, to, image, 3)
        length = apart.norm(dim=-1)
        source, target, image = ((length < REACH) & (length > _EXACT)).nonzero().T
        return source, target, apart[source, target, image]


def perovskite() -> Perovskite:
    """The pair of structures in the folder `crystals` of SYMBREAK_DATA.

    The cell is made exactly that of four cubes, 5.736 Å = √2 · 4.056 Å to the digits of the file, and turned by 45° so
    that the cubes lie along the axes. Fractional coordinates are those of the files, to their three digits.

    Raises:
        ValueError: if SYMBREAK_DATA names no folder, a file is missing there, or is not the structure that is expected.
    """
    folder = _folder()
    before, after = (_read(folder / name) for name in (PARENT, CHILD))
    change = pair(before, after)
    if not change.permutation.tolist() == list(range(20)) or len(before.numbers) != 20:
        raise ValueError(f"{folder} holds other structures than the 20 atoms that are expected, in their order.")
    lattice = torch.from_numpy(before.cell)
    inverse = torch.linalg.inv(lattice)
    edge = float(lattice[2, 2]) / 2
    cell = edge * torch.tensor(_CUBE, dtype=torch.float64)
    scaled, moved = (torch.from_numpy(part) @ inverse for part in (before.positions, change.displacement))
    if float((lattice @ lattice.T - cell @ cell.T).abs().max()) > 1e-2:
        raise ValueError(f"The cell {lattice.tolist()} of {PARENT} is not that of four cubes. Take it from its source.")
    scaled, moved = ((part / _DIGITS).round() * _DIGITS for part in (scaled, moved))
    return Perovskite(edge, cell, scaled @ cell, moved @ cell, torch.from_numpy(before.numbers))


def _folder() -> Path:
    root = os.environ.get("SYMBREAK_DATA")
    if not root:
        raise ValueError(
            f"The crystals are found through SYMBREAK_DATA, which is not set. Set it to the data folder, which holds "
            f"crystals/{PARENT}."
        )
    folder = Path(root) / "crystals"
    missing = [name for name in (PARENT, CHILD) if not (folder / name).is_file()]
    if missing:
        raise ValueError(f"{folder} holds no {missing[0]}. Point SYMBREAK_DATA to the folder that holds crystals/.")
    return folder


def _read(path: Path) -> Structure:
    (structure,) = open_source(path)
    if not isinstance(structure, Structure) or structure.cell is None:
        raise ValueError(f"{path} is not the structure that is expected: {structure}. Take the file from its source.")
    return structure
