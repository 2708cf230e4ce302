"""All orthogonal maps that may keep a cloud, found from the images of two reference places."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from symbreak.symmetry.points.maps import Maps, joined, matched, refined
from symbreak.symmetry.points.nearest import nearest
from symbreak.symmetry.points.places import Places
from symbreak.symmetry.points.procrustes import cross, dot, moved
from symbreak.symmetry.points.ragged import Bools, Floats, Ints, numbers, portions, ranges, starts

_REPRESENTATIVES = 6  # shells tried for the first reference
_FAIR = 0.3  # of the best condition, or of the largest radius: what a reference must have
_MANY = 32  # pairs of images, from which on it pays to count them
_ROWS = 400_000  # images of places at a time
_PAIRS = 500_000
_LARGE = 32  # places, from which on some are tried before the others
_TESTS = 3
_ROUNDS = 3


@dataclass(frozen=True, eq=False)
class _Limits:
    """How far images may be from their partners after refinement, and before; how far places of a shell are apart; and
    whether a first guess may miss the partners of a map within the tolerance: `(B,)` each.
    """

    window: Floats
    reach: Floats
    apart: Floats
    again: Bools


@dataclass(frozen=True, eq=False)
class References:
    """Two places `a`, `b` of each cloud, off one line with the centre, whose images fix a map but for a mirror.

    `condition` is the least of `a`'s distance from the centre and `b`'s from the line of `a`, over the largest radius.
    """

    a: Ints
    b: Ints
    condition: Floats

    @property
    def growth(self) -> Floats:
        """By what factor two maps of one parity may be farther apart elsewhere than at the references: `(B,)`.

        They differ by a turn, and of `a` and `b` one is off its axis by `condition / 7` of the largest radius at least,
        since `a` is at 0.3 of it or more.
        """
        return 7 / self.condition

    def clear(self, apart: Floats) -> Floats:
        """A residual up to which maps that send the references alike send all places alike, if these are so far apart.

        With residuals up to r, `f` and `g h` are within 3 r at the references, and the two partners of a place within
        3 r more than `f` and `g h` are there.
        """
        return apart / (3 * (1 + self.growth))


def references(places: Places, window: Floats) -> References:
    """The pair with the fewest candidates for its images, among those that are well conditioned."""
    outermost = places.shell_first + places.shell_size - 1  # of each shell
    cloud, radius = places.cloud[outermost], places.radius[outermost]
    largest = np.maximum.reduceat(places.radius, places.first)
    usable = np.flatnonzero(radius >= _FAIR * largest[cloud])
    usable = usable[np.lexsort((places.shell_size[usable], cloud[usable]))]
    count = np.bincount(cloud[usable], minlength=len(places.size))
    tried = usable[ranges(starts(count), np.minimum(count, _REPRESENTATIVES))]

    size = places.size[cloud[tried]]
    row, a = numbers(size), np.repeat(outermost[tried], size)
    b = ranges(places.first[cloud[tried]], size)
    item = cloud[tried][row]
    head = np.flatnonzero(np.append(True, item[1:] != item[:-1]))
    off = np.linalg.norm(cross(places.x[a], places.x[b]), axis=1) / places.radius[a]
    condition = np.minimum(places.radius[a], off) / largest[item]
    score = (places.shell_size[places.shell[a]] * places.shell_size[places.shell[b]]).astype(np.float64)
    fair = condition >= _FAIR * np.maximum.reduceat(condition, head)[item]
    score[~fair] = np.inf
    many = np.minimum.reduceat(score, head) > _MANY
    if many.any():
        rows = np.flatnonzero(many[item] & fair)
        score[rows] = places.shell_size[places.shell[a[rows]]] * _alike(places, a[rows], b[rows], window[item[rows]])
    score -= 0.5 * condition  # among equals, the better conditioned
    best = np.flatnonzero(score == np.minimum.reduceat(score, head)[item])
    best = best[np.append(True, item[best][1:] != item[best][:-1])]
    return References(a[best], b[best], condition[best])


def _alike(places: Places, a: Ints, b: Ints, window: Floats) -> Ints:
    """How many places of the shell of `b` are as far from `a` as `b`, within twice the window."""
    distance = np.linalg.norm(places.x[a] - places.x[b], axis=1)
    group = a * len(places.shell_size) + places.shell[b]
    group = np.unique(group, return_inverse=True)[1]
    key = group * (4 * (distance.max() + 2 * window.max())) + distance
    ordered = np.sort(key)
    above, below = np.searchsorted(ordered, key + 2 * window, "right"), np.searchsorted(ordered, key - 2 * window)
    return above - below


def candidates(
    places: Places,
    pair: References,
    resistance: Floats,
    window: Floats,
    tolerance: Floats,
    apart: Floats,
    *,
    proper: bool,
) -> Maps:
    """The maps of each cloud to itself that move no place by more than the window, the identity first.

    A map sends the references to places of the same shells with the same distance between them. From each such pair of
    images comes a frame, proper and improper; its map is refined on the partners of all places.

    Args:
        pair: the references.
        resistance: `(B, 3, 3)`, of the clouds.
        window: `(B,)`.
        tolerance: `(B,)`; up to it, a map whose first guess sends two places to one is refined all the same.
        apart: `(B,)`, the least distance between two places of one shell.
        proper: rotations only.
    """
    slack = 1 + pair.growth
    limits = _Limits(window, window * slack, apart, tolerance * slack > 0.5 * apart)
    back = np.swapaxes(_frames(places.x[pair.a], places.x[pair.b]), -1, -2)
    size = places.shell_size[places.shell[pair.a]] * places.shell_size[places.shell[pair.b]]
    found = []
    for images in _images(places, pair, size, window):
        cloud = places.cloud[images[:, 0]]
        forth = _frames(places.x[images[:, 0]], places.x[images[:, 1]])
        matrix = forth @ back[cloud]
        even = np.ones(len(matrix), dtype=bool)
        if not proper:
            cloud, images, even = np.repeat(cloud, 2), np.repeat(images, 2, axis=0), np.tile([True, False], len(even))
            mirrored = (forth * np.array([1.0, 1.0, -1.0])) @ back[cloud[::2]]
            matrix = np.stack([matrix, mirrored], axis=1).reshape(-1, 3, 3)
        live = _plausible(places, cloud, matrix, limits.reach[cloud])
        for part in portions(places.size[cloud[live]], _ROWS):
            rows = live[part]
            guess = Maps(
                cloud[rows], matrix[rows], np.empty(0, np.int64), images[rows], even[rows], np.zeros(len(rows))
            )
            found.append(_refine(places, pair, guess, limits, resistance))
    maps = joined(found)
    trivial = (maps.images[:, 0] == pair.a[maps.cloud]) & (maps.images[:, 1] == pair.b[maps.cloud])
    return maps.take(places, np.lexsort((~(trivial & maps.proper), ~maps.proper, maps.cloud)))


def _images(places: Places, pair: References, size: Ints, window: Floats) -> Iterator[Ints]:
    """Pairs `(Q, 2)` of places that the references may go to, sorted by cloud."""
    total = int(size.sum())
    begin = starts(size)
    for low in range(0, total, _PAIRS):
        number = np.arange(low, min(low + _PAIRS, total))
        cloud = np.searchsorted(begin, number, side="right") - 1
        number -= begin[cloud]
        a, b = pair.a[cloud], pair.b[cloud]
        width = places.shell_size[places.shell[b]]
        at = places.shell_first[places.shell[a]] + number // width
        bt = places.shell_first[places.shell[b]] + number % width
        w = window[cloud]
        keep = np.abs(places.radius[at] - places.radius[a]) <= w
        keep &= np.abs(places.radius[bt] - places.radius[b]) <= w
        rows = np.flatnonzero(keep)
        change = _distance(places, at[rows], bt[rows]) - _distance(places, a[rows], b[rows])
        rows = rows[np.abs(change) <= 2 * w[rows]]
        if len(rows):
            yield np.stack([at[rows], bt[rows]], axis=1)


def _distance(places: Places, a: Ints, b: Ints) -> Floats:
    difference = places.x[a] - places.x[b]
    return np.sqrt(dot(difference, difference))


def _frames(a: Floats, b: Floats) -> Floats:
    """Right-handed orthonormal frames in columns, the first along `a`, the second towards `b`: `(Q, 3, 3)`."""
    with np.errstate(invalid="ignore", divide="ignore"):
        e1 = a / np.sqrt(dot(a, a))[:, None]
        e2 = b - dot(b, e1)[:, None] * e1
        e2 /= np.sqrt(dot(e2, e2))[:, None]
    return np.stack([e1, e2, cross(e1, e2)], axis=-1)


def _plausible(places: Places, cloud: Ints, matrix: Floats, reach: Floats) -> Ints:
    """The maps that exist and, of large clouds, send some places near places of their shells."""
    live = np.flatnonzero(np.isfinite(matrix).all((1, 2)))
    for test in range(_TESTS):
        rows = live[places.size[cloud[live]] > _LARGE]
        if not len(rows):
            break
        c = cloud[rows]
        place = places.first[c] + (2 * test + 1) * places.size[c] // (2 * _TESTS)
        image = moved(matrix[rows], places.x[place])
        _, distance = nearest(places, image, places.shell[place], reach[rows])
        live = np.setdiff1d(live, rows[distance > reach[rows]], assume_unique=True)
    return live


def _refine(places: Places, pair: References, maps: Maps, limits: _Limits, resistance: Floats) -> Maps:
    """Matches and fits in turn until the partners are sure; keeps the maps that send the references as they should."""
    found = []
    for last in (False,) * (_ROUNDS - 1) + (True,):
        partner, worst, once = matched(places, maps.cloud, maps.matrix, limits.reach[maps.cloud])
        maps = replace(maps, partner=partner)
        seen = worst <= limits.reach[maps.cloud]
        kept = np.flatnonzero(seen & (once | limits.again[maps.cloud]))
        maps, once = maps.take(places, kept), once[kept]
        matrix, residual = refined(places, maps.cloud, maps.matrix, maps.partner, resistance)
        maps = replace(maps, matrix=matrix, residual=residual)
        sure = once & (last | (residual < 0.5 * limits.apart[maps.cloud]))  # then no other place is as near
        found.append(maps.take(places, sure))
        maps = maps.take(places, ~sure)
        if not len(maps.cloud):
            break
    maps = joined(found)
    sent = np.stack([maps.partner[maps.offset(places) + p[maps.cloud]] for p in (pair.a, pair.b)], axis=1)
    return maps.take(places, (sent == maps.images).all(1) & (maps.residual <= limits.window[maps.cloud]))
