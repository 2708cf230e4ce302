"""Stabilizers of clouds on a line or at one place."""

import math
from collections.abc import Sequence

import numpy as np

from symbreak.symmetry.points import axial
from symbreak.symmetry.points.clouds import Clouds, settled
from symbreak.symmetry.points.continuous import Extent, components, flips, off_axis
from symbreak.symmetry.points.fields import Values, alike
from symbreak.symmetry.points.finding import Finding
from symbreak.symmetry.points.names import schoenflies
from symbreak.symmetry.points.procrustes import skew, torque
from symbreak.symmetry.points.ragged import Floats, Ints


def on_lines(
    clouds: Clouds, fields: Sequence[Values], tolerance: float, form: Extent, *, proper: bool
) -> list[Finding]:
    """The stabilizers of clouds on lines: C∞v and D∞h, their rotations, and what fields leave of them."""
    places, slots, window, _ = settled(clouds, tolerance)
    partner, turned, residual = flips(places, form.axis, tolerance, window)
    still, everyone = np.arange(len(places.x)), np.arange(len(clouds.size))
    same = slots.permutations(places, clouds, everyone, still)
    flipped = slots.permutations(places, clouds, everyone, np.where(turned[places.cloud], partner, still))
    twins, parts, turn = alike(clouds, slots, fields), components(form.axis), skew(form.axis)[:, None]
    gap = np.where(turned, np.inf, residual).tolist()
    flip = np.array([False, True] if proper else [False, False, True, True])
    found = []
    for c, (first, n) in enumerate(zip(clouds.first.tolist(), clouds.size.tolist(), strict=True)):
        rows, k = slice(first, first + n), len(flip) if turned[c] else len(flip) // 2
        matrices = parts[c, :: 2 if proper else 1][:k]
        if fields:
            here = [Values(field.rep, field.f[rows]) for field in fields]
            place = slots.place[rows]
            to = [(partner if turned_round else still)[place][:, None] == place for turned_round in flip[:k]]
            left = axial.line(axial.Vectors(here), form.axis[c], matrices, to)
            found.append(_broken(clouds.x[rows], left, gap[c], twins[rows]))
        else:
            name = {1: "C∞", 2: "D∞" if proper else "C∞v", 4: "D∞h"}[k]
            permutations = np.where(flip[:k, None], flipped[rows], same[rows])
            residuals = np.where(flip[:k], residual[c], 2 * form.off_axis[c])
            found.append(Finding(name, matrices, permutations, residuals, gap[c], turn[c], twins[rows]))
    return found


def at_one_place(
    clouds: Clouds, fields: Sequence[Values], tolerance: float, form: Extent, *, proper: bool
) -> list[Finding]:
    """The stabilizers of clouds at one place: O(3) or SO(3), and what fields leave of it."""
    _, slots, _, _ = settled(clouds, tolerance)
    twins, all_turns, found = alike(clouds, slots, fields), skew(np.eye(3)), []
    name, matrices = ("K", np.eye(3)[None]) if proper else ("Kh", np.stack([np.eye(3), -np.eye(3)]))
    for c, (first, n) in enumerate(zip(clouds.first.tolist(), clouds.size.tolist(), strict=True)):
        rows = slice(first, first + n)
        if fields:
            here = [Values(field.rep, field.f[rows]) for field in fields]
            place = slots.place[rows]
            left = axial.place(axial.Vectors(here), place[:, None] == place, proper=proper)
            found.append(_broken(clouds.x[rows], left, math.inf, twins[rows]))
        else:
            permutations = np.arange(n)[None].repeat(len(matrices), axis=0)
            residuals = (2 * form.radius[c]).repeat(len(matrices))
            found.append(Finding(name, matrices.copy(), permutations, residuals, math.inf, all_turns, twins[rows]))
    return found


def _broken(x: Floats, left: axial.Broken, gap: float, twins: Ints) -> Finding:
    """The finding of a group that fields left, with its name and residuals."""
    R, p = left.matrices, left.permutations
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
    return Finding(name, R, p, distance.max(1), gap, left.continuous, twins)


def _axial_name(R: Floats, axis: Floats) -> str:
    """The name of a group of all turns about an axis, from one map of each of its components."""
    if len(R) != 2:
        return "C∞" if len(R) == 1 else "D∞h"
    if np.linalg.det(R[1]) > 0:
        return "D∞"
    return "C∞v" if axis @ R[1] @ axis > 0 else "C∞h"
