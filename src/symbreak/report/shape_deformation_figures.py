"""The figures of the shape deformations: where θ goes, what the optimizer does to it, and the losses."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.figure_files import save
from symbreak.report.shape_deformation_result import Entry, ShapeResult
from symbreak.report.style import BLUE, GREY, VERMILION, inch_axes
from symbreak.report.theta_norms import FLOOR, NormCurves, draw_norms
from symbreak.report.theta_view import ThetaShown, theta_figure, theta_shown

_COLOURS = {"relaxed": BLUE, "relaxed-stock-adam": VERMILION, "strict": "#009E73", "mlp": GREY, "published": "#CC79A7"}


def first_relaxed(result: ShapeResult, shape: str) -> Entry | None:
    """The row of the first seed with θ under the equivariant optimizer, which pictures show."""
    rows = result.lines(shape).get("relaxed")
    return rows[0] if rows else None


def norms(result: ShapeResult) -> Any | None:
    """The norm of each irrep over training, a panel for each task; the larger of the layers."""
    panels = []
    for shape in result.shapes:
        row = first_relaxed(result, shape["name"])
        curve = None if row is None else result.curve(row)
        if row is None or curve is None or "theta" not in curve:
            continue
        blocks = _by_irrep(curve["theta"], row["irreps"])
        found = {irrep: np.linalg.norm(part, axis=-1).max(axis=1) for irrep, part in blocks.items()}
        panels.append(NormCurves(f"{shape['title']}: {shape['symmetry']}", curve["step"], found, shape["allowed"]))
    figure, axes = _panels(len(panels), room=0.4)
    for one, curves in zip(axes, panels, strict=True):
        draw_norms(one, curves)
    if axes:
        axes[0].set_ylabel("norm of θ")
    return figure


def optimizers(result: ShapeResult) -> Any | None:
    """The part of θ that the symmetry of the data forbids, under both optimizers, for each seed."""
    shapes = [shape for shape in result.shapes if not all(shape["allowed"].values())]
    figure, axes = _panels(len(shapes), room=0.2)
    for one, shape in zip(axes, shapes, strict=True):
        for method, label in (("relaxed-stock-adam", "Adam"), ("relaxed", "EquivariantAdam")):
            for row in result.lines(shape["name"]).get(method, ()):
                curve = result.curve(row)
                if curve is not None and "theta" in curve and row["table"]:
                    outside = np.linalg.norm(_across(curve["theta"], row), axis=-1).max(axis=1)
                    drawn = np.where(outside > FLOOR, outside, np.nan)  # 0 at the start
                    one.plot(curve["step"], drawn, color=_COLOURS[method], lw=0.9, label=label)
                    label = None  # one entry for all seeds
        one.set_yscale("log")
        one.set_ylim(FLOOR, 100)
        one.set_title(f"{shape['title']}: {shape['symmetry']}", loc="left")
        one.set_xlabel("step")
        _open(one)
    if axes:
        axes[0].set_ylabel("norm of the forbidden part of θ")
        if axes[-1].lines:
            axes[-1].legend(
                frameon=False, fontsize=7, loc="center right", title="a line for each seed", title_fontsize=7
            )
    return figure


def losses(result: ShapeResult) -> Any | None:
    """The loss over training of every row, and the least of an equivariant network."""
    figure, axes = _panels(len(result.shapes), room=1.75)
    for one, shape in zip(axes, result.shapes, strict=True):
        labels = {}
        for method, rows in result.lines(shape["name"]).items():
            for row in rows:
                curve = result.curve(row)
                if curve is not None:
                    one.plot(curve["step"], curve["loss"], color=_COLOURS[method], lw=0.8)
                    labels[row["label"]] = _COLOURS[method]
        if shape["floor"] > 1e-12:
            one.axhline(shape["floor"], color="black", lw=0.8, ls="--", zorder=0)
        one.set_yscale("log")
        one.set_ylim(1e-13, 1e4)
        one.set_title(shape["title"], loc="left")
        one.set_xlabel("step")
        _open(one)
        if one is axes[-1]:
            for k, (label, colour) in enumerate(labels.items()):
                one.text(1.04, 0.95 - 0.1 * k, label, color=colour, transform=one.transAxes)
    if axes:
        axes[0].set_ylabel("loss")
    return figure


def shown_layers(result: ShapeResult, shape: str) -> list[ThetaShown]:
    """θ of each layer at the end of training."""
    row = first_relaxed(result, shape)
    curve = None if row is None else result.curve(row)
    if row is None or curve is None or "theta" not in curve:
        return []
    return [theta_shown(f"layer {k}", part, row["irreps"]) for k, part in enumerate(curve["theta"][-1])]


def save_theta(path: Path, layers: list[ThetaShown]) -> Path | None:
    """The static views of θ."""
    return save(lambda: theta_figure(layers) if layers else None, path)


def _by_irrep(theta: NDArray, irreps: str) -> dict[str, NDArray]:
    """`(..., dim)` taken apart; every irrep is there once."""
    parts, start = {}, 0
    for term in irreps.split("+"):
        name = term.strip().removeprefix("1x")
        size = 2 * int(name[:-1]) + 1
        parts[name] = theta[..., start : start + size]
        start += size
    return parts


def _across(theta: NDArray, row: Entry) -> NDArray:
    """The part of θ that may not grow, by the directions that the result names."""
    blocks = _by_irrep(theta, row["irreps"])
    basis = {entry["irrep"]: entry["basis"] for entry in row["table"]}
    kept = {name: np.array(basis[name]).reshape(-1, part.shape[-1]) for name, part in blocks.items()}
    return np.concatenate([part - part @ kept[name].T @ kept[name] for name, part in blocks.items()], axis=-1)


def _panels(count: int, room: float) -> tuple[Any | None, list[Any]]:
    """Panels in a row, with some inches to the right of the last."""
    from matplotlib.figure import Figure

    if not count:
        return None, []
    figure = Figure(figsize=(count * 2.6 + room, 2.5))
    return figure, [inch_axes(figure, 0.65 + k * 2.6, 0.3, 1.95, 1.7) for k in range(count)]


def _open(axes: Any) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
