"""Graphs in the plane: nodes coloured by orbit, and a target with what is out of reach of it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.diagnosis.example import Example, GraphShown, TargetShown
from symbreak.report.diagnosis.graph_layout import graph_layout
from symbreak.report.style import INK, LIGHT, VERMILION, plain

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#8C564B", "#7F7FCF", "#6B8E23")
_ALONE = "#ededed"  # nodes that symmetry leaves in place
_WRITTEN = 60  # nodes with something written on them
_ARROWS = 300
_POINTS = 190  # the width of a picture


class GraphScene:
    """A picture of one graph.

    Args:
        axes: of matplotlib, empty.
        shown: the graph.
    """

    def __init__(self, axes: Any, shown: GraphShown):
        self.axes, self.shown = axes, shown
        self.places = graph_layout(shown.nodes, shown.edges)
        span = np.maximum(np.ptp(self.places, axis=0), 1.0)
        self.radius = float(np.clip(0.035 * span.max(), 0.09, 0.22))
        self.points = _POINTS * self.radius / float(span.max() + 2 * self.radius + 0.24)  # of type
        axes.set_aspect("equal")
        axes.set_axis_off()
        margin = self.radius + 0.12
        for limit, k in ((axes.set_xlim, 0), (axes.set_ylim, 1)):
            limit(self.places[:, k].min() - margin, self.places[:, k].max() + margin)

    def orbits(self, orbits: NDArray) -> None:
        """Nodes of one orbit have one colour; beyond ten orbits colours repeat."""
        self._edges(LIGHT)
        names = self.shown.labels
        faces = orbit_colours(orbits)
        for i, face in enumerate(faces):
            self._node(i, face, "" if names is None else names[i])

    def target(self, target: TargetShown) -> None:
        """Values as shades; what is out of reach as rings, or as the width of edges."""
        import matplotlib

        miss = np.linalg.norm(target.value - target.nearest, axis=1)
        strength = miss / max(float(miss.max(initial=0.0)), 1e-300) if miss.max(initial=0.0) > 1e-9 else 0 * miss
        if target.per == "edge":
            self._edges(LIGHT, strength)
            for i in range(self.shown.nodes):
                self._node(i, "white", "")
            return
        self._edges(LIGHT)
        value = target.value[:, 0] if target.classes is None else target.value.argmax(1)
        names = [f"{x:.3g}" if target.classes is None else target.classes[int(x)] for x in value]
        low, high = float(value.min()), float(value.max())
        shade = (value - low) / (high - low) if high > low else 0 * value
        cmap = matplotlib.colormaps["Blues"]
        for i in range(self.shown.nodes):
            self._node(i, cmap(0.08 + 0.6 * float(shade[i])), names[i], ring=float(strength[i]))

    def _edges(self, ink: str, strength: NDArray | None = None) -> None:
        from matplotlib.patches import Circle, FancyArrowPatch

        ends = self.places[self.shown.edges]
        for k, ((a, b), (one, two)) in enumerate(zip(self.shown.edges.tolist(), ends, strict=True)):
            width = 1.1 if strength is None else 1.1 + 2.5 * float(strength[k])
            colour = ink if strength is None or strength[k] < 1e-6 else VERMILION
            if a == b:
                spot = one + np.array([0, 1.3 * self.radius])
                self.axes.add_patch(Circle(spot, self.radius, fill=False, edgecolor=colour, linewidth=width, zorder=1))
            elif self.shown.directed and len(ends) <= _ARROWS:
                along = (two - one) / max(float(np.linalg.norm(two - one)), 1e-9) * self.radius
                arrow = FancyArrowPatch(
                    one + along, two - along, arrowstyle="-|>", mutation_scale=7, shrinkA=0, shrinkB=0, color=colour,
                    linewidth=width, zorder=1,
                )  # fmt: skip
                self.axes.add_patch(arrow)
            else:
                self.axes.plot(*np.stack([one, two]).T, color=colour, linewidth=width, zorder=1)

    def _node(self, i: int, face: Any, text: str, ring: float = 0.0) -> None:
        from matplotlib.patches import Circle

        if ring > 1e-6:
            size = self.radius * (1.15 + 0.35 * ring)
            self.axes.add_patch(Circle(self.places[i], size, facecolor=VERMILION, linewidth=0, zorder=2))
        self.axes.add_patch(Circle(self.places[i], self.radius, facecolor=face, edgecolor=INK, linewidth=0.6, zorder=3))
        if text and self.shown.nodes <= _WRITTEN and len(text) <= 5:
            size = min(9.0, 1.9 * self.points / max(1.2, 0.75 * len(text)))
            self.axes.text(
                *self.places[i], plain(text), ha="center", va="center", fontsize=size, color=_ink(face), zorder=4
            )


def orbit_colours(orbits: NDArray) -> list[str]:
    """A colour for each node: by orbit, the largest first; nodes that nothing moves are pale.

    Example:
        >>> orbit_colours(np.array([0, 1, 0]))
        ['#0072B2', '#ededed', '#0072B2']
    """
    names, size = np.unique(orbits, return_counts=True)
    order = [int(name) for name in names[np.argsort(-size, kind="stable")]]
    rank = {name: k for k, name in enumerate(order)}
    alone = {int(name) for name in names[size == 1]}
    return [_ALONE if int(o) in alone else PALETTE[rank[int(o)] % len(PALETTE)] for o in orbits]


def orbits_in_words(example: Example) -> str:
    """How many orbits there are, and how many nodes are alone."""
    if example.orbits is None:
        return ""
    size = np.unique(example.orbits, return_counts=True)[1]
    alone = int((size == 1).sum())
    shared = len(size) - alone
    if not shared:
        return f"{alone} nodes, each an orbit of its own"
    orbits = "1 orbit" if len(size) == 1 else f"{len(size)} orbits"
    return f"{len(example.orbits)} nodes in {orbits}" + (f", {alone} of them single nodes" if alone else "")


def _ink(face: Any) -> str:
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(face)
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.55 else INK
