"""The figures of the perovskite: errors over training, norms of irreps under both optimizers, the gradient at zero."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.perovskite_result import PerovskiteResult
from symbreak.report.style import GREY, INK, LIGHT, inch_axes, separated
from symbreak.report.theta_norms import NormCurves, draw_norms

_COLOURS = {
    "all": "#0072B2",
    "all-penalised": "#56B4E9",
    "all-stock-adam": "#D55E00",
    "pairs": "#E69F00",
    "waves": "#009E73",
    "1e": "#CC79A7",
    "2e": "#6a51a3",
}
_SIZES = {"0e": 1, "0o": 1, "1e": 3, "1o": 3, "2e": 5, "2o": 5}
_LEAST = -18.0  # of the colours, as a power of ten


def errors(result: PerovskiteResult) -> Any | None:
    """The mean |error| over training of every seed, with the exact floors."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.6, 3.2))
    axes = inch_axes(figure, 0.75, 0.2, 3.6, 2.5)
    ends, drawn = {}, 0
    for known in result.predictions:
        method = known["method"]
        for row in result.of(method):
            curve = result.curve(row)
            if curve is None:
                continue
            drawn += 1
            colour = _COLOURS.get(method, LIGHT)
            axes.plot(curve["step"], curve["error"], color=colour, lw=0.9, zorder=1 + (method in _COLOURS))
            ends.setdefault(known["label"], (colour, []))[1].append(float(curve["error"][-1]))
    if not drawn:
        return None
    for error in sorted(
        {round(known["floor"]["error"], 9) for known in result.predictions if known["floor"]["error"] > 1e-9}
    ):
        axes.axhline(error, color=INK, lw=0.7, ls="--", zorder=0)
    axes.set_yscale("log")
    axes.set_xlabel("step")
    axes.set_ylabel("mean |error| (Å)")
    _labels(axes, ends)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure


def _labels(axes: Any, ends: dict[str, tuple[str, list[float]]]) -> None:
    """Names beside the ends of the lines; those that stay at the floor of the cube in one."""
    stuck = [label for label, (colour, _) in ends.items() if colour == LIGHT]
    names = [(label, colour, float(np.median(last))) for label, (colour, last) in ends.items() if colour != LIGHT]
    if stuck:
        text = ", ".join(label.removesuffix(" alone").replace("no order parameter", "none") for label in stuck)
        names.append((text, GREY, float(np.median(ends[stuck[0]][1]))))
    names.sort(key=lambda one: -one[2])
    low, high = (np.log10(limit) for limit in axes.get_ylim())
    heights = separated([float(np.log10(one[2])) for one in names], 0.062 * (high - low))
    for (label, colour, _), height in zip(names, heights, strict=True):
        axes.annotate(
            label,
            (1.0, 10.0**height),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            annotation_clip=False,
        )


def norms(result: PerovskiteResult) -> Any | None:
    """The norm of each irrep of the order parameter over training, under both optimizers, for the first seed."""
    from matplotlib.figure import Figure

    may = dict.fromkeys(_SIZES, 0)
    for star in result.crystal["stars"]:
        may[star["irrep"]] += star["allowed"]
    panels = []
    for method, title in (("all", "EquivariantAdam"), ("all-stock-adam", "stock Adam")):
        rows = result.of(method)
        curve = result.curve(rows[0]) if rows else None
        if curve is not None:
            found = {name: np.linalg.norm(part, axis=(1, 2)) for name, part in by_irrep(curve["p"]).items()}
            panels.append(NormCurves(title, curve["step"], found, may))
    if not panels:
        return None
    figure = Figure(figsize=(0.7 + 2.7 * len(panels), 2.5))
    for k, curves in enumerate(panels):
        axes = inch_axes(figure, 0.65 + 2.7 * k, 0.3, 2.0, 1.7)
        draw_norms(axes, curves)
        for text in axes.texts:
            if k and text.get_text() == "may not grow":
                text.set_position((0, -22))  # below the lines, which it would cross
        if not k:
            axes.set_ylabel("norm of the order parameter")
    return figure


def gradient(result: PerovskiteResult) -> Any | None:
    """The gradient at a zero order parameter by irrep and wave vector, and the rule; for the first seed."""
    from matplotlib.figure import Figure

    rows = [row for row in result.of("all") if row["gradient"]]
    if not rows:
        return None
    points, irreps = ("Γ", "X", "M", "R"), tuple(_SIZES)
    squares, text = np.zeros((6, 4)), [["" for _ in points] for _ in irreps]
    for star, found in zip(result.crystal["stars"], rows[0]["gradient"]["stars"], strict=True):
        i, k = irreps.index(star["irrep"]), points.index(star["point"])
        squares[i, k] += found["part"] ** 2
        if star["allowed"] and star["linear"]:
            text[i][k] = star["label"]
        elif star["allowed"] and not text[i][k]:
            text[i][k] = "○"
    powers = np.maximum(np.log10(np.maximum(np.sqrt(squares), 1e-30)), _LEAST)
    figure = Figure(figsize=(4.0, 2.6))
    axes = inch_axes(figure, 0.6, 0.3, 2.1, 1.85)
    image = axes.imshow(powers, cmap="cividis", vmin=_LEAST, vmax=0, aspect="auto")
    for i in range(6):
        for k in range(4):
            colour = "black" if powers[i, k] > _LEAST / 2 else "white"
            axes.text(k, i, text[i][k], ha="center", va="center", color=colour, fontsize=7)
    axes.set_xticks(range(4), points)
    axes.set_yticks(range(6), irreps)
    axes.set_xlabel("wave vector")
    axes.set_ylabel("irrep on the centres")
    bar = figure.colorbar(image, cax=inch_axes(figure, 2.9, 0.3, 0.12, 1.85), ticks=[-18, -12, -6, 0])
    bar.ax.set_yticklabels(["≤ 10⁻¹⁸", "10⁻¹²", "10⁻⁶", "1"])
    bar.set_label("part of the gradient")
    return figure


def by_irrep(p: NDArray) -> dict[str, NDArray]:
    """An order parameter `(..., 18)` taken apart."""
    ends = np.cumsum(list(_SIZES.values()))[:-1]
    return dict(zip(_SIZES, np.split(p, ends, axis=-1), strict=True))
