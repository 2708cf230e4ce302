"""A structure with its symmetry, and the displacements that its symmetry allows."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.representations import Vector
from symbreak.symmetry.fixed_subspace import FixedSubspace, fixed_subspace
from symbreak.symmetry.self_symmetry import Symmetry
from symbreak.symmetry.site_representation import SiteRepresentation

_RANK = 1e-6  # of the largest singular value
_ENTRIES = 1 << 22  # of images of displacements at a time


@dataclass(frozen=True, eq=False)
class SymmetricStructure(ABC):
    """The positions of n atoms with the group H that keeps them, and what H does to displacements.

        (h u)[p[i]] = R u[i]

    Args:
        name: of H.
        positions: float64 `(n, 3)`, as symmetric as H says.
        symmetry: what H demands of displacements, as `fixed_subspace` reads it.
        rotations, permutations: float64 `(k, 3, 3)` and int64 `(k, n)`, the elements of a finite subgroup of H that
            splits the displacements as H does.
        held: bool `(n,)`, the atoms that may not move.
    """

    name: str
    positions: Tensor
    symmetry: Symmetry
    rotations: Tensor
    permutations: Tensor
    held: Tensor

    @abstractmethod
    def rigid(self) -> Tensor:
        """`(r, n, 3)`: the motions of the whole structure that change no energy, with displacements of at most 1."""

    @abstractmethod
    def left(self, displacement: Tensor) -> str:
        """The name of `{h : h u = u}`, for displacements `(n, 3)` along which the symmetry is exact."""

    @abstractmethod
    def irrep(self, characters: Tensor, displacement: Tensor) -> str:
        """The name of an irrep, from its real character `(k,)`, or from a displacement `(n, 3)` that belongs to it."""

    def fixed(self) -> FixedSubspace:
        """The totally symmetric displacements, the only ones that forces can have."""
        return fixed_subspace(self.symmetry, SiteRepresentation(Vector(Orthogonal(3)), len(self.positions)))

    def images(self, u: Tensor) -> Iterator[tuple[slice, Tensor]]:
        """`h u` for all h, in portions: which h, and `(h, ..., n, 3)` for displacements `(..., n, 3)`."""
        back = self.permutations.argsort(-1)
        step = max(1, _ENTRIES // max(1, u.numel()))
        for start in range(0, len(back), step):
            part = slice(start, start + step)
            turned = u[..., back[part], :] @ self.rotations[part].mT  # (..., h, n, 3)
            yield part, turned.movedim(-3, 0)

    def lowering_space(self) -> Tensor:
        """The displacements that lower the symmetry, as an orthonormal basis `(v, n, 3)`.

        Of those of the atoms that may move: the complement of the totally symmetric ones and of the rigid motions.
        """
        free = (~self.held)[:, None].expand(-1, 3).flatten()
        unit = torch.eye(len(free), dtype=torch.float64)[free]
        rigid = self._rigid_allowed().flatten(1)
        rest = unit - (unit @ rigid.T) @ rigid
        rest = rest - self.fixed().project(rest.unflatten(1, (-1, 3))).flatten(1)
        # a projector on the free coordinates: the two parts that are taken out commute, as H keeps the rigid motions
        values, vectors = torch.linalg.eigh((rest[:, free] + rest[:, free].T) / 2)
        return (vectors[:, values > 0.5].T @ unit).unflatten(1, (-1, 3))

    def _rigid_allowed(self) -> Tensor:
        """Orthonormal `(r, n, 3)`: the rigid motions that move no atom which is held."""
        motions = self.rigid()
        _, singular, turned = torch.linalg.svd(motions.flatten(1), full_matrices=False)
        rigid = turned[singular > _RANK * singular.max()]
        held = self.held[:, None].expand(-1, 3).flatten()
        if bool(held.any()):
            directions, singular, _ = torch.linalg.svd(rigid[:, held])  # (r, r)
            moving = torch.zeros(len(rigid), dtype=torch.bool)
            moving[: len(singular)] = singular > _RANK
            rigid = directions.T[~moving] @ rigid
        return rigid.unflatten(1, motions.shape[1:])
