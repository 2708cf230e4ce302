"""The look of figures: type, colours that colour-blind readers tell apart, axes placed in inches."""

import textwrap
from collections.abc import Sequence
from typing import Any

BLUE, VERMILION, INK, GREY, LIGHT = "#0072B2", "#D55E00", "#1a1a1a", "#6b6b6b", "#c4c4c4"  # Okabe and Ito
STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.2,
    "svg.hashsalt": "symbreak",  # the same result gives the same file
}


def inch_axes(figure: Any, left: float, top: float, width: float, height: float) -> Any:
    """Axes of a size in inches, placed by the distance of their top left corner from the figure's."""
    w, h = figure.get_size_inches()
    return figure.add_axes((left / w, 1 - (top + height) / h, width / w, height / h))


def inch_text(figure: Any, left: float, top: float, text: str, **style: Any) -> Any:
    """Text at a place in inches from the figure's top left corner."""
    w, h = figure.get_size_inches()
    return figure.text(left / w, 1 - top / h, text, **style)


def wrapped(label: str, width: int) -> str:
    """A label over several lines; words stay whole.

    Example:
        >>> print(wrapped("G-CNN + SymPE, learned", 14))
        G-CNN + SymPE,
        learned
    """
    return "\n".join(textwrap.wrap(label, width, break_long_words=False, break_on_hyphens=False))


def separated(heights: Sequence[float], gap: float) -> list[float]:
    """Heights moved apart to at least `gap`, in the same order, for labels beside the ends of lines.

    Example:
        >>> separated([1.0, 0.875, 0.0], 0.25)
        [1.0, 0.75, 0.0]
    """
    order = sorted(range(len(heights)), key=lambda i: -heights[i])
    moved = list(heights)
    for above, below in zip(order, order[1:], strict=False):
        moved[below] = min(moved[below], moved[above] - gap)
    return moved


def plain(text: str, longest: int = 60) -> str:
    r"""Text of others as matplotlib writes it: no formulas, no lines, and not too long.

    Example:
        >>> plain("$x$\n"), plain("abcdef", 4)
        ('\\$x\\$', 'abc…')
    """
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return (text if len(text) <= longest else f"{text[: longest - 1]}…").replace("$", r"\$")
