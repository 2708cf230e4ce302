"""In which group stabilizers are looked for."""

from collections.abc import Callable
from dataclasses import dataclass

from symbreak.groups import FiniteSemidirect, Orthogonal, wallpaper


@dataclass(frozen=True)
class SpaceFrame:
    """Motions of space, for structures.

    Args:
        group: `Orthogonal(3)`, or `Orthogonal(3, special=True)` for rotations only.
        translations: about the centroid, as a model does that sees differences of positions; else about the origin.
            A crystal is translated in either case.
    """

    group: Orthogonal = Orthogonal(3)
    translations: bool = True

    def __str__(self) -> str:
        return {(False, True): "E(3)", (False, False): "O(3)", (True, True): "SE(3)", (True, False): "SO(3)"}[
            self.group.special, self.translations
        ]


def widest(sizes: tuple[int, ...]) -> FiniteSemidirect:
    """Every symmetry of a lattice: translations, mirrors, and exchanges of axes of one length.

    Example:
        >>> widest((8, 8)).order, widest((6, 4)).order  # p4m, pmm
        (512, 96)
    """
    d = len(sizes)
    eye = [[int(i == j) for j in range(d)] for i in range(d)]
    generators = [[[-x for x in row] if i == axis else row for i, row in enumerate(eye)] for axis in range(d)]
    for a in range(d):
        for b in range(a):
            if sizes[a] == sizes[b]:
                order = [b if i == a else a if i == b else i for i in range(d)]
                generators.append([eye[i] for i in order])
    return wallpaper.lattice_group(sizes, [tuple(map(tuple, matrix)) for matrix in generators])


def p4m(sizes: tuple[int, ...]) -> FiniteSemidirect:
    """Translations, quarter turns and mirrors of a square lattice."""
    return wallpaper.p4m(_side("p4m", sizes, 2))


def p4(sizes: tuple[int, ...]) -> FiniteSemidirect:
    """Translations and quarter turns of a square lattice."""
    return wallpaper.p4(_side("p4", sizes, 2))


def pm3m(sizes: tuple[int, ...]) -> FiniteSemidirect:
    """Translations, rotations and mirrors of a cubic lattice."""
    return wallpaper.pm3m(_side("pm3m", sizes, 3))


def p432(sizes: tuple[int, ...]) -> FiniteSemidirect:
    """Translations and rotations of a cubic lattice."""
    return wallpaper.p432(_side("p432", sizes, 3))


def _side(name: str, sizes: tuple[int, ...], axes: int) -> int:
    if len(sizes) != axes or len(set(sizes)) != 1:
        raise ValueError(
            f"The lattice has the sides {sizes}, but {name} is a group of {axes} equal ones. Try mirrors, or leave the "
            "group out for all that the lattice has."
        )
    return sizes[0]


@dataclass(frozen=True)
class LatticeFrame:
    """Motions of a lattice, for fields and images.

    Args:
        build: the group of a lattice of given sides.
        translations: fields that repeat; without, images, which only turn about their centres.
    """

    build: Callable[[tuple[int, ...]], FiniteSemidirect] = widest
    translations: bool = True

    def __str__(self) -> str:
        return self.build.__name__ + ("" if self.translations else " about the centre")


Frame = SpaceFrame | LatticeFrame
