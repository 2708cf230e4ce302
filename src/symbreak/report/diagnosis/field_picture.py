"""Fields on lattices as images with their mirror lines and centres of rotation; rings as steps, boxes as slices."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.diagnosis.example import FieldShown
from symbreak.report.diagnosis.lattice_elements import PlaneElements, pattern_cell, plane_elements
from symbreak.report.style import BLUE, GREY, INK, VERMILION

_MIRROR = "#009E73"
_FEW = 14  # lines and centres that are drawn throughout
_MARKS = {2: ("d", BLUE, 5.0), 3: ("^", VERMILION, 6.0), 4: ("s", VERMILION, 5.0), 6: ("h", VERMILION, 6.5)}


class FieldScene:
    """A picture of one field, or of another on the same lattice.

    Args:
        axes: of matplotlib, empty.
        shown: the field.
    """

    def __init__(self, axes: Any, shown: FieldShown):
        self.axes, self.shown = axes, shown

    def field(self) -> None:
        """Its values, and its symmetry elements."""
        d = self.shown.values.ndim
        self.values(self.shown.values)
        if d == 1:
            for c in self._mirror_points():
                self.axes.axvline(c, color=_MIRROR, linewidth=1)
        if d == 2:
            self._elements()

    def values(self, values: NDArray, *, about_zero: bool = False) -> None:
        """Values on the lattice; of a box some slices.

        Args:
            values: of the shape of the field.
            about_zero: whether the colour of 0 is white.
        """
        if values.ndim == 1:
            self.axes.step(np.arange(len(values)), values, where="mid", color=INK)
            self.axes.set_xlabel("site")
            self.axes.set_ylabel("value")
            self.axes.spines[["top", "right"]].set_visible(False)
            self.axes.set_xlim(-0.5, len(values) - 0.5)
            return
        low, high = float(values.min()), float(values.max())
        if values.ndim == 3:
            values = self._slices(values)
        if about_zero:
            high = max(abs(low), abs(high), 1e-12)
            low = -high
        if high == low:  # one value, in the middle of the scale
            low, high = low - 0.5, high + 0.5
        cmap = "PuOr" if about_zero else "Greys_r"
        drawn = values.T if self.shown.repeats else values
        image = self.axes.imshow(
            drawn, origin="lower" if self.shown.repeats else "upper", cmap=cmap, vmin=low, vmax=high,
            interpolation="nearest",
        )  # fmt: skip
        self.axes.set_xticks([])
        self.axes.set_yticks([])
        for spine in self.axes.spines.values():
            spine.set_color(GREY)
        bar = self.axes.figure.colorbar(image, ax=self.axes, fraction=0.046, pad=0.03, shrink=0.75)
        bar.outline.set_linewidth(0.4)
        bar.ax.tick_params(labelsize=6, length=2)

    def _slices(self, values: NDArray) -> NDArray:
        """Up to four slices of the first axis, two by two, with their numbers; NaN between them."""
        from matplotlib.patches import Rectangle
        from matplotlib.patheffects import withStroke

        chosen = shown_slices(len(values))
        wide, high = values.shape[1:]
        across = min(len(chosen), 2)
        down = -(-len(chosen) // across)
        sheet = np.full((across * (wide + 1) - 1, down * (high + 1) - 1), np.nan)
        for place, k in enumerate(chosen):
            x, y = (place % across) * (wide + 1), (place // across) * (high + 1)
            sheet[x : x + wide, y : y + high] = values[k]
            low, top = (np.concatenate(self._screen(np.array([[x + s, y + s]]))) for s in (-0.5, 0.0))
            width, height = (wide, high) if self.shown.repeats else (high, wide)
            self.axes.add_patch(Rectangle(tuple(low), width, height, fill=False, edgecolor=GREY, linewidth=0.6))
            text = self.axes.text(*(top - 0.3), str(k), fontsize=7, va="bottom" if self.shown.repeats else "top")
            text.set_path_effects([withStroke(linewidth=2, foreground="white")])
        return sheet

    def _elements(self) -> None:
        """All of them if they are few; else those in a few cells of the pattern."""
        found = plane_elements(self.shown)
        patch = None
        limits = self.axes.get_xlim(), self.axes.get_ylim()
        if len(found.mirrors) + len(found.glides) + len(found.centres) > _FEW:
            patch = self._cells(found)
        for lines, dash in ((found.mirrors, "-"), (found.glides, (0, (3, 2)))):
            for point, along in lines:
                reach = 3 * max(self.shown.values.shape)
                x, y = self._screen(np.stack([point - reach * along, point + reach * along]))
                for width, ink in ((2.6, "white"), (1.1, _MIRROR)):
                    style = dash if ink == _MIRROR else "-"
                    (line,) = self.axes.plot(x, y, color=ink, linewidth=width, linestyle=style, zorder=3 + (width < 2))
                    if patch is not None:
                        line.set_clip_path(patch)
        for point, order in found.centres:
            x, y = self._screen(point[None])
            if patch is None or patch.get_path().contains_point((x[0], y[0]), radius=0.05):
                mark, ink, size = _MARKS[order]
                self.axes.plot(
                    x, y, mark, color=ink, markersize=size, markeredgecolor="white", markeredgewidth=0.8,
                    clip_on=False, zorder=6,
                )  # fmt: skip
        self.axes.set_xlim(limits[0])
        self.axes.set_ylim(limits[1])

    def _cells(self, found: PlaneElements) -> Any:
        """A few cells of the pattern about the middle, outlined; what is drawn elsewhere is cut off."""
        from matplotlib.patches import Polygon

        sizes, cell = np.array(self.shown.values.shape), pattern_cell(self.shown)
        middle = (sizes - 1) / 2
        rows = [row * max(1, round(0.3 * min(sizes) / float(np.linalg.norm(row)))) for row in cell]
        finest = max((order for _, order in found.centres), default=0)
        anchors = [point for point, order in found.centres if order == finest] or [middle - (rows[0] + rows[1]) / 2]
        corner = min(anchors, key=lambda point: float(np.linalg.norm(point + (rows[0] + rows[1]) / 2 - middle)))
        corners = np.stack([corner, corner + rows[0], corner + rows[0] + rows[1], corner + rows[1]])
        patch = Polygon(np.stack(self._screen(corners), axis=1), fill=False, edgecolor=INK, linewidth=1.2, zorder=5)
        self.axes.add_patch(patch)
        self.axes.add_patch(
            Polygon(np.stack(self._screen(corners), axis=1), fill=False, edgecolor="white", linewidth=2.6, zorder=2.9)
        )
        return patch

    def _screen(self, points: NDArray) -> tuple[NDArray, NDArray]:
        """Fields have their first axis to the right and the second up; images the first down, the second right."""
        first, second = points.T
        return (first, second) if self.shown.repeats else (second, first)

    def _mirror_points(self) -> list[float]:
        n = len(self.shown.values)
        steps = [0]
        if self.shown.repeats:
            period = int(self.shown.translations[0, 0]) if len(self.shown.translations) else n
            steps = list(range(-2 * n, 2 * n + 1, max(1, abs(period))))
        found = set()
        for M, t in zip(self.shown.matrices[:, 0, 0], self.shown.shifts[:, 0], strict=True):
            if M == -1:
                found |= {(int(t) + step) / 2 for step in steps if -1 <= int(t) + step <= 2 * n - 1}
        return sorted(found) if len(found) <= 40 else []


def elements_in_words(shown: FieldShown) -> str:
    """What the lines and marks mean."""
    if shown.values.ndim == 1:
        return "Green: mirror points." if any(shown.matrices[:, 0, 0] == -1) else ""
    if shown.values.ndim > 2:
        chosen = ", ".join(map(str, shown_slices(len(shown.values))))
        return f"Of a box of {' × '.join(map(str, shown.values.shape))}, slices {chosen} of the first axis."
    found = plane_elements(shown)
    if found.everywhere:
        return "Translations of nearly every site keep it: its symmetry elements are everywhere, and not drawn."
    parts = ["mirror lines"] * bool(found.mirrors) + ["glide lines, dashed"] * bool(found.glides)
    said = [f"Green: {' and '.join(parts)}."] if parts else []
    orders = {order for _, order in found.centres}
    said += ["Squares: fourfold centres."] if 4 in orders else []
    said += ["Diamonds: twofold centres."] if 2 in orders else []
    if len(found.mirrors) + len(found.glides) + len(found.centres) > _FEW:
        said += ["They are drawn in a few cells of the pattern."]
    return " ".join(said)


def shown_slices(count: int) -> list[int]:
    """Four at equal distances, or all of fewer.

    Example:
        >>> shown_slices(3), shown_slices(8)
        ([0, 1, 2], [0, 2, 4, 6])
    """
    return [k * count // min(count, 4) for k in range(min(count, 4))]
