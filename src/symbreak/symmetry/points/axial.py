"""What fields leave of the continuous stabilizer of a line or of a place."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from symbreak.groups import Orthogonal, SampleKeys
from symbreak.symmetry.points.closure import largest
from symbreak.symmetry.points.continuous import components
from symbreak.symmetry.points.exact import averaged
from symbreak.symmetry.points.fields import Values
from symbreak.symmetry.points.procrustes import skew, turns
from symbreak.symmetry.points.ragged import Bools, Floats, Ints

_STARTS = 256  # Haar draws, for the finite groups of a place
_STEPS = 40
_MOST = 300  # maps of a finite group; more are a continuous one, but for rounding
_SOLVED = 1e-10  # radians
_APART = 1e-2  # maps closer than this are one


@dataclass(frozen=True, eq=False)
class Broken:
    """What is left: matrices `(k, 3, 3)`, permutations `(k, n)`, and the basis `(d, 3, 3)` of the continuous part."""

    matrices: Floats
    permutations: Ints
    continuous: Floats


@dataclass(frozen=True, eq=False)
class Vectors:
    """The fields of one cloud, in units of their tolerances."""

    fields: Sequence[Values]

    def moved(self, R: Floats) -> Floats:
        """`(K, 3, 3) -> (K, n, D)`, all fields side by side."""
        g = torch.from_numpy(np.ascontiguousarray(R))[:, None]
        moved = [field.rep.act(g, torch.from_numpy(field.f)).numpy() for field in self.fields]
        return np.concatenate(moved, axis=-1)

    def costs(self, R: Floats) -> Floats:
        """`|R f_i - f_j|`, the largest of the fields: `(K, n, n)`."""
        still = self.moved(np.eye(3)[None])[0]
        difference = self.moved(R)[:, :, None] - still
        first = np.cumsum([0] + [field.f.shape[1] for field in self.fields[:-1]])
        return np.sqrt(np.add.reduceat(difference**2, first, axis=-1).max(-1))

    def fit(self, R: Floats, allowed: Bools) -> tuple[Ints, Floats]:
        """Permutations of the slots under which maps keep the fields, and the largest `|R f_i - f_g[i]|` left.

        Each slot goes to the first one it may go to that is left and whose field fits, so slots that are alike keep
        their order. Where none fits the misfit is infinite.

        Shapes:
            R `(K, 3, 3)`, allowed `(n, n)` -> `(K, n)`, `(K,)`.
        """
        cost = np.where(allowed, self.costs(R), np.inf)
        permutation, left = np.empty(cost.shape[:2], dtype=np.int64), np.ones((len(R), cost.shape[1]), dtype=bool)
        worst, each = np.zeros(len(R)), np.arange(len(R))
        for i in range(cost.shape[1]):
            to = ((cost[:, i] <= 1) & left).argmax(1)
            worst = np.maximum(worst, np.where(left[each, to], cost[each, i, to], np.inf))
            permutation[:, i], left[each, to] = to, False
        return permutation, np.where(worst <= 1, worst, np.inf)

    def nearest(self, R: Floats, allowed: Bools) -> Ints:
        """The slots whose fields are nearest to the moved ones, some perhaps twice: `(K, n)`."""
        return np.where(allowed, self.costs(R), np.inf).argmin(-1)

    def waves(self, axis: Floats, R: Floats) -> np.ndarray:
        """`w_m` of `exp(φ A) R f = Σ_m exp(i m φ) w_m`, turning about an axis: complex `(M + 1, n, D)`, m = 0 .. M.

        An irrep of dimension d turns d/2 times at most, so as many angles give all the waves.
        """
        M = max(field.f.shape[1] for field in self.fields) // 2
        N = 2 * M + 1
        angle = 2 * np.pi * np.arange(N) / N
        return np.fft.fft(self.moved(turns(angle[:, None] * axis) @ R), axis=0)[: M + 1] / N

    def generators(self) -> Floats:
        """What the generators of the turns about the three axes are in the representation: `(3, D, D)`."""
        size = [field.f.shape[1] for field in self.fields]
        end, A = np.cumsum(size), np.zeros((3, sum(size), sum(size)))
        for field, d, last in zip(self.fields, size, end, strict=True):
            N = 2 * (d // 2) + 1
            angle = 2 * np.pi * np.arange(N) / N
            m = np.fft.fftfreq(N, 1 / N)
            for k, axis in enumerate(np.eye(3)):
                D = np.fft.fft(field.matrices(turns(angle[:, None] * axis)), axis=0) / N
                A[k, last - d : last, last - d : last] = (1j * m[:, None, None] * D).sum(0).real
        return A


def line(vectors: Vectors, axis: Floats, parts: Floats, allowed: Sequence[Bools]) -> Broken:
    """Of the group of all turns about an axis times some other maps, what keeps the fields.

    If only the still wave of the fields is there, all turns do. If not, the angle of a map in each component follows
    from where it sends the slowest wave of one slot, up to a turn of the wave.

    Args:
        axis: `(3,)`, a unit vector.
        parts: `(c, 3, 3)`, one map of each component, the identity first.
        allowed: for each part, `(n, n)`, the slots to which each slot may go.
    """
    waves = vectors.waves(axis, np.eye(3))
    height = 4 * np.linalg.norm(waves[1:], axis=-1).max(-1, initial=0.0)  # the most that a wave moves a vector
    if height.sum() <= 1:
        fits = [vectors.fit(g[None], to) for g, to in zip(parts, allowed, strict=True)]
        kept = [(g, p[0]) for g, (p, misfit) in zip(parts, fits, strict=True) if misfit[0] + height.sum() <= 1]
        return Broken(np.stack([g for g, _ in kept]), np.stack([p for _, p in kept]), skew(axis)[None])
    m = 1 + int(np.argmax(height > 0.5 / len(height)))
    slot = int(np.linalg.norm(waves[m], axis=-1).argmax())
    found = []
    for g, to in zip(parts, allowed, strict=True):
        moved = vectors.waves(axis, g)
        phase = np.angle((moved[m, slot].conj() * waves[m, to[slot]]).sum(-1))  # (targets,)
        angle = ((phase[:, None] + 2 * np.pi * np.arange(m)) / m).ravel()
        p = vectors.nearest(turns(angle[:, None] * axis) @ g, to)
        overlap = np.stack([(moved.conj() * waves[:, q]).sum((1, 2)) for q in p])
        R = turns(_steepest(overlap, angle)[:, None] * axis) @ g
        found.append((R, *vectors.fit(R, to)))
    R, p, misfit = (np.concatenate(some) for some in zip(*found, strict=True))
    return _group(vectors, R, p, misfit)


def _steepest(overlap: np.ndarray, angle: Floats) -> Floats:
    """The angles near those given at which `Re Σ c_m exp(-i m φ)` is largest, by Newton's method."""
    m = np.arange(overlap.shape[1])
    for _ in range(6):
        wave = overlap * np.exp(-1j * m * angle[:, None])
        slope, bend = (m * wave.imag).sum(1), (m**2 * wave.real).sum(1)
        angle = angle + np.where(bend > 0, slope, 0.0) / np.where(bend > 0, bend, 1.0)
    return angle


