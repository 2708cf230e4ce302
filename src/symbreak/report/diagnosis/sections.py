"""The text and the tables of the page of a diagnosis."""

from collections.abc import Mapping

from symbreak.report.diagnosis.cells import counted, number, reasons, said
from symbreak.report.diagnosis.entry import Entry
from symbreak.report.html import Block, Code, Facts, Heading, Notes, Paragraph, Table

_ROWS = 40  # of a table


def summary(report: Entry) -> list[Block]:
    """What was read, and the recommendation with the lines that apply it."""
    recommendation = report.entry("recommendation")
    samples = report.entry("samples")
    headline = (
        f"Of {samples.whole('read'):,} entries {samples.whole('diagnosed'):,} were diagnosed; "
        f"{samples.whole('undecided'):,} are undecided, {samples.whole('left_out'):,} were left out."
    )
    code = recommendation.texts("code")
    return [
        Paragraph(headline),
        Paragraph(f"Remedy: **{recommendation.text('remedy')}**"),
        Notes(recommendation.texts("because")),
        *([Code(code)] if code else []),
    ]


def stabilizers(report: Entry) -> list[Block]:
    """Statements and a table for the samples, and for each way to see them."""
    blocks: list[Block] = []
    views = {"": report.entry("symmetry")} | report.table("views")
    for name, symmetry in views.items():
        lines = said(report, "views", name) if name else said(report, "symmetry")
        blocks += [Heading(f"{name[:1].upper()}{name[1:]}")] if name else []
        lines = [line for line in lines if not line.startswith(("stabilizers:", "orders:"))]
        blocks += [Notes(lines)] if lines else []
        blocks += [_stabilizer_table(symmetry, name)]
    return blocks


def modes(report: Entry) -> list[Block]:
    """The table of the modes of a change."""
    rows = [
        (
            name,
            number(mode.number("squares")),
            str(mode.whole("samples")),
            "yes" if mode.data.get("symmetric") else "no",
        )
        for name, mode in sorted(report.table("modes").items(), key=lambda item: -item[1].number("squares"))
    ]
    caption = "Squares in Å² of displacements, and without a unit of strains."
    return [Table("Modes", caption, ("Mode", "Square", "Samples", "Allowed by symmetry"), rows)]


def near(report: Entry) -> list[Block]:
    """What looser tolerances find."""
    rows = [
        (f"{factor} ×", f"{one.whole('samples'):,}", counted(one.counts("names")))
        for factor, one in report.entry("near").table("gained").items()
        if one.whole("samples")
    ]
    blocks: list[Block] = []
    if rows:
        columns = ("Tolerance", "Samples that gain symmetry", "What became what")
        blocks.append(Table("Near-symmetry", "In units of the tolerance of the diagnosis.", columns, rows, told=True))
    unknown = report.entry("near").whole("unknown")
    if unknown:
        blocks.append(Notes([f"{unknown} samples could not be searched there: the tolerance is too large for them."]))
    return blocks


def account(report: Entry) -> list[Block]:
    """What was left out and why, what is undecided, and what was changed."""
    blocks: list[Block] = []
    for name, title in (("left_out", "Left out"), ("undecided", "Undecided")):
        entries = report.entries(name)
        if entries:
            blocks.append(reasons(entries, title))
    notes = report.counts("notes")
    blocks += [Notes([f"{count:,} times: {note}" for note, count in notes.items()])] if notes else []
    return blocks or [Paragraph("Every entry was read and diagnosed: nothing was left out, nothing is undecided.")]


def run(report: Entry) -> list[Block]:
    """The facts of the run."""
    data, config = report.data, report.data.get("config")
    versions = data.get("versions")
    facts: dict[str, Mapping[str, object]] = {
        "Run": {
            "command": data.get("command"),
            "started": data.get("started"),
            "seconds": data.get("seconds"),
            "git commit": data.get("git"),
            "python": data.get("python"),
            "machine": data.get("machine"),
            "seed": data.get("seed"),
        },
        "Configuration": config if isinstance(config, dict) else {},
        "Versions": versions if isinstance(versions, dict) else {},
    }
    return [Facts(name, entries) for name, entries in facts.items()]


def _stabilizer_table(symmetry: Entry, view: str) -> Block:
    samples = max(symmetry.whole("samples"), 1)
    names = symmetry.counts("names")
    what, counts = ("Stabilizer", names) if names else ("Order", symmetry.counts("orders"))
    rows = [
        (name or "others", f"{count:,}", f"{count / samples:.2%}")
        for name, count in sorted(counts.items(), key=lambda item: (item[0] == "", -item[1], item[0]))
    ]
    rest = sum(sorted(counts.values(), reverse=True)[_ROWS:])
    if len(rows) > _ROWS:
        rows = [*rows[:_ROWS], (f"{len(rows) - _ROWS} others", f"{rest:,}", f"{rest / samples:.2%}")]
    return Table(
        f"Stabilizers{f', {view}' if view else ''}", "How often each occurs.", (what, "Samples", "Share"), rows
    )
