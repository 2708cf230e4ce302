"""Batches of clouds, and their slots at places."""

from dataclasses import dataclass

import numpy as np

from symbreak.symmetry.points.nearest import nearest
from symbreak.symmetry.points.places import Places, shells
from symbreak.symmetry.points.ragged import Floats, Ints, numbers, portions, ranges, starts

_HORIZON = 10  # tolerances: how far beyond the tolerance rejected maps are looked for
_PAIRS = 1_000_000  # at a time
_FREE = 0.45  # of the least distance in a shell: beyond, partners get uncertain


@dataclass(frozen=True, eq=False)
class Clouds:
    """A ragged batch of clouds about their centres.

    Shapes:
        x `(N, 3)`, label int64 `(N,)`, number `(B,)`, which cloud of the user's batch each one is, size `(B,)`, grain
        `(B,)`: how far apart rounding may have put two equal points; centre `(B, 3)`, where x has its origin.
    """

    x: Floats
    label: Ints
    number: Ints
    size: Ints
    grain: Floats
    centre: Floats

    @property
    def first(self) -> Ints:
        return starts(self.size)

    def take(self, kept: Ints) -> "Clouds":
        """Some of the clouds."""
        rows = ranges(self.first[kept], self.size[kept])
        each = self.number[kept], self.size[kept], self.grain[kept], self.centre[kept]
        return Clouds(self.x[rows], self.label[rows], *each)


@dataclass(frozen=True, eq=False)
class Slots:
    """The places of the slots of a batch: the `rank`-th slot at its `place`; `member[begin[place] + rank]` is the slot.

    Shapes:
        place, rank, member `(N,)`, begin `(P,)`.
    """

    place: Ints
    rank: Ints
    member: Ints
    begin: Ints

    def permutations(self, places: Places, clouds: Clouds, cloud: Ints, partner: Ints) -> Ints:
        """Permutations of the slots, one after the other, from those of the places: `(Σ n,)`, within each cloud."""
        size = clouds.size[cloud]
        slot = ranges(clouds.first[cloud], size)
        shift = starts(places.size[cloud]) - places.first[cloud]
        sent = partner[np.repeat(shift, size) + self.place[slot]]
        return self.member[self.begin[sent] + self.rank[slot]] - np.repeat(clouds.first[cloud], size)


def settled(clouds: Clouds, tolerance: float) -> tuple[Places, Slots, Floats, Floats]:
    """The places and slots of clouds, the window of each in which maps are looked for, and the least distance `(B,)`
    between two places of a shell, infinite where it is large.

    Slots of one label that only rounding keeps apart are at one place, which is labelled by their number too.

    Raises:
        ValueError: if two slots of one label are near each other, but not at one place.
    """
    B, cloud = len(clouds.size), numbers(clouds.size)
    window = np.full(B, _HORIZON * tolerance)
    places = shells(clouds.x, cloud, clouds.label, window)
    place = np.empty(len(cloud), dtype=np.int64)
    place[places.source] = np.arange(len(cloud))
    slots = Slots(place, np.zeros_like(place), places.source, np.arange(len(cloud)))
    apart = _apart(places, window, tolerance)
    near = np.flatnonzero(apart <= 2 * tolerance)
    if len(near):
        leader = np.arange(len(cloud))
        for c in near:
            rows = slice(clouds.first[c], clouds.first[c] + clouds.size[c])
            leader[rows] += _leaders(clouds.x[rows], clouds.label[rows], clouds.grain[c]) - np.arange(clouds.size[c])
        places, slots = _merged(clouds, cloud, leader, window)
        apart = _apart(places, window, tolerance)
        if (apart <= 2 * tolerance).any():
            raise ValueError(_crowded(clouds, places, slots, int(np.argmax(apart <= 2 * tolerance)), tolerance))
    window = np.clip(_FREE * apart, tolerance, window)
    return places, slots, window, apart


def spacing(clouds: Clouds) -> Floats:
    """The least distance between two points of one label of each cloud, apart from those at one place: `(B,)`."""
    least = np.full(len(clouds.size), np.inf)
    for c, (first, n) in enumerate(zip(clouds.first, clouds.size, strict=True)):
        x, label = clouds.x[first : first + n], clouds.label[first : first + n]
        for part in portions(np.full(n, n), _PAIRS):
            distance = np.linalg.norm(x[part, None] - x[None], axis=-1)
            like = (label[part, None] == label[None]) & (distance > clouds.grain[c])
            least[c] = min(least[c], distance[like].min(initial=np.inf))
    return least


def _apart(places: Places, window: Floats, tolerance: float) -> Floats:
    """The least distance between two places of a shell of each cloud: `(B,)`, infinite beyond the horizon."""
    apart = np.full(len(places.size), np.inf)
    rows = np.flatnonzero(places.shell_size[places.shell] > 1)
    if len(rows):
        cloud = places.cloud[rows]
        reach = np.maximum(window[cloud] / _FREE, 2 * tolerance)
        distance = nearest(places, places.x[rows], places.shell[rows], reach, but=rows)[1]
        np.minimum.at(apart, cloud, distance)
    return apart


def _leaders(x: Floats, label: Ints, grain: float) -> Ints:
    """The first slot at the place of each slot of one cloud."""
    leader = np.arange(len(x))
    for i in range(len(x)):
        if leader[i] == i:
            same = (label[i:] == label[i]) & (np.abs(x[i:] - x[i]) <= grain).all(1)
            leader[i:][same] = i
    return leader


def _merged(clouds: Clouds, cloud: Ints, leader: Ints, window: Floats) -> tuple[Places, Slots]:
    heads, where, count = np.unique(leader, return_inverse=True, return_counts=True)
    label = np.unique(np.stack([clouds.label[heads], count]), axis=1, return_inverse=True)[1].reshape(-1)
    places = shells(clouds.x[heads], cloud[heads], label, window)
    place_of = np.empty(len(heads), dtype=np.int64)
    place_of[places.source] = np.arange(len(heads))
    place = place_of[where]
    member = np.argsort(place, kind="stable")
    begin = starts(np.bincount(place))
    rank = np.empty_like(place)
    rank[member] = np.arange(len(place)) - begin[place[member]]
    return places, Slots(place, rank, member, begin)


def _crowded(clouds: Clouds, places: Places, slots: Slots, c: int, tolerance: float) -> str:
    rows = np.flatnonzero(places.cloud == c)
    found, distance = nearest(places, places.x[rows], places.shell[rows], np.full(len(rows), 2 * tolerance), but=rows)
    worst = int(np.argmin(distance))
    one, two = sorted(slots.member[slots.begin[p]] - clouds.first[c] for p in (rows[worst], found[worst]))
    return (
        f"Points {one} and {two} of cloud {clouds.number[c]} are alike and {distance[worst]:.3g} apart, but at a "
        f"tolerance of {tolerance:g} nothing tells the image of one from that of the other. Use a tolerance below "
        f"{distance[worst] / 2:.2g}, put the two at exactly one place, or give them species of their own."
    )
