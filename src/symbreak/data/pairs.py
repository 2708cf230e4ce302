"""Two files of structures, before and after: atom by atom, how far each has moved."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product, zip_longest

import numpy as np

from symbreak.data.samples import Array, Refused, Sample, Structure, where
from symbreak.data.structure_rules import full_cell


@dataclass(frozen=True, eq=False)
class Pair:
    """A structure before and after, atom by atom.

    Args:
        before, after: as they are in their files.
        displacement: float64 `(n, 3)`, Å, of each atom of `before`.
        permutation: int64 `(n,)`: atom `i` of `before` is atom `permutation[i]` of `after`.
        strain: float64 `(3, 3)`: the cells obey `after.cell = before.cell (1 + strain)`; None without a cell.
    """

    before: Structure
    after: Structure
    displacement: Array
    permutation: Array
    strain: Array | None = None

    @property
    def reordered(self) -> bool:
        """Whether the two files list the atoms in different orders."""
        return bool((self.permutation != np.arange(len(self.permutation))).any())


def pair(before: Structure, after: Structure, rematch: bool = False) -> Pair:
    """The displacement of each atom, to the nearest image along periodic axes.

        u = (f' - f - t) C,   f = r C⁻¹,  f' = r' C'⁻¹,  t integer, |u| least

    with the cells C before and C' after: a strain of the cell is no displacement, and is reported beside it. Along axes
    that are not periodic coordinates are compared as they are; nothing is shifted or turned. Half a cell away both
    images are equally near, and which is taken is not said.

    Args:
        before, after: with the same species, as often.
        rematch: atoms are taken to be in the same order if their species are. With True, or if the species are in
            another order, each species is matched so that the sum of squared displacements is least, and `permutation`
            reports how; that takes scipy, and displacements that are small against the distances between atoms.

    Raises:
        ValueError: if the numbers of atoms, the species or the periodic axes differ.

    Example:
        >>> box, pbc = np.eye(3) * 4.0, np.ones(3, dtype=bool)
        >>> low = Structure(np.array([[0.1, 0, 0]]), np.array([22]), box, pbc)
        >>> high = Structure(np.array([[3.9, 0, 0]]), np.array([22]), box, pbc)
        >>> pair(low, high).displacement.round(6).tolist()
        [[-0.2, 0.0, 0.0]]
    """
    names = f"{where(before)} before and {where(after)} after"
    n = len(before.numbers)
    if n != len(after.numbers):
        raise ValueError(
            f"{names} have {n} and {len(after.numbers)} atoms, but a displacement takes the same atoms. Repeat the "
            "smaller cell to the size of the larger, or drop the frame from both files."
        )
    if (np.sort(before.numbers) != np.sort(after.numbers)).any():
        raise ValueError(
            f"{names} have the species {_count(before)} and {_count(after)} (atomic number: count), but a displacement "
            "takes the same atoms. Check that the files list the same frames in the same order."
        )
    if (before.pbc != after.pbc).any():
        raise ValueError(
            f"{names} repeat along {before.pbc.tolist()} and {after.pbc.tolist()}, but must along the same axes. Write "
            "pbc in both files."
        )
    old, new, cell = before.positions, after.positions, np.eye(3)
    strain = None
    if before.cell is not None and after.cell is not None and before.periodic:
        cell = full_cell(np.where(before.pbc[:, None], before.cell, 0.0))
        now = np.where(before.pbc[:, None], after.cell, cell)
        strain = np.linalg.solve(cell, now) - np.eye(3)
        new = new @ np.linalg.inv(now)
        old = old @ np.linalg.inv(cell)
    permutation = np.arange(n)
    if rematch or (before.numbers != after.numbers).any():
        permutation = _match(before.numbers, after.numbers, old, new, cell, before.pbc)
    moved = minimum_image(new[permutation] - old, cell, before.pbc)
    return Pair(before, after, moved, permutation, strain)


def pairs(
    before: Iterable[Sample | Refused], after: Iterable[Sample | Refused], rematch: bool = False
) -> Iterator[Pair | Refused]:
    """The frames of two files, each with its counterpart; one that either file refuses is refused.

    Raises:
        ValueError: as `pair`; if a file holds no structures; or if one has more frames than the other.
    """
    missing = object()
    for index, (first, second) in enumerate(zip_longest(before, after, fillvalue=missing)):
        if first is missing or second is missing:
            which = "before" if second is missing else "after"
            raise ValueError(
                f"Frame {index} is only in the file {which}, but each frame needs its counterpart. Give two files with "
                "as many frames, in the same order."
            )
        for which, sample in (("before", first), ("after", second)):
            if isinstance(sample, Refused):
                yield Refused(index, f"{which}: {sample.reason}", sample.line, sample.name)
                break
        else:
            if not (isinstance(first, Structure) and isinstance(second, Structure)):
                kinds = f"{type(first).__name__} and {type(second).__name__}"
                raise ValueError(
                    f"Frame {index} is {kinds}, but atoms move in structures. Give two files of structures."
                )
            yield pair(first, second, rematch)


def minimum_image(fraction: Array, cell: Array, pbc: Array) -> Array:
    """The shortest vector `(f - t) C`, for integers `t` along the periodic axes; exact in skew cells too.

    Shapes:
        fraction `(n, 3)`, cell `(3, 3)`, pbc `(3,)` -> `(n, 3)`.

    Example:
        >>> skew = np.array([[1.0, 0, 0], [0.9, 0.1, 0], [0, 0, 1.0]])
        >>> minimum_image(np.array([[0.5, -0.5, 0.0]]), skew, np.ones(3, dtype=bool)).round(6).tolist()
        [[0.05, -0.05, 0.0]]
    """
    fraction = fraction - np.where(pbc, np.round(fraction), 0.0)
    best = fraction @ cell
    if not pbc.any() or not len(best):
        return best
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)  # between the planes that each vector joins
    reach = np.where(pbc, np.floor(np.linalg.norm(best, axis=1).max() / heights + 0.5), 0).astype(int)
    length = (best**2).sum(1)
    for steps in product(*(range(-k, k + 1) for k in reach)):
        other = (fraction + np.array(steps)) @ cell
        shorter = (square := (other**2).sum(1)) < length * (1 - 1e-12)
        best[shorter], length[shorter] = other[shorter], square[shorter]
    return best


def _count(structure: Structure) -> dict[int, int]:
    numbers, counts = np.unique(structure.numbers, return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def _match(
    species: Array, species_after: Array, fraction: Array, fraction_after: Array, cell: Array, pbc: Array
) -> Array:
    try:
        from scipy.optimize import linear_sum_assignment
    except ModuleNotFoundError:
        raise ImportError(
            "Matching atoms in another order takes the package scipy: python -m pip install scipy"
        ) from None
    permutation = np.zeros(len(species), dtype=np.int64)
    for number in np.unique(species):
        i, j = (species == number).nonzero()[0], (species_after == number).nonzero()[0]
        apart = minimum_image((fraction_after[j] - fraction[i][:, None]).reshape(-1, 3), cell, pbc)
        _, match = linear_sum_assignment((apart**2).sum(1).reshape(len(i), len(j)))
        permutation[i] = j[match]
    return permutation
