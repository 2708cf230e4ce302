"""Mirror lines, glide lines and centres of rotation of a pattern on a lattice in the plane."""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from symbreak.report.diagnosis.example import FieldShown

_TRANSLATIONS = 300  # of a pattern in its lattice; one with more has elements everywhere
_NEAR = 1e-6


@dataclass(frozen=True, eq=False)
class PlaneElements:
    """What stands still.

    Args:
        mirrors, glides: lines, as a point `(2,)` and a direction `(2,)`.
        centres: of rotations, as a point and the order of the finest.
        everywhere: whether there are too many to draw.
    """

    mirrors: tuple[tuple[NDArray, NDArray], ...] = ()
    glides: tuple[tuple[NDArray, NDArray], ...] = ()
    centres: tuple[tuple[NDArray, int], ...] = ()
    everywhere: bool = False


def plane_elements(shown: FieldShown) -> PlaneElements:
    """Those of a field of two axes that cross its array, in units of sites; site `(i, j)` is at `(i, j)`.

    The motion `r -> M r + t` of a turn M keeps `(1 - M)⁻¹ t`. That of a mirror with normal n keeps the line
    `n · r = n · t / 2` if `(1 + M) t = 0`, and else slides along it.

    Example:
        >>> turn = np.array([[[1, 0], [0, 1]], [[-1, 0], [0, -1]]])
        >>> image = FieldShown(np.zeros((4, 6)), 1, False, turn, np.array([[0, 0], [3, 5]]), np.zeros((0, 2), int))
        >>> [(point.tolist(), order) for point, order in plane_elements(image).centres]
        [([1.5, 2.5], 2)]
    """
    sizes = np.array(shown.values.shape)
    steps = _translations(shown, sizes)
    if steps is None:
        return PlaneElements(everywhere=True)
    mirrors: dict[tuple, tuple[NDArray, NDArray]] = {}
    glides: dict[tuple, tuple[NDArray, NDArray]] = {}
    centres: dict[tuple, tuple[NDArray, int]] = {}
    for M, t in zip(shown.matrices, shown.shifts, strict=True):
        shifts = t + steps
        if round(np.linalg.det(M)) > 0:
            order = {-2: 2, 0: 4, -1: 3, 1: 6}.get(int(np.trace(M)))
            if order is None:
                continue
            for point in shifts @ np.linalg.inv(np.eye(2) - M).T:
                if _inside(point, sizes):
                    key = tuple(np.round(point, 4))
                    centres[key] = (point, max(order, centres.get(key, (point, 0))[1]))
            continue
        normal = np.linalg.eigh((M + M.T) / 2)[1][:, 0]
        along = np.array([-normal[1], normal[0]])
        for shift in shifts:
            point = normal * (normal @ shift) / 2
            if not _crosses(point, normal, sizes):
                continue
            slides = np.abs(shift + M @ shift).max() > _NEAR
            key = (
                *np.round(np.abs(normal), 4),
                round(float(normal[0] * normal[1]), 4),
                round(float(normal @ point), 4),
            )
            (glides if slides else mirrors).setdefault(key, (point, along))
    for key in mirrors:
        glides.pop(key, None)
    return PlaneElements(tuple(mirrors.values()), tuple(glides.values()), tuple(centres.values()))


def pattern_cell(shown: FieldShown) -> NDArray:
    """Two vectors as rows `(2, 2)` that span a cell of the pattern; of an image, its sides."""
    sizes = np.diag(shown.values.shape)
    rows = np.concatenate([shown.translations, sizes])
    first = rows[0]
    others = [row for row in rows[1:] if abs(first[0] * row[1] - first[1] * row[0]) > 0]
    return np.stack([first, min(others, key=lambda row: (abs(first[0] * row[1] - first[1] * row[0]), *row))])


def _translations(shown: FieldShown, sizes: NDArray) -> NDArray | None:
    """The translations of the endless pattern that reach through the array; None if they are too many."""
    if not shown.repeats:
        return np.zeros((1, 2), dtype=np.int64)
    found = {(0, 0)}
    fresh = found
    while fresh:
        fresh = {tuple(((np.array(r) + t) % sizes).tolist()) for r in fresh for t in shown.translations} - found
        found |= fresh
        if len(found) > _TRANSLATIONS:
            return None
    around = np.array(list(product(range(-2, 3), repeat=2))) * sizes
    return (np.array(sorted(found))[:, None] + around).reshape(-1, 2)


def _inside(point: NDArray, sizes: NDArray) -> bool:
    return bool(((point > -0.5 - _NEAR) & (point < sizes - 0.5 + _NEAR)).all())


def _crosses(point: NDArray, normal: NDArray, sizes: NDArray) -> bool:
    """Whether a line meets the array."""
    corners = np.array(list(product(*((-0.5, size - 0.5) for size in sizes))))
    heights = corners @ normal
    return bool(heights.min() - _NEAR <= normal @ point <= heights.max() + _NEAR)
