"""The report of one diagnosis: figures and a page, from the files of its folder."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from symbreak.report.diagnosis import sections
from symbreak.report.diagnosis.captions import caption, description, heading
from symbreak.report.diagnosis.entry import Entry
from symbreak.report.diagnosis.example import Example
from symbreak.report.diagnosis.example_figure import example_figure
from symbreak.report.diagnosis.examples_file import load_examples
from symbreak.report.diagnosis.floor_bars import floor_bars
from symbreak.report.diagnosis.mode_bars import mode_bars
from symbreak.report.diagnosis.near_picture import near_picture
from symbreak.report.diagnosis.stabilizer_histogram import stabilizer_histogram
from symbreak.report.diagnosis.target_section import target as target_section
from symbreak.report.html import Block, Heading, Paragraph, Picture, Section, page
from symbreak.report.result import read_json
from symbreak.report.style import STYLE

SCHEMA = 1
_DOTS_PER_INCH, _PIXELS_PER_INCH = 170, 100


def write_diagnosis_report(folder: Path) -> Path:
    """Writes `figures/*.png` and `report.html` into the result folder of a diagnosis, and returns the path of the page.

    Reads `report.json` and `examples.json` of that folder only; without the latter no sample is drawn.

    Raises:
        ValueError: if a file is missing, of another schema, or broken, with the entry that is.
    """
    folder = Path(folder)
    path = folder / "report.json"
    report = Entry(str(path), read_json(path))
    if report.data.get("schema") != SCHEMA:
        raise ValueError(
            f"{path} has schema {report.data.get('schema')!r}, but this report reads schema {SCHEMA}. Diagnose the "
            "data again with this version, or report with the version that wrote it."
        )
    examples = load_examples(folder)
    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    shown = page(f"Diagnosis of {report.text('subject')}", _subtitle(report), _sections(report, examples, figures))
    page_path = folder / "report.html"
    page_path.write_text(shown, encoding="utf-8")
    return page_path


def _sections(report: Entry, examples: tuple[Example, ...] | None, figures: Path) -> list[Section]:
    def drawn(name: str, draw: Callable[[], Any | None], caption: str, description: str) -> list[Block]:
        return _picture(figures / f"{name}.png", draw, caption, description)

    targets, modes = report.entries("targets"), report.table("modes")
    symmetry = {"as given": report.entry("symmetry")} | report.table("views")
    names = ", ".join(target.text("name") for target in targets)
    found = [Section("summary", "Summary", sections.summary(report))]
    histogram = drawn(
        "stabilizers",
        lambda: stabilizer_histogram(symmetry),
        "How often each stabilizer occurs; grey: the trivial one, and all others.",
        "Bar chart of the numbers in the table of stabilizers.",
    )
    found.append(Section("symmetry", "Stabilizers", [*histogram, *sections.stabilizers(report)]))
    if targets:
        bars = drawn(
            "floors",
            lambda: floor_bars(targets),
            "The least squared error of any deterministic equivariant model, and what is left of it with each remedy.",
            f"Bar chart of the floors of {names} under each remedy, as in the tables.",
        )
        told = [block for target in targets for block in target_section(report, target)]
        found.append(Section("targets", "Targets and their floors", [*bars, *told]))
    if modes:
        bars = drawn(
            "modes",
            lambda: mode_bars(modes),
            "The change by symmetry-adapted modes: wave vector and irrep of its little group, in Mulliken's notation. "
            "Blue: forbidden to an equivariant model; grey: allowed.",
            "Bar chart of the squares of the modes, as in the table.",
        )
        found.append(Section("modes", "Modes of the change", [*bars, *sections.modes(report)]))
    found.append(Section("examples", "Examples", _examples(examples, figures)))
    unit = "of values" if report.text("kind") == "field" else "Å"
    near = drawn(
        "near",
        lambda: near_picture(report.entry("near"), report.entry("samples").whole("diagnosed"), unit),
        "Left: samples with more symmetry at looser tolerances. Right: from which tolerance on the symmetric samples "
        "have their symmetry (their largest residuals), and from which on more is known to appear (their gaps).",
        "Bar charts of how many samples gain symmetry, and of residuals and gaps by decade.",
    )
    if near:
        found.append(Section("near", "Near-symmetry", [*near, *sections.near(report)]))
    found.append(Section("account", "What was left out", sections.account(report)))
    found.append(Section("run", "The run", sections.run(report)))
    return found


def _examples(examples: tuple[Example, ...] | None, figures: Path) -> list[Block]:
    if examples is None:
        return [Paragraph("The folder has no examples.json, so no sample is drawn. Diagnose the data again.")]
    if not examples:
        return [Paragraph("None: no sample that is small enough to be drawn has a symmetry.")]
    blocks: list[Block] = []
    for example in examples:
        blocks.append(Heading(heading(example)))
        path = figures / f"example-{example.sample}.png"
        blocks += _picture(
            path, lambda example=example: example_figure(example), caption(example), description(example)
        )
    return blocks


def _picture(path: Path, draw: Callable[[], Any | None], caption: str, description: str) -> list[Block]:
    """The figure, saved and as a block; none if there is nothing to draw."""
    import matplotlib

    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph .* missing from")  # names in a script that the font lacks
        figure = draw()
        if figure is None:
            path.unlink(missing_ok=True)
            return []
        image = io.BytesIO()
        figure.savefig(image, format="png", dpi=_DOTS_PER_INCH, facecolor="white", metadata={"Software": None})
    path.write_bytes(image.getvalue())
    return [Picture(image.getvalue(), caption, description, round(_PIXELS_PER_INCH * figure.get_figwidth()))]


def _subtitle(report: Entry) -> str:
    kinds = report.entry("samples").counts("kinds")
    said = ", ".join(f"{count:,} {name}{'' if count == 1 else 's'}" for name, count in kinds.items())
    tolerance = report.entry("config").data.get("tolerance") if report.has("config") else None
    limit = "" if tolerance is None else f", tolerance {tolerance}"
    return f"{said or 'no samples'}; stabilizers in {report.text('group') or 'no group'}{limit}"
