"""The near-symmetries of a data set: what looser tolerances find, and at which lengths symmetries begin."""

from typing import Any

from symbreak.report.diagnosis.entry import Entry
from symbreak.report.style import BLUE, GREY, INK, VERMILION

_FEW = 3  # samples that make no histogram
_LEAST = -9  # of the decades: less is one with it


def near_picture(near: Entry, samples: int, unit: str) -> Any | None:
    """Draws the figure, or returns None where there is nothing to show, as of graphs.

    Args:
        near: as `report.json` has it.
        samples: that were diagnosed.
        unit: of the tolerance.
    """
    from matplotlib.figure import Figure

    gained = {factor: entry.whole("samples") for factor, entry in near.table("gained").items()}
    residuals, gaps = near.counts("residuals"), near.counts("gaps")
    if not any(gained.values()) and (samples < _FEW or not (residuals or gaps)):
        return None
    panels = [draw for draw, shown in ((_gained, any(gained.values())), (_decades, residuals or gaps)) if shown]
    figure = Figure(figsize=(7.6, 2.3) if len(panels) > 1 else (5.4, 2.3), layout="constrained")
    ratios = [1.0 if draw is _gained else 2.4 for draw in panels]
    for draw, axes in zip(panels, figure.subplots(1, len(panels), width_ratios=ratios, squeeze=False)[0], strict=True):
        if draw is _gained:
            _gained(axes, gained, samples)
        else:
            _decades(axes, residuals, gaps, unit)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines["left"].set_color(GREY)
        axes.yaxis.get_major_locator().set_params(integer=True)
    return figure


def _gained(axes: Any, gained: dict[str, int], samples: int) -> None:
    axes.bar([f"{factor} ×" for factor in gained], list(gained.values()), color=BLUE, width=0.55)
    for k, count in enumerate(gained.values()):
        axes.annotate(
            f"{count:,}\n({count / max(samples, 1):.1%})", (k, count), xytext=(0, 2), textcoords="offset points",
            ha="center", fontsize=7, color=INK,
        )  # fmt: skip
    axes.set_ylim(0, 1.5 * max(gained.values()))
    axes.set_xlim(-0.6, len(gained) - 0.4)
    axes.set_xlabel("times the tolerance")
    axes.set_ylabel("samples that gain symmetry")


def _decades(axes: Any, residuals: dict[str, int], gaps: dict[str, int], unit: str) -> None:
    kinds = (
        (residuals, BLUE, -0.2, "have their symmetry from there on"),
        (gaps, VERMILION, 0.2, "gain more from there on"),
    )
    for table, colour, shift, name in kinds:
        if not table:
            continue
        places = [int(k) + shift for k in table]
        axes.bar(places, list(table.values()), width=0.38, color=colour, label=name)
    every = [int(k) for k in (*residuals, *gaps)]
    low, high = min(every), max(every)
    axes.set_xlim(low - 0.7, high + 0.7)
    ticks = range(low, high + 1)
    axes.set_xticks(ticks, [f"{'< ' if k == _LEAST else ''}$10^{{{k + (k == _LEAST)}}}$" for k in ticks])
    axes.set_ylim(0, 1.35 * max([*residuals.values(), *gaps.values()]))
    axes.set_xlabel(f"tolerance ({unit}), by decades that begin at")
    axes.set_ylabel("samples")
    axes.legend(frameon=False, fontsize=7, loc="upper right", ncols=2)
