"""The stabilizers of point clouds, one by one or by the batch."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.symmetry.points.clouds import Clouds
from symbreak.symmetry.points.continuous import extent
from symbreak.symmetry.points.fields import PointField, Values, scaled
from symbreak.symmetry.points.finite import finite
from symbreak.symmetry.points.input import (
    centred,
    check_rounding,
    check_search,
    labels_checked,
    positions_checked,
    sizes_checked,
)
from symbreak.symmetry.points.ragged import portions, ranges, starts
from symbreak.symmetry.points.stabilizer import PointStabilizer
from symbreak.symmetry.points.straight import at_one_place, on_lines

_POINTS = 10_000  # at a time
_O3 = Orthogonal(3)


def point_stabilizer(
    positions: Tensor,
    *,
    species: Tensor | None = None,
    fields: Sequence[PointField] = (),
    group: Orthogonal = _O3,
    translations: bool = True,
    tolerance: float = 0.01,
) -> PointStabilizer:
    """The stabilizer of a cloud of points: `{(R, g) : |R x_i - x_g[i]| <= tolerance for all i}`, made a group.

    Points are told apart by their species and by their fields. Maps are taken about the centroid, or about the origin.
    Candidates come from the images of two reference points, are fitted to all points by least squares, and kept by
    their largest error; so none is missed as long as the tolerance is small beside the distances of like points. What
    is returned is always a group: if the maps within the tolerance are not closed under products, the largest group
    among them, and `sharp` is False. Its matrices are exact to rounding, its residuals those of these matrices.

    A cloud is on a line, or at one place, if all turns about it move points by at most the tolerance; the group is
    then told as C∞v or D∞h, or O(3) itself, and not as a finite one.

    Like points at one place, up to rounding, are a multiset: permutations keep their order. Points of different species
    may be at one place, as labels of it.

    Args:
        positions: `(n, 3)`, of any real dtype; the computation is in float64.
        species: integers `(n,)`; all points are alike if None. Weights are species too, or a field of `Trivial`.
        fields: what else must be kept.
        group: `Orthogonal(3)`, or `Orthogonal(3, special=True)` for rotations only.
        translations: look in E(3), about the centroid; else in O(3), about the origin.
        tolerance: the largest distance of an image from its partner, in the unit of the positions (0.01 Å).
    Raises:
        ValueError: if there is no point, a coordinate is not finite, shapes do not fit, two like points are so near
            that the tolerance does not tell one from the other, or rounding moves points by more than the tolerance.

    Example:
        >>> water = torch.tensor([[0.0, 0.0, 0.12], [0.0, 0.76, -0.48], [0.0, -0.76, -0.48]])
        >>> found = point_stabilizer(water, species=torch.tensor([8, 1, 1]))
        >>> found.schoenflies, found.hermann_mauguin, found.order
        ('C2v', 'mm2', 4)
        >>> found.permutations.tolist()
        [[0, 1, 2], [0, 2, 1], [0, 1, 2], [0, 2, 1]]
        >>> point_stabilizer(water[1:]).schoenflies  # two points
        'D∞h'
    """
    x = positions_checked(positions)
    ptr = torch.tensor([0, len(x)])
    return point_stabilizers(
        x, ptr, species=species, fields=fields, group=group, translations=translations, tolerance=tolerance
    )[0]


def point_stabilizers(
    positions: Tensor,
    ptr: Tensor,
    *,
    species: Tensor | None = None,
    fields: Sequence[PointField] = (),
    group: Orthogonal = _O3,
    translations: bool = True,
    tolerance: float = 0.01,
) -> list[PointStabilizer]:
    """The stabilizers of the clouds of a ragged batch, each as `point_stabilizer` finds it, all at once.

    Args:
        positions: `(N, 3)`, the clouds one after the other.
        ptr: int64 `(B + 1,)`, where each cloud begins, and N, as in a PyG batch.
        species, fields, group, translations, tolerance: as for one cloud, of N points.

    Example:
        >>> positions = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]])
        >>> [found.schoenflies for found in point_stabilizers(positions, torch.tensor([0, 3, 4]))]
        ['C2v', 'Kh']
    """
    x = positions_checked(positions)
    size = sizes_checked(ptr, len(x))
    label = labels_checked(species, len(x))
    check_search(fields, group, tolerance, len(x))
    number, first, found = np.arange(len(size)), starts(size), []
    for part in portions(size, _POINTS):
        rows = slice(first[part][0], first[part][0] + size[part].sum())
        clouds = centred(x[rows], label[rows], number[part], size[part], translations=translations)
        check_rounding(clouds, x.dtype, tolerance)
        found += _found(clouds, scaled(fields, rows), tolerance, group)
    return found if x.device.type == "cpu" else [each.to(x.device) for each in found]


def _found(clouds: Clouds, fields: Sequence[Values], tolerance: float, group: Orthogonal) -> list[PointStabilizer]:
    """The stabilizers in the order of the clouds, which extend in two directions, in one, or in none."""
    form = extent(clouds)
    point = 2 * form.radius <= tolerance
    line = ~point & (2 * form.off_axis <= tolerance)
    found: dict[int, PointStabilizer] = {}
    for kept, find in ((~point & ~line, finite), (line, on_lines), (point, at_one_place)):
        number = np.flatnonzero(kept)
        if len(number):
            rows = ranges(clouds.first[number], clouds.size[number])
            some = [Values(field.rep, field.f[rows]) for field in fields]
            each = find(clouds.take(number), some, tolerance, form.take(number), group)
            found.update(zip(number.tolist(), each, strict=True))
    return [found[c] for c in range(len(clouds.size))]
