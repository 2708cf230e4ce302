"""The report of one Ising run: a table, figures and a page, from the files of its folder."""

from pathlib import Path

from symbreak.report.html import Block, Facts, Notes, Paragraph, Picture, Section, Table, page
from symbreak.report.ising_figures import save_figures
from symbreak.report.ising_loading import load_result
from symbreak.report.ising_result import Result
from symbreak.report.ising_table import COLUMNS, cells, notes, table


def write_report(folder: Path) -> Path:
    """Writes `table.md`, `figures/*.png` and `.svg`, and `report.html` into a result folder.

    Reads that folder only, and may be called while the run goes on: it shows what is there and says what
    is not. Returns the path of `report.html`.
    """
    folder = Path(folder)
    result = load_result(folder)
    text = table(result)
    saved = save_figures(result, folder / "figures")
    (folder / "table.md").write_text(text, encoding="utf-8")
    ceiling = result.reference.uniform_energy_id is not None
    pictures = [
        Picture(path.read_bytes(), f"{kind.caption} {kind.dashed * ceiling}".strip(), _description(result, kind.name))
        for kind, path in saved
    ]
    config = result.config
    facts = {
        "Run": {
            "git commit": result.git,
            "started": result.started,
            "finished": result.finished or "not yet",
            "runs": len(result.rows),
        },
        "Configuration": config,
        "Versions": result.versions,
    }
    size = config.get("size", "L")
    law = "J > 0 aligns spins" if result.sign == 1 else "J > 0 opposes spins"
    subtitle = f"{result.task.capitalize()} couplings and fields, {size}×{size} periodic lattice, {law}"
    path = folder / "report.html"
    caption = "Energies per site. ID: conditions as in training. OOD: out of distribution."
    shown = Table("Table of results", caption, COLUMNS, cells(result))
    rest: list[Block] = [*pictures[1:]] or [Paragraph("None: the rows have left no files yet.")]
    sections = [
        Section("results", "Results", [*pictures[:1], shown, Notes(notes(result))]),
        Section("figures", "Figures", rest),
        Section("run", "The run", [Facts(name, entries) for name, entries in facts.items()]),
    ]
    path.write_text(page("Ising ground states", subtitle, sections), encoding="utf-8")
    return path


def _description(result: Result, name: str) -> str:
    """What a picture shows, for readers who do not see it: the numbers are in the table."""
    shown = [m for m in result.drawn() if name in ("samples", "headline") or m != "random"]
    labels = "; ".join(result.labels()[method] for method in shown)
    if name == "headline":
        values = (
            f"{rows[0].label} {sum(row.fraction_id for row in rows) / len(rows):.3f}"
            for rows in result.drawn().values()
        )
        return f"Dot plot of fractions of the ground-state energy: {'; '.join(values)}. Beside it, sampled spins."
    kind = {
        "energy_map": "Maps of the energy per site over J_y and h, and of its excess over the ground truth, for",
        "samples": "Lattices of sampled spins for",
        "curves": "Validation fraction over epochs for",
    }[name]
    return f"{kind} {labels}."
