"""Groups among maps that are only nearly symmetries."""

import numpy as np

from symbreak.symmetry.points.maps import Maps, joined, numbered, refined
from symbreak.symmetry.points.places import Places
from symbreak.symmetry.points.ragged import Bools, Floats, Ints, numbers, portions, ranges, starts
from symbreak.symmetry.points.table import generators

_ROWS = 2_000_000  # places at a time
_CHECKED = 40_000_000  # places of products, from which on those of generators are checked only
_MOST = 5_000  # maps of one cloud


def products(places: Places, maps: Maps, clear: Floats) -> Ints:
    """The multiplication tables, as numbers of maps: `(Σ k²,)`; row `g` and column `h` of each cloud hold `g h`.

    The product is the map that sends every place where `h` and then `g` send it; it is -1 if that is not among the
    maps. The maps must be sorted by cloud.

    Args:
        clear: `(B,)`, a residual up to which maps that send the references alike send all places alike.
    """
    g, h = _pairs(places, maps)
    images, proper = _product(places, maps, g, h)
    key, wanted = maps.key(places), numbered(places, images, proper)
    order = np.argsort(key)
    at = np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)
    found = np.where(key[order[at]] == wanted, order[at], -1)
    # The references agree; so must the other places.
    worst = np.zeros(len(places.size))
    np.maximum.at(worst, maps.cloud, maps.residual)
    rows = np.flatnonzero((found >= 0) & (worst > clear)[maps.cloud[g]])
    if int(places.size[maps.cloud[g[rows]]].sum()) > _CHECKED:
        rows = rows[_generating(places, maps, found)[g[rows]]]
    for part in portions(places.size[maps.cloud[g[rows]]], _ROWS):
        some = rows[part]
        partner = _composed(places, maps, g[some], h[some])
        size = places.size[maps.cloud[g[some]]]
        same = partner == maps.partner[_rows(places, maps, found[some])]
        found[some[~np.logical_and.reduceat(same, starts(size))]] = -1
    return found


def _pairs(places: Places, maps: Maps) -> tuple[Ints, Ints]:
    k = np.bincount(maps.cloud, minlength=len(places.size))[maps.cloud]
    first = np.searchsorted(maps.cloud, maps.cloud)
    return numbers(k), ranges(first, k)


def _product(places: Places, maps: Maps, g: Ints, h: Ints) -> tuple[Ints, Bools]:
    images = maps.partner[maps.offset(places)[g, None] + maps.images[h]]
    return images, maps.proper[g] == maps.proper[h]


def _rows(places: Places, maps: Maps, g: Ints) -> Ints:
    size = places.size[maps.cloud[g]]
    return ranges(starts(places.size[maps.cloud])[g], size)


def _composed(places: Places, maps: Maps, g: Ints, h: Ints) -> Ints:
    between = maps.partner[_rows(places, maps, h)]
    return maps.partner[np.repeat(maps.offset(places)[g], places.size[maps.cloud[g]]) + between]


def _generating(places: Places, maps: Maps, found: Ints) -> Bools:
    """Maps that generate the others of their cloud, if `found` holds the tables of groups; all of them, if not."""
    marked = np.ones(len(maps.cloud), dtype=bool)
    k = np.bincount(maps.cloud, minlength=len(places.size))
    for first, size, begin in zip(starts(k), k, starts(k * k), strict=True):
        table = found[begin : begin + size * size].reshape(size, size) - first
        if size and table.min() >= 0:
            marked[first : first + size] = False
            marked[first + np.array(generators(table), dtype=np.int64)] = True
    return marked


def closed(places: Places, maps: Maps, table: Ints) -> Bools:
    """Whether the maps of each cloud hold all their products: `(B,)`; of a finite set that makes a group."""
    k = np.bincount(maps.cloud, minlength=len(places.size))
    short = np.zeros(len(k), dtype=bool)
    short[np.repeat(np.arange(len(k)), k * k)[table < 0]] = True
    return ~short


def completed(places: Places, maps: Maps, tolerance: float, resistance: Floats, clear: Floats, banned: Ints) -> Maps:
    """The maps of one cloud with all their products that move nothing by more than the tolerance either.

    Products whose keys are banned stay out.
    """
    while len(maps.cloud) <= _MOST:
        table = products(places, maps, clear)
        g, h = (pairs[table < 0] for pairs in _pairs(places, maps))
        images, proper = _product(places, maps, g, h)
        key, pick = np.unique(numbered(places, images, proper), return_index=True)
        pick = pick[~np.isin(key, np.concatenate([maps.key(places), banned]))]
        if not len(pick):
            break
        g, h = g[pick], h[pick]
        partner = _composed(places, maps, g, h)
        matrix, residual = refined(places, maps.cloud[g], maps.matrix[g] @ maps.matrix[h], partner, resistance)
        more = Maps(maps.cloud[g], matrix, partner, images[pick], proper[pick], residual)
        more = more.take(places, residual <= tolerance)
        if not len(more.cloud):
            break
        maps = joined([maps, more])
    return maps


def largest(table: Ints, matrix: Floats, residual: Floats) -> Ints:
    """The numbers of the largest group among maps, of which the first is the identity; of several, the more exact.

    Every point group is generated by two elements, or by two and the inversion. So the groups tried are those of all
    pairs of cyclic groups, with and without it.

    Args:
        table: `(k, k)`, with -1 for products that are not among the maps.
    """
    rows = table.tolist()
    cyclic = {group: g for g in range(len(rows)) if (group := _generated(rows, [g]))}
    inversion = np.flatnonzero(np.trace(matrix, axis1=1, axis2=2) < -2.5).tolist()
    groups = dict.fromkeys(cyclic)
    spans = sorted(cyclic, key=len, reverse=True)
    for i, one in enumerate(spans):
        for two in spans[:i]:
            if any(one <= group and two <= group for group in groups):
                continue  # what they generate is in a group that is known
            pair = [cyclic[one], cyclic[two]]
            for seeds in (pair, pair + inversion) if inversion else (pair,):
                if group := _generated(rows, seeds):
                    groups[group] = None
    best = max(groups, key=lambda group: (len(group), -max(residual[g] for g in group)))
    return np.array(sorted(best))


def _generated(table: list[list[int]], seeds: list[int]) -> frozenset[int]:
    """The group that elements generate; empty, if a product is not in the table."""
    group, fresh = {0}, [0]
    while fresh:
        reached = {table[g][h] for g in seeds for h in fresh}
        if -1 in reached:
            return frozenset()
        fresh = list(reached - group)
        group |= reached
    return frozenset(group)
