"""The figure of one example: the sample with its symmetry, its targets, and its profile, side by side."""

from collections.abc import Callable
from typing import Any

import numpy as np

from symbreak.report.diagnosis.example import Example, FieldShown, GraphShown, StructureShown, TargetShown
from symbreak.report.diagnosis.field_picture import FieldScene
from symbreak.report.diagnosis.graph_picture import GraphScene
from symbreak.report.diagnosis.profile_picture import draw_profile, has_measure, told_levels
from symbreak.report.diagnosis.species_style import colour
from symbreak.report.diagnosis.structure_picture import StructureScene
from symbreak.report.style import GREY, INK, plain

_PANEL = 2.7  # inches
_TARGETS = 2  # that have a panel
_KEY = 7  # species that are named
_APART = 24  # points

Panel = tuple[str, Callable[[Any], None]]  # a title, and what draws in axes


def example_figure(example: Example) -> Any:
    """Draws the figure."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    panels = _panels(example)
    profiled = len(told_levels(example)) > 1
    count = len(panels) + profiled
    height = _PANEL + (0.05 if example.kind == "field" else 0.35)
    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.04, wspace=0.03)
    figure = Figure(figsize=(_PANEL * count + 0.15, height), layout=layout)
    parts = figure.subfigures(1, count, squeeze=False)[0]
    for part, (title, draw) in zip(parts, panels, strict=False):
        part.suptitle(title, fontsize=8, color=GREY)
        draw(part.subplots())
    if profiled:
        measured = has_measure(example)
        both = parts[-1].subplots(
            1 + measured, 1, squeeze=False, gridspec_kw={"height_ratios": (2.2, 1)[: 1 + measured]}
        )
        parts[-1].suptitle("symmetry against tolerance", fontsize=8, color=GREY)
        draw_profile(both[0, 0], both[1, 0] if measured else None, example)
    return figure


def _panels(example: Example) -> list[Panel]:
    shown = example.shown
    match shown:
        case StructureShown():
            return _of_structure(example, shown)
        case GraphShown():
            return _of_graph(example, shown)
        case FieldShown():
            return _of_field(example, shown)


def _of_structure(example: Example, shown: StructureShown) -> list[Panel]:
    site = "" if shown.site is None else f", site {shown.site}"

    def still(axes: Any) -> None:
        StructureScene(axes, shown).draw()
        _key(axes, shown.species)

    panels: list[Panel] = [(plain(f"{example.stabilizer}{site}"), still)]
    for target in [target for target in example.targets if target.vectors][:_TARGETS]:
        rest = target.value - target.nearest
        longest = float(np.linalg.norm(rest, axis=1).max(initial=0.0))
        if longest > 1e-9 and target.share > 1e-9:
            title = (
                f"{plain(target.name, 24)}: out of reach, up to {longest:.3g}{' Å' * (target.name == 'displacement')}"
            )
            panels.append(
                (title, lambda axes, rest=rest: StructureScene(axes, shown).draw(elements=False, arrows=rest))
            )
    return panels


def _of_graph(example: Example, shown: GraphShown) -> list[Panel]:
    orbits = np.arange(shown.nodes) if example.orbits is None else example.orbits
    panels: list[Panel] = [("orbits", lambda axes: GraphScene(axes, shown).orbits(orbits))]
    for target in [target for target in example.targets if target.per in ("node", "edge")][:_TARGETS]:
        if target.per == "node" or len(target.value) == len(shown.edges):
            panels.append((_missed(target), lambda axes, target=target: GraphScene(axes, shown).target(target)))
    return panels


def _of_field(example: Example, shown: FieldShown) -> list[Panel]:
    title = "field" if shown.channels == 1 else f"field, first of {shown.channels} channels"
    panels: list[Panel] = [(title, lambda axes: FieldScene(axes, shown).field())]
    for target in [target for target in example.targets if len(target.value) == shown.values.size][:1]:
        y = target.value[:, 0].reshape(shown.values.shape)
        rest = y - target.nearest[:, 0].reshape(shown.values.shape)
        panels.append((plain(target.name, 40), lambda axes, y=y: FieldScene(axes, shown).values(y)))
        panels.append(("out of reach", lambda axes, rest=rest: FieldScene(axes, shown).values(rest, about_zero=True)))
    return panels


def _missed(target: TargetShown) -> str:
    return f"{plain(target.name, 30)}: {target.share:.1%} out of reach"


def _key(axes: Any, species: list[str]) -> None:
    """What the colours of the atoms mean, in one line below."""
    from matplotlib.patheffects import withStroke

    names = list(dict.fromkeys(species))[:_KEY]
    for k, name in enumerate(names):
        place = _APART * (k - (len(names) - 1) / 2)
        style = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "center", "annotation_clip": False}
        rim = [withStroke(linewidth=1.2, foreground=INK)]
        axes.annotate("●", (0.5, 0), (place - 7, -6), color=colour(name), fontsize=7.5, path_effects=rim, **style)
        axes.annotate(plain(name, 4), (0.5, 0), (place + 2, -6), color=INK, fontsize=7, **style)
