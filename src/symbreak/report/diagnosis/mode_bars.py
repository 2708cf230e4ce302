"""The modes of a change: displacements by wave vector and irrep, and strains by irrep."""

from typing import Any

from symbreak.report.diagnosis.entry import Entry
from symbreak.report.style import BLUE, GREY, INK, LIGHT, plain

_MOST = 16
_STRAIN = "strain "


def mode_bars(modes: dict[str, Entry]) -> Any | None:
    """Draws the figure, or returns None if nothing changed.

    Args:
        modes: as `report.json` has them, by name.
    """
    from matplotlib.figure import Figure

    moved = {name: mode for name, mode in modes.items() if not name.startswith(_STRAIN)}
    strained = {name.removeprefix(_STRAIN): mode for name, mode in modes.items() if name.startswith(_STRAIN)}
    parts = [(part, label) for part, label in ((moved, "displacement: Σ|u|² (Å²)"), (strained, "strain: Σ ε²")) if part]
    if not parts:
        return None
    most = max(min(len(part), _MOST) for part, _ in parts)
    figure = Figure(figsize=(3.9 * len(parts), 0.28 * most + 0.75), layout="constrained")
    grid = figure.subplots(1, len(parts), squeeze=False)
    for axes, (part, label) in zip(grid.flat, parts, strict=True):
        rows = sorted(part.items(), key=lambda item: (-item[1].number("squares"), item[0]))[:_MOST]
        squares = [mode.number("squares") for _, mode in rows]
        colours = [LIGHT if mode.data.get("symmetric") else BLUE for _, mode in rows]
        axes.barh(range(len(rows)), squares, color=colours, height=0.7)
        axes.set_yticks(range(len(rows)), [mode_name(name) for name, _ in rows], fontsize=8.5)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0, 1.28 * max(squares))
        axes.set_xlabel(label)
        for place, (square, (_, mode)) in enumerate(zip(squares, rows, strict=True)):
            allowed = ", allowed" if mode.data.get("symmetric") else ""
            axes.annotate(
                f"{square:.3g}{allowed}", (square, place), xytext=(3, 0), textcoords="offset points", va="center",
                fontsize=7, color=INK,
            )  # fmt: skip
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines["left"].set_color(GREY)
        axes.tick_params(axis="y", length=0)
        axes.xaxis.get_major_locator().set_params(nbins=5)
    return figure


def mode_name(name: str) -> str:
    r"""The name of a mode, with the indices of its irrep below the line.

    Example:
        >>> mode_name("R T1g")
        'R $T_{1g}$'
    """
    *point, irrep = name.split(" ")
    primes = irrep.count("'")
    bare = irrep.rstrip("'")
    odd = not (bare[:1].isalpha() and bare.isascii() and bare.replace("+", "").isalnum())
    shown = plain(irrep) if odd else f"${bare[0]}{f'_{{{bare[1:]}}}' if bare[1:] else ''}{chr(39) * primes}$"
    return " ".join([*map(plain, point), shown])
