"""Stabilizers of clouds on a line or at one place, as far as the positions go."""

from dataclasses import dataclass

import numpy as np

from symbreak.symmetry.points.clouds import Clouds
from symbreak.symmetry.points.maps import matched
from symbreak.symmetry.points.places import Places
from symbreak.symmetry.points.procrustes import cross, dot, outer
from symbreak.symmetry.points.ragged import Bools, Floats, Ints, numbers


@dataclass(frozen=True, eq=False)
class Extent:
    """How clouds extend.

    That is the largest distance from the centre `(B,)`, the largest from the line through it that fits best `(B,)`, and
    the unit vector along this line `(B, 3)`.
    """

    radius: Floats
    off_axis: Floats
    axis: Floats

    def take(self, kept: Ints) -> "Extent":
        """Those of some of the clouds."""
        return Extent(self.radius[kept], self.off_axis[kept], self.axis[kept])


def extent(clouds: Clouds) -> Extent:
    """The line is the one of least squares."""
    axis = np.linalg.eigh(outer(clouds.x, clouds.x, clouds.first))[1][:, :, 2]
    lead = np.take_along_axis(axis, np.abs(axis).argmax(1)[:, None], axis=1)
    axis = axis * np.sign(lead)  # one of the two directions, whatever the eigensolver gave
    radius = np.sqrt(np.maximum.reduceat(dot(clouds.x, clouds.x), clouds.first))
    return Extent(radius, np.maximum.reduceat(off_axis(clouds.x, axis[numbers(clouds.size)]), clouds.first), axis)


def off_axis(x: Floats, axis: Floats) -> Floats:
    """The distances of points from the lines along unit vectors: `(Q, 3), (Q, 3) -> (Q,)`."""
    across = x - dot(x, axis)[:, None] * axis
    return np.sqrt(dot(across, across))


def components(axis: Floats) -> Floats:
    """One map of each component of D∞h about each axis, closed under products: `(B, 3) -> (B, 4, 3, 3)`.

    They are the identity, a mirror through the axis, a half turn across it, and the mirror across it; the first two
    make C∞v.
    """
    u = axis[:, :, None] * axis[:, None, :]
    least = np.abs(axis).argmin(1)
    e = cross(axis, np.eye(3)[least])
    e /= np.sqrt(dot(e, e))[:, None]
    e = e[:, :, None] * e[:, None, :]
    one = np.eye(3)
    return np.stack([np.broadcast_to(one, u.shape), one - 2 * e, 2 * (one - u - e) - one, one - 2 * u], axis=1)


def flips(places: Places, axis: Floats, tolerance: float, window: Floats) -> tuple[Ints, Bools, Floats]:
    """The partners of places on lines when the line is turned round.

    Shapes:
        -> partner `(P,)`, whether it is a symmetry `(B,)`, the largest distance over all maps that turn the line round
        `(B,)`, infinite beyond the window.
    """
    cloud = np.arange(len(axis))
    partner, _, once = matched(places, cloud, components(axis)[:, 3], np.maximum(window, 2 * tolerance))
    u = axis[places.cloud]
    off = off_axis(places.x, u)
    along = dot(places.x, u)
    distance = np.hypot(along + along[partner], off + off[partner])
    residual = np.where(once, np.maximum.reduceat(distance, places.first), np.inf)
    return partner, residual <= tolerance, np.where(residual <= window, residual, np.inf)
