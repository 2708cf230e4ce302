"""All figures of an Ising result: what each shows, in words, and how it is saved."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symbreak.report.figure_files import save
from symbreak.report.ising_curves import curves
from symbreak.report.ising_energy_map import energy_map
from symbreak.report.ising_headline import headline
from symbreak.report.ising_result import Result
from symbreak.report.ising_samples import samples


@dataclass(frozen=True)
class FigureKind:
    """A figure: its file name, how to draw it (None: there are no data), its caption.

    The caption ends with `dashed` where the energies of a uniform magnetization are known.
    """

    name: str
    draw: Callable[[Result], Any | None]
    caption: str
    dashed: str = ""


FIGURES = (
    FigureKind(
        "headline",
        headline,
        "Left: fraction of the ground-state energy that sampled spins reach (mean over seeds; the bar spans "
        "them); rings: published by the paper. "
        "Right: spins sampled for one condition, white +1, black −1.",
        dashed="Dashed: the best that a uniform magnetization reaches.",
    ),
    FigureKind(
        "energy_map",
        energy_map,
        "Energy per site of sampled spins over the conditions (top) and its excess over the ground truth "
        "(bottom; darker is worse, the scale, in square roots, ends at the largest excess of the best uniform "
        "magnetization). Means over seeds.",
    ),
    FigureKind(
        "samples",
        samples,
        "Spins sampled by each method for the same conditions (white +1, black −1; x to the right, y up). "
        "Methods with a code show its first channel, orange negative and purple positive, beside the spins, "
        "and the pose that moved it: translation t and number p of the point element.",
    ),
    FigureKind(
        "curves",
        curves,
        "Validation fraction of the ground-state energy during training: mean over seeds, band from the lowest "
        "to the highest.",
        dashed="Dashed: the best that a uniform magnetization reaches, on the ID test set.",
    ),
)


def save_figures(result: Result, folder: Path) -> list[tuple[FigureKind, Path]]:
    """Draws and saves the figures that have data, as PNG and SVG; returns them with their PNG files.

    A figure without data is not drawn, and a file of it that an earlier report left is removed.
    """
    saved = []
    for kind in FIGURES:
        png = folder / f"{kind.name}.png"
        if save(lambda kind=kind: kind.draw(result), png, png.with_suffix(".svg")):
            saved.append((kind, png))
    return saved
