"""The report of one run of the perovskite: tables, figures and a page, from the files of its folder."""

from pathlib import Path

from symbreak.report.html import Block, Facts, Notes, Paragraph, Section, Table, page
from symbreak.report.markdown import markdown_table
from symbreak.report.perovskite_crystal import crystal
from symbreak.report.perovskite_figures import errors, gradient, norms
from symbreak.report.perovskite_result import PerovskiteResult, load_perovskite
from symbreak.report.perovskite_table import (
    COLUMNS,
    GRADIENT,
    cells,
    gradient_cells,
    gradient_notes,
    notes,
)
from symbreak.report.result_figures import result_figures

_FIGURES = (
    (
        "crystal",
        crystal,
        "Eight octahedra of the cubic crystal, and of the crystal with the learned displacement, at its true size. The "
        "axes are the axial vectors (1e) of the order parameter that was learned from zero. Their parts at R and M lie "
        "along those of the turns; sign and length of each part are free, since other weights undo them.",
        "On the left upright octahedra; on the right tilted ones, each with an arrow and a sense of rotation.",
    ),
    (
        "errors",
        errors,
        "The mean |error| over training, for each seed. Dashed: the exact floors of what keeps the symmetry of the "
        "cube, which is the whole displacement, and of what keeps Imma.",
        "Grey lines stay at 0.0676 Å, one colour ends at 0.0292 Å, all others fall by three orders and more.",
    ),
    (
        "gradient",
        gradient,
        "The gradient of the loss at a zero order parameter, with random weights, by irrep and wave vector; the "
        "first seed. With a name: where the joint symmetry fixes a direction and the displacement has a mode of that "
        "irrep of the little group. Circles: fixed, but without such a mode, so that it may grow only later.",
        "Five fields are bright, and have names: 1e at X, M and R, and 2e at X and R. All others are dark.",
    ),
    (
        "norms",
        norms,
        "The norm of the order parameter in each irrep over training, for the first seed. Grey: irreps of which the "
        "joint symmetry fixes no direction.",
        "With one second moment the grey lines stay at rounding; under stock Adam they rise to the order of others.",
    ),
)


def write_perovskite_report(folder: Path) -> Path:
    """Writes `table.md`, `figures/*.png` and `report.html` into a result folder; returns the page.

    Raises:
        ValueError: if the folder holds no result of this paper, or one of another schema.
    """
    folder = Path(folder)
    result = load_perovskite(folder)
    lines, stars = cells(result), gradient_cells(result)
    text = [markdown_table(COLUMNS, lines, words=1), *(f"- {note}" for note in notes(result))]
    if result.of("all"):
        text += ["", markdown_table(GRADIENT, stars, words=3), *(f"- {note}" for note in gradient_notes(result))]
    (folder / "table.md").write_text("\n".join(text).replace("|\n- ", "|\n\n- ") + "\n", encoding="utf-8")
    drawn = result_figures(_FIGURES, result, folder, 800)
    needed: list[Block] = [Paragraph("None: no row with all irreps has left its files yet.")]
    if result.of("all"):
        needed = [
            Table("Gradient at zero", "By irrep and wave vector; from the least to the largest seed.", GRADIENT, stars),
            Notes(gradient_notes(result)),
        ]
    sections = [
        Section("crystal", "Before and after", drawn["crystal"] + [_modes(result)]),
        Section(
            "results",
            "Results",
            [Table("Table of results", "Over the seeds.", COLUMNS, lines), Notes(notes(result)), *drawn["errors"]],
        ),
        Section("gradient", "What is needed, from the gradient at zero", needed + drawn["gradient"]),
        Section("optimizer", "What the optimizer does to the order parameter", drawn["norms"]),
        Section("run", "The run", [Facts("Run", result.run), Facts("Configuration", result.config)]),
    ]
    subtitle = "The order parameter of a phase transition, learned, after Smidt, Geiger and Miller (2021)"
    path = folder / "report.html"
    path.write_text(page("Perovskite", subtitle, sections), encoding="utf-8")
    return path


def _modes(result: PerovskiteResult) -> Block:
    told = ", ".join(
        f"{mode['point']} {mode['irrep']}: {mode['squared_amplitude']:.4f}" for mode in result.crystal["modes"]
    )
    whole = result.crystal["floor"]["loss"]
    return Paragraph(
        f"The displacement by wave vector and irrep, in Å² for the cell: {told}. None is totally symmetric, so "
        f"together they are the least loss of an equivariant network, {whole:.4f} Å²."
    )
