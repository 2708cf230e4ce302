"""Symmetries of a periodic lattice: a point group with all translations of the torus."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations, product

import torch
from torch import Tensor

from symbreak.groups.cayley import Cayley
from symbreak.groups.cyclic import Cyclic
from symbreak.groups.dihedral import Dihedral
from symbreak.groups.group import check_size
from symbreak.groups.semidirect import FiniteSemidirect
from symbreak.groups.tables import table
from symbreak.groups.translation import Torus

Matrix = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class LatticeTurn:
    """φ of a lattice group: the point element `p` turns a translation `t` into `M_p t` (mod L).

    `matrices[p]` is the signed permutation matrix of the point element numbered `p`; the group law, the action on
    sites, bonds and orientations all follow from these.
    """

    torus: Torus
    matrices: tuple[Matrix, ...]

    def __call__(self, p: Tensor, t: Tensor) -> Tensor:
        matrix = _matrices(self.matrices, t.device)[p]  # (..., d, d)
        return self.torus.wrap((matrix * t[..., None, :]).sum(-1))


@table
def _matrices(matrices: tuple[Matrix, ...], device: torch.device) -> Tensor:
    return torch.tensor(matrices, device=device)


def _turns(flips: tuple[int, ...]) -> tuple[Matrix, ...]:
    quarter, mirror = torch.tensor([[0, -1], [1, 0]]), torch.tensor([[1, 0], [0, -1]])
    products = [quarter.matrix_power(k) @ mirror.matrix_power(f) for f in flips for k in range(4)]
    return tuple(tuple(map(tuple, m.tolist())) for m in products)


def p4(size: int) -> FiniteSemidirect:
    """Translations and quarter turns of the `size × size` torus, of order `4 size²`.

    The element `(t, k)` moves the site `r` to `R^k r + t`, where `R` sends `(x, y)` to `(-y, x)`.

    Example:
        >>> from symbreak.groups import SemidirectElement
        >>> quarter = SemidirectElement(torch.tensor([0, 0]), torch.tensor(1))
        >>> step = SemidirectElement(torch.tensor([1, 0]), torch.tensor(0))
        >>> p4(8).compose(quarter, step).n  # a step along x, turned, is one along y
        tensor([0, 1])
    """
    check_size("p4", size)
    torus = Torus((size, size))
    return FiniteSemidirect(torus, Cyclic(4), LatticeTurn(torus, _turns((0,))))


def p4m(size: int) -> FiniteSemidirect:
    """Translations, quarter turns and mirrors of the `size × size` torus, of order `8 size²`.

    The element `(t, k + 4 f)` moves the site `r` to `R^k S^f r + t`, where `R` sends `(x, y)` to `(-y, x)` and `S`
    sends it to `(x, -y)`.

    Example:
        >>> p4m(16).order
        2048
    """
    check_size("p4m", size)
    torus = Torus((size, size))
    return FiniteSemidirect(torus, Dihedral(4), LatticeTurn(torus, _turns((0, 1))))


def lattice_group(sizes: tuple[int, ...], generators: Sequence[Matrix] = ()) -> FiniteSemidirect:
    """Translations of the torus `L_1 × ... × L_d` with the point group that some matrices generate.

    The element `(t, p)` moves the site `r` to `M_p r + t`. The point elements are numbered by the order of their
    matrices: the identity first, then by the permutation of the axes, then by the signs.

    Args:
        sizes: of the lattice, in one, two or three dimensions.
        generators: signed permutation matrices, `d` rows of `d` integers. None generate the trivial group.

    Raises:
        ValueError: if there are more than three axes, a matrix is no signed permutation of them, or it takes an axis to
            one of another length.

    Example:
        >>> half_turn = ((-1, 0, 0), (0, -1, 0), (0, 0, 1))
        >>> lattice_group((4, 6, 3), (half_turn,)).order
        144
    """
    torus = Torus(sizes)
    if len(sizes) > 3:
        raise ValueError(f"The lattice has {len(sizes)} axes, but lattice groups are known here for at most three.")
    group, matrices = _point_group(len(sizes), tuple(_checked(matrix, sizes) for matrix in generators))
    return FiniteSemidirect(torus, group, LatticeTurn(torus, matrices))


def translations(sizes: tuple[int, ...]) -> FiniteSemidirect:
    """Translations alone: the cyclic group of a ring, p1 of a plane, P1 of a box.

    Example:
        >>> translations((8,)).order, translations((4, 4, 2)).order
        (8, 32)
    """
    return lattice_group(sizes)


def inversions(sizes: tuple[int, ...]) -> FiniteSemidirect:
    """Translations and inversions: the dihedral group of a ring, p2 of a plane, P-1 of a box.

    The element `(t, f)` moves the site `r` to `t + r` or, for `f = 1`, to `t - r`.

    Example:
        >>> from symbreak.groups import SemidirectElement
        >>> ring = inversions((8,))
        >>> flip = SemidirectElement(torch.tensor([0]), torch.tensor(1))
        >>> step = SemidirectElement(torch.tensor([1]), torch.tensor(0))
        >>> ring.compose(flip, step).n  # a step, reversed
        tensor([7])
    """
    d = len(sizes)
    return lattice_group(sizes, (tuple(tuple(-int(i == j) for j in range(d)) for i in range(d)),))


def mirrors(sizes: tuple[int, ...]) -> FiniteSemidirect:
    """Translations and the mirrors of every axis: the dihedral group of a ring, pmm of a rectangle, Pmmm of a box.

    Example:
        >>> mirrors((6, 4)).order  # 24 translations, and four signs
        96
    """
    d = len(sizes)
    return lattice_group(sizes, tuple(_signed(range(d), [1 - 2 * (i == axis) for i in range(d)]) for axis in range(d)))


def p432(size: int) -> FiniteSemidirect:
    """Translations and the 24 rotations of the cube (O) on the periodic box of a given side, of order `24 size³`.

    Example:
        >>> p432(8).order
        12288
    """
    check_size("p432", size)
    return lattice_group((size,) * 3, (_QUARTER, _THIRD))


def pm3m(size: int) -> FiniteSemidirect:
    """Translations, rotations and mirrors of the cube (Oh) on the periodic box of a given side, of order `48 size³`.

    Example:
        >>> pm3m(8).order
        24576
    """
    check_size("pm3m", size)
    return lattice_group((size,) * 3, (_QUARTER, _THIRD, ((-1, 0, 0), (0, -1, 0), (0, 0, -1))))


_QUARTER: Matrix = ((0, -1, 0), (1, 0, 0), (0, 0, 1))  # (x, y, z) -> (-y, x, z)
_THIRD: Matrix = ((0, 0, 1), (1, 0, 0), (0, 1, 0))  # (x, y, z) -> (z, x, y)


def _signed(axes: Sequence[int], signs: Sequence[int]) -> Matrix:
    """The matrix whose row `i` is `signs[i] e_axes[i]`."""
    return tuple(tuple(sign * int(j == axis) for j in range(len(axes))) for axis, sign in zip(axes, signs, strict=True))


@lru_cache(maxsize=32)
def _point_group(d: int, generators: tuple[Matrix, ...]) -> tuple[Cayley, tuple[Matrix, ...]]:
    """The group that signed permutation matrices generate, with their list in order."""
    every = [_signed(axes, signs) for axes in permutations(range(d)) for signs in product((1, -1), repeat=d)]
    M = torch.tensor(every)
    code = (M.flatten(1) + 1) @ 3 ** torch.arange(d * d)
    number = {c: i for i, c in enumerate(code.tolist())}
    products = (M[:, None] @ M[None, :]).flatten(2) + 1
    table = (products @ 3 ** torch.arange(d * d)).tolist()
    found, fresh = {0}, [0]
    steps = [every.index(matrix) for matrix in generators]
    while fresh:
        fresh = list({number[table[g][s]] for g in fresh for s in steps} - found)
        found.update(fresh)
    kept = sorted(found)
    place = {i: k for k, i in enumerate(kept)}
    return Cayley(tuple(tuple(place[number[table[g][h]]] for h in kept) for g in kept)), tuple(every[g] for g in kept)


def _checked(matrix: Matrix, sizes: tuple[int, ...]) -> Matrix:
    d = len(sizes)
    rows = tuple(tuple(int(entry) for entry in row) for row in matrix)
    signed = len(rows) == d and all(len(row) == d and sorted(map(abs, row)) == [0] * (d - 1) + [1] for row in rows)
    if (
        not signed
        or {row.index(max(row, key=abs)) for row in rows} != set(range(d))
        or rows != tuple(map(tuple, matrix))
    ):
        raise ValueError(
            f"The generator is {matrix!r}, but a point element of a lattice of {d} axes is a signed permutation "
            "matrix: one 1 or -1 in each row and column."
        )
    for axis, row in enumerate(rows):
        source = row.index(max(row, key=abs))
        if sizes[axis] != sizes[source]:
            raise ValueError(
                f"The generator {matrix!r} takes axis {source} of length {sizes[source]} to axis {axis} of length "
                f"{sizes[axis]}, but axes that are exchanged are of one length: leave it out, or use a lattice with "
                "equal sides."
            )
    return rows
