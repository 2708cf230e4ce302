"""The report of one run of the shape deformations: a table, figures and a page, from the files of its folder."""

from pathlib import Path

from symbreak.report.html import Block, Facts, Heading, Notes, Paragraph, Picture, Section, Table, page
from symbreak.report.result_figures import result_figures
from symbreak.report.shape_deformation_figures import losses, norms, optimizers, save_theta, shown_layers
from symbreak.report.shape_deformation_result import ShapeResult, load_shape_deformation
from symbreak.report.shape_deformation_table import COLUMNS, cells, notes, table
from symbreak.report.theta_view import turning_view

_FIGURES = (
    (
        "optimizers",
        optimizers,
        "The part of θ that the symmetry of the data forbids, over training, for each seed. Adam scales each entry on "
        "its own, and so moves θ where no data pointed; one second moment for each θ does not.",
        "Adam's curves rise to the order of 1 in a few steps; those of EquivariantAdam stay at rounding.",
    ),
    (
        "norms",
        norms,
        "The norm of θ in each irrep, the larger of the layers, for the first seed. Grey: irreps in which the symmetry "
        "of the data fixes no direction.",
        "In the cube's panel only 0e and 4e are above rounding, in the prism's 0e, 2e and 4e, in the last one all.",
    ),
    (
        "losses",
        losses,
        "The loss of every row. Dashed: the least of an equivariant network.",
        "The strict network stays at the dashed line where there is one; the relaxed one and the MLP go below it.",
    ),
)


def write_shape_deformation_report(folder: Path) -> Path:
    """Writes `table.md`, `figures/*.png` and `report.html` into a result folder; returns the page.

    Raises:
        ValueError: if the folder holds no result of this paper, or one of another schema.
    """
    folder = Path(folder)
    result = load_shape_deformation(folder)
    (folder / "table.md").write_text(table(result), encoding="utf-8")
    drawn = result_figures(_FIGURES, result, folder, 900)
    caption = "Median over the seeds; see the notes below."
    sections = [
        Section(
            "results",
            "Results",
            [Table("Table of results", caption, COLUMNS, cells(result)), Notes(notes(result))],
        ),
        Section("theta", "θ, in three dimensions", _theta(result)),
        Section("optimizer", "What the optimizer does to θ", drawn["optimizers"] + drawn["norms"]),
        Section("losses", "Losses", drawn["losses"]),
        Section("run", "The run", [Facts("Run", result.run), Facts("Configuration", result.config)]),
    ]
    subtitle = "A cube deformed by relaxed, strict and unconstrained networks, after Hofgard et al. (2024)"
    path = folder / "report.html"
    path.write_text(page("Shape deformation", subtitle, sections), encoding="utf-8")
    return path


def _theta(result: ShapeResult) -> list[Block]:
    """For each task θ as it turns, and from four sides."""
    blocks: list[Block] = [
        Paragraph(
            "θ without its scalars as a function on the sphere, Σ θ_l · Y_l(u), for the first seed: the distance from "
            "the origin is its magnitude, the colour its sign. Polar irreps are solid, blue where positive and orange "
            "where negative; axial ones, which change their sign under reflections, are meshes, green and pink. Sign "
            "and scale of each layer mean nothing: other weights can undo them."
        )
    ]
    for shape in result.shapes:
        layers = shown_layers(result, shape["name"])
        turning = turning_view(layers, f"{shape['title']}, turning about z.", f"θ of {shape['title']} as it turns.")
        if turning is None:
            continue
        blocks += [Heading(f"{shape['title']}: {shape['symmetry']}"), turning]
        png = save_theta(result.folder / "figures" / f"theta-{shape['name']}.png", layers)
        if png is not None:
            caption = f"{shape['title']}: each layer from four sides, on a scale of its own."
            blocks.append(Picture(png.read_bytes(), caption, f"θ of {shape['title']} from four sides.", 700))
    return blocks if len(blocks) > 1 else [Paragraph("None: no relaxed row has left its files yet.")]
