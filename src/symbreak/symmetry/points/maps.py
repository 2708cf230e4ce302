"""Orthogonal maps of clouds with the places they send each place to."""

from dataclasses import dataclass, fields

import numpy as np

from symbreak.symmetry.points.nearest import nearest
from symbreak.symmetry.points.places import Places
from symbreak.symmetry.points.procrustes import dot, fitted, inertia, inverted, moved, outer
from symbreak.symmetry.points.ragged import Bools, Floats, Ints, numbers, ranges, starts


@dataclass(frozen=True, eq=False)
class Maps:
    """Maps, sorted by cloud; on a cloud with two references `a`, `b` off one line, `(partner[a], partner[b], det)` tell
    them apart.

    Shapes:
        cloud `(K,)`; matrix `(K, 3, 3)`; partner int64 `(Σ n,)`, in place of each place of the cloud the one it is
        sent to, one map after the other; images int64 `(K, 2)`, the partners of the references; proper `(K,)`, whether
        the determinant is 1; residual `(K,)`, the largest distance of an image from its partner.
    """

    cloud: Ints
    matrix: Floats
    partner: Ints
    images: Ints
    proper: Bools
    residual: Floats

    def take(self, places: Places, kept: Ints | Bools) -> "Maps":
        """Some of the maps, in the order given; neighbours of one cloud must stay neighbours."""
        if kept.dtype == bool:
            if kept.all():
                return self
            kept = np.flatnonzero(kept)
        size = places.size[self.cloud]
        rows = ranges(starts(size)[kept], size[kept])
        return Maps(
            self.cloud[kept],
            self.matrix[kept],
            self.partner[rows],
            self.images[kept],
            self.proper[kept],
            self.residual[kept],
        )

    def offset(self, places: Places) -> Ints:
        """What to add to a place of the cloud to find its partner: `(K,)`."""
        return starts(places.size[self.cloud]) - places.first[self.cloud]

    def key(self, places: Places) -> Ints:
        """A number that no two maps share: `(K,)`."""
        return numbered(places, self.images, self.proper)


def numbered(places: Places, images: Ints, proper: Bools) -> Ints:
    """The key of maps with these images of the references."""
    return (images[:, 0] * len(places.x) + images[:, 1]) * 2 + proper


def joined(parts: list[Maps]) -> Maps:
    """All the maps, one list after the other."""
    names = [field.name for field in fields(Maps)]
    return parts[0] if len(parts) == 1 else Maps(*[np.concatenate([getattr(p, name) for p in parts]) for name in names])


def matched(places: Places, cloud: Ints, matrix: Floats, reach: Floats) -> tuple[Ints, Floats, Bools]:
    """The place nearest to the image of each place.

    Args:
        cloud: `(K,)`.
        matrix: `(K, 3, 3)`.
        reach: `(K,)`, how far an image may be from its partner.
    Shapes:
        -> partner `(Σ n,)`, the largest distance `(K,)`, whether no place is hit twice `(K,)`.
    """
    size = places.size[cloud]
    first, map_ = starts(size), numbers(size)
    place = ranges(places.first[cloud], size)
    image = moved(matrix.repeat(size, axis=0), places.x.take(place, axis=0))
    partner, distance = nearest(places, image, places.shell[place], reach[map_])
    local = partner + (first - places.first[cloud])[map_]
    hits = np.bincount(local[partner >= 0], minlength=len(local))
    return partner, np.maximum.reduceat(distance, first), np.minimum.reduceat(hits, first) > 0


def refined(places: Places, cloud: Ints, matrix: Floats, partner: Ints, resistance: Floats) -> tuple[Floats, Floats]:
    """The maps that fit their partners best in the mean square, and the largest distance that is left."""
    size, x, y = _pairs(places, cloud, partner)
    R = fitted(matrix, outer(y, x, starts(size)), resistance[cloud])
    return R, _largest(R, size, x, y)


def residuals(places: Places, cloud: Ints, matrix: Floats, partner: Ints) -> Floats:
    """The largest distance between an image and its partner: `(K,)`."""
    return _largest(matrix, *_pairs(places, cloud, partner))


def _pairs(places: Places, cloud: Ints, partner: Ints) -> tuple[Ints, Floats, Floats]:
    """How many places each map moves, their points, and those of their partners."""
    size = places.size[cloud]
    return size, places.x.take(ranges(places.first[cloud], size), axis=0), places.x.take(partner, axis=0)


def _largest(R: Floats, size: Ints, x: Floats, y: Floats) -> Floats:
    difference = moved(R.repeat(size, axis=0), x) - y
    return np.sqrt(np.maximum.reduceat(dot(difference, difference), starts(size)))


def resistances(places: Places) -> Floats:
    """The inverse inertia of each cloud: `(B, 3, 3)`."""
    return inverted(inertia(outer(places.x, places.x, places.first)))
