"""Which structures are taken from a file: finite, not empty, and no two atoms in one place."""

from dataclasses import dataclass, replace

import numpy as np

from symbreak.data.samples import Array, Refused, Structure, not_finite

_DIRECTION = np.array([0.5377, 0.6180, 0.5736])  # no symmetry direction: planes of a crystal do not fall together on it


@dataclass(frozen=True)
class StructureRules:
    """What a structure must obey; the reason for each refusal names the atoms.

    Refused are: no atoms; a position, cell vector or attribute that is NaN or infinite; a periodic axis without a cell
    vector; and two atoms closer than `closest`, in periodic structures to each other's images too.

    Args:
        closest: Å; no bond is shorter than 0.7 Å.
        merge_images: some programs list the atoms on the faces of a cell on every face. With True, atoms of one species
            that differ by a lattice vector become one, the first, and `info["merged_images"]` is how many were dropped;
            with False they are coincident.

    Example:
        >>> cell, ends = np.eye(3) * 4.0, np.array([[0.0, 0, 0], [0, 0, 4.0]])
        >>> twice = Structure(ends, np.array([22, 22]), cell, np.ones(3, dtype=bool))
        >>> StructureRules().admit(twice).reason
        'atoms 0 and 1 are 0 Å apart, through the cell, but ... pass merge_images=True if it lists boundary images.'
        >>> merged = StructureRules(merge_images=True).admit(twice)
        >>> len(merged.numbers), int(merged.info["merged_images"])
        (1, 1)
    """

    closest: float = 0.1
    merge_images: bool = False

    def __post_init__(self):
        if not 0 <= self.closest < np.inf:
            raise ValueError(f"closest is {self.closest}, but a distance is finite and not negative. Give one in Å.")

    def admit(self, structure: Structure) -> Structure | Refused:
        """The structure, with images merged if that was asked for, or the reason against it."""
        reason = _malformed(structure)
        if reason:
            return _refused(structure, reason)
        first, second, distance, image = close_pairs(
            structure.positions, structure.cell, structure.pbc, self.closest, every=self.merge_images
        )
        if not len(first):
            return structure
        i, j = int(first[0]), int(second[0])
        if i == j:
            return _refused(
                structure,
                f"the cell repeats atom {i} at {distance[0]:.3g} Å, below {self.closest:g} Å. Check its units.",
            )
        mergeable = image.all() and (structure.numbers[first] == structure.numbers[second]).all()
        if self.merge_images and mergeable:
            return _merge(structure, first, second)
        fix = "If they are one atom, drop one; if such distances are meant, lower closest"
        if mergeable:
            fix += "; pass merge_images=True if it lists boundary images"
        through = ", through the cell," if image[0] else ","
        return _refused(
            structure,
            f"atoms {i} and {j} are {distance[0]:.3g} Å apart{through} but atoms closer than {self.closest:g} Å are "
            f"taken for coincident. {fix}.",
        )


def close_pairs(
    positions: Array, cell: Array | None, pbc: Array, cutoff: float, every: bool = True
) -> tuple[Array, Array, Array, Array]:
    """Pairs of atoms at most `cutoff` apart: first atom, second atom, distance, whether through the cell.

    Atoms are sorted along one direction and compared with their successors within the cutoff: `O(n log n)` for a cutoff
    below the spacing. Near the faces of the cell each has its image beside it. With `every=False` the search ends at
    the first pairs. An atom is paired with its own image if the cell is thinner than the cutoff.

    Example:
        >>> points = np.array([[0.0, 0, 0], [3.95, 0, 0], [2.0, 0, 0]])
        >>> close_pairs(points, np.eye(3) * 4.0, np.ones(3, dtype=bool), 0.1)[:2]
        (array([0]), array([1]))
    """
    points, owner, shift = _with_images(positions, cell, pbc, cutoff)
    along = points @ (_DIRECTION / np.linalg.norm(_DIRECTION))
    order = along.argsort(kind="stable")
    along = along[order]
    found: list[tuple[Array, Array, Array, Array]] = []
    total = 0
    for step in range(1, len(order)):
        near = (along[step:] - along[:-step] <= cutoff).nonzero()[0]
        if not len(near):
            break
        a, b = order[near], order[near + step]
        distance = np.linalg.norm(points[a] - points[b], axis=1)
        hit = distance <= cutoff
        a, b = a[hit], b[hit]
        found.append((owner[a], owner[b], distance[hit], (shift[a] != shift[b]).any(1)))
        total += int(hit.sum())
        if total > (64 * len(positions) if every else 0):  # a heap of atoms in one place: no need to list its pairs
            break
    if not total:
        none = np.zeros(0, dtype=np.int64)
        return none, none, np.zeros(0), np.zeros(0, dtype=bool)
    i, j, distance, image = (np.concatenate(part) for part in zip(*found, strict=True))
    i, j = np.minimum(i, j), np.maximum(i, j)
    listing = np.lexsort((distance, j, i))
    i, j, distance, image = i[listing], j[listing], distance[listing], image[listing]
    new = np.r_[True, (np.diff(i) != 0) | (np.diff(j) != 0)]  # a pair may meet again as images of both
    return i[new], j[new], distance[new], image[new]


