"""What moyopy finds of a crystal, in Cartesian axes and in the orientation of the given cell."""

import logging
from dataclasses import dataclass
from functools import cache
from itertools import permutations, product
from typing import Any

import torch
from torch import Tensor

from symbreak.symmetry.crystals.lattices import whole

# moyopy remarks on cells that do not show all of the symmetry, which is handled here: not on the terminal, then.
logging.getLogger("moyo").addHandler(logging.NullHandler())


@dataclass(frozen=True, eq=False)
class Identification:
    """A space group and its elements modulo the translations, on the primitive cell.

    Shapes:
        W, w `(k, 3, 3)`, `(k, 3)`, in the basis of the primitive cell and about the given origin of coordinates;
        rotations `(k, 3, 3)`, Cartesian, exactly a group; primitive_cell, conventional_cell `(3, 3)`, rows; origin
        `(3,)`, of the tables' setting, Cartesian; primitive_atoms int64 `(n,)`; wyckoffs and site_symbols for each
        atom.
    """

    number: int
    hermann_mauguin: str
    hall: str
    W: Tensor
    w: Tensor
    rotations: Tensor
    primitive_cell: Tensor
    conventional_cell: Tensor
    origin: Tensor
    primitive_atoms: Tensor
    wyckoffs: list[str]
    site_symbols: list[str]

    def steps(self, positions: Tensor) -> Tensor:
        """int64 `(c, 3)`: the translations of the crystal modulo those of its cell, in the primitive basis; 0 first."""
        translates = positions[self.primitive_atoms == self.primitive_atoms[0]]
        return whole((translates - translates[0]) @ torch.linalg.inv(self.primitive_cell))


def identify(cell: Tensor, scaled: Tensor, numbers: Tensor, tolerance: float) -> Identification:
    """The space group of a crystal by moyopy.

    All operations of the crystal are given, also those that do not keep the lattice of the given cell, if it is a
    supercell of lower symmetry.

    Raises:
        ImportError: if moyopy is not installed.
        ValueError: if moyopy finds no group.
    """
    moyopy = _moyopy()
    try:
        found = moyopy.MoyoDataset(moyopy.Cell(cell.tolist(), scaled.tolist(), numbers.tolist()), symprec=tolerance)
    except ValueError as error:
        raise ValueError(
            f"No space group was found at the tolerance {tolerance:g} Å ({error}). It is too large for the distances "
            "of the atoms, or so small that rounding errors count: try another one."
        ) from None
    hall = moyopy.HallSymbolEntry(found.hall_number)
    operations = moyopy.operations_from_number(
        found.number, setting=moyopy.Setting.hall_number(found.hall_number), primitive=True
    )
    W, w = _tensor(operations.rotations), _tensor(operations.translations)
    linear, shift = _tensor(found.prim_std_linear), _tensor(found.prim_std_origin_shift)
    primitive = linear.T @ cell  # rows; moyopy's matrices act on columns
    ideal = _tensor(found.prim_std_cell.basis)
    U, _, V = torch.linalg.svd((torch.linalg.inv(ideal) @ primitive).T)
    frame = U @ V  # the rotation nearest to the map from the ideal cell to the given one
    rotations = frame @ ideal.T @ W @ torch.linalg.inv(ideal.T) @ frame.T
    start = torch.linalg.solve(linear, shift)  # the setting's origin, in the primitive basis
    S = _nearest_to_axes(primitive)
    return Identification(
        number=found.number,
        hermann_mauguin=moyopy.SpaceGroupType(found.number).hm_short.replace(" ", ""),
        hall=hall.hall_symbol,
        W=S @ W @ S.T,
        w=(w + start - W @ start) @ S.T,
        rotations=rotations,
        primitive_cell=S @ primitive,
        conventional_cell=_tensor(found.std_linear).T @ cell,
        origin=_tensor(found.std_origin_shift) @ cell,
        primitive_atoms=torch.tensor(found.mapping_std_prim),
        wyckoffs=list(found.wyckoffs),
        site_symbols=list(found.site_symmetry_symbols),
    )


def _nearest_to_axes(cell: Tensor) -> Tensor:
    """The order and signs of a cell's vectors, as a matrix of determinant 1, that point most along x, y and z."""
    along = _turns() @ torch.nn.functional.normalize(cell, dim=1)
    return _turns()[along.diagonal(dim1=1, dim2=2).sum(1).round(decimals=6).argmax()]


@cache
def _turns() -> Tensor:
    """The 24 signed permutations of determinant 1."""
    signed = [torch.diag(_tensor(s))[list(p)] for p in permutations(range(3)) for s in product((1.0, -1.0), repeat=3)]
    return torch.stack([S for S in signed if float(torch.linalg.det(S)) > 0])


def _tensor(rows: Any) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def _moyopy() -> Any:
    try:
        import moyopy
    except ImportError as error:
        raise ImportError(
            "Space groups need moyopy, which is not installed. Try: pip install moyopy, or pip install "
            "symbreak[crystals]"
        ) from error
    return moyopy
