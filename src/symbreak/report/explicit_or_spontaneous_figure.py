"""The figures of explicit or spontaneous: what each network draws, its score, and scores over the field."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symbreak.report.explicit_or_spontaneous_result import BreakingResult, Entry, mean_and_spread
from symbreak.report.explicit_or_spontaneous_table import title
from symbreak.report.style import BLUE, GREY, INK, LIGHT, VERMILION, inch_axes, inch_text

_GREEN, _PURPLE = "#009E73", "#CC79A7"
_COLOURS = {"relaxed": VERMILION, "sympe": BLUE, "relaxed-sympe": _GREEN, "strict": GREY, "mlp": INK, "noise": _PURPLE}
_DRAWN = ("strict", "relaxed", "sympe", "relaxed-sympe", "mlp")
_RINGED = ("strict", "sympe")  # so that equal scores of two methods are both seen
_CELL, _GAP, _LEFT, _TOP, _BARS = 1.12, 0.08, 0.95, 0.42, 2.0


def laws(result: BreakingResult) -> Any:
    """For each method and data set the draws for one octahedron in a plane with the field, and the scores beside."""
    from matplotlib.figure import Figure

    sets = result.sets()
    methods = [m for m in _DRAWN if any(m in result.lines(*one) for one in sets)]
    step = _CELL + _GAP
    beside = _LEFT + len(sets) * step + 0.78
    figure = Figure(figsize=(beside + _BARS + 0.1, _TOP + max(len(methods), 1) * step + 0.62))
    for column, (name, strength) in enumerate(sets):
        inch_text(figure, _LEFT + column * step + _CELL / 2, 0.27, title(name, strength), ha="center", fontsize=8)
        for row, method in enumerate(methods):
            axes = inch_axes(figure, _LEFT + column * step, _TOP + row * step, _CELL, _CELL)
            lines = result.lines(name, strength).get(method, ())
            _draws(axes, result, lines, _COLOURS[method], field=column == 0 and row == 0)
    for row, method in enumerate(methods):
        label = next(lines[method][0]["label"] for one in sets if method in (lines := result.lines(*one)))
        middle = _TOP + row * step + _CELL / 2
        inch_text(figure, _LEFT - 0.1, middle, label, ha="right", va="center", fontsize=8)
        axes = inch_axes(figure, beside, _TOP + row * step, _BARS, _CELL)
        _bars(axes, [(one, result.lines(*one).get(method, ())) for one in sets], _COLOURS[method])
        if row == len(methods) - 1:
            axes.set_xlabel("energy distance / mean shift")
        else:
            axes.set_xticklabels([])
        if row == 0:
            axes.set_title("0: the true law;  |: least of its kind", fontsize=7)
    bottom = _TOP + len(methods) * step + 0.12
    text = "rings: outcomes, larger if more probable;  dots: draws\nplane of the field and four axes, ± 1.45 shifts"
    inch_text(figure, _LEFT, bottom, text, fontsize=7, color=GREY, va="top", linespacing=1.4)
    return figure


def _draws(axes: Any, result: BreakingResult, rows: Sequence[Entry], colour: str, *, field: bool) -> None:
    axes.set_xlim(-1.45, 1.45)
    axes.set_ylim(-1.45, 1.45)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_color(LIGHT)
    if field:
        axes.annotate(
            "", xy=(-1.2, 1.3), xytext=(-1.2, 0.65), arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.0}
        )
        axes.text(-1.08, 0.95, "field", fontsize=7, va="center")
    found = result.shown(rows[0]) if rows else None
    if found is None:
        return
    there = found["probability"] > 0
    outcomes, chance = found["outcomes"][there], found["probability"][there]
    for y, p in zip(outcomes, chance, strict=True):
        axes.plot([0, y[0]], [0, y[1]], color=LIGHT, lw=0.7, zorder=1)
        axes.plot([y[0]], [y[1]], "o", ms=4 + 12 * p**0.5, mfc="none", mec=GREY, mew=0.8, zorder=2)
    drawn = found["drawn"]
    for f in drawn:
        axes.plot([0, f[0]], [0, f[1]], color=colour, lw=1.4 if len(drawn) == 1 else 0.5, alpha=0.6, zorder=3)
    axes.plot(drawn[:, 0], drawn[:, 1], "o", ms=4 if len(drawn) == 1 else 2.4, color=colour, mew=0, zorder=4)


def _bars(axes: Any, sets: Sequence[tuple[tuple[str, float], Sequence[Entry]]], colour: str) -> None:
    axes.set_xlim(0, 1.12)
    axes.set_ylim(len(sets) - 0.45, -0.55)
    axes.set_yticks(range(len(sets)), [title(*one).split(",")[0] for one, _ in sets])
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for place, (_, rows) in enumerate(sets):
        if not rows:
            continue
        mean, deviation = mean_and_spread(rows, "distance")
        floor = mean_and_spread(rows, "floor")[0]
        axes.barh([place], [max(mean, 0)], height=0.55, color=colour, alpha=0.85)
        axes.plot([max(mean - deviation, 0), mean + deviation], [place, place], color=INK, lw=0.8)
        axes.plot([floor, floor], [place - 0.4, place + 0.4], color=INK, lw=1.6)
        right = max(mean + deviation, floor) + 0.03
        inside = right > 0.9
        axes.text(
            mean / 2 if inside else right,
            place,
            f"{mean:.3f}",
            va="center",
            ha="center" if inside else "left",
            fontsize=7,
            color="white" if inside else INK,
        )


def dial(result: BreakingResult) -> Any:
    """Scores over the strength of the field, from spontaneous to explicit; lines are exact, dots trained."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.5, 2.7))
    axes = inch_axes(figure, 0.55, 0.15, 2.8, 2.05)
    strengths = np.array([one["strength"] for one in result.curves])
    for method, floor in (
        ("strict", "strict"),
        ("relaxed", "deterministic"),
        ("sympe", "noise"),
        ("relaxed-sympe", ""),
    ):
        least = np.array([one[floor] if floor else 0.0 for one in result.curves])
        axes.plot(strengths, least, color=_COLOURS[method], lw=1.0)
        mark = {"marker": "o", "ms": 6, "mfc": "none"} if method in _RINGED else {"marker": "o", "ms": 3}
        label = None
        for name, strength in dict.fromkeys((row["set"], row["strength"]) for row in result.rows):
            rows = result.lines(name, strength).get(method, ())
            if name == "explicit" or not rows:
                continue
            mean, deviation = mean_and_spread(rows, "distance")
            label = rows[0]["label"]
            axes.errorbar(strength, mean, deviation, **mark, ls="", color=_COLOURS[method], lw=0.8, capsize=1.5)
        if label is not None and len(strengths):
            axes.plot([], [], **mark, ls="-", lw=1.0, color=_COLOURS[method], label=label)
    axes.set_xlabel("strength h of the field / temperature")
    axes.set_ylabel("energy distance / mean shift")
    axes.set_xlim(-0.15, 6)
    axes.set_ylim(-0.02, 1.0)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=7, loc="upper left", ncols=2)
    return figure
