"""Which of the candidate maps make the stabilizer, at a tolerance."""

import numpy as np

from symbreak.symmetry.points.closure import closed, completed, largest, products
from symbreak.symmetry.points.exact import exact
from symbreak.symmetry.points.maps import Maps, joined
from symbreak.symmetry.points.places import Places
from symbreak.symmetry.points.ragged import Floats, Ints


def decided(places: Places, maps: Maps, tolerance: Floats, resistance: Floats, clear: Floats, banned: Ints) -> Maps:
    """The largest group of each cloud among its maps, with exact matrices that move nothing by more than the tolerance.

    Args:
        maps: sorted by cloud, the identity first.
        tolerance: `(B,)`.
        resistance: `(B, 3, 3)`, of the clouds.
        clear: `(B,)`, as of `References`.
        banned: keys of maps that must not be in.
    """
    inside = maps.take(places, maps.residual <= tolerance[maps.cloud])
    if len(banned):
        inside = inside.take(places, ~np.isin(inside.key(places), banned))
    table = products(places, inside, clear)
    sound = closed(places, inside, table)
    groups = inside
    if not sound.all():
        groups = inside.take(places, sound[inside.cloud])
        table = products(places, groups, clear)
    groups = exact(places, groups, table)
    sound[groups.cloud[groups.residual > tolerance[groups.cloud]]] = False
    if sound.all():
        return groups
    found = [groups.take(places, sound[groups.cloud])]
    for c in np.flatnonzero(~sound):
        some = inside.take(places, inside.cloud == c)
        some = completed(places, some, float(tolerance[c]), resistance, clear, banned)
        found.append(_subgroup(places, some, float(tolerance[c]), clear))
    groups = joined(found)
    return groups.take(places, np.argsort(groups.cloud, kind="stable"))


def _subgroup(places: Places, maps: Maps, tolerance: float, clear: Floats) -> Maps:
    """The largest group among maps of one cloud that are not one; without the worst, where it moves too far."""
    while True:
        table = products(places, maps, clear).reshape(len(maps.cloud), -1)
        group = maps.take(places, largest(table, maps.matrix, maps.residual))
        group = exact(places, group, products(places, group, clear))
        worst = np.argmax(group.residual)
        if group.residual[worst] <= tolerance or len(group.cloud) == 1:
            return group
        maps = maps.take(places, maps.key(places) != group.key(places)[worst])


def rejected(places: Places, maps: Maps, groups: Maps, banned: Ints) -> Floats:
    """The least residual of the maps of each cloud that are neither in its group nor banned: `(B,)`, or infinite."""
    gap, key = np.full(len(places.size), np.inf), maps.key(places)
    settled = np.sort(np.concatenate([groups.key(places), banned]))
    out = settled[np.minimum(settled.searchsorted(key), len(settled) - 1)] != key
    np.minimum.at(gap, maps.cloud[out], maps.residual[out])
    return gap
