"""Whether fields on a lattice break their symmetry by one and the same field."""

import numpy as np
import torch

from symbreak.data.samples import Array
from symbreak.diagnosis.case import Case, Measured, is_restricted
from symbreak.diagnosis.direction_sums import DirectionSums, Kept, capacity, selected
from symbreak.diagnosis.domains.lattice_motions import LatticeMotions


def lattice_direction(found: Measured, cases: list[Case], motions: list[LatticeMotions], seed: int) -> DirectionSums:
    """The sums of the unreachable parts, sites and channels as one vector, for lattices of one shape."""
    sums = DirectionSums()
    keys = selected([case.finding.index for case in cases], seed)
    restricted = is_restricted(found.floors, found.squares)
    for case, motion, key, some in zip(cases, motions, keys, restricted, strict=True):
        y = case.rows.astype(np.float64)
        orbits = case.finding.orbits
        assert orbits is not None
        total = np.zeros_like(y)
        np.add.at(total, orbits, y)
        part = y - total[orbits] / np.bincount(orbits)[orbits][:, None]
        kept = ()
        if some:
            kept = (Kept(key, case.finding.index, part.ravel(), _outcomes(case, motion, part, key)),)
        sums = sums.merge(DirectionSums(part.size, part.ravel(), 1.0, None, kept))
    return sums


def _outcomes(case: Case, motion: LatticeMotions, part: Array, key: int) -> Array:
    """`(K, sites · C)`: the part itself, and what random elements of the stabilizer make of it."""
    generator, elements = torch.Generator().manual_seed(key % (1 << 63)), case.finding.elements
    assert elements is not None
    pick = torch.randint(len(elements), (capacity(part.size),), generator=generator)
    moves = motion.permutations(torch.from_numpy(elements)[pick]).numpy()
    moved = [part, *(part[np.argsort(move)] for move in moves)]  # (g y)[g i] = y[i]
    return np.stack(moved).reshape(len(moved), -1)
