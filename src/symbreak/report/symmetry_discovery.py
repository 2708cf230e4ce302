"""The report of a symmetry discovery run: tables, a figure and a page, from the files of its folder."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symbreak.report.figure_files import save
from symbreak.report.html import Facts, Notes, Paragraph, Picture, Section, Table, page
from symbreak.report.markdown import markdown_table
from symbreak.report.result import read_result
from symbreak.report.symmetry_discovery_figure import components

_TASKS = {"image": "image, C4", "crystal": "BaTiO3, Oh", "pendulum": "pendulum, time reversal"}
COLUMNS = (
    "data",
    "target",
    "seeds",
    "symmetry of the data",
    "stabilizer of w",
    "published order",
    "irreps of w",
    "forbidden, at most",
    "MSE relaxed",
    "MSE strict",
    "floor of strict",
    "relaxed, step 51",
    "published, step 51",
)
COMPONENTS = ("data", "target", "irrep", "|ŵ| ours", "|ŵ| published", "may grow")


@dataclass(frozen=True)
class Case:
    """The rows of one task and target, with what is published of it."""

    task: str
    target: str
    relaxed: tuple[dict[str, Any], ...]
    strict: tuple[dict[str, Any], ...]
    published: dict[str, Any]

    def components(self) -> dict[str, list[float]]:
        """Of each irrep, over the seeds: of all layers, for images of the first, as published."""
        name = "components_first" if self.task == "image" else "components"
        return {irrep: [row[name][irrep] for row in self.relaxed] for irrep in self.relaxed[0][name]}


def load_cases(folder: Path) -> tuple[dict[str, Any], tuple[Case, ...]]:
    """The result of a run, and its rows by case.

    Raises:
        ValueError: if the result is that of another paper or schema, or lacks an entry.
    """
    path = Path(folder) / "result.json"
    data = read_result(folder, "symmetry-discovery")
    published = {(entry["task"], entry["target"]): entry for entry in data.get("published", [])}
    try:
        keys = list(dict.fromkeys((row["task"], row["target"]) for row in data["rows"]))
        cases = tuple(
            Case(
                *key,
                tuple(row for row in data["rows"] if (row["task"], row["target"]) == key and row["relaxed"]),
                tuple(row for row in data["rows"] if (row["task"], row["target"]) == key and not row["relaxed"]),
                published.get(key, {}),
            )
            for key in keys
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} has a row without {error}. Run the paper again with this version.") from None
    if not cases or not all(case.relaxed for case in cases):
        raise ValueError(f"{path} has no relaxed row of a case, so there is nothing to show. Run the paper again.")
    return data, cases


def write_discovery_report(folder: Path) -> Path:
    """Writes `table.md`, `figures/components.png` and `.svg`, and `report.html`; returns the path of the page."""
    folder = Path(folder)
    data, cases = load_cases(folder)
    rows, parts, told = cells(cases), component_cells(cases), notes(cases)
    text = "\n".join(
        [markdown_table(COLUMNS, rows), "", markdown_table(COMPONENTS, parts), "", *(f"- {n}" for n in told)]
    )
    (folder / "table.md").write_text(text + "\n", encoding="utf-8")
    picture = folder / "figures" / "components.png"
    save(lambda: components(cases), picture, picture.with_suffix(".svg"))
    caption = (
        "Norms of the Fourier components of the weights by irrep, relative to the totally symmetric one; dots are "
        "seeds, rings published. Grey names may not grow: the symmetry of the data forbids them. The axis is broken "
        "below 10⁻¹⁷, and what is less stands at 0."
    )
    sections = [
        Section("result", "Result", [Table("Result", "One line for each data set.", COLUMNS, rows), Notes(told)]),
        Section("figure", "Components", [Picture(picture.read_bytes(), caption, caption)]),
        Section("numbers", "Beside the paper", [Table("Components", "Means over seeds.", COMPONENTS, parts)]),
        Section(
            "run",
            "The run",
            [
                Facts("Configuration", data["config"]),
                Facts("Run", {"git commit": data["git"], "finished": data["finished"], "seconds": data["seconds"]}),
                Facts("Versions", data["versions"]),
            ],
        ),
    ]
    target = folder / "report.html"
    lead = Paragraph(
        "A network that is equivariant at the start is fitted to data with less symmetry. Which of its relaxed weights "
        "become unequal says which symmetry the data break."
    )
    sections.insert(0, Section("what", "What was done", [lead]))
    subtitle = "symbreak run symmetry-discovery"
    target.write_text(page("Which symmetry do the data break?", subtitle, sections), encoding="utf-8")
    return target


def cells(cases: Sequence[Case]) -> list[list[str]]:
    """The lines of the main table, as text."""
    return [
        [
            _TASKS.get(case.task, case.task),
            case.target,
            str(len(case.relaxed)),
            f"{case.relaxed[0]['data_symmetry_name']} ({len(case.relaxed[0]['data_symmetry'])})",
            _agreed([f"{row['stabilizer_name']} ({len(row['stabilizer'])})" for row in case.relaxed]),
            str(case.published.get("order", "–")),
            _agreed([" + ".join(row["grown"]) for row in case.relaxed]),
            _short(max(row["forbidden_share"] for row in case.relaxed)) if _restricted(case) else "none is",
            _short(statistics.fmean(row["losses"][-1] for row in case.relaxed)),
            _short(statistics.fmean(row["losses"][-1] for row in case.strict)) if case.strict else "–",
            _short(case.relaxed[0]["floor"]),
            _short(statistics.fmean(row["losses"][min(51, len(row["losses"]) - 1)] for row in case.relaxed)),
            _short(case.published.get("loss")),
        ]
        for case in cases
    ]


def component_cells(cases: Sequence[Case]) -> list[list[str]]:
    """The lines of the table of components, as text: all that may grow or are published."""
    lines = []
    for case in cases:
        known = case.published.get("components", {})
        for irrep, values in case.components().items():
            may = irrep in case.relaxed[0]["allowed"]
            if may or irrep in known:
                spread = f" ± {_short(statistics.stdev(values))}" if len(values) > 1 else ""
                cell = _short(statistics.fmean(values)) + spread
                lines.append([case.task, case.target, irrep, cell, _short(known.get(irrep)), "yes" if may else "no"])
    return lines


def notes(cases: Sequence[Case]) -> list[str]:
    """What a reader of the tables must know."""
    found = []
    for case in cases:
        for row in case.relaxed:
            wrong = [name for name in row["grown"] if name not in row["allowed"]]
            if wrong:
                found.append(f"**{case.task} to {case.target}, seed {row['seed']}: {', '.join(wrong)} may not grow.**")
    if not found:
        found.append("No component grew that the symmetry of the data forbids, in any row.")
    axes = [(case, row["polar_axis"]) for case in cases for row in case.relaxed[:1] if row["polar_axis"]]
    for case, axis in axes:
        along = ", ".join(f"{x:.4f}".replace("-0.0000", "0.0000") for x in axis)
        found.append(f"The polar axis of {case.target} BaTiO3, from T1u: ({along}), up to its sign.")
    return found + [
        "Forbidden: the largest component of an irrep that the symmetry of the data forbids, relative to the totally "
        "symmetric one. The floor is that of every strictly equivariant network on this input.",
        "Published components are of one seed. Ungerade labels are put right: the T2u of the paper's tetragonal phase "
        "is T1u. How large a component is depends on the seed and the scale of the filters; which are 0 does not.",
        "Crystals: one periodic cell, which has the paper's resolution at 15 voxels along an edge; there 45 atoms lie "
        "in a box of 60³. Densities are Gaussians, so losses do not compare. After the 100 steps of the paper, at "
        "0.001, the symmetry is the same but the loss still at the floor: these are 300, at 0.003, unless asked "
        "otherwise.",
        "Pendulum: samples every 0.1 s, where the paper has 0.01 s, so that a window of eight sees the damping.",
    ]


def _restricted(case: Case) -> bool:
    return len(case.relaxed[0]["allowed"]) < len(case.relaxed[0]["components"])


def _agreed(values: Sequence[str]) -> str:
    """What all seeds say, or what each number of them says."""
    counts = {value: values.count(value) for value in dict.fromkeys(values)}
    return "; ".join(value if n == len(values) else f"{value} in {n}" for value, n in counts.items())


def _short(value: float | None) -> str:
    if value is None:
        return "–"
    if abs(value) < 1e-12:
        return "0"
    return f"{value:.3g}" if 1e-3 <= abs(value) < 1e3 else f"{value:.1e}"
