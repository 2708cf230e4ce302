"""The verb that makes the tables, the figures and the page of a result folder."""

from pathlib import Path
from typing import Annotated

import typer


def report(folder: Annotated[Path, typer.Argument(metavar="DIR", help="The result folder.")]) -> None:
    """Make the tables, the figures and the page of a run or a diagnosis again, from its files alone."""
    if (folder / "report.json").is_file() and not (folder / "result.json").exists():
        show_diagnosis_report(folder)
    else:
        show_report(folder)


def show_report(folder: Path) -> None:
    """Writes the report into the result folder of a run, prints the table and where the page is."""
    _check(folder)
    match _paper(folder):
        case "symmetry-discovery":
            from symbreak.report.symmetry_discovery import write_discovery_report as write_report
        case "charged-particle":
            from symbreak.report.charged_particle import write_charged_particle_report as write_report
        case "shape-deformation":
            from symbreak.report.shape_deformation import write_shape_deformation_report as write_report
        case "explicit-or-spontaneous":
            from symbreak.report.explicit_or_spontaneous import write_explicit_or_spontaneous_report as write_report
        case "smoke-plume":
            from symbreak.report.smoke_plume import write_smoke_plume_report as write_report
        case "perovskite":
            from symbreak.report.perovskite import write_perovskite_report as write_report
        case "dialled-breaking":
            from symbreak.report.dialled_breaking import write_dialled_breaking_report as write_report
        case _:
            from symbreak.report.ising import write_report
    page = write_report(folder)
    print((folder / "table.md").read_text(encoding="utf-8"))
    print(f"Report: {page}\nResult: {folder / 'result.json'}")


def show_diagnosis_report(folder: Path) -> None:
    """Writes the report into the result folder of a diagnosis, and prints where the page and its files are."""
    from symbreak.report.diagnosis import write_diagnosis_report

    page = write_diagnosis_report(folder)
    print(f"Report: {page}\nNumbers: {folder / 'report.json'}\nSamples: {folder / 'samples.csv'}")


def _paper(folder: Path) -> object:
    """The paper that the result of a run names; None if it cannot be read, of which the report itself complains."""
    import json

    try:
        return json.loads((folder / "result.json").read_text(encoding="utf-8"))["paper"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _check(folder: Path) -> None:
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}. Give the result folder of a run.")
    if not (folder / "result.json").exists():
        raise ValueError(
            f"{folder} holds neither the result.json of a run nor the report.json of a diagnosis, but a report starts "
            "from one of them. Give the folder that the run or the diagnosis wrote."
        )
