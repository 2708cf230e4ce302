"""Structures in space: atoms, bonds, the cell, symmetry elements, and arrows, in parallel projection."""

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.diagnosis.camera import camera
from symbreak.report.diagnosis.example import Element, StructureShown
from symbreak.report.diagnosis.shown_elements import chosen, symbol
from symbreak.report.diagnosis.species_style import colour, faded, radius
from symbreak.report.style import BLUE, GREY, INK, VERMILION

_PLANE = "#009E73"  # Okabe and Ito: bluish green
_BOND = 0.085  # Å, half the width
_EDGE = 1e-2  # Å: an atom so near to a face of the cell is on it
_FOG = 0.35  # how much the furthest fade
_PIECES = 24  # of an axis
_LEAST = 1.5  # Å, half of the width of a picture


class StructureScene:
    """A picture of one structure, drawn from the back to the front.

    Args:
        axes: of matplotlib, empty.
        shown: the structure.
    """

    def __init__(self, axes: Any, shown: StructureShown):
        self.axes, self.shown, self.camera = axes, shown, camera(shown)
        self.atoms, self.source, self.steps = _drawn_atoms(shown)
        self.middle = self.atoms.mean(0) if shown.cell is not None else shown.centre
        near = self._seen(self.atoms)[:, 2]
        self.back, self.front = float(near.min()), float(near.max())
        self.size = float(np.linalg.norm(self.atoms - self.middle, axis=1).max(initial=0.0))
        self.corners: list[NDArray] = []  # of what was drawn
        self.ball = 1.0 if shown.cell is None else 0.72  # of the usual radius
        axes.set_aspect("equal")
        axes.set_axis_off()

    def draw(self, *, elements: bool = True, arrows: NDArray | None = None) -> None:
        """Draws all of it.

        Args:
            elements: the symmetry elements too.
            arrows: `(n, 3)`, from each atom; or `(1, 3)`, from the centre.
        """
        if self.shown.cell is not None:
            self._cell(self.shown.cell)
        self._bonds()
        self._balls()
        if elements:
            self._elements(chosen(self.shown.elements))
        if arrows is not None:
            self._arrows(arrows)
        self._frame()

    def _frame(self) -> None:
        """Room for all that was drawn, and some air about what is small."""
        corners = np.array(self.corners)
        low, high = corners.min(0), corners.max(0)
        middle, half = (low + high) / 2, np.maximum((high - low) / 2 + 0.12, _LEAST)
        self.axes.set_xlim(middle[0] - half[0], middle[0] + half[0])
        self.axes.set_ylim(middle[1] - half[1], middle[1] + half[1])

    def _seen(self, points: NDArray) -> NDArray:
        return self.camera.project(points - self.middle)

    def _order(self, near: float) -> float:
        """What is nearer is drawn later."""
        return 10 + 10 * (near - self.back) / max(self.front - self.back, 1e-9)

    def _fade(self, colour_: str, near: float) -> str:
        depth = (self.front - near) / max(self.front - self.back, 1e-9)
        return faded(colour_, _FOG * float(np.clip(depth, 0, 1)) if self.front - self.back > 0.5 else 0.0)

    def _balls(self) -> None:
        from matplotlib.patches import Circle

        for (x, y, near), source in zip(self._seen(self.atoms), self.source, strict=True):
            name = self.shown.species[source]
            r, order = self.ball * radius(name), self._order(near)
            self.corners += [np.array([x - r, y - r]), np.array([x + r, y + r])]
            face = self._fade(colour(name), near)
            self.axes.add_patch(Circle((x, y), r, facecolor=face, edgecolor=INK, linewidth=0.6, zorder=order))
            for size, alpha in ((0.62, 0.16), (0.34, 0.28), (0.14, 0.5)):
                spot = (x - 0.3 * r, y + 0.32 * r)
                self.axes.add_patch(
                    Circle(spot, size * r, facecolor="white", alpha=alpha, linewidth=0, zorder=order + 1e-3)
                )

    def _bonds(self) -> None:
        from matplotlib.patches import Polygon

        place = {(int(i), *map(int, step)): k for k, (i, step) in enumerate(zip(self.source, self.steps, strict=True))}
        for k, (i, step) in enumerate(zip(self.source, self.steps, strict=True)):
            for a, b, *shift in self.shown.bonds[self.shown.bonds[:, 0] == i].tolist():
                other = place.get((b, *(step + shift).tolist()))
                if other is None:
                    continue
                ends = self.atoms[[k, other]]
                along = ends[1] - ends[0]
                length = float(np.linalg.norm(along))
                names = [self.shown.species[a], self.shown.species[b]]
                trims = [min(0.85 * self.ball * radius(name), 0.45 * length) / length for name in names]
                cuts = [trims[0], (1 + trims[0] - trims[1]) / 2, 1 - trims[1]]
                for name, low, high in zip(names, cuts, cuts[1:], strict=False):
                    piece = self._seen(ends[0] + np.outer([low, high], along))
                    near = float(piece[:, 2].mean())
                    flat = piece[1, :2] - piece[0, :2]
                    width = float(np.linalg.norm(flat))
                    if width < 1e-6:
                        continue
                    side = np.array([-flat[1], flat[0]]) / width * _BOND
                    corners = [piece[0, :2] + side, piece[1, :2] + side, piece[1, :2] - side, piece[0, :2] - side]
                    face = self._fade(colour(name), near)
                    self.axes.add_patch(
                        Polygon(corners, facecolor=face, edgecolor=GREY, linewidth=0.3, zorder=self._order(near))
                    )

    def _cell(self, cell: NDArray) -> None:
        for axis in range(3):
            for corner in product((0, 1), repeat=2):
                start = np.insert(np.array(corner, dtype=float), axis, 0.0)
                ends = np.stack([start, start + np.eye(3)[axis]]) @ cell
                self._line(ends, color=GREY, linewidth=0.7)
        for axis, name in enumerate("abc"):
            x, y, _ = self._seen(0.5 * cell[axis])
            middle = self._seen(cell.sum(0) / 2)[:2]
            out = np.array([x, y]) - middle
            x, y = np.array([x, y]) + 0.06 * self.size * out / max(float(np.linalg.norm(out)), 1e-9)
            self._text(np.array([x, y]), name, color=GREY, style="italic", fontsize=9)

    def _line(self, ends: NDArray, **style: Any) -> None:
        """A line in pieces, each at its own depth."""
        points = self._seen(ends[0] + np.linspace(0, 1, _PIECES + 1)[:, None] * (ends[1] - ends[0]))
        self.corners += [points[0, :2], points[-1, :2]]
        for one, two in zip(points, points[1:], strict=False):
            order = self._order(float(one[2] + two[2]) / 2)
            self.axes.plot([one[0], two[0]], [one[1], two[1]], zorder=order, solid_capstyle="round", **style)

    def _elements(self, elements: list[Element]) -> None:
        reach = self._reach()
        placed: list[NDArray] = []
        highest = next((element.order for element in elements if element.kind == "axis"), 0)
        for element in elements:
            if element.kind == "plane" and element.direction is not None:
                self._disc(element.direction, 0.92 * reach)
        for element in elements:
            if element.kind == "axis" and element.direction is not None:
                main = element.order == highest
                self._axis(element, reach * (1.15 if main else 1.0), VERMILION if main else BLUE, placed)
        if any(element.kind == "centre" for element in elements):
            x, y, _ = self._seen(self.shown.centre)
            self.axes.plot(x, y, "o", markersize=5.5, color="white", markeredgecolor=INK, markeredgewidth=1, zorder=45)
            self.axes.plot(x, y, "o", markersize=1.5, color=INK, zorder=46)

    def _reach(self) -> float:
        """How far axes go from their centre."""
        if self.shown.cell is not None:
            return 0.5 * float(np.linalg.norm(self.shown.cell, axis=1).min())
        outermost = np.linalg.norm(self.atoms - self.shown.centre, axis=1).max(initial=0.0)
        return float(outermost) + 0.75

    def _axis(self, element: Element, reach: float, ink: str, placed: list[NDArray]) -> None:
        assert element.direction is not None
        ends = self.shown.centre + np.outer([-reach, reach], element.direction)
        self._line(ends, color=ink, linewidth=1.3 if ink == VERMILION else 0.9)
        beyond = self._seen(self.shown.centre + np.outer([-1, 1], element.direction) * (reach + 0.06 * reach))[:, :2]
        others = np.array([*placed, *self._seen(self.atoms)[:, :2]]).reshape(-1, 2)

        def room(place: NDArray) -> float:
            return float(np.linalg.norm(others - place, axis=1).min(initial=9.0)) + 0.02 * place[1]

        centre = self._seen(self.shown.centre)[:2]
        outwards = [end + 0.16 * (end - centre) / max(float(np.linalg.norm(end - centre)), 1e-9) for end in beyond]
        best = max(outwards, key=room)
        placed.append(best)
        self._text(best, symbol(element), color=ink, fontsize=9)

    def _text(self, place: NDArray, text: str, **style: Any) -> None:
        from matplotlib.patheffects import withStroke

        self.corners += [place - 0.07 * self.size, place + 0.07 * self.size]
        halo = [withStroke(linewidth=2.5, foreground="white")]
        self.axes.text(*place, text, ha="center", va="center", zorder=50, path_effects=halo, **style)

    def _disc(self, normal: NDArray, reach: float) -> None:
        """A translucent disc, its further half behind the atoms and its nearer half before them."""
        from matplotlib.patches import Polygon

        towards = self.camera.axes[2] - (self.camera.axes[2] @ normal) * normal
        if np.linalg.norm(towards) < 1e-3:  # seen from straight above
            towards = self.camera.axes[1] - (self.camera.axes[1] @ normal) * normal
        towards = towards / np.linalg.norm(towards)
        side = np.cross(normal, towards)
        for sign in (-1, 1):
            angle = np.linspace(0, np.pi, 60)
            rim = np.outer(np.cos(angle), side) + sign * np.outer(np.sin(angle), towards)
            points = self._seen(self.shown.centre + reach * rim)
            order = self._order(float(points[:, 2].mean()))
            self.corners += [points[:, :2].min(0), points[:, :2].max(0)]
            self.axes.add_patch(Polygon(points[:, :2], facecolor=_PLANE, alpha=0.1, linewidth=0, zorder=order))
            self.axes.plot(points[:, 0], points[:, 1], color=_PLANE, linewidth=0.8, alpha=0.9, zorder=order)

    def _arrows(self, arrows: NDArray) -> None:
        longest = float(np.linalg.norm(arrows, axis=1).max(initial=0.0))
        if longest == 0:
            return
        scale = self.arrow_length() / longest
        starts = self.atoms if len(arrows) == len(self.shown.positions) else self.shown.centre[None]
        vectors = arrows[self.source] if len(arrows) == len(self.shown.positions) else arrows
        for start, vector in zip(starts, vectors, strict=True):
            if np.linalg.norm(vector) < 0.02 * longest:
                continue
            tail, tip = self._seen(start), self._seen(start + scale * vector)
            self._arrow(tail[:2], tip[:2], 60 if len(arrows) == 1 else self._order(max(tail[2], tip[2])) + 2)
            self.corners += [tail[:2], tip[:2]]

    def _arrow(self, tail: NDArray, tip: NDArray, order: float) -> None:
        from matplotlib.patches import FancyArrowPatch
        from matplotlib.patheffects import withStroke

        self.axes.add_patch(
            FancyArrowPatch(
                tail,
                tip,
                arrowstyle="-|>,head_length=0.4,head_width=0.2",
                mutation_scale=9,
                shrinkA=0,
                shrinkB=0,
                color=INK,
                linewidth=1.3,
                zorder=order,
                path_effects=[withStroke(linewidth=3, foreground="white")],
            )  # fmt: skip
        )

    def arrow_length(self) -> float:
        """Of the longest arrow, in Å."""
        return max(0.9, 0.3 * self.size)


def _drawn_atoms(shown: StructureShown) -> tuple[NDArray, NDArray, NDArray]:
    """The atoms of a molecule; those of a crystal in its cell, on all of its faces.

    Returns:
        positions `(m, 3)`, the atoms they are of `(m,)`, and by how many cell vectors they are moved `(m, 3)`.
    """
    n = len(shown.positions)
    if shown.cell is None:
        return shown.positions, np.arange(n), np.zeros((n, 3), dtype=np.int64)
    scaled = shown.positions @ np.linalg.inv(shown.cell)
    slack = _EDGE / np.linalg.norm(shown.cell, axis=1)
    home = -np.floor(scaled + slack).astype(np.int64)
    found = []
    for i, fraction in enumerate(scaled + home):
        sides = [(0, 1) if fraction[k] < slack[k] else (0,) for k in range(3)]
        found += [(i, home[i] + np.array(step)) for step in product(*sides)]
    source = np.array([i for i, _ in found])
    steps = np.stack([step for _, step in found])
    return shown.positions[source] + steps @ shown.cell, source, steps
