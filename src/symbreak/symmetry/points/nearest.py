"""The nearest place of a shell."""

import numpy as np

from symbreak.symmetry.points.places import Places
from symbreak.symmetry.points.procrustes import dot
from symbreak.symmetry.points.ragged import Bools, Floats, Ints

_LISTED = 24  # places; larger shells are searched by a grid
_PRIMES = np.array([73856093, 19349663, 83492791, 50331653], dtype=np.int64)
_CORNERS = np.array([(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=np.int64)


def nearest(places: Places, y: Floats, shell: Ints, reach: Floats, but: Ints | None = None) -> tuple[Ints, Floats]:
    """The place of its shell that is nearest to each point, and how far it is.

    In large shells only the places within `reach` are seen; where there is none, the place is -1 and the distance
    infinite.

    Args:
        y: `(Q, 3)`.
        shell: `(Q,)`, where to look.
        reach: `(Q,)`, how far to look.
        but: `(Q,)`, a place for each point that does not count.
    Shapes:
        -> int64 `(Q,)`, float64 `(Q,)`.
    """
    found, square = np.full(len(y), -1), np.full(len(y), np.inf)
    size = places.shell_size[shell]
    large = size > _LISTED
    if not large.any():
        _list(places, y, shell, but, np.flatnonzero(size > 0), found, square)
    else:
        _list(places, y, shell, but, np.flatnonzero(~large), found, square)
        _grid(places, y, shell, reach, but, np.flatnonzero(large), found, square)
    return found, np.sqrt(square)


def _list(places: Places, y: Floats, shell: Ints, but: Ints | None, rows: Ints, found: Ints, square: Floats) -> None:
    """Tries the places of the shell one after the other."""
    first, size, k = places.shell_first[shell], places.shell_size[shell], 0
    if but is None and len(rows) == len(y):  # the first, in one sweep
        difference = y - places.x.take(first, axis=0)
        found[:], square[:], k = first, dot(difference, difference), 1
        rows = np.flatnonzero(size > 1)
    while len(rows):
        _try(places, y, first[rows] + k, but, rows, found, square)
        k += 1
        rows = rows[size[rows] > k]


def _try(places: Places, y: Floats, place: Ints, but: Ints | None, rows: Ints, found: Ints, square: Floats) -> None:
    difference = y.take(rows, axis=0) - places.x.take(place, axis=0)
    distance = dot(difference, difference)
    better = distance < square[rows]
    if but is not None:
        better &= place != but[rows]
    found[rows[better]], square[rows[better]] = place[better], distance[better]


def _grid(
    places: Places, y: Floats, shell: Ints, reach: Floats, but: Ints | None, rows: Ints, found: Ints, square: Floats
) -> None:
    """Looks into the eight cells, twice as wide as the reach, that a ball of this radius can touch."""
    width = np.zeros(len(places.shell_size))
    np.maximum.at(width, shell[rows], 2 * reach[rows])
    member = np.flatnonzero(_in(places.shell, shell[rows], len(width)))
    cell = np.floor(places.x[member] / width[places.shell[member], None]).astype(np.int64)
    code = _code(places.shell[member], cell)
    order = np.argsort(code, kind="stable")
    member, code = member[order], code[order]
    corner = np.floor(y[rows] / width[shell[rows], None] - 0.5).astype(np.int64)
    for offset in _CORNERS:
        wanted = _code(shell[rows], corner + offset)
        at, end = np.searchsorted(code, wanted, side="left"), np.searchsorted(code, wanted, side="right")
        live = np.flatnonzero(at < end)
        while len(live):
            place = member[at[live]]
            same = places.shell[place] == shell[rows[live]]  # two cells may share a code
            _try(places, y, place[same], but, rows[live[same]], found, square)
            at[live] += 1
            live = live[at[live] < end[live]]
    lost = rows[square[rows] > reach[rows] ** 2]
    found[lost], square[lost] = -1, np.inf


def _in(shell: Ints, wanted: Ints, count: int) -> Bools:
    marked = np.zeros(count, dtype=bool)
    marked[wanted] = True
    return marked[shell]


def _code(shell: Ints, cell: Ints) -> Ints:
    with np.errstate(over="ignore"):
        return cell @ _PRIMES[:3] ^ shell * _PRIMES[3]
