"""Figure: the validation fraction over epochs, a panel per method, both losses."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.ising_files import existing, read_curve
from symbreak.report.ising_result import Result
from symbreak.report.ising_style import LOSS_COLOURS
from symbreak.report.style import GREY, separated, wrapped

_MOST_COLUMNS = 5


def curves(result: Result) -> Any | None:
    """Draws the figure, or returns None without a `curve.csv`. Line: mean over seeds. Band: lowest to highest."""
    from matplotlib.figure import Figure

    panels: dict[str, dict[str, NDArray]] = {}
    for (method, loss), rows in result.lines().items():
        paths = existing(result, rows, "curve.csv")
        runs = [read_curve(path) for path in paths]
        epochs = min((len(run["epoch"]) for run in runs), default=0)  # seeds may still be under way
        if epochs:
            values = [run["epoch"][:epochs] for run in runs[:1]]
            values += [run["validation_fraction"][:epochs] for run in runs]
            panels.setdefault(method, {})[loss] = np.stack(values)
    if not panels:
        return None
    names = {row.method: row.label for row in result.rows}
    ceiling = result.reference.uniform_fractions[0]
    rows_of_panels = math.ceil(len(panels) / _MOST_COLUMNS)
    columns = math.ceil(len(panels) / rows_of_panels)
    size = (max(1.5 * columns + 0.7, 3.2), 1.55 * rows_of_panels + 0.35)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(rows_of_panels, columns, sharex=True, sharey=True, squeeze=False)
    lowest = min(float(np.min(v[1:])) for losses in panels.values() for v in losses.values())
    for i, axes in enumerate(grid.flat):
        if i >= len(panels):
            axes.remove()
            continue
        method, losses = list(panels.items())[i]
        for loss, values in losses.items():
            epoch, runs = values[0], values[1:]
            colour = LOSS_COLOURS[loss]
            axes.fill_between(epoch, runs.min(0), runs.max(0), color=colour, alpha=0.2, linewidth=0)
            axes.plot(epoch, runs.mean(0), color=colour, marker="o" if len(epoch) == 1 else None, markersize=3)
        axes.set_title(wrapped(names[method], 22), pad=3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_ylim(min(0.0, max(lowest, -0.25)), 1.03)
        if ceiling is not None:
            axes.axhline(ceiling, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
        if i + columns >= len(panels):
            axes.tick_params(labelbottom=True)
            axes.set_xlabel("epoch")
    for axes in grid[:, 0]:
        axes.set_ylabel("validation fraction")
    _words(grid[0, 0], next(iter(panels.values())), ceiling)
    return figure


def _words(axes: Any, losses: dict[str, NDArray], ceiling: float | None) -> None:
    """Names the lines of the first panel, in the free space low in it."""
    ends = {loss: float(values[1:].mean(0)[-1]) for loss, values in losses.items()}
    heights = separated([0.34 - 0.001 * rank for rank, _ in enumerate(ends)], 0.12)
    ordered = sorted(ends, key=lambda loss: -ends[loss])
    for loss, height in zip(ordered, heights, strict=True):
        axes.text(0.97, height, loss, transform=axes.transAxes, ha="right", color=LOSS_COLOURS[loss], fontsize=7)
    if ceiling is not None:
        below = min(heights) - 0.12
        axes.text(0.97, below, "- - uniform ceiling", transform=axes.transAxes, ha="right", color=GREY, fontsize=7)
