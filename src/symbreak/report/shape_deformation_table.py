"""The table of the shape deformations, and what must be known to read it."""

import statistics
from collections.abc import Sequence

from symbreak.report.markdown import markdown_table
from symbreak.report.shape_deformation_result import Entry, ShapeResult

COLUMNS = (
    "Task",
    "Method",
    "Diverged",
    "Loss",
    "Worst loss",
    "Loss, pair turned",
    "Grew",
    "May grow",
    "Ratio of entries",
    "Symmetry of θ",
    "of the data",
    "Forbidden part of θ",
    "Parameters",
    "Seconds",
)
NONE = "–"


def table(result: ShapeResult) -> str:
    """The table in Markdown, and its notes."""
    lines = markdown_table(COLUMNS, cells(result), words=2)
    return "\n".join([lines, "", *(f"- {note}" for note in notes(result))]) + "\n"


def cells(result: ShapeResult) -> list[tuple[str, ...]]:
    """A line for each task and method, over the seeds, and one for what is known without training."""
    lines = []
    for shape in result.shapes:
        for every in result.lines(shape["name"]).values():
            rows = [row for row in every if not row["diverged"]]
            theta = any(row["grown"] for row in rows)
            lost = f"{len(every) - len(rows)} of {len(every)}"
            if not rows:
                lines.append(
                    (shape["title"], every[0]["label"], lost, *[NONE] * 9, f"{every[0]['parameters']:,}", NONE)
                )
                continue
            lines.append(
                (
                    shape["title"],
                    rows[0]["label"],
                    lost,
                    power(statistics.median(row["loss"] for row in rows)),
                    power(max(row["loss"] for row in rows)),
                    power(statistics.median(row["loss_turned"] for row in rows)),
                    _told([", ".join(row["grown"]) for row in rows]) if theta else NONE,
                    _allowed(shape) if theta else NONE,
                    _ratio(shape, rows) if theta else NONE,
                    _told([row["stabilizer"]["schoenflies"] for row in rows]) if theta else NONE,
                    shape["symmetry"],
                    power(max(row["outside"] for row in rows)) if theta else NONE,
                    f"{rows[0]['parameters']:,}",
                    f"{statistics.fmean(row['seconds'] for row in rows):.1f}",
                )
            )
        paper = (shape["title"], "the authors' notebook", NONE, power(shape["published_loss"]), *[NONE] * 10)
        floor = (shape["title"], "least of an equivariant network", NONE, power(shape["floor"]), *[NONE] * 10)
        lines += [paper, floor]
    return lines


def notes(result: ShapeResult) -> list[str]:
    """What a reader must know to read the table."""
    seeds = sorted({row["seed"] for row in result.rows})
    l = result.config.get("l_relaxed", 4)
    return [
        f"Over {len(seeds)} seeds, less those that diverged: the median loss, the worst one, the median of the pair "
        "turned by elements of O(3), mirrored too; the largest forbidden part; mean seconds on the machine of the run. "
        f"The loss is a sum of squares over 8 vertices and 9 components, after {result.config.get('steps')} steps.",
        "The authors' settings: the irreps and sizes of their notebook, SGD at 1e-2 falling by 0.97 every 20 "
        "steps, a penalty of 1e-6 on θ, 400 steps. Their one seed had 0, 6e-6 and 0.438 after as many; its end is the "
        "line below, after 800 steps (cube) or 2500.",
        f"θ holds each irrep up to degree {l} in both parities, in two layers. What grew is above 1e-6 of the norm of "
        "its layer, in some layer. May grow: the directions that the joint symmetry of input and target fixes, where "
        "there are any. The forbidden part is the norm of θ across those, in the worse layer.",
        "The pair is turned with θ, in networks that have one; nothing is trained again.",
        "The symmetry of θ is that of both layers together, within 1e-6 of the norm.",
        "The least of an equivariant network is exact: |y − Py|², with P the mean over the symmetry of the cube.",
    ]


def power(value: float) -> str:
    """A loss, with two digits: what is below 1e-20 is 0.

    Example:
        >>> power(0.31), power(7.94e-13), power(12.57), power(3e-30)
        ('0.31', '7.9e-13', '12.6', '0')
    """
    if value < 1e-20:
        return "0"
    if value < 1e-2:
        return f"{value:.1e}"
    return f"{value:.3g}"


def _told(values: Sequence[str]) -> str:
    """Values over seeds, each with how often it came where they differ."""
    counts = {value: values.count(value) for value in values}
    if len(counts) == 1:
        return next(iter(counts))
    return "; ".join(f"{value} ({count})" for value, count in counts.items())


def _allowed(shape: Entry) -> str:
    may = {irrep: count for irrep, count in shape["allowed"].items() if count}
    if len(may) == len(shape["allowed"]):
        return "all"
    return ", ".join(irrep if count == 1 else f"{count} of {irrep}" for irrep, count in may.items())


def _ratio(shape: Entry, rows: Sequence[Entry]) -> str:
    """The ratio of all layers and seeds, from the least to the most, and the exact one."""
    found = [value for row in rows for value in row["ratio"]]
    if not shape["ratio"] or not found:
        return NONE
    name, exact = shape["ratio"]["irrep"], shape["ratio"]["exact"]
    low, high = (f"{value:.6f}".replace("-", "−") for value in (min(found), max(found)))
    span = low if low == high else f"{low} to {high}"
    return f"{name}: {span} (exact {exact:.6f})".replace("-", "−")
