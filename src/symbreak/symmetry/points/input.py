"""What the searches are given: checked, and as arrays about the centres."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.symmetry.points.clouds import Clouds
from symbreak.symmetry.points.fields import PointField
from symbreak.symmetry.points.ragged import Ints, starts

_GRAIN = 64  # units in the last place of the largest coordinate: what rounding may put between equal points
_EXACT = float(np.finfo(np.float64).eps)  # the search is in float64
SMALLEST, _LARGEST = 1e-40, 1e40  # lengths whose sixth powers, in determinants of inertias, are still numbers


def centred(x: Tensor, label: Ints, number: Ints, size: Ints, *, translations: bool) -> Clouds:
    """Clouds about their centroids, or about the origin."""
    first, points = starts(size), x.to("cpu", torch.float64).numpy()
    grain = _GRAIN * _rounding(x.dtype) * np.maximum.reduceat(np.abs(points).max(1), first)
    centre = np.add.reduceat(points, first) / size[:, None]
    if not translations:
        centre = np.zeros_like(centre)
    return Clouds(points - np.repeat(centre, size, axis=0), label, number, size, grain, centre)


def _rounding(dtype: torch.dtype) -> float:
    return torch.finfo(dtype).eps if dtype.is_floating_point else _EXACT


def check_rounding(clouds: Clouds, dtype: torch.dtype, tolerance: float) -> None:
    """Refuses a tolerance below what rounding does to the coordinates as given, or to images of points in float64."""
    lost = clouds.grain * max(1 / _GRAIN, _EXACT / _rounding(dtype))
    if (lost > tolerance).any():
        c = int(np.argmax(lost > tolerance))
        raise ValueError(
            f"The tolerance is {tolerance:g}, but the coordinates of cloud {clouds.number[c]} are so large that "
            f"{dtype} rounds them by up to {lost[c]:.2g}. Use a larger tolerance, or subtract the centre in float64."
        )


def positions_checked(positions: Tensor) -> Tensor:
    """Refuses points that are not finite, or not of space."""
    x = torch.as_tensor(positions).detach()
    if x.is_complex() or x.dtype == torch.bool:
        raise ValueError(f"The positions are {x.dtype}, but the coordinates of points are real numbers.")
    if x.dim() != 2 or x.shape[1] != 3:
        raise ValueError(
            f"The positions have shape {tuple(x.shape)}, but points of space are (N, 3). Give points of the plane a "
            "third coordinate of 0, and a batch (B, n, 3) as (B n, 3) with its ptr."
        )
    if x.numel() and not float(x.abs().max()) <= _LARGEST:  # NaN is not
        finite = x.isfinite()
        if not finite.all():
            where = finite.logical_not().nonzero()[0].tolist()
            raise ValueError(
                f"positions{where} is {x[tuple(where)].item()}, so no map can be said to keep the cloud. Clean the "
                "data first."
            )
        raise ValueError(
            f"The largest coordinate is {x.abs().max():.3g}, but lengths are at most {_LARGEST:g}, since their powers "
            "must be numbers of float64. Choose another unit."
        )
    return x


def sizes_checked(ptr: Tensor, points: int) -> Ints:
    """The numbers of points of the clouds, none of them 0."""
    bounds = torch.as_tensor(ptr).detach().cpu().numpy()
    if bounds.ndim != 1 or bounds.dtype.kind not in "iu" or not len(bounds) or bounds[0] or bounds[-1] != points:
        raise ValueError(
            f"ptr is {bounds.tolist()} for {points} points, but it holds integers, begins with 0, ends with the number "
            "of points and has one entry more than there are clouds."
        )
    size = np.diff(bounds.astype(np.int64))
    if (size <= 0).any():
        c = int(np.argmax(size <= 0))
        raise ValueError(
            f"Cloud {c} has {size[c]} points, but a stabilizer is that of at least one: every map keeps nothing. Leave "
            "empty clouds out."
        )
    return size


def labels_checked(species: Tensor | None, points: int) -> Ints:
    """The species as an array."""
    if species is None:
        return np.zeros(points, dtype=np.int64)
    label = torch.as_tensor(species)
    if label.shape != (points,) or label.is_floating_point() or label.is_complex():
        raise ValueError(
            f"species has shape {tuple(label.shape)} and dtype {label.dtype}, but {points} points have one integer "
            f"each: ({points},). Real numbers, such as charges, are a field of Trivial with a tolerance."
        )
    return label.detach().cpu().numpy().astype(np.int64)


def check_search(fields: Sequence[PointField], group: Orthogonal, tolerance: float, points: int) -> None:
    """Refuses what the search cannot do."""
    if not isinstance(group, Orthogonal) or group.n != 3:
        raise ValueError(f"The group is {group!r}, but points of space turn under Orthogonal(3), special or not.")
    if not SMALLEST <= tolerance < np.inf:
        raise ValueError(
            f"The tolerance is {tolerance}, but it must be positive and finite, {SMALLEST:g} at least: rounding alone "
            "moves points. For exact input try 1e-6 of its size."
        )
    for field in fields:
        if field.rep.group != group:
            raise ValueError(
                f"A field moves under {field.rep.group!r} and the search is in {group!r}, but one element moves both: "
                "build the field's representation from the group of the search."
            )
        if len(field.values) != points:
            raise ValueError(f"A field has {len(field.values)} vectors, but there are {points} points: one for each.")
