"""Axes with their symbols, mirror planes as translucent discs, and inversion centres."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symbreak.report.diagnosis.canvas import FRONT, Canvas
from symbreak.report.diagnosis.example import Element
from symbreak.report.diagnosis.shown_elements import symbol
from symbreak.report.style import BLUE, INK, VERMILION

_PLANE = "#009E73"  # Okabe and Ito: bluish green
_BEYOND = 0.16  # Å, from the end of an axis to its symbol


def draw_elements(canvas: Canvas, elements: Sequence[Element], centre: NDArray, reach: float, atoms: NDArray) -> None:
    """Draws symmetry elements through a point; the highest axis and its equals in another colour.

    Args:
        canvas: to draw on.
        elements: those that are drawn.
        centre: `(3,)`, in Å.
        reach: how far axes go from it, in Å.
        atoms: `(m, 3)`, what symbols should not cover.
    """
    highest = next((element.class_number for element in elements if element.kind == "axis"), 0)
    taken = list(canvas.seen(atoms)[:, :2])
    for element in elements:
        if element.kind == "plane" and element.direction is not None:
            _disc(canvas, centre, element.direction, 0.92 * reach)
    for element in elements:
        if element.kind == "axis" and element.direction is not None:
            main = element.class_number == highest
            ink, length = (VERMILION, 1.15 * reach) if main else (BLUE, reach)
            ends = centre + np.outer([-length, length], element.direction)
            canvas.line(ends, color=ink, linewidth=1.3 if main else 0.9)
            place = _roomiest(canvas, centre, centre + 1.06 * (ends - centre), taken)
            taken.append(place)
            canvas.text(place, symbol(element), color=ink, fontsize=9)
    if any(element.kind == "centre" for element in elements):
        x, y, _ = canvas.seen(centre)
        canvas.keep(np.array([x, y]))
        style = {"color": "white", "markeredgecolor": INK, "markeredgewidth": 1, "zorder": FRONT - 2}
        canvas.axes.plot(x, y, "o", markersize=5.5, **style)
        canvas.axes.plot(x, y, "o", markersize=1.5, color=INK, zorder=FRONT - 1)


def _roomiest(canvas: Canvas, centre: NDArray, ends: NDArray, taken: list[NDArray]) -> NDArray:
    """Of the places beyond the two ends of an axis that which is further from what is there; else the upper one."""
    middle, others = canvas.seen(centre)[:2], np.array(taken).reshape(-1, 2)
    places = []
    for end in canvas.seen(ends)[:, :2]:
        out = (end - middle) / max(float(np.linalg.norm(end - middle)), 1e-9)
        places.append(end + _BEYOND * out)
    return max(places, key=lambda p: float(np.linalg.norm(others - p, axis=1).min(initial=9.0)) + 0.02 * p[1])


def _disc(canvas: Canvas, centre: NDArray, normal: NDArray, radius: float) -> None:
    """Its further half is drawn behind the atoms, its nearer half before them."""
    from matplotlib.patches import Polygon

    up, viewer = canvas.camera.axes[1:]
    towards = viewer - (viewer @ normal) * normal
    if np.linalg.norm(towards) < 1e-3:  # seen from straight above
        towards = up - (up @ normal) * normal
    towards = towards / np.linalg.norm(towards)
    side = np.cross(normal, towards)
    angle = np.linspace(0, np.pi, 60)
    for sign in (-1, 1):
        rim = np.outer(np.cos(angle), side) + sign * np.outer(np.sin(angle), towards)
        points = canvas.seen(centre + radius * rim)
        order = canvas.order(float(points[:, 2].mean()))
        canvas.keep(points[:, :2])
        canvas.axes.add_patch(Polygon(points[:, :2], facecolor=_PLANE, alpha=0.1, linewidth=0, zorder=order))
        canvas.axes.plot(points[:, 0], points[:, 1], color=_PLANE, linewidth=0.8, alpha=0.9, zorder=order)
