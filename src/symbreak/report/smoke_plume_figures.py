"""The figures of the smoke plume: what is predicted, how errors grow, and breaking learned beside breaking there."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.smoke_plume_result import PlumeResult
from symbreak.report.style import BLUE, GREY, INK, VERMILION, inch_axes, inch_text

GREEN, PURPLE = "#009E73", "#CC79A7"  # Okabe and Ito
_COLOURS = {"relaxed": BLUE, "strict": GREEN, "plain": VERMILION, "plain-narrow": PURPLE}
_MARKS = {"relaxed": "o", "strict": "s", "plain": "^", "plain-narrow": "v"}
_SHOWN = ("strict", "relaxed", "plain")
_LEADS = (2, 5, 8)  # frames ahead, counted from 0
_SIDE = 3  # the side of the strongest drive


def frames(result: PlumeResult) -> Any | None:
    """Speeds of the truth and of each method's prediction, and the magnitude of its error, at three times ahead."""
    from matplotlib.figure import Figure

    lines = result.lines(result.main)
    found = {name: result.frames(lines[name][0]) for name in _SHOWN if name in lines}
    known = {name: entry for name, entry in found.items() if entry is not None}
    if not known:
        return None
    truth = next(iter(known.values()))["truth"][_SIDE]
    leads = [lead for lead in _LEADS if lead < len(truth)]
    n, side, left, top, gap = len(leads), 0.95, 0.65, 0.5, 0.06
    step = side + gap
    middle = left + n * step  # of the first colour bar; the errors stand to the right of it
    right = middle + 0.75
    figure = Figure(figsize=(right + n * step + 0.7, top + (1 + len(known)) * step + 0.1))
    fastest = float(max(_speed(truth[lead]).max() for lead in leads))
    off = {name: [_speed(entry["found"][_SIDE][lead] - truth[lead]) for lead in leads] for name, entry in known.items()}
    worst = float(max(one.max() for line in off.values() for one in line))
    image: Any = None
    wrong: Any = None
    for k, lead in enumerate(leads):
        image = _field(inch_axes(figure, left + k * step, top, side, side), _speed(truth[lead]), fastest, "viridis")
        for start, height in ((left, top), (right, top + step)):
            place = start + k * step + side / 2
            inch_text(figure, place, height - 0.06, f"{lead + 1} ahead", ha="center", fontsize=8)
    inch_text(figure, left - 0.08, top + side / 2, "truth", ha="right", va="center", fontsize=8)
    for row, (name, entry) in enumerate(known.items(), 1):
        height = top + row * step
        inch_text(figure, left - 0.08, height + side / 2, name, ha="right", va="center", fontsize=8)
        for k, lead in enumerate(leads):
            speed = _speed(entry["found"][_SIDE][lead])
            _field(inch_axes(figure, left + k * step, height, side, side), speed, fastest, "viridis")
            wrong = _field(inch_axes(figure, right + k * step, height, side, side), off[name][k], worst, "magma")
    inch_text(figure, left + n * step / 2, 0.22, "speed |u|", ha="center", fontsize=8)
    inch_text(figure, right + n * step / 2, top + step - 0.28, "error |u − truth|", ha="center", fontsize=8)
    rows = len(known)
    bar = figure.colorbar(image, cax=inch_axes(figure, middle + 0.02, top, 0.08, (1 + rows) * step - gap))
    bar.set_label("cells per unit time", fontsize=7)
    bar = figure.colorbar(wrong, cax=inch_axes(figure, right + n * step + 0.02, top + step, 0.08, rows * step - gap))
    bar.set_label("cells per unit time", fontsize=7)
    return figure


def horizon(result: PlumeResult) -> Any | None:
    """The error for each frame ahead, in both tests: means over seeds, and the range."""
    figure, axes = _panels(2, room=1.5)
    lines = result.lines(result.main)
    for one, (part, title) in zip(
        axes, (("domain", "other plumes, same times"), ("future", "later times")), strict=True
    ):
        for name, rows in lines.items():
            curves = np.array([row[f"{part}_ahead"] for row in rows])
            ahead = np.arange(1, curves.shape[1] + 1)
            one.fill_between(ahead, curves.min(0), curves.max(0), color=_COLOURS.get(name, INK), alpha=0.15, lw=0)
            label = rows[0]["label"].replace(", ", ",\n")
            colour = _COLOURS.get(name, INK)
            one.plot(ahead, curves.mean(0), color=colour, label=label, marker=_MARKS.get(name), ms=2.5)
        rows = next(iter(lines.values()))
        still = np.array([row[f"{part}_still_ahead"] for row in rows]).mean(0)
        one.plot(np.arange(1, len(still) + 1), still, color=GREY, ls="--", label="the last frame again")
        one.set_title(title, loc="left")
        one.set_xlabel("frames ahead")
        one.set_ylim(0, None)
        _open(one)
    axes[0].set_ylabel("RMSE of the velocity\n(cells per unit time)")
    axes[-1].legend(frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1.02, 1.02))
    return figure


