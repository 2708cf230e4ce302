"""The floors of each target under each remedy, as shares of the target's own square."""

from typing import Any

from symbreak.report.diagnosis.entry import Entry
from symbreak.report.style import BLUE, GREY, INK, LIGHT, VERMILION, plain

_NAMES = {
    "none": "no remedy: the Curie floor",
    "fixed_direction": "one fixed direction (relaxed weights)",
    "random_pose": "random pose (SymPE), the nearest",
    "one_draw": "random pose (SymPE), one draw",
}


def floor_bars(targets: list[Entry]) -> Any | None:
    """Draws the figure, or returns None without a target that is not zero."""
    from matplotlib.figure import Figure

    shown = [(target, remedies(target)) for target in targets if target.number("squares") > 0]
    if not shown:
        return None
    heights = [0.26 * len(rows) + 0.42 for _, rows in shown]
    figure = Figure(figsize=(7.2, sum(heights) + 0.45), layout="constrained")
    grid = figure.subplots(len(shown), 1, squeeze=False, sharex=True, gridspec_kw={"height_ratios": heights})
    largest = max(share for _, rows in shown for _, share in rows)
    for axes, (target, rows) in zip(grid.flat, shown, strict=True):
        shares = [share for _, share in rows]
        colours = [VERMILION if k == 0 else BLUE for k in range(len(rows))]
        axes.barh(range(len(rows)), shares, color=colours, height=0.66)
        axes.set_yticks(range(len(rows)), [plain(name) for name, _ in rows])
        axes.set_ylim(len(rows) - 0.45, -0.55)
        axes.set_xlim(0, 1.16 * max(largest, 1e-9))
        for place, share in enumerate(shares):
            axes.annotate(
                f"{share:.2%}" if share else "0", (share, place), xytext=(3, 0), textcoords="offset points",
                va="center", fontsize=7, color=INK,
            )  # fmt: skip
        axes.set_title(
            plain(f"{target.text('name')}, {target.text('moves')} of each {target.text('per')}", 90),
            loc="left",
            fontsize=9,
        )
        axes.axvline(1.0, color=LIGHT, linewidth=0.8, zorder=0)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines["left"].set_color(GREY)
        axes.tick_params(axis="y", length=0)
    grid.flat[-1].xaxis.set_major_formatter(lambda x, _: f"{x:.3g}")
    grid.flat[-1].set_xlabel("squared error that remains, as a share of Σ|y|²")
    return figure


def remedies(target: Entry) -> list[tuple[str, float]]:
    """The floors of a target by remedy, as shares of `Σ|y|²`."""
    squares, floors = target.number("squares"), target.entry("remedies")
    found = [(text, floors.number(name) / squares) for name, text in _NAMES.items() if floors.has(name)]
    smaller = floors.entry("subgroups")
    return found + [(f"smaller group: {name}", smaller.number(name) / squares) for name in smaller.data]
