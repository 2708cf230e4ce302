"""Stabilizers of clouds on a line or at one place."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from symbreak.groups import Orthogonal
from symbreak.symmetry.points import axial
from symbreak.symmetry.points.axial import Broken
from symbreak.symmetry.points.clouds import Clouds, settled
from symbreak.symmetry.points.continuous import Extent, components, flips, off_axis
from symbreak.symmetry.points.fields import Values, alike
from symbreak.symmetry.points.names import schoenflies
from symbreak.symmetry.points.procrustes import skew, torque
from symbreak.symmetry.points.ragged import Floats, Ints
from symbreak.symmetry.points.stabilizer import PointStabilizer


@dataclass(frozen=True, eq=False)
class _Told:
    """What the stabilizers of a batch have in common, and the slots that nothing tells apart."""

    clouds: Clouds
    tolerance: float
    group: Orthogonal
    twins: Ints

    @cached_property
    def rows(self) -> list[slice]:
        """The slots of each cloud."""
        each = zip(self.clouds.first.tolist(), self.clouds.size.tolist(), strict=True)
        return [slice(first, first + n) for first, n in each]

    def stabilizer(self, c: int, name: str, left: Broken, residuals: Floats, gap: float) -> PointStabilizer:
        """That of one cloud."""
        tensor = torch.from_numpy
        return PointStabilizer(
            self.group,
            name,
            tensor(left.matrices),
            tensor(left.permutations),
            tensor(residuals),
            gap,
            self.tolerance,
            tensor(self.clouds.centre[c]),
            tensor(left.continuous),
            tensor(self.twins[self.rows[c]]),
        )

    def broken(self, c: int, left: Broken, gap: float) -> PointStabilizer:
        """The same of a group that fields left, with its name and residuals."""
        x, R, p = self.clouds.x[self.rows[c]], left.matrices, left.permutations
        image = x @ np.swapaxes(R, 1, 2)  # (k, n, 3)
        distance = np.linalg.norm(image - x[p], axis=-1)
        if len(left.continuous) == 3:
            name = "K" if len(R) == 1 else "Kh"
            distance = np.linalg.norm(x, axis=-1) + np.linalg.norm(x[p], axis=-1)
        elif len(left.continuous) == 1:
            axis = torque(left.continuous[0]) / 2
            name = _axial_name(R, axis)
            off = off_axis(x, axis[None])
            distance = np.hypot(image @ axis - (x @ axis)[p], off + off[p])
        else:
            name = schoenflies(R, np.array([0]))[0]
        return self.stabilizer(c, name, left, distance.max(1), gap)


def on_lines(
    clouds: Clouds, fields: Sequence[Values], tolerance: float, form: Extent, group: Orthogonal
) -> list[PointStabilizer]:
    """The stabilizers of clouds on lines: C∞v and D∞h, their rotations, and what fields leave of them."""
    places, slots, window, _ = settled(clouds, tolerance)
    told, proper = _Told(clouds, tolerance, group, alike(clouds, slots, fields)), group.special
    partner, turned, residual = flips(places, form.axis, tolerance, window)
    still, everyone = np.arange(len(places.x)), np.arange(len(clouds.size))
    same = slots.permutations(places, clouds, everyone, still)
    flipped = slots.permutations(places, clouds, everyone, np.where(turned[places.cloud], partner, still))
    parts, turn = components(form.axis)[:, :: 2 if proper else 1], skew(form.axis)[:, None]
    flip = np.array([False, True] if proper else [False, False, True, True])[:, None]
    permutations, residuals = np.where(flip, flipped, same), np.where(flip, residual, 2 * form.off_axis)
    found = []
    for c, gap in enumerate(np.where(turned, np.inf, residual).tolist()):
        rows, k = told.rows[c], len(flip) if turned[c] else len(flip) // 2
        if fields:
            here = [Values(field.rep, field.f[rows]) for field in fields]
            place = slots.place[rows]
            to = [(partner if turned_round else still)[place][:, None] == place for turned_round in flip[:k, 0]]
            found.append(told.broken(c, axial.line(axial.Vectors(here), form.axis[c], parts[c, :k], to), gap))
        else:
            name = {1: "C∞", 2: "D∞" if proper else "C∞v", 4: "D∞h"}[k]
            left = Broken(parts[c, :k], permutations[:k, rows], turn[c])
            found.append(told.stabilizer(c, name, left, residuals[:k, c], gap))
    return found


def at_one_place(
    clouds: Clouds, fields: Sequence[Values], tolerance: float, form: Extent, group: Orthogonal
) -> list[PointStabilizer]:
    """The stabilizers of clouds at one place: O(3) or SO(3), and what fields leave of it."""
    _, slots, _, _ = settled(clouds, tolerance)
    told, proper = _Told(clouds, tolerance, group, alike(clouds, slots, fields)), group.special
    name, matrices = ("K", np.eye(3)[None]) if proper else ("Kh", np.stack([np.eye(3), -np.eye(3)]))
    found = []
    for c, n in enumerate(clouds.size.tolist()):
        rows = told.rows[c]
        if fields:
            here = [Values(field.rep, field.f[rows]) for field in fields]
            place = slots.place[rows]
            left = axial.place(axial.Vectors(here), place[:, None] == place, proper=proper)
            found.append(told.broken(c, left, math.inf))
        else:
            left = Broken(matrices.copy(), np.arange(n)[None].repeat(len(matrices), axis=0), skew(np.eye(3)))
            found.append(told.stabilizer(c, name, left, (2 * form.radius[c]).repeat(len(matrices)), math.inf))
    return found


def _axial_name(R: Floats, axis: Floats) -> str:
    """The name of a group of all turns about an axis, from one map of each of its components."""
    if len(R) != 2:
        return "C∞" if len(R) == 1 else "D∞h"
    if np.linalg.det(R[1]) > 0:
        return "D∞"
    return "C∞v" if axis @ R[1] @ axis > 0 else "C∞h"
