"""The report of one run of the charged particle: tables, a figure and a page, from the files of its folder."""

from pathlib import Path
from typing import Any

from symbreak.report.charged_particle_figure import theta
from symbreak.report.charged_particle_tables import GROWN, NOISY, RECOVERED, grown, noisy, number, recovered
from symbreak.report.charged_particle_theta import pictures_of_theta
from symbreak.report.figure_files import save
from symbreak.report.html import Block, Facts, Notes, Picture, Section, Table, page
from symbreak.report.markdown import markdown_table
from symbreak.report.result import read_result

_NOTES = (
    "E, B, G: angles of the response of the network with the true fields, as directed vectors, and relative errors of "
    "their strengths. Means over seeds, with the 95 % bootstrap interval of the mean where it can be seen. Each seed "
    "has its own weights, particles and directions of the fields.",
    "The response fixes the gauge: E is half the difference of f at rest for charges +1 and −1, G half their sum, B "
    "the antisymmetric part of ∂f/∂v that is odd in the charge. No change of weights that leaves the map moves them.",
    "θ 1o, θ 1e: the angle of the line along θ itself with E, or G where there is no E, and with B, the worst of the "
    "layers; of several copies, of their span. Of one product it is that of the field. Of two the map fixes only what "
    "both make together: θ of a layer may lie anywhere that the symmetry allows.",
    "Calibrated: trained in known fields of strength 1; then all but θ is fixed, θ learns the unknown field from the "
    "scalar, and its length and sign are read in units of the known one.",
    "Noise: root mean squares over seeds. Least squares fits E, B and the friction on the same rows, for one who knows "
    "the law; the limit is the least root mean square angle of any unbiased estimate (Cramér and Rao).",
    "Identity: the largest |f(D(g) θ; q, g v) − g f(θ; q, v)| for 16 Haar-random g, which is 0 for all weights of a "
    "relaxed network. Turned fields: the largest error of an acceleration in fields turned by those g, mirrored too, "
    "with θ turned along and nothing trained; beside it, θ left as it is. The MLP has no θ to turn, and the strict "
    "network none that would move.",
    "K is the symmetry of the fields in O(3). A closed set holds the images of each sample under a finite subgroup "
    "that fixes the same irreps. The forbidden part is the largest part of the norm of a layer's θ outside of what K "
    "fixes.",
)


def write_charged_particle_report(folder: Path) -> Path:
    """Writes `table.md`, `figures/` and `report.html` into a result folder; returns the page.

    Raises:
        ValueError: if the folder holds no result of this paper, or one of another schema.
    """
    folder = Path(folder)
    result = load_charged_particle(folder)
    first, second, third = (make(result["summary"]) for make in (recovered, grown, noisy))
    published = result["published"]
    beside = (
        f"The authors' notebook: one particle, directions within {published['electric_angle']} degrees of E and "
        f"{published['magnetic_angle']} of B in the last layer, loss {published['loss']}, "
        f"{published['parameters'] / 1e6:.2f} million parameters."
    )
    notes = [beside, *_NOTES]
    shown = [(RECOVERED, first), *([(NOISY, third)] if third else []), (GROWN, second)]
    tables = [markdown_table(columns, lines) for columns, lines in shown]
    text = "\n\n".join([*tables, "\n".join(f"- {note}" for note in notes)])
    (folder / "table.md").write_text(text + "\n", encoding="utf-8")
    file = folder / "figures" / "theta.png"
    save(lambda: theta(result), file, file.with_suffix(".svg"))
    agreement = [
        (one["setting"], one["irrep"], *(number(one[key]) for key in ("spread_degrees", "within_degrees")), one["text"])
        for one in result["agreement"]
    ]
    limits: list[Block] = (
        [Table("Noise", "Angles in degrees, beside the least there can be.", NOISY, third)] if third else []
    )
    columns = ("Row", "Irrep", "Spread (°)", "Within (°)", "In words")
    sections = [
        Section(
            "fields",
            "The fields that were found",
            [
                Table("Recovered fields", "Angles in degrees, strengths in percent.", RECOVERED, first),
                *limits,
                Notes(notes),
            ],
        ),
        Section(
            "irreps",
            "What grew in θ",
            [
                Picture(
                    file.read_bytes(), _CAPTION, "Three panels: growth of the irreps, directions, forbidden parts."
                ),
                Table("Irreps of θ", "Over all layers and seeds.", GROWN, second),
                Table("Agreement", "Directions of θ in the frame of the fields.", columns, agreement, told=True),
            ],
        ),
        Section("theta", "θ, in three dimensions", pictures_of_theta(result)),
        Section("run", "The run", [Facts("Configuration", result["config"]), Facts("Versions", result["versions"])]),
    ]
    path = folder / "report.html"
    subtitle = f"Relaxed weights in uniform fields, {result['config']['seeds']} seeds"
    path.write_text(page("A charged particle", subtitle, sections), encoding="utf-8")
    return path


_CAPTION = (
    "Left: norms of θ over training, one product in E across B, first seed. Middle: lines along θ 1o in the plane of E "
    "and E × B, all seeds; one product finds E, two share it between them. Right: the forbidden part of θ, on data "
    "closed under the symmetry of the fields."
)


def load_charged_particle(folder: Path) -> dict[str, Any]:
    """The contents of `result.json`, checked, and the folder as `folder`."""
    path = Path(folder) / "result.json"
    result = read_result(folder, "charged-particle")
    for name, kind in (("summary", list), ("agreement", list), ("rows", list), ("config", dict), ("published", dict)):
        if not isinstance(result.get(name), kind):
            raise ValueError(f"{path} holds no {kind.__name__} as {name!r}. Run the paper again with this version.")
    return result | {"folder": Path(folder)}
