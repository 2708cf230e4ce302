"""Drawing in space by parallel projection: what is nearer is drawn later, and what is further fades."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.diagnosis.camera import Camera
from symbreak.report.diagnosis.species_style import faded

FRONT = 60.0  # an order before everything
_FOG = 0.35  # how much the furthest fades
_PIECES = 24  # of a line
_LEAST = 1.5  # Å, half of the width of a picture


class Canvas:
    """The axes of a picture, and the space that it shows.

    Args:
        axes: of matplotlib, empty.
        camera: from where it is looked at.
        middle: `(3,)`, what is in the middle.
        points: `(m, 3)`, what there is; the depth is that of these.
    """

    def __init__(self, axes: Any, camera: Camera, middle: NDArray, points: NDArray):
        self.axes, self.camera, self.middle = axes, camera, middle
        self.size = float(np.linalg.norm(points - middle, axis=1).max(initial=0.0))
        near = self.seen(points)[:, 2]
        self._back, self._front = float(near.min()), float(near.max())
        self._corners: list[NDArray] = []
        axes.set_aspect("equal")
        axes.set_axis_off()

    def seen(self, points: NDArray) -> NDArray:
        """`(..., 3) -> (..., 3)`: right, up, and how near, from the middle."""
        return self.camera.project(points - self.middle)

    def order(self, near: float) -> float:
        """The place of a thing at some depth among those that are drawn; more is later."""
        return 10 + 10 * (near - self._back) / max(self._front - self._back, 1e-9)

    def fade(self, colour: str, near: float) -> str:
        """A colour at some depth."""
        depth = (self._front - near) / max(self._front - self._back, 1e-9)
        return faded(colour, _FOG * float(np.clip(depth, 0, 1)) if self._front - self._back > 0.5 else 0.0)

    def keep(self, places: NDArray, air: float = 0.0) -> None:
        """Makes room for places `(..., 2)` and some air about them."""
        self._corners += [places.reshape(-1, 2).min(0) - air, places.reshape(-1, 2).max(0) + air]

    def frame(self) -> None:
        """Shows all that room was made for, and some air about what is small."""
        corners = np.array(self._corners)
        low, high = corners.min(0), corners.max(0)
        middle, half = (low + high) / 2, np.maximum((high - low) / 2 + 0.12, _LEAST)
        self.axes.set_xlim(middle[0] - half[0], middle[0] + half[0])
        self.axes.set_ylim(middle[1] - half[1], middle[1] + half[1])

    def line(self, ends: NDArray, **style: Any) -> None:
        """A line `(2, 3)`, in pieces that are each drawn at their own depth."""
        points = self.seen(ends[0] + np.linspace(0, 1, _PIECES + 1)[:, None] * (ends[1] - ends[0]))
        self.keep(points[[0, -1], :2])
        for one, two in zip(points, points[1:], strict=False):
            order = self.order(float(one[2] + two[2]) / 2)
            self.axes.plot([one[0], two[0]], [one[1], two[1]], zorder=order, solid_capstyle="round", **style)

    def text(self, place: Sequence[float] | NDArray, text: str, **style: Any) -> None:
        """Text in front of everything, at a place `(2,)` of the picture."""
        from matplotlib.patheffects import withStroke

        self.keep(np.asarray(place), 0.07 * self.size)
        halo = [withStroke(linewidth=2.5, foreground="white")]
        x, y = place
        self.axes.text(x, y, text, ha="center", va="center", zorder=FRONT, path_effects=halo, **style)

    def arrow(self, tail: NDArray, tip: NDArray, ink: str, order: float) -> None:
        """An arrow between two places `(2,)` of the picture."""
        from matplotlib.patches import FancyArrowPatch
        from matplotlib.patheffects import withStroke

        self.keep(np.stack([tail, tip]))
        self.axes.add_patch(
            FancyArrowPatch(
                (float(tail[0]), float(tail[1])), (float(tip[0]), float(tip[1])), shrinkA=0, shrinkB=0, color=ink,
                arrowstyle="-|>,head_length=0.4,head_width=0.2", mutation_scale=9, linewidth=1.3, zorder=order,
                path_effects=[withStroke(linewidth=3, foreground="white")],
            )
        )  # fmt: skip
