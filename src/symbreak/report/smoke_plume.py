"""The report of one run of the smoke plume: tables, figures and a page, from the files of its folder."""

from pathlib import Path

from symbreak.report.html import Block, Facts, Notes, Paragraph, Section, Table, page
from symbreak.report.result_figures import result_figures
from symbreak.report.smoke_plume_figures import frames, horizon, levels
from symbreak.report.smoke_plume_result import load_smoke_plume
from symbreak.report.smoke_plume_tables import (
    COLUMNS,
    LEVELS,
    WEIGHTS,
    cells,
    level_cells,
    notes,
    text,
    weight_cells,
)

_FIGURES = (
    (
        "frames",
        frames,
        "Speeds of a plume of the test from the side that is driven most, and the error of each method, at three times "
        "ahead; first seed, main level.",
        "Three columns of speeds and three of errors, a row for each method below the truth.",
    ),
    (
        "horizon",
        horizon,
        "The error of the velocity for each frame ahead: means over the seeds, the range shaded. Dashed: the last "
        "frame again.",
        "Errors grow with the time ahead, for later times more.",
    ),
    (
        "levels",
        levels,
        "Against the breaking in the law: that of the networks; the components of the relaxed weights by irrep of C4; "
        "and the error of the other methods against the strict one on the same data. One dot for each seed.",
        "Three panels over the degree of breaking of the law.",
    ),
)


def write_smoke_plume_report(folder: Path) -> Path:
    """Writes `table.md`, `figures/*.png` and `report.html` into a result folder; returns the page.

    Raises:
        ValueError: if the folder holds no result of this paper, or one of another schema.
    """
    folder = Path(folder)
    result = load_smoke_plume(folder)
    (folder / "table.md").write_text(text(result), encoding="utf-8")
    drawn = result_figures(_FIGURES, result, folder, 900)
    strengths = next(row["title"] for row in result.rows if row["level"] == result.main)
    main = Table("Methods", f"Strengths: {strengths}.", COLUMNS, cells(result))
    weights: list[Block] = []
    if lines := weight_cells(result):
        weights.append(Table("Weights", "The relaxed weights, all layers of a network together.", WEIGHTS, lines))
    sections = [
        Section(
            "what",
            "What was done",
            [
                Paragraph(
                    "Smoke flows into a box from one of four sides and is driven inwards, from each side more or less. "
                    "Networks learn to predict the flow. With equal strengths the law commutes with quarter turns; the "
                    "more the strengths differ, the less it does."
                )
            ],
        ),
        Section("result", "Result", [main, Notes(notes(result))]),
        Section("pictures", "Predictions", drawn["frames"] + drawn["horizon"]),
        Section(
            "levels",
            "Breaking in the law and in the networks",
            [*drawn["levels"], Table("Levels", "Every level of breaking.", LEVELS, level_cells(result)), *weights],
        ),
        Section(
            "run",
            "The run",
            [
                Facts("Configuration", result.data.get("config") or {}),
                Facts("Run", {name: result.data.get(name) for name in ("git", "finished", "seconds")}),
                Facts("Versions", result.data.get("versions") or {}),
            ],
        ),
    ]
    path = folder / "report.html"
    subtitle = "symbreak run smoke-plume, after Wang et al. (2022)"
    path.write_text(page("A smoke plume driven unequally", subtitle, sections), encoding="utf-8")
    return path
