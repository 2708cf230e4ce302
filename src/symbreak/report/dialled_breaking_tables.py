"""The tables of the dialled breaking, and what must be known to read them."""

from collections.abc import Callable
from dataclasses import dataclass

from symbreak.report.dialled_breaking_result import DialledResult, Entry, Spread, spread
from symbreak.report.markdown import markdown_table

NONE = "–"
NETWORKS = {
    "strict": "strict",
    "relaxed": "relaxed",
    "free": "free",
    "conditioned": "relaxed, θ from the field",
    "told": "free, field as input",
}


@dataclass(frozen=True)
class Told:
    """A table: its title, a sentence, its columns and its lines."""

    title: str
    caption: str
    columns: tuple[str, ...]
    lines: list[tuple[str, ...]]


def tables(result: DialledResult) -> list[Told]:
    """Those that the run has rows for."""
    found = [_dials(result), _held_back(result), _sizes(result), _closed(result), _fields(result)]
    return [table for table in found if table.lines]


def markdown(table: Told) -> str:
    """A table with its title."""
    return f"**{table.title}.** {table.caption}\n\n{markdown_table(table.columns, table.lines, words=3)}"


def notes(result: DialledResult) -> list[str]:
    """What a reader must know to read the tables."""
    seeds = result.values("seed", result.rows)
    return [
        f"Means over {len(seeds)} seeds, with the least and the largest in brackets where the digits differ. Each seed "
        "has its own molecules held out, turns, field and weights.",
        "Breaking: half the degree of equivariance of the scores on molecules held out, ½ E|f(gx) − f(x)|² / E|f|²: "
        "0 for an equivariant map, 1 for one whose mean over all turns is 0. Scores are the answer of the regression "
        "and the log odds of a label. The true one is that of the law on the same molecules, in closed form; on all "
        "molecules it is λ.",
        "Error: of the regression the mean square as a part of E|u|², of labels the excess of the cross-entropy over "
        "that of the law, in nats. Floor: the least error of any equivariant network on this test set, exactly; of the "
        "regression it is the true breaking.",
        "θ 1o, θ 2e: the angle in degrees of the line along the vector of θ, and of the axis of its quadrupole, with "
        "the field. Forbidden: the norm of the part of θ that the law does not allow, which is all but the scalar and "
        "what lies along the field; at λ = 0 all but the scalar.",
    ]


def number(value: float) -> str:
    """Three decimals, or a power of ten for what is small.

    Example:
        >>> number(0.5), number(12.345), number(2.4e-16), number(8e-31)
        ('0.500', '12.3', '2e-16', '0')
    """
    if -1e-12 < value < 1e-20:  # the square of rounding, or a floor that rounding made negative
        return "0"
    if abs(value) < 1e-3:
        return f"{value:.0e}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def cell(value: Spread | None) -> str:
    """A mean with its range.

    Example:
        >>> cell(Spread(0.5, 0.4, 0.6)), cell(Spread(0.0, 0.0, 0.0)), cell(None)
        ('0.500 (0.400 to 0.600)', '0', '–')
    """
    if value is None:
        return NONE
    mean, least, most = (number(part) for part in (value.mean, value.least, value.most))
    return mean if mean == least == most else f"{mean} ({least} to {most})"


def angle(irrep: str) -> Callable[[Entry], float | None]:
    """Reads the angle of an irrep of θ with the field."""

    def read(row: Entry) -> float | None:
        return None if row["theta"] is None or not row["dial"] else row["theta"]["angles"].get(irrep)

    return read


def forbidden(row: Entry) -> float | None:
    """The norm of the part of θ that may not grow."""
    return None if row["theta"] is None else row["theta"]["forbidden"]


def _dials(result: DialledResult) -> Told:
    columns = (
        "Task", "λ", "Network", "True breaking", "Learned breaking", "Error", "Floor", "Accuracy", "θ 1o (°)",
        "θ 2e (°)", "Forbidden",
    )  # fmt: skip
    lines = []
    for task in result.tasks:
        every = result.of(study="dials", task=task["name"])
        for dial in result.values("dial", every):
            for network in result.values("network", every):
                rows = result.of(study="dials", task=task["name"], dial=dial, network=network)
                if not rows:
                    continue
                keys = ("true_breaking", "breaking", "error", "floor", "accuracy")
                told = [cell(spread(rows, key)) for key in keys]
                read = [cell(spread(rows, one)) for one in (angle("1o"), angle("2e"), forbidden)]
                lines.append((task["title"], f"{dial:g}", NETWORKS[network], *told, *read))
    return Told("The dial", "Three tasks, five dials; strict, relaxed and free networks.", columns, lines)


