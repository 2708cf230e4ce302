"""The figures of the dialled breaking."""

from collections.abc import Callable, Sequence
from typing import Any

from symbreak.report.dialled_breaking_result import DialledResult, Entry, spread
from symbreak.report.dialled_breaking_tables import angle
from symbreak.report.style import BLUE, GREY, INK, VERMILION, inch_axes

_GREEN, _PURPLE = "#009E73", "#CC79A7"
_COLOURS = {"strict": GREY, "relaxed": BLUE, "free": VERMILION, "conditioned": _GREEN, "told": _PURPLE}
_MARKS = {"strict": "s", "relaxed": "o", "free": "^", "conditioned": "D", "told": "v"}
_LABELS = {"strict": "strict", "relaxed": "relaxed", "free": "free"}
_DIALS = {0.0: "#56B4E9", 0.25: "#009E73", 0.5: BLUE, 0.75: "#E69F00", 1.0: VERMILION}


def tracking(result: DialledResult) -> Any | None:
    """The breaking that is learned over the true one, for each task; a point for each seed."""
    panels = [task for task in result.tasks if result.of(study="dials", task=task["name"])]
    figure, axes = _panels(len(panels))
    for one, task in zip(axes, panels, strict=True):
        one.plot([0, 1], [0, 1], color=INK, lw=0.7, ls="--", zorder=0)
        for network in ("strict", "free", "relaxed"):
            rows = result.of(study="dials", task=task["name"], network=network)
            places = [[row[key] for row in rows] for key in ("true_breaking", "breaking")]
            one.plot(*places, ls="", marker=_MARKS[network], color=_COLOURS[network], ms=4, mfc="none", mew=0.9)
        one.set_xlim(-0.04, 1.04)
        one.set_ylim(-0.04, 1.04)
        one.set_title(task["title"], loc="left")
        one.set_xlabel("true breaking")
        _open(one)
    if axes:
        axes[0].set_ylabel("learned breaking")
        names = ("relaxed", "free", "strict")
        handles = [axes[0].plot([], [], ls="", marker=_MARKS[n], color=_COLOURS[n], ms=4, mfc="none")[0] for n in names]
        handles.append(axes[0].plot([], [], color=INK, lw=0.7, ls="--")[0])
        axes[0].legend(handles, [*names, "learned = true"], frameon=False, fontsize=7, loc="upper left")
    return figure


def errors(result: DialledResult) -> Any | None:
    """The error over the dial, and the least of an equivariant network."""
    panels = [task for task in result.tasks if result.of(study="dials", task=task["name"])]
    figure, axes = _panels(len(panels), gap=0.75)
    for one, task in zip(axes, panels, strict=True):
        every = result.of(study="dials", task=task["name"])
        dials = sorted(result.values("dial", every))
        floors = [spread([row for row in every if row["dial"] == dial], "floor") for dial in dials]
        one.plot(dials, [f.mean for f in floors if f], color=INK, lw=0.9, ls="--", zorder=0)
        for network in ("strict", "free", "relaxed"):
            rows = [row for row in every if row["network"] == network]
            _line(one, dials, [[row for row in rows if row["dial"] == dial] for dial in dials], "error", network)
        one.set_ylim(bottom=0)
        one.set_title(task["title"], loc="left")
        one.set_xlabel("dial λ")
        one.set_ylabel("excess cross-entropy (nats)" if task["labels"] else "squared error / E|u|²")
        _open(one)
    if axes:
        _legend(axes[0], ("strict", "free", "relaxed"), extra=[("floor of strict", INK)])
    return figure


