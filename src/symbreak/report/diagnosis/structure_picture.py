"""Structures in space: atoms, bonds, the cell, symmetry elements, and arrows."""

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.diagnosis.camera import camera
from symbreak.report.diagnosis.canvas import FRONT, Canvas
from symbreak.report.diagnosis.drawn_elements import draw_elements
from symbreak.report.diagnosis.example import StructureShown
from symbreak.report.diagnosis.shown_elements import chosen
from symbreak.report.diagnosis.species_style import colour, radius
from symbreak.report.style import GREY, INK

_BOND = 0.085  # Å, half the width
_EDGE = 1e-2  # Å: an atom so near to a face of the cell is on it
_SHADES = ((0.62, 0.16), (0.34, 0.28), (0.14, 0.5))  # of a highlight: size and strength


class StructureScene:
    """A picture of one structure, drawn from the back to the front.

    Args:
        axes: of matplotlib, empty.
        shown: the structure.
    """

    def __init__(self, axes: Any, shown: StructureShown):
        self.shown = shown
        self.atoms, self.source, self.steps = drawn_atoms(shown)
        middle = self.atoms.mean(0) if shown.cell is not None else shown.centre
        self.canvas = Canvas(axes, camera(shown), middle, self.atoms)
        self.ball = 1.0 if shown.cell is None else 0.72  # of the usual radius

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
            some = chosen(self.shown.elements)
            draw_elements(self.canvas, some, self.shown.centre, self._reach(), self.atoms)
        if arrows is not None:
            self._arrows(arrows)
        self.canvas.frame()

    def _balls(self) -> None:
        from matplotlib.patches import Circle

        for (x, y, near), source in zip(self.canvas.seen(self.atoms), self.source, strict=True):
            name = self.shown.species[source]
            r, order = self.ball * radius(name), self.canvas.order(near)
            face = self.canvas.fade(colour(name), near)
            ball = Circle((x, y), r, facecolor=face, edgecolor=INK, linewidth=0.6, zorder=order)
            self.canvas.axes.add_patch(ball)
            self.canvas.keep(np.array([x, y]), r)
            for size, alpha in _SHADES:
                spot = Circle((x - 0.3 * r, y + 0.32 * r), size * r, facecolor="white", alpha=alpha, linewidth=0)
                spot.set_zorder(order + 1e-3)
                self.canvas.axes.add_patch(spot)

    def _bonds(self) -> None:
        place = {(int(i), *map(int, step)): k for k, (i, step) in enumerate(zip(self.source, self.steps, strict=True))}
        for k, (i, step) in enumerate(zip(self.source, self.steps, strict=True)):
            for a, b, *shift in self.shown.bonds[self.shown.bonds[:, 0] == i].tolist():
                other = place.get((b, *(step + shift).tolist()))
                if other is not None:
                    self._bond(self.atoms[[k, other]], [self.shown.species[a], self.shown.species[b]])

    def _bond(self, ends: NDArray, names: list[str]) -> None:
        """Two halves, in the colours of the atoms."""
        from matplotlib.patches import Polygon

        along = ends[1] - ends[0]
        length = float(np.linalg.norm(along))
        trims = [min(0.85 * self.ball * radius(name), 0.45 * length) / length for name in names]
        cuts = [trims[0], (1 + trims[0] - trims[1]) / 2, 1 - trims[1]]
        for name, low, high in zip(names, cuts, cuts[1:], strict=False):
            piece = self.canvas.seen(ends[0] + np.outer([low, high], along))
            near = float(piece[:, 2].mean())
            flat = piece[1, :2] - piece[0, :2]
            width = float(np.linalg.norm(flat))
            if width < 1e-6:  # seen from its end
                continue
            side = np.array([-flat[1], flat[0]]) / width * _BOND
            corners = [piece[0, :2] + side, piece[1, :2] + side, piece[1, :2] - side, piece[0, :2] - side]
            face, order = self.canvas.fade(colour(name), near), self.canvas.order(near)
            half = Polygon(corners, facecolor=face, edgecolor=GREY, linewidth=0.3, zorder=order)
            self.canvas.axes.add_patch(half)

    def _cell(self, cell: NDArray) -> None:
        for axis in range(3):
            for corner in product((0.0, 1.0), repeat=2):
                start = np.insert(np.array(corner), axis, 0.0)
                self.canvas.line(np.stack([start, start + np.eye(3)[axis]]) @ cell, color=GREY, linewidth=0.7)
        middle = self.canvas.seen(cell.sum(0) / 2)[:2]
        for axis, name in enumerate("abc"):
            edge = self.canvas.seen(0.5 * cell[axis])[:2]
            out = (edge - middle) / max(float(np.linalg.norm(edge - middle)), 1e-9)
            self.canvas.text(edge + 0.06 * self.canvas.size * out, name, color=GREY, style="italic", fontsize=9)

    def _reach(self) -> float:
        """How far axes go from their centre."""
        if self.shown.cell is not None:
            return 0.5 * float(np.linalg.norm(self.shown.cell, axis=1).min())
        return float(np.linalg.norm(self.atoms - self.shown.centre, axis=1).max(initial=0.0)) + 0.75

    def _arrows(self, arrows: NDArray) -> None:
        """The longest to a length that can be seen."""
        longest = float(np.linalg.norm(arrows, axis=1).max(initial=0.0))
        if longest == 0:
            return
        scale = max(0.9, 0.3 * self.canvas.size) / longest
        of_atoms = len(arrows) == len(self.shown.positions) and len(arrows) > 1
        starts, vectors = (self.atoms, arrows[self.source]) if of_atoms else (self.shown.centre[None], arrows)
        for start, vector in zip(starts, vectors, strict=True):
            if np.linalg.norm(vector) > 0.02 * longest:
                tail, tip = self.canvas.seen(start), self.canvas.seen(start + scale * vector)
                order = self.canvas.order(max(tail[2], tip[2])) + 2 if of_atoms else FRONT
                self.canvas.arrow(tail[:2], tip[:2], INK, order)


def drawn_atoms(shown: StructureShown) -> tuple[NDArray, NDArray, NDArray]:
    """The atoms of a molecule; those of a crystal in its cell, and on all of its faces.

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
