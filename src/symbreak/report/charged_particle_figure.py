"""The figure of the charged particle: θ as it grows, where it points, and what of it is forbidden."""

import json
from collections.abc import Mapping
from typing import Any

from symbreak.report.style import BLUE, GREY, INK, LIGHT, VERMILION, inch_axes

_FLOOR = 1e-18
_COLOURS = {"0e": GREY, "1o": VERMILION, "1e": BLUE, "0o": INK}


def theta(result: Mapping[str, Any]) -> Any:
    """Norms of θ by irrep over training, angles of what is read with the fields, and parts that may not grow."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 2.6))
    _growth(inch_axes(figure, 0.55, 0.35, 1.75, 1.75), result)
    _directions(inch_axes(figure, 2.75, 0.35, 1.75, 1.75), result)
    _forbidden(inch_axes(figure, 5.3, 0.35, 1.75, 1.75), result)
    return figure


def _growth(axes: Any, result: Mapping[str, Any]) -> None:
    axes.set_title("Norms of θ, one product")
    axes.set_xlabel("step")
    axes.set_ylabel("norm of θ, by irrep")
    row = next((row for row in result["rows"] if _is(row, "one", "particles") and row["case"] == "E across B"), None)
    path = None if row is None else result["folder"] / "rows" / f"{row['setting']}-seed{row['seed']}" / "curve.json"
    if path is None or not path.exists():
        return
    curve = json.loads(path.read_text(encoding="utf-8"))
    for name in curve[0]["norms"][0]:
        values = [point["norms"][0][name] for point in curve]
        axes.plot([point["step"] for point in curve], values, color=_COLOURS.get(name, INK), label=name)
    axes.set_ylim(0, 1.6 * axes.get_ylim()[1])  # room for the legend
    axes.legend(frameon=False, fontsize=7, loc="upper right")


def _directions(axes: Any, result: Mapping[str, Any]) -> None:
    axes.set_title("Lines along θ 1o, E across B")
    axes.set_aspect("equal")
    axes.set_xlim(-1.45, 1.45)
    axes.set_ylim(-1.15, 1.75)
    axes.set_xlabel("along E")
    axes.set_ylabel("along E × B")
    axes.set_xticks([])
    axes.set_yticks([])
    for network, data, colour, order in (("two", "closed", LIGHT, 1), ("one", "particles", VERMILION, 2)):
        label = f"{network} product{'s' * (network == 'two')}"
        for row in result["rows"]:
            if not _is(row, network, data) or row["case"] != "E across B" or row["l_relaxed"] > 1:
                continue
            for layer in row["layers"]:
                x, _, z = _vector(layer, "1o")
                size = (x * x + z * z) ** 0.5 or 1.0
                axes.plot([-x / size, x / size], [-z / size, z / size], color=colour, zorder=order, label=label)
                label = None
    axes.legend(frameon=False, fontsize=7, loc="upper left")


def _vector(layer: Mapping[str, Any], irrep: str) -> list[float]:
    """The entries of the first copy of an irrep."""
    start = 0
    for part in layer["irreps"].split("+"):
        copies, name = part.split("x")
        size = 2 * int(name[:-1]) + 1
        if name == irrep:
            return layer["theta"][start : start + size]
        start += int(copies) * size
    return [0.0, 0.0, 0.0]


def _forbidden(axes: Any, result: Mapping[str, Any]) -> None:
    axes.set_title("Forbidden part of θ")
    axes.set_yscale("log")
    axes.set_ylim(_FLOOR, 3)
    axes.set_ylabel("part of the norm of a layer")
    cases = list(dict.fromkeys(row["case"] for row in result["rows"] if row["optimizer"] == "adam"))
    for optimizer, colour, label in (("adam", VERMILION, "Adam"), ("equivariant", BLUE, "EquivariantAdam")):
        for place, case in enumerate(cases):
            for row in result["rows"]:
                if row["case"] != case or row["optimizer"] != optimizer or not _is(row, "two", "closed", optimizer):
                    continue
                part = max(max(layer["forbidden"].values()) for layer in row["layers"])
                axes.plot([place], [max(part, _FLOOR)], "o", ms=3.5, color=colour, label=label, clip_on=False)
                label = None
    axes.set_xlim(-0.5, max(len(cases), 1) - 0.5)
    axes.set_xticks(range(len(cases)), [case.replace(" ", "\n", 1) for case in cases])
    if cases:
        axes.legend(frameon=False, fontsize=7, loc="center left")


def _is(row: Mapping[str, Any], network: str, data: str, optimizer: str = "equivariant") -> bool:
    kind = (row["network"], row["data"], row["optimizer"])
    return kind == (network, data, optimizer) and not row["noise"] and row["l_relaxed"] == 1
