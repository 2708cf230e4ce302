"""Frames of clouds of points: for each cloud one coset of its stabilizer, the same one wherever the cloud is turned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from symbreak.groups import SampleKeys, uniform
from symbreak.representations import Representation
from symbreak.symmetry.points.ragged import Floats, Ints, numbers, portions, ranges, starts

_TIE = 1e-6  # of the best score: closer ones may be equal but for rounding
_ROUNDING = 1e-10  # of a wave, for each of its terms
_THIN = 1e-9  # of the radius: no frame is as flat
_ROWS = 1_000_000  # terms of sums at a time
# Frequencies and directions in general position, so that no two scores agree but by symmetry.
_FIRST = (2.61803, 1.27323)
_SECOND = (2.23607, 1.61803, 1.09861)
_THIRD = np.array([2.39996, 1.83929, 1.32472])
_ORDER = np.array([0.80902, 0.43429, 0.30103])


@dataclass(frozen=True, eq=False)
class Points:
    """A ragged batch of points about the centres of their clouds, of radius one or so.

    Each label has a weight and a phase, from a hash of it, by which sums over points tell labels apart.

    Shapes:
        z `(N, 3)`, labels int64, weight and phase `(N,)`, size `(U,)`, at least 1.
    """

    z: Floats
    labels: Ints
    weight: Floats
    phase: Floats
    size: Ints

    @classmethod
    def of(cls, z: Floats, labels: Ints, size: Ints) -> "Points":
        """Weights between 1 and 2, phases between 0 and 2π."""
        u = uniform((len(z), 2), generator=SampleKeys(torch.from_numpy(labels), seed=2402), dtype=torch.float64).numpy()
        return cls(z, labels, 1 + u[:, 0], 2 * np.pi * u[:, 1], size)

    @property
    def first(self) -> Ints:
        """Where each cloud begins: `(U,)`."""
        return starts(self.size)

    @property
    def cloud(self) -> Ints:
        """`(N,)`."""
        return numbers(self.size)

    def waves(self, cloud: Ints, u: Floats, more: Callable[[Ints, Ints], Floats]) -> Floats:
        """`Σ_k w_k cos(u_q · z_k + more(q, k) + φ_k)`, over the points k of the cloud of each of Q queries: `(Q,)`.

        Args:
            cloud: `(Q,)`.
            u: `(Q, 3)`.
            more: of the numbers of queries and points.
        """
        n, first, total = self.size[cloud], self.first, np.empty(len(cloud))
        for part in portions(n, _ROWS):
            q = part.start + numbers(n[part])
            k = ranges(first[cloud[part]], n[part])
            angle = np.einsum("qi,qi->q", u[q], self.z[k]) + more(q, k) + self.phase[k]
            total[part] = np.add.reduceat(self.weight[k] * np.cos(angle), starts(n[part]))
        return total


@dataclass(frozen=True, eq=False)
class Orbits:
    """The permutations that groups make of points: those of each cloud one after the other, the identity first.

    Shapes:
        flat int64 `(Σ count · size,)`, slots within the cloud; count `(U,)`.
    """

    flat: Ints
    count: Ints

    def images(self, points: Points, number: Ints, slot: Ints) -> Ints:
        """Where permutations, numbered through all clouds, send slots of their clouds: `(Q,), (Q,) -> (Q,)`."""
        return self.flat[starts(points.size[numbers(self.count)])[number] + slot]


@dataclass(frozen=True, eq=False)
class Frames:
    """Some frames for each cloud: cloud `(C,)`, columns `(C, 3, 3)`."""

    cloud: Ints
    columns: Floats


def best(points: Points, fields: Sequence[tuple[Representation, Floats]], frames: Frames) -> Floats:
    """Of the frames of each cloud, the one whose canonical form `Fᵀ z` has the least energy: `(U, 3, 3)`.

        E(F) = Σ_k w_k cos(a · Fᵀ z_k + b · F⁻¹ f_k + φ_k)

    with fixed vectors `a`, `b` in general position. Two frames have one energy if their canonical forms are one set of
    points, with labels and fields, and else by accident only.

    Args:
        fields: representations with values `(N, dim)`, of size one or so.
    """
    across = _across(fields, frames.columns)

    def more(q: Ints, k: Ints) -> Floats:
        return sum((np.einsum("qd,qd->q", b[q], f[k]) for b, f in across), np.zeros(len(q)))

    energy = points.waves(frames.cloud, frames.columns @ _THIRD, more)
    least = np.full(len(points.size), np.inf)
    np.minimum.at(least, frames.cloud, energy)
    # Of one coset the first frame, and not the one that rounding, and so the rest of the batch, puts first.
    lowest = np.flatnonzero(energy <= (least + _ROUNDING * points.size)[frames.cloud])
    lowest = lowest[np.argsort(frames.cloud[lowest], kind="stable")]
    return frames.columns[lowest[np.searchsorted(frames.cloud[lowest], np.arange(len(least)))]]


def canonical_order(
    points: Points, fields: Sequence[tuple[Representation, Floats]], columns: Floats, places: Ints
) -> Ints:
    """The slots of each cloud, by label and then by place in the canonical form of its frame: `(N,)`, within clouds.

    Args:
        places: `(N,)`, equal numbers for slots of a cloud that nothing tells apart; they keep their order.
    """
    cloud = points.cloud
    key = np.einsum("qi,qi->q", points.z, (columns @ _ORDER)[cloud])
    for b, f in _across(fields, columns):
        key += np.einsum("qd,qd->q", b[cloud], f)
    place, head = points.first[cloud] + places, np.arange(len(cloud))
    np.minimum.at(head, place, np.arange(len(cloud)))
    return np.lexsort((key[head[place]], points.labels, cloud)) - points.first[cloud]


def _across(fields: Sequence[tuple[Representation, Floats]], columns: Floats) -> list[tuple[Floats, Floats]]:
    """For each field the vectors `b_F` with `b_F · f = b · F⁻¹ f`, `(C, dim)`, and its values."""
    back, found = torch.from_numpy(np.ascontiguousarray(np.swapaxes(columns, 1, 2))), []
    for number, (rep, f) in enumerate(fields):
        keys = SampleKeys(torch.arange(rep.dim), seed=number)
        b = 1 + uniform((rep.dim,), generator=keys, dtype=torch.float64)
        found.append(((rep.matrix(back, dtype=torch.float64).mT @ b).numpy(), f))
    return found


def from_points(
    points: Points, references: Points, orbits: Orbits, moved: Ints, clouds: Ints, *, special: bool
) -> Frames:
    """Frames of two points of each of some clouds, of which none is on a line through the centre.

    The columns are the direction of the first point, that of the second across it, and what completes them. The first
    point is one of largest score

        |z_i| (3/2 + sin(s_i) / 2),    s_i = Σ_k w_k cos(a z_i · z_k + b |z_k|² + φ_k) / √n

    and the second, likewise, by its distance from the line of the first. All pairs that tie are tried, with their
    images.

    Args:
        references: the same points, as symmetric as they are up to their tolerance, whose scores count; so neither
            rounding nor noise chooses among points that a symmetry exchanges.
        orbits: the permutations that keep the references.
        moved: `(U,)`, how many of the permutations of a cloud move the pairs.
        clouds: the numbers of those to be looked at.
        special: frames of determinant 1 only.
    """
    z, first, square = references.z, references.first, np.einsum("qi,qi->q", references.z, references.z)
    radius, owner = np.sqrt(square), numbers(orbits.count)  # the cloud of each permutation
    slot = ranges(first[owner], references.size[owner])
    leader = np.arange(len(z))
    np.minimum.at(leader, slot, orbits.flat + np.repeat(first[owner], references.size[owner]))
    u = _FIRST[0] * z
    score = radius * _factor(references, references.cloud, references.phase, u, lambda q, k: _FIRST[1] * square[k])
    i = _leaders(score, leader, references.cloud, np.isin(references.cloud, clouds) & (radius > _THIN))

    # Of each first point i, one row for each point j of its cloud.
    c = references.cloud[i]
    n = references.size[c]
    row, j, begin = numbers(n), ranges(first[c], n), starts(n)
    zi = z[i][row]
    across = z[j] - (np.einsum("qi,qi->q", z[j], zi) / square[i][row])[:, None] * zi
    distance = np.sqrt(np.einsum("qi,qi->q", across, across))
    a, g = numbers(orbits.count[c]), ranges(starts(orbits.count)[c], orbits.count[c])
    local = i - first[c]
    keeps = orbits.images(references, g, local[a]) == local[a]
    a, g = a[keeps], g[keeps]
    slot = ranges(np.zeros_like(a), n[a])
    image = orbits.images(references, np.repeat(g, n[a]), slot)
    leader = np.arange(len(j))
    np.minimum.at(leader, np.repeat(begin[a], n[a]) + slot, np.repeat(begin[a], n[a]) + image)

    def more(q: Ints, k: Ints) -> Floats:
        return _SECOND[1] * np.einsum("qi,qi->q", zi[q], z[k]) + _SECOND[2] * square[k]

    score = distance * _factor(references, c[row], references.phase[j], _SECOND[0] * z[j], more)
    pair = _leaders(score, leader, c[row], distance > _THIN)

    c, i, j = c[row][pair], i[row][pair], j[pair]
    p, g = numbers(moved[c]), ranges(starts(orbits.count)[c], moved[c])
    c = c[p]
    i, j = (first[c] + orbits.images(references, g, x[p] - first[c]) for x in (i, j))
    columns = _frames(points.z[i], points.z[j])
    if special:
        return Frames(c, columns)
    return Frames(np.concatenate([c, c]), np.concatenate([columns, columns * np.array([1.0, 1.0, -1.0])]))


def along(clouds: Ints, axis: Floats, *, special: bool) -> Frames:
    """Frames of clouds that all turns about their axes keep: the first column is the axis, either way."""
    e = np.cross(axis, np.eye(3)[np.abs(axis).argmin(-1)])
    sides = np.array([[1.0, 1.0, 1.0], [-1.0, 1.0, -1.0], [1.0, 1.0, -1.0], [-1.0, 1.0, 1.0]])[: 2 if special else 4]
    columns = _frames(axis, e)[:, None] * sides[:, None]
    return Frames(np.repeat(clouds, len(sides)), columns.reshape(-1, 3, 3))


def about(clouds: Ints, *, special: bool) -> Frames:
    """Frames of clouds that all turns keep: the axes, and their inversion."""
    columns = np.stack([np.eye(3), -np.eye(3)])[: 1 if special else 2]
    return Frames(np.repeat(clouds, len(columns)), np.tile(columns, (len(clouds), 1, 1)))


def _factor(points: Points, cloud: Ints, phase: Floats, u: Floats, more: Callable[[Ints, Ints], Floats]) -> Floats:
    """`3/2 + sin(s_q) / 2`, between 1 and 2: `(Q,)`."""
    return 1.5 + 0.5 * np.sin(points.waves(cloud, u, more) / np.sqrt(points.size[cloud]) + phase)


def _leaders(score: Floats, leader: Ints, cloud: Ints, live: np.ndarray) -> Ints:
    """The first row of each orbit, among the rows that are live, whose score is the largest of its cloud."""
    largest = np.zeros(int(cloud.max(initial=-1)) + 1)
    np.maximum.at(largest, cloud[live], score[live])
    return np.flatnonzero(live & (leader == np.arange(len(score))) & (score >= (1 - _TIE) * largest[cloud]))


def _frames(a: np.ndarray, b: np.ndarray) -> Floats:
    """Right-handed orthonormal frames in columns, the first along `a`, the second towards `b`: `(C, 3, 3)`."""
    e1 = a / np.linalg.norm(a, axis=1, keepdims=True)
    for _ in range(2):  # the second pass takes away what the rounding of the first left
        b = b - np.einsum("ci,ci->c", b, e1)[:, None] * e1
    e2 = b / np.linalg.norm(b, axis=1, keepdims=True)
    return np.stack([e1, e2, np.cross(e1, e2)], axis=-1)