def _held_back(result: DialledResult) -> Told:
    columns = ("λ", "Network", "Held back by", "True breaking", "Learned breaking", "Error", "Floor", "Last weight")
    studies = [row for row in result.rows if row["study"] in ("penalties", "schedules")]
    lines = []
    for dial in sorted(set(result.values("dial", studies))):
        ends = [("strict", "nothing"), *((r["network"], r["regime"]) for r in studies if r["dial"] == dial)]
        ends += [("relaxed", "nothing"), ("free", "nothing")]
        for network, regime in dict.fromkeys(ends):
            rows = [
                row
                for row in result.of(task="regression", dial=dial, network=network, regime=regime)
                if row["study"] in ("dials", "penalties", "schedules")
            ]
            if rows:
                told = [cell(spread(rows, key)) for key in ("true_breaking", "breaking", "error", "floor")]
                weight = cell(spread(rows, "weight")) if regime != "nothing" else NONE
                label = rows[0]["label"] if network == "relaxed" else NONE
                lines.append((f"{dial:g}", NETWORKS[network], label, *told, weight))
    caption = "Graph regression, from strict to free; the first and the last lines of a dial are those of the dial."
    return Told("Held back", caption, columns, lines)


def _sizes(result: DialledResult) -> Told:
    lines = []
    every = result.of(study="sizes")
    for dial in result.values("dial", every):
        seen = [*every, *result.of(study="dials", task="regression", dial=dial)]
        for samples in sorted({row["samples"] for row in seen}):
            for network in result.values("network", seen):
                rows = [row for row in seen if (row["samples"], row["network"]) == (samples, network)]
                told = [cell(spread(rows, key)) for key in ("breaking", "loss", "error", "floor")]
                lines.append((f"{dial:g}", f"{samples}", NETWORKS[network], *told))
    columns = ("λ", "Samples", "Network", "Learned breaking", "Training loss", "Error", "Floor")
    return Told("Fewer samples", "Graph regression; a sample is a molecule in a turn of its own.", columns, lines)


def _closed(result: DialledResult) -> Told:
    every = result.of(study="closed")
    every += [r for r in result.of(study="dials", task="regression", network="relaxed", dial=0.0) if every]
    lines = []
    for dial in sorted(result.values("dial", every)):
        for closed in (False, True):
            for optimizer in ("equivariant", "adam"):
                kind = (dial, closed, optimizer)
                rows = [row for row in every if (row["dial"], row["closed"], row["optimizer"]) == kind]
                if rows:
                    group = ("O_h" if not dial else "C4v about the field") if closed else "nothing"
                    used = "EquivariantAdam" if optimizer == "equivariant" else "Adam"
                    told = [cell(spread(rows, one)) for one in (forbidden, "breaking", angle("1o"), angle("2e"))]
                    lines.append((f"{dial:g}", group, used, *told))
    columns = ("λ", "Each batch closed under", "Optimizer", "Forbidden", "Learned breaking", "θ 1o (°)", "θ 2e (°)")
    return Told("Closed sets", "What θ may not be, graph regression.", columns, lines)


def _fields(result: DialledResult) -> Told:
    every = result.of(study="fields")
    strengths = sorted({test["strength"] for row in every for test in row["fields"]})
    lines = []
    for network in result.values("network", every):
        rows = result.of(study="fields", network=network)
        for known in (True, False):

            def at(row: Entry, strength: float, known: bool = known) -> float:
                return next(t["error"] for t in row["fields"] if (t["strength"], t["known"]) == (strength, known))

            told = [cell(spread(rows, lambda row, s=s: at(row, s))) for s in strengths]
            joint = cell(spread(rows, "joint_error")) if network == "conditioned" and not known else NONE
            lines.append((NETWORKS[network], "of training" if known else "new", joint, *told))
    columns = ("Network", "Directions", "Joint equivariance", *(f"Error at strength {s:g}" for s in strengths))
    return Told("A field for each sample", "Trained in 12 fields of strength 0.5 and 1, λ = 0.5.", columns, lines)
