"""Where the cosets of clouds come from: their stabilizers, and a frame of each, once for equal clouds."""

from dataclasses import replace

import numpy as np
import torch

from symbreak.groups import Orthogonal
from symbreak.kernels.canonical_frame import Frames, Orbits, Points, about, along, best, canonical_order, from_points
from symbreak.kernels.point_clouds import PointClouds, pieces
from symbreak.kernels.point_cosets import PointCosets
from symbreak.representations import Representation, Vector
from symbreak.symmetry.points import PointField, PointStabilizer, point_stabilizers
from symbreak.symmetry.points.ragged import Floats, Ints, numbers, ranges, starts

_O3 = Orthogonal(3)
_BENT = 0.25  # tolerances: vectors nearer to one line leave the turns about it as they are


def point_cosets(clouds: PointClouds, tolerance: float) -> PointCosets:
    """The cosets of clouds of space, `(N, 3)`."""
    keys, heads = clouds.keys(), {}
    for c, key in enumerate(keys):
        heads.setdefault(key, c)
    number = {key: u for u, key in enumerate(heads)}
    some, size = clouds.take(list(heads.values())), clouds.ptr.diff()
    try:
        cosets = _cosets(some, tolerance)
    except ValueError:  # again, with the clouds numbered as they came
        _stabilizers(clouds.take(size.nonzero()[:, 0].tolist()), clouds.group, tolerance)
        raise
    return replace(cosets, which=torch.tensor([number[key] for key in keys], dtype=torch.int64)).to(size.device)


def _cosets(clouds: PointClouds, tolerance: float) -> PointCosets:
    """One coset for each of some clouds on the CPU. Of a cloud without points it is the whole group."""
    size = clouds.ptr.diff()
    full = size > 0
    groups, frame, order = _framed(clouds.take(full.nonzero()[:, 0].tolist()), tolerance)
    found = iter(groups)
    each = [next(found) if any_ else None for any_ in full.tolist()]
    eye = torch.eye(3, dtype=torch.float64)
    everything, no_slot = torch.stack([eye, -eye])[: 1 if clouds.group.special else 2], torch.zeros(0).long()
    axes = [eye[0] * 0 if group is None or group.axis is None else group.axis for group in each]
    return PointCosets(
        which=torch.arange(len(size)),
        size=size,
        count=torch.tensor([len(everything if g is None else g.rotations) for g in each], dtype=torch.int64),
        rotations=torch.cat([everything if g is None else g.rotations for g in each] or [everything[:0]]),
        permutations=torch.cat([no_slot, *[group.permutations.flatten() for group in groups]]),
        continuous=torch.tensor([3 if g is None else len(g.continuous) for g in each], dtype=torch.int64),
        axis=torch.stack(axes) if axes else torch.zeros(0, 3, dtype=torch.float64),
        frame=eye.repeat(len(size), 1, 1).index_copy(0, full.nonzero()[:, 0], torch.from_numpy(frame)),
        order=torch.from_numpy(order),
        places=torch.cat([no_slot, *[group.places for group in groups]]),
    )


def _framed(clouds: PointClouds, tolerance: float) -> tuple[list[PointStabilizer], Floats, Ints]:
    """Of clouds with points: stabilizers, frames `(U, 3, 3)`, and the canonical order of their slots `(N,)`."""
    special, size = clouds.group.special, clouds.ptr.diff().numpy()
    if not len(size):
        return [], np.empty((0, 3, 3)), np.empty(0, dtype=np.int64)
    groups = wholes = _stabilizers(clouds, clouds.group, tolerance, clouds.fields)
    if clouds.fields or special:
        wholes = _stabilizers(clouds, _O3, tolerance)
    # Where the positions leave turns free and the fields do not, vectors of fields must do for a frame.
    thin = [
        u for u, (G, W) in enumerate(zip(groups, wholes, strict=True)) if len(W.continuous) > len(G.continuous) == 0
    ]
    dull = [u for u in thin if not _bent(clouds.take([u]), groups[u], tolerance)]
    if dull:
        for u, group in zip(dull, _stabilizers(clouds.take(dull), clouds.group, tolerance), strict=True):
            groups[u] = group
        kept = torch.from_numpy(~np.isin(numbers(size), dull))[:, None]
        blank = tuple(replace(field, values=field.values * kept) for field in clouds.fields)
        clouds, thin = replace(clouds, fields=blank), [u for u in thin if u not in dull]

    own, free = _orbits(groups), np.array([len(group.continuous) for group in groups])
    labels = clouds.species.numpy()
    points = references = Points.of(_positions(clouds, groups), labels, size)
    fields = [_scaled(field, groups, size) for field in clouds.fields]
    whole, moved = own, np.ones_like(own.count)
    if wholes is not groups:
        wholes = [groups[u] if u in thin else group for u, group in enumerate(wholes)]
        whole, references = _orbits(wholes), Points.of(_positions(clouds, wholes), labels, size)
        moved = whole.count
    basis = points
    if thin:
        basis, _ = _with_vectors(points, fields, whole, thin)
        references, whole = _with_vectors(references, fields, whole, thin)
    axes = np.array([axis.numpy() for group in groups if (axis := group.axis) is not None]).reshape(-1, 3)
    parts = (
        from_points(basis, references, whole, moved, np.flatnonzero(free == 0), special=special),
        along(np.flatnonzero(free == 1), axes, special=special),
        about(np.flatnonzero(free == 3), special=special),
    )
    frames = Frames(*[np.concatenate(arrays) for arrays in zip(*[(f.cloud, f.columns) for f in parts], strict=True)])
    columns = best(points, fields, frames)
    places = np.concatenate([group.places.numpy() for group in groups])
    return groups, columns, canonical_order(points, fields, columns, places)


