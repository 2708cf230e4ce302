"""The report of one run of explicit or spontaneous: tables, figures and a page, from the files of its folder."""

from pathlib import Path

from symbreak.report.explicit_or_spontaneous_figure import dial, laws
from symbreak.report.explicit_or_spontaneous_result import load_explicit_or_spontaneous
from symbreak.report.explicit_or_spontaneous_table import (
    REMEDIES,
    SCORES,
    THETA,
    notes,
    remedies,
    scores,
    tables,
    thetas,
    title,
)
from symbreak.report.figure_files import save
from symbreak.report.html import Block, Code, Facts, Heading, Notes, Picture, Section, Table, page

_LAWS = (
    "What each network draws for one octahedron, first seed: in the plane of the field and four of its axes, 20° off; "
    "the other two axes are at the centre. Rings are the outcomes, larger where they are more probable. Right: the "
    "energy distance over all test clusters and seeds, and the least that its kind can reach."
)
_DIAL = (
    "From spontaneous (h = 0) to explicit: the energy distance over the strength of the field. Lines are the least of "
    "each kind on the test clusters of the first seed, points are trained networks of all seeds."
)


def write_explicit_or_spontaneous_report(folder: Path) -> Path:
    """Writes `table.md`, `figures/laws.png` and `dial.png`, and `report.html` into a result folder; returns the page.

    Raises:
        ValueError: if the folder holds no result of this paper, or one of another schema.
    """
    folder = Path(folder)
    result = load_explicit_or_spontaneous(folder)
    (folder / "table.md").write_text(tables(result), encoding="utf-8")
    drawn, scored = folder / "figures" / "laws.png", folder / "figures" / "dial.png"
    save(lambda: laws(result), drawn)
    save(lambda: dial(result), scored)
    said: list[Block] = [Table("What the diagnosis says", "Of files of 256 clusters.", REMEDIES, remedies(result))]
    for one in result.diagnosis:
        said += [Heading(title(one["set"], one["strength"])), Code(str(one.get("text", "")).splitlines())]
    sections = [
        Section(
            "laws",
            "Each fails on the data of the other",
            [
                Picture(drawn.read_bytes(), _LAWS, "Draws of each network on each data set, and bars of scores.", 900),
                Table("Scores", "Means over the seeds.", SCORES, scores(result)),
                Notes(notes(result)),
            ],
        ),
        Section("dial", "From one to the other", [Picture(scored.read_bytes(), _DIAL, "Curves of scores.", 560)]),
        Section("theta", "What θ says", [Table("θ", "Over the seeds.", THETA, thetas(result))]),
        Section("diagnosis", "What the diagnosis says", said),
        Section("run", "The run", [Facts("Run", result.run), Facts("Configuration", result.config)]),
    ]
    path = folder / "report.html"
    subtitle = "One direction for the whole data set, or one for each sample: relaxed weights and SymPE"
    path.write_text(page("Explicit or spontaneous", subtitle, sections), encoding="utf-8")
    return path
