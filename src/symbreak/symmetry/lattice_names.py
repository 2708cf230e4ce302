"""Names of the stabilizers of lattice fields and of images."""

from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from symbreak.groups import FiniteSemidirect, LatticeTurn, Torus
from symbreak.symmetry.crystals.point_groups import point_group

Vector = tuple[int, ...]


@dataclass(frozen=True)
class LatticeSymmetry:
    """A group of translations, turns and mirrors of a periodic lattice.

    Args:
        name: of its type: p1 or pm of a ring; of a plane, a wallpaper group, as `p4m` or `pgg`; of a box, the point
        part
            by its Hermann-Mauguin symbol, as `m-3m`.
        translations: a reduced basis of the pattern's lattice, without the vectors that lead once around.
        point_part: numbers of the point elements that occur, with any translation.
        order: of the group.
    """

    name: str
    translations: tuple[Vector, ...]
    point_part: tuple[int, ...]
    order: int

    def __str__(self) -> str:
        if not self.translations:
            return f"{self.name} without translations"
        vectors = ",".join(f"({','.join(map(str, t))})" for t in self.translations)
        return f"{self.name} with translations {vectors}"


def lattice_symmetry(group: FiniteSemidirect, kept: Tensor) -> LatticeSymmetry:
    """The name of a subgroup of a lattice group, such as the stabilizer of a field.

    In the plane, glides count: a herringbone is `pgg`. The name is that of the pattern repeated over the whole plane.

    Args:
        group: of the lattice, in one, two or three dimensions.
        kept: bool `(|G|,)`, a row of `lattice_stabilizer`; a subgroup.

    Raises:
        ValueError: if the group is not that of a lattice of at most three axes, the mask has another shape, or it lacks
            the identity.

    Example:
        >>> from symbreak.actions import Lattice, Scalar
        >>> from symbreak.groups import p4m
        >>> from symbreak.symmetry.lattice_stabilizer import lattice_stabilizer
        >>> x, y = torch.meshgrid(torch.arange(4), torch.arange(4), indexing="ij")
        >>> dots = ((x % 2 == 0) & (y % 2 == 0))[None, None].float()
        >>> print(lattice_symmetry(p4m(4), lattice_stabilizer(Lattice(p4m(4), (Scalar(),)), dots)[0]))
        p4m with translations (2,0),(0,2)
    """
    torus, M = _lattice(group)
    if kept.shape != (group.order,) or kept.dtype != torch.bool or not bool(kept[0]):
        raise ValueError(
            f"The mask is {kept.dtype} of shape {tuple(kept.shape)}, but it says for each of the {group.order} "
            "elements whether it is in the stabilizer, and the identity always is: give one row of lattice_stabilizer."
        )
    kept = kept.cpu().reshape(len(M), *torus.sizes)
    basis = _reduced(_basis(kept[0]))
    part = tuple(kept.flatten(1).any(1).nonzero()[:, 0].tolist())
    if len(torus.sizes) == 3:
        name = point_group(M[list(part)].double()).hermann_mauguin
    elif len(torus.sizes) == 2:
        name = _wallpaper(kept, M, part)
    else:
        name = "p1" if len(part) == 1 else "pm"
    short = tuple(t for t in basis if any(c % size for c, size in zip(t, torus.sizes, strict=True)))
    return LatticeSymmetry(name, short, part, int(kept.sum()))


def image_symmetry(group: FiniteSemidirect, kept: Tensor) -> str:
    """The name of the turns and mirrors that keep an image: C_n or D_n, and in a box the Schoenflies symbol.

    Args:
        group: of the lattice of pixels.
        kept: bool `(|P|,)`, a row of `image_stabilizer`.

    Raises:
        ValueError: as for `lattice_symmetry`.

    Example:
        >>> from symbreak.groups import p4m
        >>> image_symmetry(p4m(2), torch.tensor([True, False, False, False, False, True, False, False]))
        'D1'
    """
    torus, M = _lattice(group)
    if kept.shape != (len(M),) or kept.dtype != torch.bool or not bool(kept[0]):
        raise ValueError(
            f"The mask is {kept.dtype} of shape {tuple(kept.shape)}, but it says for each of the {len(M)} point "
            "elements whether it is in the stabilizer, and the identity always is: give one row of image_stabilizer."
        )
    part = M[kept.cpu()]
    if len(torus.sizes) == 3:
        return point_group(part.double()).schoenflies
    rotations = int((torch.linalg.det(part.double()) > 0).sum())
    return f"{'C' if len(part) == rotations else 'D'}{rotations}"


