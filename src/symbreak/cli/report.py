"""The verb that makes the table, the figures and the page of a result folder."""

from pathlib import Path
from typing import Annotated

import typer


def report(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The result folder.")]) -> None:
    """Make the table, the figures and the page of a run again, from its files alone."""
    show_report(folder)


def show_report(folder: Path) -> None:
    """Writes the report into a result folder, prints the table and where the page is."""
    from symbreak.report.ising import write_report

    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}. Give the result folder of a run.")
    page = write_report(folder)
    print((folder / "table.md").read_text(encoding="utf-8"))
    print(f"Report: {page}\nResult: {folder / 'result.json'}")
