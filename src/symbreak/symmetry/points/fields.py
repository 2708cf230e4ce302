"""Values at the points that a symmetry must keep too."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from symbreak.representations import Representation, Trivial
from symbreak.symmetry.points.clouds import Clouds, Slots
from symbreak.symmetry.points.ragged import Floats, Ints, numbers, portions, ranges, starts

_ENTRIES = 4_000_000  # of matrices at a time


@dataclass(frozen=True, eq=False)
class PointField:
    """A vector at each point: charges, velocities, spins.

    A map `R` that sends slot `i` to slot `j` keeps the field if `|R f_i - f_j| <= tolerance` for all slots.

    Args:
        rep: how each vector moves: `Trivial(G)` for charges, `Vector(G)` for velocities, which are polar,
            `Irreps(G, "1e")` for spins, which are axial, with the group `G` of the search.
        values: `(N, rep.dim)`.
        tolerance: in the unit of the values.
    Raises:
        ValueError: if the values have another shape or are not finite, or the tolerance is not positive.
    """

    rep: Representation
    values: Tensor
    tolerance: float = 1e-3

    def __post_init__(self):
        if self.values.dim() != 2 or self.values.shape[1] != self.rep.dim:
            raise ValueError(
                f"The field has shape {tuple(self.values.shape)}, but {self.rep!r} moves one vector for each point: "
                f"(N, {self.rep.dim}). A number for each point is (N, 1)."
            )
        if not self.values.isfinite().all():
            where = self.values.isfinite().logical_not().nonzero()[0].tolist()
            raise ValueError(f"values{where} of the field is not finite, so nothing keeps it. Clean the data first.")
        if not self.tolerance > 0:
            raise ValueError(
                f"The field has the tolerance {self.tolerance:g}, but it must be positive: rounding alone moves values."
            )


@dataclass(frozen=True, eq=False)
class Values:
    """A field of some clouds as numbers in units of its tolerance: `(N, dim)`."""

    rep: Representation
    f: Floats

    def matrices(self, R: Floats) -> Floats:
        """`(K, dim, dim)`."""
        return self.rep.matrix(torch.from_numpy(np.ascontiguousarray(R)), dtype=torch.float64).numpy()

    def moved(self, R: Floats, which: Ints, slot: Ints) -> Floats:
        """`R[which] f[slot]`: `(Q, dim)`."""
        if isinstance(self.rep, Trivial):
            return self.f[slot]
        D, moved = self.matrices(R), np.empty((len(slot), self.f.shape[1]))
        for part in portions(np.full(len(slot), self.f.shape[1] ** 2), _ENTRIES):
            moved[part] = np.einsum("qij,qj->qi", D[which[part]], self.f[slot[part]])
        return moved


def scaled(fields: Sequence[PointField], rows: slice) -> list[Values]:
    """The fields at some points in units of their tolerances; those without entries are left out."""
    return [
        Values(field.rep, field.values[rows].detach().to("cpu", torch.float64).numpy() / field.tolerance)
        for field in fields
        if field.rep.dim
    ]


def misfits(clouds: Clouds, fields: Sequence[Values], cloud: Ints, matrix: Floats, permutation: Ints) -> Floats:
    """The largest `|R f_i - f_g[i]|` over slots and fields, in tolerances: `(K,)`.

    Args:
        permutation: `(Σ n,)`, the slots within each cloud.
    """
    size = clouds.size[cloud]
    which, slot = numbers(size), ranges(clouds.first[cloud], size)
    target = permutation + np.repeat(clouds.first[cloud], size)
    worst = np.zeros(len(cloud))
    for field in fields:
        difference = field.moved(matrix, which, slot) - field.f[target]
        worst = np.maximum(worst, np.maximum.reduceat(np.linalg.norm(difference, axis=1), starts(size)))
    return worst


def assigned(
    clouds: Clouds,
    slots: Slots,
    fields: Sequence[Values],
    cloud: Ints,
    matrix: Floats,
    permutation: Ints,
    limit: Floats,
) -> Ints:
    """Permutations that send slots at one place to slots whose fields fit, within the limits `(K,)`.

    Slots whose fields are alike keep their order, so that the permutations multiply as the maps do. Where none fits the
    permutation is left as it is.
    """
    count = np.bincount(slots.place)
    if count.max() == 1:
        return permutation
    permutation, begin = permutation.copy(), starts(clouds.size[cloud])
    for k, c in enumerate(cloud):
        first = clouds.first[c]
        here = slots.place[first : first + clouds.size[c]]
        for place in np.unique(here[count[here] > 1]):
            one = slots.member[slots.begin[place] : slots.begin[place] + count[place]]
            two = np.sort(permutation[begin[k] + one - first] + first)
            fits = cost(fields, matrix[k : k + 1], one, two) <= limit[k]
            permutation[begin[k] + one - first] = two[_first_fit(fits)] - first
    return permutation


def cost(fields: Sequence[Values], matrix: Floats, one: Ints, two: Ints) -> Floats:
    """How far the moved fields at the slots `one` are from those at `two`, in tolerances: `(n, m)`."""
    worst = np.zeros((len(one), len(two)))
    for field in fields:
        moved = field.moved(matrix, np.zeros_like(one), one)
        worst = np.maximum(worst, np.linalg.norm(moved[:, None] - field.f[two][None], axis=-1))
    return worst


def _first_fit(fits: np.ndarray) -> Ints:
    """Each row takes the first column that fits and is left; if one finds none, all take their own."""
    taken: list[int] = []
    for row in fits:
        left = [j for j in np.flatnonzero(row) if j not in taken]
        if not left:
            return np.arange(len(fits))
        taken.append(int(left[0]))
    return np.array(taken, dtype=np.int64)


def alike(clouds: Clouds, slots: Slots, fields: Sequence[Values]) -> Ints:
    """A number for each slot within its cloud, shared by those at one place whose fields are the same: `(N,)`."""
    cloud = numbers(clouds.size)
    leader = slots.member[slots.begin[slots.place]].copy()
    for slot in np.flatnonzero(slots.rank > 0) if fields else ():
        place = slots.place[slot]
        before = slots.member[slots.begin[place] : slots.begin[place] + slots.rank[slot]]
        same = cost(fields, np.eye(3)[None], np.array([slot]), before)[0] <= 1
        leader[slot] = leader[before[same][0]] if same.any() else slot
    return leader - clouds.first[cloud]