def levels(result: PlumeResult) -> Any | None:
    """Against the breaking that is in the law: that of the networks, of the weights, and errors against strict."""
    known = [level for level in result.levels if "relaxed" in result.lines(level)]
    if len(known) < 2:
        return None
    figure, axes = _panels(3, room=0.15, apart=0.6)
    _degrees(axes[0], result)
    _weights(axes[1], result, known)
    _against(axes[2], result)
    for one in axes:
        one.set_xlabel("degree of breaking of the law")
        one.set_xlim(-0.02 * one.get_xlim()[1], None)
        _open(one)
    return figure


def _degrees(axes: Any, result: PlumeResult) -> None:
    axes.set_title("breaking of the networks", loc="left")
    most = max(row["law_degree"] for row in result.rows)
    axes.plot([0, most], [0, most], color=GREY, lw=0.8, ls=":")
    axes.text(most, most, "as the law", color=GREY, ha="right", va="bottom", fontsize=7)
    _dots(axes, result, "network_degree", _SHOWN)
    axes.set_ylabel("degree of breaking")
    axes.legend(frameon=False, fontsize=7, loc="upper left")


def _weights(axes: Any, result: PlumeResult, known: list[str]) -> None:
    axes.set_title("relaxed weights by irrep", loc="left")
    for irrep, colour, mark in (("B", VERMILION, "D"), ("E", BLUE, "o")):
        for level in known:
            for row in result.lines(level)["relaxed"]:
                inside = colour if irrep in row["allowed"] else "white"
                place = (row["law_degree"], row["components"][irrep])
                axes.plot(*place, mark, color=colour, mfc=inside, ms=4, clip_on=False)
        axes.plot([], [], mark, color=colour, ms=4, label=f"{irrep} of C4")
    axes.set_ylabel("component over that of A")
    axes.set_ylim(0, None)
    axes.plot([], [], "o", color=INK, mfc="white", ms=4, label="may not grow")
    axes.legend(frameon=False, fontsize=7, loc="upper left")


def _against(axes: Any, result: PlumeResult) -> None:
    axes.set_title("error against strict, domain", loc="left")
    axes.axhline(0, color=GREEN, lw=0.8)
    for name in ("relaxed", "plain"):
        label: str | None = name
        for level in result.levels:
            lines = result.lines(level)
            strict = {row["seed"]: row["domain"] for row in lines.get("strict", ())}
            for row in lines.get(name, ()):
                if row["seed"] in strict:
                    change = 100 * (row["domain"] / strict[row["seed"]] - 1)
                    axes.plot(row["law_degree"], change, _MARKS[name], color=_COLOURS[name], ms=4, label=label)
                    label = None
    axes.set_ylabel("change of the RMSE (%)")
    axes.legend(frameon=False, fontsize=7)


def _dots(axes: Any, result: PlumeResult, key: str, names: tuple[str, ...]) -> None:
    for name in names:
        label: str | None = name
        for row in result.rows:
            if row["method"] == name:
                axes.plot(
                    row["law_degree"], row[key], _MARKS[name], color=_COLOURS[name], ms=4, label=label, clip_on=False
                )
                label = None


def _speed(frame: NDArray) -> NDArray:
    """The magnitude of the velocity of `(3, N, N)`."""
    return np.hypot(frame[1], frame[2])


def _field(axes: Any, values: NDArray, most: float, colours: str) -> Any:
    image = axes.imshow(values.T, origin="lower", vmin=0, vmax=most, cmap=colours, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    return image


def _panels(count: int, room: float, apart: float = 0.35) -> tuple[Any, list[Any]]:
    from matplotlib.figure import Figure

    width, left = 1.85, 0.8
    figure = Figure(figsize=(left + count * (width + apart) - apart + room, 2.45))
    return figure, [inch_axes(figure, left + k * (width + apart), 0.3, width, 1.7) for k in range(count)]


def _open(axes: Any) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