def held_back(result: DialledResult) -> Any | None:
    """Breaking and error from strict over penalties of falling weight to free."""
    lasso = [row for row in result.of(study="penalties") if row["regime"].startswith("lasso-")]
    if not lasso:
        return None
    weights = sorted({row["weight"] for row in lasso}, reverse=True)
    names = ["strict", *(f"{w:g}" for w in weights), "0", "free"]
    figure, axes = _panels(2, gap=1.15)
    for dial in sorted(result.values("dial", lasso)):
        dials = {n: result.of(study="dials", task="regression", dial=dial, network=n) for n in _LABELS}
        held = [[row for row in lasso if (row["dial"], row["weight"]) == (dial, w)] for w in weights]
        groups = [dials["strict"], *held, dials["relaxed"], dials["free"]]
        for one, key in zip(axes, ("breaking", "error"), strict=True):
            _line(one, range(len(names)), groups, key, None, _DIALS[dial])
        true = spread(dials["strict"] or lasso, "true_breaking")
        if true is not None and dials["strict"]:
            axes[0].axhline(true.mean, color=_DIALS[dial], lw=0.7, ls="--", zorder=0)
            axes[0].text(len(names) - 0.7, true.mean, f"λ = {dial:g}", color=_DIALS[dial], va="center", fontsize=7)
    for one, label in zip(axes, ("learned breaking", "squared error / E|u|²"), strict=True):
        one.set_xticks(range(len(names)), names)
        one.set_xlabel("weight of the lasso")
        one.set_ylabel(label)
        one.set_ylim(bottom=-0.02)
        _open(one)
    return figure


def learning(result: DialledResult) -> Any | None:
    """The weight of the penalty as it is learned, and the norm of θ as it is opened and closed again."""
    learned, opened = result.of(study="schedules", regime="learned"), result.of(study="schedules", regime="opened")
    if not learned and not opened:
        return None
    figure, axes = _panels(3, gap=0.75, room=0.6)
    for rows, one, read in (
        (learned, axes[0], lambda note: note["weight"]),
        (learned, axes[1], lambda note: note["penalty"]),
        (opened, axes[2], lambda note: note["loss"]),
    ):
        for row in rows:
            curve = result.curve(row)
            one.plot([n["step"] for n in curve], [read(n) for n in curve], color=_DIALS[row["dial"]], lw=0.8)
        one.set_xlabel("step")
        one.set_ylim(bottom=0)
        _open(one)
    axes[0].set_ylabel("weight of the penalty")
    axes[1].set_ylabel("penalty Σ |θ|")
    axes[2].set_ylabel("training loss")
    axes[0].set_title("learned", loc="left")
    axes[1].axhline(0.5, color=INK, lw=0.7, ls="--")
    axes[1].set_title("learned; dashed: allowed", loc="left")
    axes[2].set_title("opened and closed again", loc="left")
    seen = sorted({row["dial"] for row in (*learned, *opened)})
    for k, dial in enumerate(seen):
        axes[2].text(
            1.04, 0.92 - 0.13 * k, f"λ = {dial:g}", color=_DIALS[dial], transform=axes[2].transAxes, fontsize=7
        )
    return figure


def sizes(result: DialledResult) -> Any | None:
    """The error over the number of samples."""
    every = result.of(study="sizes")
    if not every:
        return None
    figure, (axes,) = _panels(1, room=0.9)
    dial = every[0]["dial"]
    seen = [*every, *result.of(study="dials", task="regression", dial=dial)]
    numbers = sorted({row["samples"] for row in seen})
    for network in ("strict", "free", "relaxed"):
        groups = [[r for r in seen if (r["samples"], r["network"]) == (n, network)] for n in numbers]
        _line(axes, numbers, groups, "error", network)
    floor = spread(seen, "floor")
    if floor is not None:
        axes.axhline(floor.mean, color=INK, lw=0.9, ls="--", zorder=0)
    axes.set_xscale("log")
    axes.set_xticks(numbers, [f"{n}" for n in numbers])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_title(f"graph regression, λ = {dial:g}", loc="left")
    axes.set_xlabel("training samples")
    axes.set_ylabel("squared error / E|u|²")
    _open(axes)
    _legend(axes, ("strict", "free", "relaxed"), extra=[("floor of strict", INK)], beside=True)
    return figure