def place(vectors: Vectors, allowed: Bools, *, proper: bool) -> Broken:
    """Of O(3) about a place that holds all the slots, or of SO(3), what keeps the fields.

    The generators that move nothing are counted first. If none is left the group is finite, and `R f = f`, up to a
    permutation, is solved from a fixed set of starts, and the solutions closed under products. So it is a group that
    keeps the fields; that it is all of it is as certain as the starts make it.

    Args:
        allowed: `(n, n)`, the slots to which each slot may go.
    """
    inversion = np.stack([np.eye(3), -np.eye(3)])[: 1 if proper else 2]
    slopes = np.einsum("kde,ne->knd", vectors.generators(), vectors.moved(np.eye(3)[None])[0])
    if np.pi * np.linalg.norm(slopes) <= 1:
        p, misfit = vectors.fit(inversion, allowed)
        return Broken(inversion[misfit <= 1], p[misfit <= 1], skew(np.eye(3)))
    values, axes = np.linalg.eigh(np.einsum("ain,bin->ab", slopes, slopes))
    if np.pi * np.sqrt(max(values[0], 0.0)) <= 1:
        parts = components(axes[:, 0][None])[0][:: 2 if proper else 1]
        left = line(vectors, axes[:, 0], parts, [allowed] * len(parts))
        if len(left.continuous):
            return left
    keys = SampleKeys(torch.arange(_STARTS), seed=0)
    start = Orthogonal(3, special=True).sample((_STARTS,), generator=keys, dtype=torch.float64).numpy()
    R = np.concatenate([_solved(vectors, np.concatenate([g[None], g @ start]), allowed) for g in inversion])
    size, R = 0, _fitting(vectors, R, allowed)
    while size < len(R) <= _MOST:
        size, product = len(R), (R[:, None] @ R[None]).reshape(-1, 3, 3)
        R = _fitting(vectors, np.concatenate([R, product]), allowed)
    return _group(vectors, R[:_MOST], *vectors.fit(R[:_MOST], allowed))


