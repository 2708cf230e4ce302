"""Figure for a README: fractions of the ground-state energy beside the paper's, and what the spins look like."""

import math
from typing import Any

from symbreak.report.ising_files import Samples, all_samples
from symbreak.report.ising_result import METHODS, Result, Row
from symbreak.report.ising_samples import condition, ground_truth, pick
from symbreak.report.ising_style import lattice
from symbreak.report.style import BLUE, GREY, INK, LIGHT, VERMILION, inch_axes, inch_text, wrapped

_CORE = METHODS[1:8]  # without random spins and the ablations of the code
_SOFT = {"fontsize": 8, "color": GREY}
_WIDTH, _HEIGHT, _TILE = 8.4, 4.2, 1.42


def headline(result: Result) -> Any | None:
    """Draws the figure, or returns None without a row of a trained method."""
    from matplotlib.figure import Figure

    lines = {method: rows for method, rows in result.drawn().items() if method in _CORE}
    if not lines:
        return None
    figure = Figure(figsize=(_WIDTH, _HEIGHT))
    _fractions(inch_axes(figure, 1.5, 0.72, 3.3, 2.85), result, lines)
    inch_text(figure, 0.12, 0.1, "Fraction of the ground-state energy", va="top", fontsize=9.5, weight="bold")
    losses = {rows[0].loss for rows in lines.values()}
    inch_text(figure, 4.85, 0.11, f"{' or '.join(sorted(losses))} loss", va="top", ha="right", **_SOFT)
    _tiles(figure, result)
    return figure


def _fractions(axes: Any, result: Result, lines: dict[str, tuple[Row, ...]]) -> None:
    values, labels = [], result.labels()
    for place, (method, rows) in enumerate(lines.items()):
        paper = result.published.get(method)
        axes.axhline(place, color=LIGHT, linewidth=0.5, zorder=0)
        for offset, colour, name in ((-0.17, BLUE, "fraction_id"), (0.17, VERMILION, "fraction_ood")):
            ours = [value for row in rows if (value := getattr(row, name)) is not None]
            if ours:
                mean, y = sum(ours) / len(ours), place + offset
                axes.plot([min(ours), max(ours)], [y, y], color=colour, linewidth=1.2)
                axes.plot(mean, y, "o", color=colour, markersize=7, markeredgecolor="white", zorder=3)
                values.append(mean)
            theirs = getattr(paper, name, None)
            if theirs is not None:
                axes.plot(theirs, place + offset, "o", color=colour, markerfacecolor="none", markersize=8, zorder=4)
                values.append(theirs)
    ceiling = result.reference.uniform_fractions[0]
    low = min(values + ([ceiling] if ceiling is not None else []))
    left = math.floor(low * 10 - 0.3)  # in tenths
    axes.set_xlim(left / 10, 1.015)
    axes.set_xticks([tenth / 10 for tenth in range(10, left - 1, -1 if left > 2 else -2)])
    axes.set_ylim(len(lines) - 0.45, -0.55)
    axes.set_yticks(range(len(lines)), [wrapped(labels[method], 18) for method in lines], fontsize=8.5)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.axvline(1.0, color=INK, linewidth=0.8, zorder=0)
    top = axes.get_xaxis_transform()
    axes.text(1.0, 1.01, "ground\ntruth", transform=top, ha="center", va="bottom", fontsize=7, color=INK)
    if ceiling is not None:
        axes.axvline(ceiling, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
        text = "best uniform\nmagnetization"
        axes.text(ceiling, 1.01, text, transform=top, ha="center", va="bottom", fontsize=7, color=GREY)
    _key(axes, bool(result.published))


def _key(axes: Any, paper: bool) -> None:
    """What the kinds of dots mean, in one line below the axis."""
    entries = [(-0.4, BLUE, True, "in distribution"), (0.08, VERMILION, True, "out of distribution")]
    entries += [(0.66, GREY, False, "published")] if paper else []
    where = {"transform": axes.transAxes, "clip_on": False}
    for x, colour, filled, text in entries:
        face = colour if filled else "none"
        axes.plot(x, -0.17, "o", color=colour, markerfacecolor=face, markersize=6 if filled else 8, **where)
        axes.text(x + 0.03, -0.17, text, va="center", fontsize=8, color=INK, **where)


def _tiles(figure: Any, result: Result) -> None:
    """Four lattices for one condition: deep in a phase that a uniform magnetization cannot reach."""
    found = all_samples(result)
    if not found:
        return
    conditions = next(iter(found.values()))[1].conditions
    picked = pick(result, conditions)
    index, name = next(((i, n) for i, n in picked.items() if n == "stripes"), next(iter(picked.items())))
    panels = []
    if result.task == "constant":
        panels.append(("Ground truth", ground_truth(result, conditions[index])))
    for method in ("gcnn", "gcnn-noise", _breaking(found), "relaxed"):
        if method in found and len(panels) < 4:
            row, answer = found[method]
            label = "G-CNN (uniform)" if method == "gcnn" and result.task == "constant" else row.label
            panels.append((label, answer.spins[index, 0]))
    for i, (label, spins) in enumerate(panels):
        left, top = 5.22 + (i % 2) * (_TILE + 0.2), 0.72 + (i // 2) * (_TILE + 0.34)
        lattice(inch_axes(figure, left, top, _TILE, _TILE), spins)
        inch_text(figure, left + _TILE / 2, top - 0.04, label, ha="center", va="bottom", fontsize=8.5)
    where = condition(result, conditions[index])
    title = f"Sampled spins: {name}"
    inch_text(figure, 5.22, 0.1, title, va="top", fontsize=9.5, weight="bold")
    inch_text(figure, 5.22 + 2 * _TILE + 0.2, 0.11, where, va="top", ha="right", **_SOFT)


def _breaking(found: dict[str, tuple[Row, Samples]]) -> str:
    return next((method for method in found if method.startswith("sympe")), "sympe")
