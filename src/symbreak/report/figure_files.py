"""A figure's files, made from the function that draws it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from symbreak.report.style import STYLE

DOTS_PER_INCH = 200


def save(draw: Callable[[], Any | None], path: Path, *others: Path) -> Path | None:
    """Draws in the reports' style and saves one file for each path, in the format that its suffix names.

    The same drawing gives the same bytes: no date and no version is written into a file.

    Returns:
        The first path, or None if `draw` returned None: then there is nothing to draw, and files that an earlier report
        left at these paths are removed.
    """
    import matplotlib

    paths = (path, *others)
    with matplotlib.rc_context(STYLE):
        figure = draw()
        for file in paths:
            if figure is None:
                file.unlink(missing_ok=True)
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            metadata = {"Date": None} if file.suffix == ".svg" else {"Software": None}
            figure.savefig(file, dpi=DOTS_PER_INCH, facecolor="white", metadata=metadata)
    return path if figure is not None else None
