"""What near-symmetries cost: floors at looser tolerances, and how steep a model must be to escape them."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch

from symbreak.data.samples import Structure
from symbreak.data.targets import Per
from symbreak.diagnosis.case import Case
from symbreak.diagnosis.target_counts import NearFloor
from symbreak.groups import Orthogonal
from symbreak.representations import Representation, Vector
from symbreak.symmetry.curie import approximate_floor, curie_floors
from symbreak.symmetry.site_representation import SiteRepresentation


class NearCase(NamedTuple):
    """A target, with the finding at a looser tolerance in place of the one that counts, and the structure."""

    case: Case
    structure: Structure


def near_floor(rep: Representation, cases: Sequence[NearCase], tolerance: float) -> NearFloor:
    """The floor of structures that gain symmetry, and for molecules the Lipschitz constant that reaches the target.

    That is taken over the motions that were gained: no constant reaches what the others forbid. For crystals the
    distance between an input and its image is one modulo the lattice, and only the floor is given.

    Args:
        rep: how a row of the target moves.
        cases: with the findings at the looser tolerance.
        tolerance: the one that counts, in Å.
    """
    found = NearFloor()
    for case, structure in cases:
        symmetry = case.finding.symmetry
        assert symmetry is not None
        rows, per_node = torch.from_numpy(case.rows).to(torch.float64), case.per is Per.NODE
        if structure.periodic:
            floor = curie_floors([symmetry], rep, rows, per_node=per_node)
            found = found.merge(NearFloor(1, float(floor.squared_error.sum())))
            continue
        x = torch.from_numpy(structure.positions).to(torch.float64)
        n, group = len(x), rep.group
        assert isinstance(group, Orthogonal)
        inputs = SiteRepresentation(Vector(group), n)
        outputs, y = (SiteRepresentation(rep, n), rows) if per_node else (rep, rows[0])
        near = approximate_floor(symmetry, inputs, x - x.mean(0), outputs, y)
        slopes = near.ratio[near.moved_in > tolerance]
        steepness = float(slopes.max()) if len(slopes) else 0.0
        known = steepness > 0
        found = found.merge(
            NearFloor(
                1,
                float(near.curie.squared_error),
                (steepness, case.finding.index) if known else None,
                {math.floor(math.log10(steepness)): 1} if known else {},
            )
        )
    return found
