"""The norm of θ in each irrep as a network is trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.style import GREY, LIGHT, separated

FLOOR = 1e-20  # of the logarithmic axis: a zero is drawn there
_COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8c6d31",
    "#6a51a3",
    "#B8A800",
    "#444444",
)


@dataclass(frozen=True, eq=False)
class NormCurves:
    """One network.

    Args:
        title: of the panel.
        steps: `(T,)`.
        norms: of each irrep, `(T,)`, such as the largest of all layers.
        allowed: how many directions of each irrep the symmetry of the data fixes.
    """

    title: str
    steps: NDArray
    norms: Mapping[str, NDArray]
    allowed: Mapping[str, int]


def draw_norms(axes: Any, curves: NormCurves) -> None:
    """Norms on a logarithmic axis: coloured where something may grow, grey where nothing may."""
    for k, (irrep, norm) in enumerate(curves.norms.items()):
        may = curves.allowed.get(irrep, 0) > 0
        colour = _COLOURS[k % len(_COLOURS)] if may else LIGHT
        axes.plot(curves.steps, np.maximum(norm, FLOOR), color=colour, lw=1.3 if may else 0.8, zorder=2 + may)
    shown = {irrep: max(norm[-1], FLOOR) for irrep, norm in curves.norms.items() if curves.allowed.get(irrep, 0) > 0}
    _labels(axes, curves, shown)
    forbidden = [max(norm[-1], FLOOR) for irrep, norm in curves.norms.items() if irrep not in shown]
    if forbidden:
        axes.annotate(
            "may not grow",
            (0.98, max(forbidden)),
            xycoords=("axes fraction", "data"),
            xytext=(0, 4),
            textcoords="offset points",
            fontsize=7,
            color=GREY,
            ha="right",
        )
    axes.set_yscale("log")
    axes.set_ylim(FLOOR, 30)
    axes.set_title(curves.title, loc="left")
    axes.set_xlabel("step")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _labels(axes: Any, curves: NormCurves, shown: Mapping[str, float]) -> None:
    """Names at the ends of the lines, moved apart."""
    names = list(curves.norms)
    order = sorted(shown, key=lambda irrep: -shown[irrep])
    heights = separated([float(np.log10(shown[irrep])) for irrep in order], 1.0)
    for irrep, height in zip(order, heights, strict=True):
        axes.annotate(
            irrep,
            (1.0, 10.0**height),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            fontsize=7,
            color=_COLOURS[names.index(irrep) % len(_COLOURS)],
            va="center",
        )