def _lattice(group: FiniteSemidirect) -> tuple[Torus, Tensor]:
    if not isinstance(group.normal, Torus) or not isinstance(group.phi, LatticeTurn) or len(group.normal.sizes) > 3:
        raise ValueError(
            f"The group is {group!r}, but names are known for lattices of at most three axes: try p4m(16)."
        )
    return group.normal, torch.tensor(group.phi.matrices)


def _basis(translations: Tensor) -> list[Vector]:
    """A triangular basis of the translations of a mask `(L_1, ..., L_d)`, repeated endlessly."""
    size = torch.tensor(translations.shape)
    t = torch.cat([translations.nonzero(), torch.diag(size)])
    found = []
    for axis in range(len(size)):
        t = t[(t[:, :axis] == 0).all(1)]
        lead = t[t[:, axis] > 0]
        found.append(tuple(lead[lead[:, axis].argmin()].tolist()))
    return found


def _reduced(basis: list[Vector]) -> list[Vector]:
    """A basis of shorter vectors: each is reduced by sums of the others until none is shortened."""
    vectors = [torch.tensor(t) for t in basis]
    shorter = True
    while shorter:
        shorter = False
        for i, v in enumerate(vectors):
            others = vectors[:i] + vectors[i + 1 :]
            for signs in product((-1, 0, 1), repeat=len(others)):
                w = v + sum(s * u for s, u in zip(signs, others, strict=True))
                if int(w.square().sum()) < int(vectors[i].square().sum()):
                    vectors[i], shorter = w, True
    leading = [v if int(v[v != 0][0]) > 0 else -v for v in vectors]
    return sorted((tuple(v.tolist()) for v in leading), reverse=True)


def _wallpaper(kept: Tensor, M: Tensor, part: tuple[int, ...]) -> str:
    """The type of a wallpaper group without axes of order 3: by turns, mirrors, glides and the kind of its lattice."""
    rotations = sum(float(torch.linalg.det(M[p].double())) > 0 for p in part)
    mirrors = [p for p in part if float(torch.linalg.det(M[p].double())) < 0]
    true = [_reflects(kept[p], M[p]) for p in mirrors]
    if not mirrors:
        return f"p{rotations}"
    if rotations == 4:
        return "p4m" if all(true) else "p4g"
    if _centred(kept[0], M[mirrors[0]]):
        return "cm" if rotations == 1 else "cmm"
    if rotations == 1:
        return "pm" if all(true) else "pg"
    return {2: "pmm", 1: "pmg", 0: "pgg"}[sum(true)]


def _reflects(shifts: Tensor, mirror: Tensor) -> bool:
    """Whether one of the operations `(t, M)` fixes a line: `(1 + M) t = 0` for `t` in some cell of the plane."""
    size = torch.tensor(shifts.shape)
    along = torch.eye(2, dtype=torch.int64) + mirror
    cells = torch.cartesian_prod(torch.arange(-2, 3), torch.arange(-2, 3)) * size
    t = shifts.nonzero()[:, None] + cells
    return bool(((t @ along.T) == 0).all(-1).any())


def _centred(translations: Tensor, mirror: Tensor) -> bool:
    """Whether the lattice is not the sum of its parts along and across the mirror."""
    size = torch.tensor(translations.shape)
    for v in _basis(translations):
        twice = (torch.eye(2, dtype=torch.int64) + mirror) @ torch.tensor(v)
        if bool((twice % 2).any()) or not bool(translations[tuple(((twice // 2) % size).tolist())]):
            return True
    return False