def _stabilizers(
    clouds: PointClouds, group: Orthogonal, tolerance: float, fields: tuple[PointField, ...] = ()
) -> list[PointStabilizer]:
    return point_stabilizers(
        clouds.positions,
        clouds.ptr,
        species=clouds.species,
        fields=fields,
        group=group,
        translations=clouds.translations,
        tolerance=tolerance,
    )


def _orbits(groups: list[PointStabilizer]) -> Orbits:
    flat = np.concatenate([group.permutations.numpy().ravel() for group in groups])
    return Orbits(flat, np.array([len(group.permutations) for group in groups]))


def _positions(clouds: PointClouds, groups: list[PointStabilizer]) -> Floats:
    """The positions about the centres, as symmetric as the groups say, in units of the radius: `(N, 3)`."""
    size = clouds.ptr.diff().numpy()
    cloud, centre = numbers(size), torch.stack([group.centre for group in groups]).numpy()
    x = clouds.positions.to(torch.float64).numpy() - centre[cloud]
    y = _averaged(x, torch.cat([group.rotations for group in groups]).mT.numpy(), _orbits(groups), size)
    for u, group in enumerate(groups):
        if len(group.continuous):
            rows, axis = cloud == u, group.axis
            y[rows] = 0.0 if axis is None else np.outer(y[rows] @ axis.numpy(), axis.numpy())
    radius = np.maximum.reduceat(np.sqrt((y * y).sum(1)), starts(size))
    return y / np.where(radius > 0, radius, 1.0)[cloud, None]


def _scaled(field: PointField, groups: list[PointStabilizer], size: Ints) -> tuple[Representation, Floats]:
    """A field as symmetric as the finite groups say, in each cloud of size one at most."""
    f = field.values.to(torch.float64).numpy()
    finite = np.array([not len(group.continuous) for group in groups])[numbers(size), None]
    D = field.rep.matrix(torch.cat([group.rotations for group in groups]).mT, dtype=torch.float64).numpy()
    f = np.where(finite, _averaged(f, D, _orbits(groups), size), f)
    largest = np.maximum.reduceat(np.sqrt((f * f).sum(1)), starts(size))
    return field.rep, f / np.maximum(largest, field.tolerance)[numbers(size), None]


def _averaged(v: Floats, back: Floats, orbits: Orbits, size: Ints) -> Floats:
    """The mean of `g⁻¹ v_g[i]` over the elements of each group, from the matrices of the `g⁻¹`: `(N, D)`."""
    if orbits.count.max() == 1:
        return v
    owner = numbers(orbits.count)
    n, first = size[owner], starts(size)
    moved = np.einsum("qde,qe->qd", back[numbers(n)], v[orbits.flat + np.repeat(first[owner], n)])
    slot = ranges(first[owner], n)
    total = np.stack([np.bincount(slot, column, minlength=len(v)) for column in moved.T], axis=1)
    return total / orbits.count[numbers(size), None]


def _bent(cloud: PointClouds, group: PointStabilizer, tolerance: float) -> bool:
    """Whether the points of one cloud and the vectors of its fields are not on one line through its centre."""
    rows = [(cloud.positions.to(torch.float64) - group.centre) / tolerance]
    for field in cloud.fields:
        rows += [v.to(torch.float64) / field.tolerance for rep, v in pieces(field) if isinstance(rep, Vector)]
    v = torch.cat(rows)
    axis = torch.linalg.svd(v).Vh[0]
    return float((v - (v @ axis)[:, None] * axis).norm(dim=1).max()) > _BENT


def _with_vectors(
    points: Points, fields: list[tuple[Representation, Floats]], orbits: Orbits, thin: list[int]
) -> tuple[Points, Orbits]:
    """The points and, as points of some clouds too, the vectors of fields; and the permutations of all."""
    blocks = [points.z]
    for rep, f in fields:
        values = PointField(rep, torch.from_numpy(f))
        blocks += [v.numpy() for part, v in pieces(values) if isinstance(part, Vector)]
    z, labels, size, flat = [], [], points.size.copy(), []
    number = starts(orbits.count * points.size)
    for u, (first, n, count) in enumerate(zip(points.first, points.size, orbits.count, strict=True)):
        copies = len(blocks) if u in thin else 1
        z += [block[first : first + n] for block in blocks[:copies]]
        labels += [points.labels[first : first + n] * len(blocks) + k for k in range(copies)]
        table = orbits.flat[number[u] : number[u] + count * n].reshape(count, n)
        flat.append(np.concatenate([table + k * n for k in range(copies)], axis=1).ravel())
        size[u] = copies * n
    return Points.of(np.concatenate(z), np.concatenate(labels), size), Orbits(np.concatenate(flat), orbits.count)
