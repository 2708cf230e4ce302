"""The isotypic components of the displacements that lower a symmetry, found numerically."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups import SampleKeys, normal
from symbreak.relaxation.structure import SymmetricStructure

_EQUAL = 1e-9  # eigenvalues, relative to the largest
_SAME = 0.1  # characters: two different irreps differ by at least 1 somewhere


@dataclass(frozen=True, eq=False)
class IsotypicComponent:
    """All the copies of one irrep over the reals, or of a pair of complex conjugate ones.

    Shapes:
        basis `(copies · dimension, n, 3)`, orthonormal; characters float64 `(k,)`, of one copy, over the elements.
    """

    basis: Tensor
    characters: Tensor
    dimension: int

    @property
    def copies(self) -> int:
        """How often the irrep occurs."""
        return len(self.basis) // self.dimension

    def generic(self) -> Tensor:
        """`(n, 3)`: a displacement that only those elements keep which keep almost all."""
        keys = SampleKeys(torch.arange(1), seed=162)
        weights = normal((1, len(self.basis)), generator=keys, dtype=torch.float64)[0]
        return (weights @ self.basis.flatten(1)).unflatten(0, self.basis.shape[1:])


def isotypic_components(structure: SymmetricStructure) -> list[IsotypicComponent]:
    """The displacements that lower the symmetry, split by irreps.

    For random displacements `w`, the operator

        A = Σ_w mean_h (h w) (h w)ᵀ

    commutes with the group, so its eigenspaces are subrepresentations; as it is random, they are irreducible over the
    reals but for a set of measure zero, and a second operator splits them where the first did not. Those with the same
    character form a component. The number of `w` is that of the copies of the regular representation that the
    displacements fit in, so that no copy is left out.

    Reference:
        Dixon (1970), Computing irreducible representations of groups, Math. Comp. 24.
    """
    space = structure.lowering_space()
    if not len(space):
        return []
    pieces = [torch.eye(len(space), dtype=torch.float64)]
    for seed in (0, 1):
        A = _commuting(structure, space, seed)
        pieces = [part for piece in pieces for part in _eigenspaces(piece, A)]
    found: list[tuple[Tensor, list[Tensor]]] = []
    for piece in pieces:
        basis = (piece @ space.flatten(1)).unflatten(1, space.shape[1:])
        character = torch.cat([(images * basis).sum((1, 2, 3)) for _, images in structure.images(basis)])
        for known, members in found:
            if float((known - character).abs().max()) < _SAME:
                members.append(basis)
                break
        else:
            found.append((character, [basis]))
    return [IsotypicComponent(torch.cat(members), chi, len(members[0])) for chi, members in found]


def _commuting(structure: SymmetricStructure, space: Tensor, seed: int) -> Tensor:
    """`(v, v)`: a random symmetric operator on the space that commutes with the group."""
    orbits = len(structure.permutations.amin(0).unique())
    keys = SampleKeys(torch.arange(3 * orbits + 3), seed=seed)
    w = normal((3 * orbits + 3, len(space)), generator=keys, dtype=torch.float64)
    A = w.new_zeros(len(space), len(space))
    for _, images in structure.images((w @ space.flatten(1)).unflatten(1, space.shape[1:])):
        rows = images.flatten(0, 1).flatten(1) @ space.flatten(1).T
        A += rows.T @ rows
    return A / len(structure.permutations)


def _eigenspaces(piece: Tensor, A: Tensor) -> list[Tensor]:
    """Orthonormal rows `(d, v)`, split by the eigenvalues of an operator."""
    values, vectors = torch.linalg.eigh(piece @ A @ piece.T)
    cuts = (values.diff() > _EQUAL * values[-1]).nonzero()[:, 0] + 1
    return [columns.T @ piece for columns in vectors.tensor_split(cuts.tolist(), dim=1)]
