"""From where a structure is looked at, in parallel projection."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbreak.report.diagnosis.example import StructureShown

_TURN, _RISE = np.radians(20), np.radians(16)  # off the directions in which things hide each other
_FLAT = np.radians(32)  # rise above a plane of atoms


@dataclass(frozen=True, eq=False)
class Camera:
    """Three rows: to the right, up, and towards the viewer; an orthogonal matrix of determinant 1."""

    axes: NDArray

    def project(self, points: NDArray) -> NDArray:
        """`(..., 3) -> (..., 3)`: right, up, and how near.

        Example:
            >>> Camera(np.eye(3)).project(np.array([1.0, 2.0, 3.0]))
            array([1., 2., 3.])
        """
        return points @ self.axes.T


def camera(shown: StructureShown) -> Camera:
    """The view of a structure: crystals with their third vector up, molecules with their highest axis up.

    A linear molecule lies from left to right. One without an axis has its longest extent to the right, and its mirror
    plane, or its flattest direction, towards the viewer. All are then turned by 20° and looked at from a little above.
    """
    if shown.cell is not None:
        return _of_cell(shown.cell)
    x = shown.positions - shown.centre
    axes = [element for element in shown.elements if element.kind == "axis"]
    axis = axes[0].direction if axes else None
    if axis is not None and axes[0].order is None:
        return _from(up=_across(axis), right=axis, rise=_RISE)
    if axis is not None:
        up = axis
        rest = x - np.outer(x @ up, up)
        far = np.linalg.norm(rest, axis=1)
        flat = np.abs(x @ up).max(initial=0) < 0.2 * max(far.max(initial=0), 1e-9)
        right = rest[np.argmax(far > 0.99 * far.max(initial=0))] if far.max(initial=0) > 0.1 else _across(up)
        return _from(up, right, _FLAT if flat else _RISE)
    vectors = np.linalg.eigh(x.T @ x)[1]  # the longest extent last
    planes = [element.direction for element in shown.elements if element.kind == "plane"]
    right, towards = vectors[:, 2], vectors[:, 0]
    if planes and planes[0] is not None:
        towards = planes[0]
    right = right - (right @ towards) * towards
    if np.linalg.norm(right) < 1e-3:
        right = _across(towards)
    return _from(np.cross(towards, right), right, _RISE)


def _of_cell(cell: NDArray) -> Camera:
    up = cell[2] / np.linalg.norm(cell[2])
    right = np.cross(up, cell[0])  # the first vector comes out of the page
    return _from(up, right, np.radians(12))


def _across(direction: NDArray) -> NDArray:
    """A unit vector at right angles to one."""
    other = np.eye(3)[np.abs(direction).argmin()]
    found = np.cross(direction, other)
    return found / np.linalg.norm(found)


def _from(up: NDArray, right: NDArray, rise: float) -> Camera:
    """Turned about the vertical, then raised."""
    up = up / np.linalg.norm(up)
    right = right - (right @ up) * up
    right = right / np.linalg.norm(right)
    towards = np.cross(right, up)
    right, towards = (
        np.cos(_TURN) * right - np.sin(_TURN) * towards,
        np.sin(_TURN) * right + np.cos(_TURN) * towards,
    )
    up, towards = np.cos(rise) * up - np.sin(rise) * towards, np.sin(rise) * up + np.cos(rise) * towards
    return Camera(np.stack([right, up, towards]))
