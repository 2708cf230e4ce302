"""What the searches are given: checked, and as arrays about the centres."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.symmetry.points.clouds import Clouds
from symbreak.symmetry.points.fields import PointField
from symbreak.symmetry.points.ragged import Floats, Ints, starts

_GRAIN = 64  # units in the last place of the largest coordinate: what rounding may put between equal points


def centred(x: Tensor, label: Ints, number: Ints, size: Ints, *, translations: bool) -> tuple[Clouds, Floats]:
    """Clouds about their centres, and the centres `(B, 3)`."""
    first, points = starts(size), x.detach().to("cpu", torch.float64).numpy()
    rounding = torch.finfo(x.dtype).eps if x.is_floating_point() else np.finfo(np.float64).eps
    grain = _GRAIN * rounding * np.maximum.reduceat(np.abs(points).max(1), first)
    centre = np.add.reduceat(points, first) / size[:, None]
    if not translations:
        centre = np.zeros_like(centre)
    return Clouds(points - np.repeat(centre, size, axis=0), label, number, size, grain), centre


def positions_checked(positions: Tensor) -> Tensor:
    """Refuses points that are not finite, or not of space."""
    x = torch.as_tensor(positions)
    if x.dim() != 2 or x.shape[1] != 3:
        raise ValueError(
            f"The positions have shape {tuple(x.shape)}, but points of space are (N, 3). Give points of the plane a "
            "third coordinate of 0, and a batch (B, n, 3) as (B n, 3) with its ptr."
        )
    if not x.isfinite().all():
        where = x.isfinite().logical_not().nonzero()[0].tolist()
        raise ValueError(
            f"positions{where} is {x[tuple(where)].item()}, so no map can be said to keep the cloud. Clean the data "
            "first."
        )
    return x


def sizes_checked(ptr: Tensor, points: int) -> Ints:
    """The numbers of points of the clouds, none of them 0."""
    bounds = torch.as_tensor(ptr).detach().cpu().numpy()
    if bounds.ndim != 1 or len(bounds) < 1 or bounds[0] != 0 or bounds[-1] != points:
        raise ValueError(
            f"ptr is {bounds.tolist()} for {points} points, but it begins with 0, ends with the number of points and "
            "has one entry more than there are clouds."
        )
    size = np.diff(bounds).astype(np.int64)
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
    if not 0 < tolerance < np.inf:
        raise ValueError(
            f"The tolerance is {tolerance}, but it must be positive and finite: rounding alone moves points. For exact "
            "input try 1e-6 of its size."
        )
    for field in fields:
        if field.rep.group != group:
            raise ValueError(
                f"A field moves under {field.rep.group!r} and the search is in {group!r}, but one element moves both: "
                "build the field's representation from the group of the search."
            )
        if len(field.values) != points:
            raise ValueError(f"A field has {len(field.values)} vectors, but there are {points} points: one for each.")
