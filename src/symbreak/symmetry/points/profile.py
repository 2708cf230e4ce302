"""The symmetry of a cloud against the tolerance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.symmetry.points.clouds import spacing
from symbreak.symmetry.points.continuous import extent
from symbreak.symmetry.points.fields import PointField, scaled
from symbreak.symmetry.points.finite import Search
from symbreak.symmetry.points.input import (
    SMALLEST,
    centred,
    check_search,
    labels_checked,
    positions_checked,
    sizes_checked,
)
from symbreak.symmetry.points.stabilizer import PointStabilizer
from symbreak.symmetry.points.straight import at_one_place, on_lines

_O3 = Orthogonal(3)
_STEP = 1e-9  # thresholds closer than this, relatively, are one
_LOOSE = 0.25  # of the least distance between like points


@dataclass(frozen=True, eq=False)
class SymmetryLevel:
    """A stabilizer of a profile.

    Args:
        tolerance: the least at which it is found; the next level's is where it ends.
        stabilizer: with the `gap` to the first map that is not in it.
        measure: the continuous symmetry measure, from 0 to 100: how far the cloud is from having it exactly.
    """

    tolerance: float
    stabilizer: PointStabilizer
    measure: float


def symmetry_profile(
    positions: Tensor,
    *,
    species: Tensor | None = None,
    fields: Sequence[PointField] = (),
    group: Orthogonal = _O3,
    translations: bool = True,
    loosest: float | None = None,
) -> tuple[SymmetryLevel, ...]:
    """All the stabilizers that `point_stabilizer` finds as the tolerance grows, from the tightest to the loosest.

    Nothing is scanned: the maps within the loosest tolerance are found once, and each threshold is the largest residual
    in a group. A tolerance below rounding means nothing; the first level begins there at the latest.

    Args:
        loosest: where to stop; a quarter of the least distance between like points if None, and never as much as half.
    Raises:
        ValueError: as `point_stabilizer`.

    Example:
        >>> rectangle = torch.tensor([[1.0, 1.02, 0.0], [1.0, -1.02, 0.0], [-1.0, 1.02, 0.0], [-1.0, -1.02, 0.0]])
        >>> for level in symmetry_profile(rectangle):
        ...     print(f"{level.tolerance:.3f} {level.stabilizer.schoenflies} {level.measure:.4f}")
        0.000 D2h 0.0000
        0.028 D4h 0.0098

    Reference:
        Zabrodsky, Peleg, Avnir (1992), Continuous symmetry measures, J. Am. Chem. Soc. 114: the measure.
    """
    x = positions_checked(positions)
    size, label = sizes_checked(torch.tensor([0, len(x)]), len(x)), labels_checked(species, len(x))
    check_search(fields, group, 1.0 if loosest is None else loosest, len(x))
    clouds = centred(x, label, np.zeros(1, np.int64), size, translations=translations)
    values, form = scaled(fields, slice(0, len(x))), extent(clouds)
    room = float(spacing(clouds)[0])
    loosest = min(_LOOSE * room, 4 * form.radius[0]) if loosest is None else min(loosest, np.nextafter(room / 2, 0))
    finest, levels, search = max(float(clouds.grain[0]), SMALLEST), [], None
    tolerance = max(loosest, finest)
    while True:
        if 2 * form.radius[0] <= tolerance:
            found = at_one_place(clouds, values, tolerance, form, group)[0]
            least = max(float(found.residuals.max()), 2 * float(form.radius[0]))
        elif 2 * form.off_axis[0] <= tolerance:
            found = on_lines(clouds, values, tolerance, form, group)[0]
            least = max(float(found.residuals.max()), 2 * float(form.off_axis[0]))
        else:
            search = search or Search(clouds, values, tolerance, group)
            groups, gap = search.groups(tolerance)
            found, least = search.stabilizers(groups, gap, tolerance)[0], search.least(groups)
        found = found.to(x.device)
        if levels and _same(found, levels[-1].stabilizer):  # two thresholds that rounding tells apart
            found = levels.pop().stabilizer
        levels.append(SymmetryLevel(least, found, found.measure(x)))
        if least <= finest or (found.order == 1):
            break
        tolerance = min(float(np.nextafter(least, 0)), tolerance * (1 - _STEP))
    return tuple(reversed(levels))


def _same(one: PointStabilizer, two: PointStabilizer) -> bool:
    """Whether two levels hold the same permutations, in whatever order."""
    alike = one.schoenflies == two.schoenflies
    return alike and torch.equal(one.permutations.unique(dim=0), two.permutations.unique(dim=0))
