"""The near-symmetries of a data set: what looser tolerances find, and at which lengths symmetries begin."""

from typing import Any

from symbreak.report.diagnosis.entry import Entry
from symbreak.report.style import BLUE, GREY, INK, VERMILION

_FEW = 3  # samples that make no histogram
_LEAST = -9  # of the decades: less is one with it


def near_picture(near: Entry, samples: int) -> Any | None:
    """Draws the figure, or returns None where there is nothing to show, as of graphs.

    Args:
        near: as `report.json` has it.
        samples: that were diagnosed.
    """
    from matplotlib.figure import Figure

    gained = {factor: entry.whole("samples") for factor, entry in near.table("gained").items()}
    residuals, gaps = near.counts("residuals"), near.counts("gaps")
    if not any(gained.values()) and (samples < _FEW or not (residuals or gaps)):
        return None
    figure = Figure(figsize=(7.6, 2.3), layout="constrained")
    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": (1, 2.4)})
    names = [f"{factor} ×" for factor in gained]
    left.bar(names, list(gained.values()), color=BLUE, width=0.55)
    for k, count in enumerate(gained.values()):
        left.annotate(
            f"{count:,}\n({count / max(samples, 1):.1%})", (k, count), xytext=(0, 2), textcoords="offset points",
            ha="center", fontsize=7, color=INK,
        )  # fmt: skip
    left.set_ylim(0, 1.5 * max([1, *gained.values()]))
    left.set_xlim(-0.6, max(len(names), 1) - 0.4)
    left.set_xlabel("times the tolerance")
    left.set_ylabel("samples that gain symmetry")
    _decades(right, residuals, gaps)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines["left"].set_color(GREY)
        axes.yaxis.get_major_locator().set_params(integer=True)
    return figure


def _decades(axes: Any, residuals: dict[str, int], gaps: dict[str, int]) -> None:
    kinds = (
        (residuals, BLUE, -0.2, "have their symmetry from there on"),
        (gaps, VERMILION, 0.2, "gain more from there on"),
    )
    for table, colour, shift, name in kinds:
        places = [int(k) + shift for k in table]
        axes.bar(places, list(table.values()), width=0.38, color=colour, label=name)
    every = [int(k) for k in (*residuals, *gaps)]
    low, high = min(every), max(every)
    axes.set_xlim(low - 0.7, high + 0.7)
    ticks = range(low, high + 1)
    axes.set_xticks(ticks, [f"{'< ' if k == _LEAST else ''}$10^{{{k + (k == _LEAST)}}}$" for k in ticks])
    axes.set_ylim(0, 1.35 * max([*residuals.values(), *gaps.values()]))
    axes.set_xlabel("tolerance (Å), by decades that begin at")
    axes.set_ylabel("samples")
    axes.legend(frameon=False, fontsize=7, loc="upper right", ncols=2)
