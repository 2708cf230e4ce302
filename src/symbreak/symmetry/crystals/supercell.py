"""The operations of a crystal on a cell that holds several primitive ones."""

import torch
from torch import Tensor

from symbreak.symmetry.crystals.identification import Identification
from symbreak.symmetry.crystals.lattices import adjugate, determinant, keeps, whole
from symbreak.symmetry.crystals.operations import Operations

_AT_ONCE = 1 << 18  # images of atoms, which bounds the memory


def in_cell(cell: Tensor, positions: Tensor, found: Identification, primitive: Operations) -> Operations:
    """The operations that keep the lattice of the given cell, each with every translation that is not of that cell.

    Atom `i` is the primitive atom `p` in the cell `L`; operation `g` takes it to `g p` in the cell `W L + n_p`. So
    partners are looked up by integers, not sought by distance: the time is that of the atoms times the operations.

    Args:
        cell, positions: of the atoms, Cartesian.
        found: the group.
        primitive: what it does to the atoms of the primitive cell.
    """
    to_primitive = torch.linalg.inv(found.primitive_cell)
    M = whole(cell @ to_primitive)  # rows: the cell in the primitive basis
    x, atoms = positions @ to_primitive, found.primitive_atoms
    first = torch.stack([(atoms == p).nonzero()[0, 0] for p in range(primitive.permutations.shape[1])])
    cells = whole(x - x[first][atoms])
    slots = _Slots(M, atoms, cells)
    steps = found.steps(positions)
    W, kept = whole(found.W), keeps(whole(found.W), M).nonzero()[:, 0]
    back = torch.linalg.inv(M.double())
    images, distances = [], []
    for g in kept.split(max(1, _AT_ONCE // (len(steps) * len(x)))):  # axes: operation, translation, atom
        permutation = primitive.permutations[g]
        moved = x @ found.W[g].mT + found.w[g][:, None]
        n = whole(moved[:, first] - x[first][permutation])
        to = cells @ W[g].mT + n[:, atoms]
        partner = slots.find(permutation[:, None, atoms], to[:, None] + steps[:, None])
        gap = (moved[:, None] + steps[:, None] - x[partner]) @ back
        images.append(partner.flatten(0, 1))
        distances.append(((gap - gap.round()) @ cell).norm(dim=-1).amax(-1).flatten())
    turned = (M.double() @ found.W[kept].mT @ back).mT
    strain = (cell @ found.rotations[kept].mT - turned.mT @ cell).norm(dim=-1).amax(-1)  # of the cell's vectors
    shifts = (found.w[kept][:, None] + steps).flatten(0, 1) @ found.primitive_cell
    return Operations(
        found.rotations[kept].repeat_interleave(len(steps), 0),
        shifts,
        torch.cat(images),
        torch.maximum(torch.cat(distances), strain.repeat_interleave(len(steps), 0)),
    )


class _Slots:
    """The atoms of a cell by their primitive atom and their primitive cell, modulo the lattice of the rows of `M`."""

    def __init__(self, M: Tensor, atoms: Tensor, cells: Tensor):
        self.M, self.adjugate, self.size = M, adjugate(M), determinant(M)
        self.keys, self.order = self._key(atoms, cells).sort()

    def find(self, atoms: Tensor, cells: Tensor) -> Tensor:
        """The numbers of atoms, from primitive atoms `(n,)` and cells `(..., n, 3)`."""
        key = self._key(atoms, cells)
        return self.order[torch.searchsorted(self.keys, key).clamp(max=len(self.keys) - 1)]

    def _key(self, atoms: Tensor, cells: Tensor) -> Tensor:
        # L M⁻¹ modulo 1, times |det M|: three integers that are the same for cells a lattice vector apart
        a, b, c = ((cells @ self.adjugate) % abs(self.size)).unbind(-1)
        return ((atoms * abs(self.size) + a) * abs(self.size) + b) * abs(self.size) + c
