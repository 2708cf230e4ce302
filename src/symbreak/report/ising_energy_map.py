"""Figure: energy per site over (J_y, h) for the ground truth and each method, and the excess over it."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.ising_files import Grid, existing, read_grid
from symbreak.report.ising_phases import PHASES, boundaries, phase, uniform_energy
from symbreak.report.ising_result import Result
from symbreak.report.style import GREY, INK, inch_axes, inch_text, wrapped

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _LEFT, _TOP, _BAR = 1.25, 1.0, 0.12, 0.42, 0.62, 0.45, 0.95
_MOST_COLUMNS = 6
_ENERGY, _EXCESS = "viridis", "OrRd"


def energy_map(result: Result) -> Any | None:
    """Draws the figure, or returns None without a `grid.safetensors`. Energies are means over seeds."""
    from matplotlib.colors import Normalize, PowerNorm
    from matplotlib.figure import Figure

    found = {method: existing(result, rows, "grid.safetensors") for method, rows in result.drawn().items()}
    grids = {method: _mean(paths) for method, paths in found.items() if paths and method != "random"}
    if not grids or result.task != "constant":
        return None
    first = next(iter(grids.values()))
    labels = [result.labels()[method] for method in grids]
    jx = float(result.config.get("jx", 1.0))
    uniform = uniform_energy(jx, first.jy[:, None], first.h[None, :], result.sign)
    energies = [("Ground truth", first.ground)] + [
        (label, grid.energy) for label, grid in zip(labels, grids.values(), strict=True)
    ]
    excesses = [("Best uniform (ceiling)", uniform - first.ground)] + [
        (label, grid.energy - grid.ground) for label, grid in zip(labels, grids.values(), strict=True)
    ]

    bands = math.ceil(len(energies) / _MOST_COLUMNS)
    columns = math.ceil(len(energies) / bands)
    block = bands * (_HEIGHT + _GAP_Y)
    size = (_LEFT + columns * (_WIDTH + _GAP_X) + _BAR, _TOP + 2 * block + 0.1)
    figure = Figure(figsize=size)
    for part, (panels, cmap, norm, name) in enumerate(
        [
            (energies, _ENERGY, Normalize(*_range([e for _, e in energies])), "energy per site"),
            (excesses, _EXCESS, PowerNorm(0.5, 0.0, max(float(excesses[0][1].max()), 0.05)), "excess energy"),
        ]
    ):
        top = _TOP + part * (block + 0.1)
        image: Any = None
        for i, (label, values) in enumerate(panels):
            row, column = divmod(i, columns)
            place = (_LEFT + column * (_WIDTH + _GAP_X), top + row * (_HEIGHT + _GAP_Y))
            axes = inch_axes(figure, *place, _WIDTH, _HEIGHT)
            image = axes.pcolormesh(
                first.jy, first.h, values.T, cmap=cmap, norm=norm, shading="nearest", rasterized=True
            )
            _boundaries(axes, first, jx, result.sign, "white" if part == 0 else GREY)
            axes.set_title(wrapped(label, 20), pad=3, linespacing=1.05)
            axes.set_xticks([-2, 0, 2])
            axes.set_yticks([0, 1, 2])
            below = i + columns >= len(panels)  # nothing under this panel
            axes.tick_params(labelleft=column == 0, labelbottom=below and part == 1)
            if column == 0:
                axes.set_ylabel("$h$")
            if below and part == 1:
                axes.set_xlabel("$J_y$", labelpad=1)
            if part == 0 and i == 0:
                _names(axes, first, jx, result.sign)
            _corner(axes, values, part)
        height = block - _GAP_Y
        bar = inch_axes(figure, size[0] - _BAR + 0.1, top, 0.1, height)
        figure.colorbar(image, cax=bar, extend="neither" if part == 0 else "max")
        bar.set_ylabel(name, labelpad=4)
        if part == 1:
            high = float(norm.vmax or 0.0)
            bar.set_yticks([tick for tick in (0.0, 0.05, 0.2, 0.5, 1.0, 2.0, 4.0) if tick <= high])
            bar.minorticks_off()
    inch_text(figure, _LEFT, 0.06, _title(result, jx), va="top", fontsize=8, color=INK)
    return figure


def _title(result: Result, jx: float) -> str:
    law = "J > 0 aligns spins" if result.sign == 1 else "J > 0 opposes spins"
    return f"$J_x = {jx:g}$; {law}; dashed: phase boundaries; numbers: means over the panel"


def _mean(paths: list) -> Grid:
    grids = [read_grid(path) for path in paths]
    for path, grid in zip(paths, grids, strict=True):
        if not (np.array_equal(grid.jy, grids[0].jy) and np.array_equal(grid.h, grids[0].h)):
            raise ValueError(f"{path} has another grid of (J_y, h) than {paths[0]}, but a mean needs one grid.")
    energy = np.mean([grid.energy for grid in grids], 0)
    return Grid(grids[0].jy, grids[0].h, energy, grids[0].ground)


def _range(values: list[NDArray]) -> tuple[float, float]:
    return float(min(v.min() for v in values)), float(max(v.max() for v in values))


def _fine(grid: Grid) -> tuple[NDArray, NDArray]:
    return (
        np.linspace(grid.jy.min(), grid.jy.max(), 241),
        np.linspace(grid.h.min(), grid.h.max(), 161),
    )


def _boundaries(axes: Any, grid: Grid, jx: float, sign: int, colour: str) -> None:
    jy, h = _fine(grid)
    for margin in boundaries(jx, jy, h, sign):
        axes.contour(jy, h, margin.T, levels=[0.0], colors=colour, linewidths=0.8, linestyles="dashed")


def _names(axes: Any, grid: Grid, jx: float, sign: int) -> None:
    """Writes the phases that fill at least a tenth of the panel at its centre."""
    jy, h = _fine(grid)
    kinds, _ = phase(jx, jy[:, None], h[None, :], sign)
    for kind in np.unique(kinds):
        inside = kinds == kind
        if inside.mean() > 0.1:
            i, j = np.argwhere(inside).mean(0).astype(int)
            axes.text(jy[i], h[j], PHASES[kind], ha="center", va="center", fontsize=6.5, color="white")


def _corner(axes: Any, values: NDArray, part: int) -> None:
    sign = "+" if part else ""
    text = f"{sign}{values.mean():.3f}".replace("-", "−")
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
    axes.text(0.96, 0.93, text, transform=axes.transAxes, ha="right", va="top", fontsize=6.5, bbox=box)
