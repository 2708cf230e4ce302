"""Symmetry operations of a crystal as matrices, shifts and permutations of its atoms."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.symmetry.self_symmetry import Symmetry

_AT_ONCE = 2**22  # distances that are held at a time
_SAME = 0.1  # of an entry of two equal rotations; those of a crystal differ by more


@dataclass(frozen=True, eq=False)
class Operations:
    """A group of operations `{R | t}` on the atoms of one cell: the point `r` goes to `R r + t`.

    The atoms are those of the cell, all modulo its lattice: operation `g` takes atom `i` to a lattice image of atom
    `permutations[g, i]`. Per-atom vectors move as `(g v)[permutations[g, i]] = R v[i]`, and tensors of the whole cell,
    stress and strain, as `R T Rᵀ`.

    Shapes:
        rotations float64 `(k, 3, 3)`, orthogonal; translations float64 `(k, 3)`, in Å; permutations int64 `(k, n)`;
        residuals float64 `(k,)`, the largest distance in Å of an atom's image from the atom it is taken for, or of the
        image of a vector of the cell from the lattice.
    """

    rotations: Tensor
    translations: Tensor
    permutations: Tensor
    residuals: Tensor

    def __len__(self) -> int:
        return len(self.rotations)

    def take(self, kept: Tensor) -> "Operations":
        """Some of the operations, by number or by mask."""
        return Operations(self.rotations[kept], self.translations[kept], self.permutations[kept], self.residuals[kept])

    def average(self, vectors: Tensor) -> Tensor:
        """The mean of `g v` over the group: the vectors `(n, 3)` nearest to `v` that an equivariant map can put out.

        Example:
            >>> half_turn = Operations(
            ...     torch.diag_embed(torch.tensor([[1.0, 1.0, 1.0], [-1.0, -1.0, 1.0]])),
            ...     torch.zeros(2, 3), torch.tensor([[0, 1], [1, 0]]), torch.zeros(2))
            >>> half_turn.average(torch.tensor([[1.0, 0.0, 3.0], [0.0, 0.0, 1.0]])).tolist()
            [[0.5, 0.0, 2.0], [-0.5, 0.0, 2.0]]
        """
        turned = vectors.to(self.rotations.dtype) @ self.rotations.mT  # (k, n, 3)
        back = self.permutations.argsort(-1)
        return turned.gather(1, back[..., None].expand_as(turned)).mean(0)

    def average_tensor(self, tensor: Tensor) -> Tensor:
        """The mean of `R T Rᵀ` over the group, for a tensor `(3, 3)` of the whole cell."""
        return (self.rotations @ tensor.to(self.rotations.dtype) @ self.rotations.mT).mean(0)

    def symmetry(self) -> Symmetry:
        """The group in the form that fixed subspaces and Curie floors read, with all its elements listed."""
        return Symmetry(self.rotations, self.permutations, complete=True)

    def products(self) -> Tensor:
        """int64 `(k, k)`: the number of `g h` modulo the lattice, -1 where it is not in the list."""
        n, R = self.permutations.shape[1], self.rotations.flatten(1)
        turns, turn = (torch.cdist(R, R, p=float("inf")) < _SAME).int().argmax(1).unique(return_inverse=True)
        product = (self.rotations[turns][:, None] @ self.rotations[turns]).flatten(2)
        gap, of_turns = torch.cdist(product.flatten(0, 1), R[turns], p=float("inf")).min(1)
        of_turns = torch.where(gap < _SAME, of_turns, -1).reshape(len(turns), -1)[turn[:, None], turn]
        # Operations of equal rotation differ by a translation, which takes the first atom to different atoms.
        key, order = (turn * n + self.permutations[:, 0]).sort()
        wanted = of_turns * n + self.permutations[:, self.permutations[:, 0]]
        place = torch.searchsorted(key, wanted).clamp(max=len(key) - 1)
        return torch.where((key[place] == wanted) & (of_turns >= 0), order[place], -1)


def nearest_images(W: Tensor, w: Tensor, cell: Tensor, scaled: Tensor, numbers: Tensor) -> tuple[Tensor, Tensor]:
    """For each operation and atom the atom of the same species that its image is nearest to, modulo the lattice.

    Args:
        W, w: in the basis of the cell, `x' = W x + w`: `(k, 3, 3)` and `(k, 3)`.
        cell: rows, `(3, 3)`.
        scaled, numbers: of the atoms, `(n, 3)` and `(n,)`.
    Shapes:
        -> int64 `(k, n)`, and float64 `(k, n)`, how far from it.
    """
    k, n = len(W), len(scaled)
    partner, distance = scaled.new_zeros(k, n, dtype=torch.int64), scaled.new_full((k, n), torch.inf)
    for species in numbers.unique():
        member = (numbers == species).nonzero()[:, 0]
        rows = max(1, _AT_ONCE // len(member) ** 2)
        for start in range(0, k, rows):
            part = slice(start, start + rows)
            image = scaled[member] @ W[part].mT + w[part, None]  # (rows, m, 3)
            gap = image[:, :, None] - scaled[member]
            near, which = ((gap - gap.round()) @ cell).norm(dim=-1).min(-1)
            partner[part, member], distance[part, member] = member[which], near
    return partner, distance


def operations_on(
    W: Tensor, w: Tensor, rotations: Tensor, cell: Tensor, positions: Tensor, numbers: Tensor
) -> Operations:
    """What the operations `x' = W x + w`, in the basis of a cell, do to its atoms.

    Args:
        W, w: as for `nearest_images`.
        rotations: the same as orthogonal Cartesian matrices, `(k, 3, 3)`.
        cell, positions, numbers: the atoms; positions are Cartesian.
    """
    partner, distance = nearest_images(W, w, cell, torch.linalg.solve(cell.T, positions.T).T, numbers)
    strain = (cell @ rotations.mT - W.mT @ cell).norm(dim=-1).amax(-1)  # of the images of the cell's vectors
    return Operations(rotations, w @ cell, partner, torch.maximum(distance.amax(-1), strain))


def closed_subset(operations: Operations, misfit: Tensor, tolerance: float) -> Tensor:
    """bool `(k,)`: the largest group among the sets `{g : misfit(g) ≤ t}` with `t ≤ tolerance`.

    Where misfits grow through the tolerance without a gap, what is below it need not be a group; the threshold then
    goes down from one misfit to the next.
    """
    table = operations.products()
    levels = misfit[misfit <= tolerance].sort(descending=True).values.tolist()
    for threshold in [tolerance, *levels]:
        kept = misfit <= threshold
        product = table[kept][:, kept]
        if len(product) and bool(((product >= 0) & kept[product]).all()):
            return kept
    raise ArithmeticError("Not even the identity keeps the fields. Please report the structure.")
