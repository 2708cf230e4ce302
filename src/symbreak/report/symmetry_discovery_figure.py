"""The figure of a symmetry discovery run: the components of the weights by irrep."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symbreak.report.style import BLUE, GREY, INK, STYLE, VERMILION

if TYPE_CHECKING:
    from symbreak.report.symmetry_discovery import Case

_LOWEST, _LEFT_OUT = 1e-8, 1e-12
_COLUMNS = 3


def save_figure(cases: Sequence["Case"], folder: Path) -> Path:
    """Writes `components.png` and `.svg` into a folder; returns the path of the PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    tasks = list(dict.fromkeys(case.task for case in cases))
    with pyplot.style.context(STYLE):
        figure, grid = pyplot.subplots(len(tasks), _COLUMNS, figsize=(7.5, 1.9 * len(tasks)), squeeze=False)
        for task, line in zip(tasks, grid, strict=True):
            shown = [case for case in cases if case.task == task]
            for axes, case in zip(line, shown, strict=False):
                _draw(axes, case)
            for axes in line[len(shown) :]:
                axes.set_axis_off()
            line[0].set_ylabel("relative to the symmetric one")
        figure.tight_layout()
        for ending in ("png", "svg"):
            figure.savefig(folder / f"components.{ending}", dpi=200, metadata={"Date": None} if ending == "svg" else {})
        pyplot.close(figure)
    return folder / "components.png"


def _draw(axes: Any, case: "Case") -> None:
    """One panel: an irrep is a place on the axis, a seed a dot."""
    components = case.components()
    names = list(components)
    symmetric = components[names[0]]
    published = case.published.get("components", {})
    for place, name in enumerate(names):
        shares = [max(value / whole, _LOWEST) for value, whole in zip(components[name], symmetric, strict=True)]
        axes.plot([place] * len(shares), shares, "o", ms=3, color=BLUE, alpha=0.6, clip_on=False)
        if published.get(name, 0.0) > _LEFT_OUT:
            share = published[name] / published[names[0]]
            axes.plot([place], [share], "o", ms=7, mfc="none", mec=VERMILION, clip_on=False)
    axes.set_yscale("log")
    axes.set_ylim(_LOWEST, 3)
    axes.set_yticks([1e-8, 1e-4, 1])
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_xticks(range(len(names)), names)
    for label, name in zip(axes.get_xticklabels(), names, strict=True):
        label.set_color(INK if name in case.relaxed[0]["allowed"] else GREY)
        label.set_rotation(60 if len(names) > 4 else 0)
    row = case.relaxed[0]
    axes.set_title(f"{case.task} to {case.target}: {row['stabilizer_name']}")