def angles(result: DialledResult) -> Any | None:
    """How far the vector and the quadrupole of θ are from the field, over the dial."""
    tasks = [task for task in result.tasks if any(r["dial"] for r in _relaxed(result, task["name"]))]
    figure, axes = _panels(len(tasks))
    for one, task in zip(axes, tasks, strict=True):
        rows = _relaxed(result, task["name"])
        dials = sorted({row["dial"] for row in rows if row["dial"]})
        groups = [[row for row in rows if row["dial"] == dial] for dial in dials]
        for irrep, colour, mark in (("1o", BLUE, "o"), ("2e", VERMILION, "^")):
            _line(one, dials, groups, angle(irrep), None, colour, mark)
        one.set_yscale("log")
        one.set_ylim(0.1, 90)
        one.set_yticks([0.1, 1, 10, 90], ["0.1", "1", "10", "90"])
        one.set_xlim(0, 1.05)
        one.set_title(task["title"], loc="left")
        one.set_xlabel("dial λ")
        _open(one)
    if axes:
        axes[0].set_ylabel("angle of θ with the field (°)")
        marks = ((BLUE, "o"), (VERMILION, "^"))
        handles = [axes[0].plot([], [], color=colour, marker=mark, ms=3.5, lw=1)[0] for colour, mark in marks]
        axes[0].legend(handles, ["vector, 1o", "quadrupole, 2e"], frameon=False, fontsize=7, loc="lower left")
    return figure


def fields(result: DialledResult) -> Any | None:
    """The error over the strength of the field, along known directions and along new ones."""
    every = result.of(study="fields")
    if not every:
        return None
    figure, axes = _panels(2, gap=0.45, room=1.4)
    for one, known in zip(axes, (True, False), strict=True):
        for network in ("strict", "relaxed", "told", "conditioned"):
            rows = [row for row in every if row["network"] == network]
            strengths = sorted({test["strength"] for row in rows for test in row["fields"]})
            groups = [
                [
                    {"error": t["error"]}
                    for row in rows
                    for t in row["fields"]
                    if (t["strength"], t["known"]) == (s, known)
                ]
                for s in strengths
            ]
            _line(one, strengths, groups, "error", network)
        one.set_ylim(0, 1.05 * max(test["error"] for row in every for test in row["fields"]))
        one.set_xlabel("strength of the field |E|")
        one.set_title("directions of the training set" if known else "new directions", loc="left")
        _open(one)
    axes[0].set_ylabel("squared error / E|u|²")
    names = {"strict": "strict", "relaxed": "one θ", "told": "free, field as input", "conditioned": "θ from the field"}
    handles = [axes[1].plot([], [], marker=_MARKS[n], color=_COLOURS[n], ms=3.5, lw=1)[0] for n in names]
    axes[1].legend(handles, list(names.values()), frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _line(
    axes: Any,
    places: Sequence[float],
    groups: Sequence[Sequence[Entry]],
    key: str | Callable[[Entry], float | None],
    network: str | None,
    colour: str = INK,
    mark: str = "o",
) -> None:
    """Means with bars from the least to the most, where there are rows."""
    found = [(x, s) for x, s in ((x, spread(rows, key)) for x, rows in zip(places, groups, strict=True)) if s]
    if not found:
        return
    colour, mark = (_COLOURS[network], _MARKS[network]) if network else (colour, mark)
    x, mean = [x for x, _ in found], [s.mean for _, s in found]
    bars = [[s.mean - s.least for _, s in found], [s.most - s.mean for _, s in found]]
    axes.errorbar(x, mean, bars, color=colour, marker=mark, ms=3.5, lw=1, elinewidth=0.8)


def _relaxed(result: DialledResult, task: str) -> list[Entry]:
    return result.of(study="dials", task=task, network="relaxed")


def _legend(
    axes: Any,
    networks: Sequence[str],
    *,
    extra: Sequence[tuple[str, str]] = (),
    beside: bool = False,
) -> None:
    handles = [axes.plot([], [], marker=_MARKS[n], color=_COLOURS[n], ms=3.5, lw=1)[0] for n in networks]
    handles += [axes.plot([], [], color=colour, lw=0.9, ls="--")[0] for _, colour in extra]
    place = {"loc": "upper left", "bbox_to_anchor": (1, 1)} if beside else {"loc": "upper left"}
    axes.legend(handles, [*networks, *(label for label, _ in extra)], frameon=False, fontsize=7, **place)


def _panels(count: int, gap: float = 0.45, room: float = 0.0) -> tuple[Any | None, list[Any]]:
    from matplotlib.figure import Figure

    if not count:
        return None, []
    wide = 1.95
    figure = Figure(figsize=(0.65 + count * wide + (count - 1) * gap + 0.15 + room, 2.6))
    return figure, [inch_axes(figure, 0.65 + k * (wide + gap), 0.3, wide, 1.8) for k in range(count)]


def _open(axes: Any) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
