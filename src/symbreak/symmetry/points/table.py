"""Multiplication tables of finite groups of orthogonal matrices."""

import numpy as np

from symbreak.symmetry.points.ragged import Floats, Ints

_PROBE = np.array([0.36287, 0.74803, 0.55553])  # in general position: no group turns it into a special one
_SIGHT = np.array([0.81649, -0.21877, 0.53413])


def multiplication_table(matrices: Floats) -> Ints:
    """`table[g, h]` is the number of `g h` among the matrices of a group: `(k, 3, 3) -> int64 (k, k)`.

    An element is told by the number `w · R v`, for two vectors in general position.

    Example:
        >>> half_turn = np.diag([-1.0, -1.0, 1.0])
        >>> multiplication_table(np.stack([np.eye(3), half_turn])).tolist()
        [[0, 1], [1, 0]]
    """
    code = matrices @ _PROBE @ _SIGHT
    order = np.argsort(code)
    middle = (code[order][1:] + code[order][:-1]) / 2
    product = (_SIGHT @ matrices) @ (matrices @ _PROBE).T
    return order[np.searchsorted(middle, product)]


def generators(table: Ints) -> tuple[int, ...]:
    """A few elements that generate the group of a table whose element 0 is the identity; none can be left out.

    Example:
        >>> generators(np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]]))
        (1,)
    """
    found: list[int] = []
    span = _span(table, found)
    for g in sorted(range(len(table)), key=lambda g: -_order(table, g)):
        if not span[g]:
            found.append(g)
            span = _span(table, found)
    for g in found.copy():
        rest = [h for h in found if h != g]
        if _span(table, rest).all():
            found = rest
    return tuple(found)


def _span(table: Ints, seeds: list[int]) -> np.ndarray:
    reached = np.zeros(len(table), dtype=bool)
    reached[0] = True
    fresh = np.array([0])
    while len(fresh):
        images = np.unique(table[seeds][:, fresh])
        fresh = images[~reached[images]]
        reached[fresh] = True
    return reached


def _order(table: Ints, g: int) -> int:
    order, power = 1, g
    while power:
        power, order = int(table[g, power]), order + 1
    return order
