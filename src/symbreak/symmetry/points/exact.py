"""Nearly orthogonal representations made exact."""

from dataclasses import replace

import numpy as np

from symbreak.symmetry.points.maps import Maps, residuals
from symbreak.symmetry.points.places import Places
from symbreak.symmetry.points.procrustes import inertia, moved, outer, polar, torque, turns
from symbreak.symmetry.points.ragged import Bools, Floats, Ints, portions, ranges, starts

_ROWS = 500_000  # products at a time
_DISTORTED = 1e-4  # of the radius: below, the orientation is right to rounding as it is
_STEPS = 50
_ROUNDS = 12
_SQUARED = 1e-8  # a change after which the next is rounding


def exact(places: Places, maps: Maps, table: Ints) -> Maps:
    """The maps with matrices that multiply as the table says, to rounding, and their residuals.

    The groups of distorted clouds are turned as a whole, until the symmetric cloud that is nearest to theirs is as near
    as it can be.
    """
    if not len(maps.cloud):
        return maps
    k = np.bincount(maps.cloud, minlength=len(places.size))[maps.cloud]
    R, settled = averaged(maps.matrix, table, np.searchsorted(maps.cloud, maps.cloud), k)
    residual = np.where(settled, residuals(places, maps.cloud, R, maps.partner), np.inf)
    maps = replace(maps, matrix=R, residual=residual)
    largest = np.maximum.reduceat(places.radius, places.first)
    distorted = maps.residual > _DISTORTED * largest[maps.cloud]
    return _aligned(places, maps, np.unique(maps.cloud[distorted])) if distorted.any() else maps


def averaged(R: Floats, table: Ints, first: Ints, size: Ints) -> tuple[Floats, Bools]:
    """Nearly orthogonal representations of groups, one after the other, made exact; and where that was achieved.

    `R_g <- mean_h R_gh R_h⁻¹`, made orthogonal, squares the error of each round.

    Args:
        R: `(K, 3, 3)`, matrices of determinant 1 and -1.
        table: `(Σ k²,)`, the numbers of the products `g h`.
        first, size: `(K,)`, where the group of each element begins, and its order.
    Reference:
        Grove, Karcher, Ruh (1974), Group actions and curvature, Inventiones mathematicae 23.
    """
    begin, settled = starts(size), np.zeros(len(R), dtype=bool)
    rows = [(k, np.flatnonzero(size == k)) for k in np.unique(size)]
    for _ in range(_ROUNDS):
        mean = np.empty_like(R)
        for k, g in rows:
            for part in portions(np.full(len(g), k), _ROWS):
                some = g[part]
                product = np.swapaxes(R.take(table[begin[some, None] + np.arange(k)], axis=0), 1, 2)  # (G, 3, k, 3)
                inverse = np.swapaxes(R.take(first[some, None] + np.arange(k), axis=0), 2, 3)  # (G, k, 3, 3)
                mean[some] = product.reshape(-1, 3, 3 * k) @ inverse.reshape(-1, 3 * k, 3) / k
        before, R = R, polar(mean)
        settled = np.abs(R - before).max((1, 2)) < _SQUARED
        if settled.all():
            break
    return R, settled


def projected(places: Places, maps: Maps) -> Floats:
    """The mean of `R⁻¹ x_partner` over the maps of each cloud: `(P, 3)`, the nearest symmetric cloud."""
    size = places.size[maps.cloud]
    back = moved(np.swapaxes(maps.matrix, 1, 2).repeat(size, axis=0), places.x.take(maps.partner, axis=0))
    place = ranges(places.first[maps.cloud], size)
    count = np.bincount(place, minlength=len(places.x))
    total = np.stack([np.bincount(place, back[:, i], minlength=len(places.x)) for i in range(3)], axis=1)
    return total / np.maximum(count, 1)[:, None]


def _aligned(places: Places, maps: Maps, clouds: Ints) -> Maps:
    """The same groups, turned so that the projections of these clouds lie nearest to them."""
    rows = np.flatnonzero(np.isin(maps.cloud, clouds))
    some = maps.take(places, rows)
    for _ in range(_STEPS):
        y = projected(places, some)
        S, H = (outer(z, y, places.first)[clouds] for z in (y, places.x))
        w = (np.linalg.pinv(inertia(S), rcond=1e-8, hermitian=True) @ torque(H)[..., None])[..., 0]
        Q = np.zeros((len(places.size), 3, 3))
        Q[clouds] = turns(w)
        Q = Q[some.cloud]
        some = replace(some, matrix=Q @ some.matrix @ np.swapaxes(Q, -1, -2))
        if np.abs(w).max() < 1e-11:
            break
    matrix, residual = maps.matrix.copy(), maps.residual.copy()
    matrix[rows] = some.matrix
    residual[rows] = residuals(places, some.cloud, some.matrix, some.partner)
    return replace(maps, matrix=matrix, residual=residual)
