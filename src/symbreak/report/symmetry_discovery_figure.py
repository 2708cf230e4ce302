"""The figure of a symmetry discovery run: the components of the weights by irrep."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from symbreak.report.style import BLUE, GREY, INK, LIGHT, VERMILION

if TYPE_CHECKING:
    from symbreak.report.symmetry_discovery import Case

_LOWEST, _BREAK, _ZERO = 1e-17, 2e-18, 1e-19  # of the logarithmic axis, between it and 0, and the place of 0
_COLUMNS = 3


def components(cases: Sequence["Case"]) -> Any:
    """A panel for each case: the weights' parts by irrep, each over the symmetric one's."""
    from matplotlib.figure import Figure

    tasks = list(dict.fromkeys(case.task for case in cases))
    full = sum(case.task == tasks[-1] for case in cases) == _COLUMNS
    down = len(tasks) + full  # the legend stands where there is room
    figure = Figure(figsize=(7.5, 1.9 * down), layout="tight")
    grid = figure.subplots(down, _COLUMNS, squeeze=False)
    for task, line in zip(tasks, grid, strict=False):
        shown = [case for case in cases if case.task == task]
        for axes, case in zip(line, shown, strict=False):
            draw_case(axes, case)
        for axes in line[len(shown) :]:
            axes.set_axis_off()
        line[0].set_ylabel("|ŵ| of an irrep\nover the symmetric one")
    for axes in grid[len(tasks) :].flatten():
        axes.set_axis_off()
    _legend(grid[-1, -1])
    return figure


def draw_case(axes: Any, case: "Case") -> None:
    """One panel: an irrep is a place on the axis, a seed a dot. Below the break in the axis stands what is 0, but for
    rounding in sums of double precision.
    """
    components = case.components()
    names = list(components)
    symmetric = components[names[0]]
    published = case.published.get("components", {})
    for place, name in enumerate(names):
        shares = [value / whole for value, whole in zip(components[name], symmetric, strict=True)]
        shown = [share if share > _LOWEST else _ZERO for share in shares]
        axes.plot([place] * len(shown), shown, "o", ms=3, color=BLUE, alpha=0.6, clip_on=False)
        if name in published:
            share = published[name] / published[names[0]]
            axes.plot([place], [share or _ZERO], "o", ms=7, mfc="none", mec=VERMILION, clip_on=False)
    axes.set_yscale("log")
    axes.set_ylim(_ZERO / 4, 5)
    axes.set_yticks([_ZERO, 1e-16, 1e-12, 1e-8, 1e-4, 1], ["0", *(f"$10^{{{k}}}$" for k in (-16, -12, -8, -4)), "1"])
    axes.minorticks_off()
    _break(axes)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_xticks(range(len(names)), names)
    for label, name in zip(axes.get_xticklabels(), names, strict=True):
        label.set_color(INK if name in case.relaxed[0]["allowed"] else GREY)
        label.set_rotation(60 if len(names) > 4 else 0)
    row = case.relaxed[0]
    axes.set_title(f"{case.task} to {case.target}: {row['stabilizer_name']}")


def _break(axes: Any) -> None:
    """Marks where the logarithmic axis ends, above the tick of 0."""
    for side in (0, 1):
        axes.plot(
            [side, side],
            [_BREAK / 2, _BREAK * 2],
            transform=axes.get_yaxis_transform(),
            color="white",
            lw=3,
            clip_on=False,
            zorder=3,
        )
    axes.axhline(_BREAK, color=LIGHT, lw=0.6, ls=(0, (2, 2)), zorder=0)


def _legend(axes: Any) -> None:
    """What a dot and a ring are, and the two kinds of names."""
    axes.set_axis_off()
    axes.plot([], [], "o", ms=3, color=BLUE, alpha=0.6, label="ours, a dot for each seed")
    axes.plot([], [], "o", ms=7, mfc="none", mec=VERMILION, label="published")
    axes.plot([], [], " ", label="black irreps may grow,")
    axes.plot([], [], " ", label="grey ones may not")
    axes.legend(frameon=False, fontsize=8, loc="center left")
