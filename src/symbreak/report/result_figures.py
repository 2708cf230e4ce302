"""The figures of a result folder, as files and as blocks of its page."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from symbreak.report.figure_files import save
from symbreak.report.html import Block, Picture

Drawn = tuple[str, Callable[[Any], Any], str, str]  # name, what draws it from the result, caption, description


def result_figures(figures: Iterable[Drawn], result: Any, folder: Path, width: int) -> dict[str, list[Block]]:
    """Writes each to `figures/<name>.png`; by name, the picture, or nothing where there is nothing to draw.

    Args:
        figures: to draw, in this order.
        result: of which.
        folder: of the result.
        width: on the page, in CSS pixels at most.
    """
    blocks: dict[str, list[Block]] = {}
    for name, draw, caption, description in figures:
        path = save(lambda draw=draw: draw(result), folder / "figures" / f"{name}.png")
        blocks[name] = [] if path is None else [Picture(path.read_bytes(), caption, description, width)]
    return blocks