def full_cell(cell: Array) -> Array:
    """The cell with its missing vectors, the rows of zeros, filled in by unit vectors across the others."""
    missing = ~cell.any(1)
    if not missing.any():
        return cell
    across = np.linalg.svd(np.vstack([cell, np.zeros(3)]))[2][3 - missing.sum() :]
    filled = cell.copy()
    filled[missing] = across
    return filled


def _with_images(positions: Array, cell: Array | None, pbc: Array, cutoff: float) -> tuple[Array, Array, Array]:
    """Wrapped points and their images within the cutoff of the cell's faces; whose they are, and by which vector."""
    owner, shift = np.arange(len(positions)), np.zeros((len(positions), 3), dtype=np.int64)
    if cell is None or not pbc.any():
        return positions, owner, shift
    cell = full_cell(cell)
    inverse = np.linalg.inv(cell)
    fraction = positions @ inverse
    for axis in pbc.nonzero()[0]:
        turns = np.floor(fraction[:, axis])
        fraction[:, axis] -= turns
        shift[:, axis] -= turns.astype(np.int64)
        margin = cutoff * np.linalg.norm(inverse[:, axis])
        low, high = fraction[:, axis] <= margin, fraction[:, axis] >= 1 - margin
        step = np.eye(3, dtype=np.int64)[axis]
        fraction = np.concatenate([fraction, fraction[low] + step, fraction[high] - step])
        owner = np.concatenate([owner, owner[low], owner[high]])
        shift = np.concatenate([shift, shift[low] + step, shift[high] - step])
    return fraction @ cell, owner, shift


def _malformed(structure: Structure) -> str:
    n = len(structure.numbers)
    if n == 0:
        return "an empty frame: it has no atoms."
    if structure.positions.shape != (n, 3):
        return f"positions have shape {structure.positions.shape}, but {n} atoms have ({n}, 3)."
    for name, array in structure.arrays.items():
        if array.shape[:1] != (n,):
            return f"the array {name!r} has shape {array.shape}, but an array of {n} atoms starts with {n}."
    bad = np.flatnonzero((~np.isfinite(structure.positions)).any(1))
    if len(bad):
        return f"atom {bad[0]} is at {structure.positions[bad[0]].tolist()}, but coordinates must be finite."
    reason = not_finite(structure.arrays, "the array") or not_finite(structure.info, "the value")
    if reason or not structure.periodic:
        return reason
    if structure.cell is None or not structure.cell[structure.pbc].any(1).all():
        return f"it repeats along {structure.pbc.tolist()}, but a periodic axis needs a cell vector. Give the cell."
    if not np.isfinite(structure.cell).all() or abs(np.linalg.det(full_cell(structure.cell))) < 1e-6:
        return f"the cell {structure.cell.tolist()} has no volume. Give three independent vectors in Å."
    return ""


def _merge(structure: Structure, first: Array, second: Array) -> Structure | Refused:
    """One atom of each set that the pairs connect."""
    label = np.arange(len(structure.numbers))
    while True:
        lower = np.minimum(label[first], label[second])
        before = label.copy()
        np.minimum.at(label, first, lower)
        np.minimum.at(label, second, lower)
        if (label == before).all():
            break
    for name, array in structure.arrays.items():
        same = (
            np.isclose(array, array[label], rtol=1e-6, atol=1e-9) if array.dtype.kind in "fc" else array == array[label]
        )
        if not same.all():
            i = int(np.argwhere(~same)[0, 0])
            return _refused(
                structure,
                f"atoms {label[i]} and {i} are images of one atom, but their {name!r} differ. Drop one of them.",
            )
    kept = np.unique(label)
    return replace(
        structure,
        positions=structure.positions[kept],
        numbers=structure.numbers[kept],
        arrays={name: array[kept] for name, array in structure.arrays.items()},
        info=structure.info | {"merged_images": np.asarray(len(label) - len(kept))},
    )


def _refused(structure: Structure, reason: str) -> Refused:
    return Refused(structure.index, reason, structure.line, structure.name)
