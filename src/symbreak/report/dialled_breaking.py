"""The report of one run of the dialled breaking: tables, figures and a page, from the files of its folder."""

from pathlib import Path

from symbreak.report.dialled_breaking_figures import angles, errors, fields, held_back, learning, sizes, tracking
from symbreak.report.dialled_breaking_result import load_dialled_breaking
from symbreak.report.dialled_breaking_tables import markdown, notes, tables
from symbreak.report.html import Facts, Notes, Section, Table, page
from symbreak.report.result_figures import result_figures

_FIGURES = (
    (
        "tracking",
        tracking,
        "The breaking that is learned over the true one, on molecules held out: a point for each dial and seed.",
        "The points of the relaxed network lie along the diagonal, those of the strict one at 0.",
    ),
    (
        "errors",
        errors,
        "The error on molecules held out over the dial. Dashed: the least of any equivariant network, exactly.",
        "The strict network rises along the dashed line; the relaxed and the free one stay below it.",
    ),
    (
        "held-back",
        held_back,
        "From strict over a lasso of falling weight to free. Dashed: the true breaking.",
        "Breaking rises from 0 to the dashed lines as the weight falls; the error falls where λ is above 0.",
    ),
    (
        "learning",
        learning,
        "The weight of the penalty learned by dual ascent, the penalty itself, and the loss of a network whose θ is "
        "opened and closed again.",
        "The weight rises for large dials and falls back to 0 for small ones.",
    ),
    (
        "sizes",
        sizes,
        "The error over the size of the training set. Dashed: the least of any equivariant network.",
        "The strict network stays above the dashed line; the others fall below it with enough samples.",
    ),
    (
        "angles",
        angles,
        "How far the lines along the vector of θ and along the axis of its quadrupole are from the field.",
        "Angles are a few degrees, the smaller the stronger the field's part of the data.",
    ),
    (
        "fields",
        fields,
        "Each sample in a field of its own: the error over its strength. Trained at strengths 0.5 and 1.",
        "θ from the field has the same error along new directions as along those of the training set.",
    ),
)


def write_dialled_breaking_report(folder: Path) -> Path:
    """Writes `table.md`, `figures/*.png` and `report.html` into a result folder; returns the page.

    Raises:
        ValueError: if the folder holds no result of this paper, or one of another schema.
    """
    folder = Path(folder)
    result = load_dialled_breaking(folder)
    told, remarks = tables(result), notes(result)
    text = "\n\n".join([*(markdown(table) for table in told), "\n".join(f"- {note}" for note in remarks)])
    (folder / "table.md").write_text(text + "\n", encoding="utf-8")
    pictures = [block for blocks in result_figures(_FIGURES, result, folder, 900).values() for block in blocks]
    sections = [
        Section("figures", "Figures", pictures),
        Section("tables", "Tables", [*(Table(t.title, t.caption, t.columns, t.lines) for t in told), Notes(remarks)]),
        Section("run", "The run", [Facts("Run", result.run), Facts("Configuration", result.config)]),
    ]
    path = folder / "report.html"
    subtitle = "Molecules in a field: how much symmetry the data break, and how much of it is learned"
    path.write_text(page("Dialled breaking", subtitle, sections), encoding="utf-8")
    return path