def _fitting(vectors: Vectors, R: Floats, allowed: Bools) -> Floats:
    """Those maps that keep the fields, each once."""
    R = R[vectors.fit(R, allowed)[1] <= 1]
    return R[_distinct(R)]


def _solved(vectors: Vectors, R: Floats, allowed: Bools) -> Floats:
    """Levenberg's method on `|R f - f_g|²`, with the permutations that are nearest, from each of the starts."""
    still = vectors.moved(np.eye(3)[None])[0]
    derivative = vectors.generators()
    for _ in range(_STEPS):
        moved = vectors.moved(R)  # (S, n, D)
        J = np.einsum("kde,sne->sndk", derivative, moved).reshape(len(R), -1, 3)
        r = (moved - still[vectors.nearest(R, allowed)]).reshape(len(R), -1, 1)
        square = np.swapaxes(J, 1, 2) @ J
        ridge = np.maximum(1e-9 * np.trace(square, axis1=1, axis2=2), 1e-300)[:, None, None] * np.eye(3)
        w = -np.linalg.solve(square + ridge, np.swapaxes(J, 1, 2) @ r)[..., 0]
        angle = np.linalg.norm(w, axis=1)
        R = turns(w * (0.5 / np.maximum(angle, 0.5))[:, None]) @ R
        if angle.max() < _SOLVED:
            break
    return R


def _distinct(R: Floats) -> Ints:
    """The numbers of one map of each cluster, the first."""
    kept, left = [], np.arange(len(R))
    while len(left):
        kept.append(left[0])
        left = left[np.abs(R[left] - R[left[0]]).max((1, 2)) > _APART]
    return np.array(kept, dtype=np.int64)


def _group(vectors: Vectors, R: Floats, p: Ints, misfit: Floats) -> Broken:
    """The largest group among maps that fit, made exact."""
    still = np.arange(p.shape[1])
    R, p, misfit = np.concatenate([np.eye(3)[None], R]), np.concatenate([still[None], p]), np.append(0.0, misfit)
    kept = np.flatnonzero(misfit <= 1)
    kept = kept[_distinct(R[kept])]
    while True:
        table = _table(R[kept], p[kept])
        group = largest(table, R[kept], misfit[kept])
        number, k = np.full(len(kept), -1), len(group)
        number[group] = np.arange(k)
        table = number[table[group][:, group]].ravel()
        exact, settled = averaged(R[kept[group]], table, np.zeros(k, np.int64), np.full(k, k))
        sent = p[kept[group]]
        left = np.where(settled, vectors.costs(exact)[np.arange(k)[:, None], still, sent].max(1), np.inf)
        if left.max() <= 1:
            return Broken(exact, sent, np.empty((0, 3, 3)))
        kept = np.delete(kept, group[left.argmax()])


def _table(R: Floats, p: Ints) -> Ints:
    """The number of the map nearest to each product, -1 where it is not near or permutes otherwise: `(k, k)`."""
    product = (R[:, None] @ R[None]).reshape(-1, 9)
    square = 6 - 2 * product @ R.reshape(-1, 9).T  # of the distances
    nearest = square.argmin(1)
    sent = p[:, p].reshape(len(product), -1)  # g[h[i]]
    agrees = (square.min(1) < _APART**2) & (sent == p[nearest]).all(1)
    return np.where(agrees, nearest, -1).reshape(len(R), len(R))
