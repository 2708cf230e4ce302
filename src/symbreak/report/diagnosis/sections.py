"""The text and the tables of the page of a diagnosis."""

from collections.abc import Mapping

from symbreak.report.diagnosis.entry import Entry
from symbreak.report.diagnosis.floor_bars import remedies
from symbreak.report.html import Block, Code, Facts, Heading, Notes, Paragraph, Table

_ROWS = 40  # of a table


def summary(report: Entry) -> list[Block]:
    """What was read, and the recommendation with the lines that apply it."""
    recommendation = report.entry("recommendation")
    samples = report.entry("samples")
    headline = _statements(report).data.get("headline") or (
        f"{report.text('subject')}: {samples.whole('read')} read, {samples.whole('diagnosed')} diagnosed, "
        f"{samples.whole('undecided')} undecided, {samples.whole('left_out')} left out."
    )
    code = recommendation.texts("code")
    return [
        Paragraph(str(headline)),
        Paragraph(f"Remedy: **{recommendation.text('remedy')}**"),
        Notes(recommendation.texts("because")),
        *([Code(code)] if code else []),
    ]


def stabilizers(report: Entry) -> list[Block]:
    """Statements and a table for the samples, and for each way to see them."""
    blocks: list[Block] = []
    views = {"": report.entry("symmetry")} | report.table("views")
    said = _statements(report)
    for name, symmetry in views.items():
        lines = said.data.get("symmetry") if not name else (said.data.get("views") or {}).get(name)
        blocks += [Heading(f"{name[:1].upper()}{name[1:]}")] if name else []
        blocks += [Notes([str(line) for line in lines])] if isinstance(lines, list) else []
        blocks += [_stabilizer_table(symmetry, name)]
    return blocks


def target(report: Entry, data: Entry) -> list[Block]:
    """One target: statements, floors, what must vanish, the worst samples, and samples that lack it."""
    name, squares = data.text("name"), data.number("squares")
    lines = (_statements(report).data.get("targets") or {}).get(name)
    blocks: list[Block] = [Heading(f"{name}, {data.text('moves')} of each {data.text('per')}")]
    blocks += [Notes([str(line) for line in lines])] if isinstance(lines, list) else []
    if squares > 0:
        rows = [(text, _number(share * squares), f"{share:.3%}") for text, share in remedies(data)]
        rows += [
            (f"floor of the {loss}", _number(data.entry("losses").number(loss)), "")
            for loss in data.entry("losses").data
        ]
        blocks.append(
            Table(
                f"Floors of {name}",
                "Squared error that remains, summed over the samples.",
                ("With", "Floor", "Of Σ|y|²"),
                rows,
            )
        )
    forced = data.table("forced")
    if forced:
        rows = [
            (irrep, f"{one.whole('samples'):,}", f"{one.whole('vectors'):,}", f"{one.whole('broken'):,}",
             f"{_number(one.number('largest'))} (sample {one.whole('sample')})", _names(one.counts("names")))
            for irrep, one in forced.items()
        ]  # fmt: skip
        columns = ("Irrep", "Samples", "Vectors", "Not zero in", "Largest", "Stabilizers")
        blocks.append(
            Table(f"Forced to vanish, {name}", "Components that symmetry forces to vanish.", columns, rows, told=True)
        )
    worst = data.entries("worst")
    if worst:
        rows = [
            (f"sample {one.whole('sample')}" + (f", node {one.whole('node')}" if one.has("node") else ""),
             one.text("stabilizer"), _number(one.number("floor")), f"{one.number('share'):.1%}",
             _vector(one, "value"), _vector(one, "nearest"))
            for one in worst
        ]  # fmt: skip
        columns = ("Sample", "Stabilizer", "Floor", "Of its |y|²", "Target", "In reach")
        blocks.append(Table(f"Worst samples of {name}", "The samples with the highest floors.", columns, rows))
    missing = data.entries("missing")
    return blocks + ([_reasons(missing, f"Samples without {name}")] if missing else [])


def modes(report: Entry) -> list[Block]:
    """The table of the modes of a change."""
    rows = [
        (
            name,
            _number(mode.number("squares")),
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
        (f"{factor} ×", f"{one.whole('samples'):,}", _names(one.counts("names")))
        for factor, one in report.entry("near").table("gained").items()
    ]
    blocks: list[Block] = []
    if rows:
        columns = ("Tolerance", "Samples that gain symmetry", "What became what")
        blocks.append(Table("Near-symmetry", "In units of the tolerance of the diagnosis.", columns, rows, told=True))
    unknown = report.entry("near").whole("unknown")
    if unknown:
        blocks.append(
            Notes([f"{unknown} samples could not be searched there: their atoms are too near to each other."])
        )
    return blocks


def account(report: Entry) -> list[Block]:
    """What was left out and why, what is undecided, and what was changed."""
    blocks: list[Block] = []
    for name, title in (("left_out", "Left out"), ("undecided", "Undecided")):
        entries = report.entries(name)
        if entries:
            blocks.append(_reasons(entries, title))
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


def _statements(report: Entry) -> Entry:
    return report.entry("statements") if report.has("statements") else Entry(report.where, {})


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


def _reasons(entries: list[Entry], title: str) -> Block:
    rows = []
    for one in sorted(entries, key=lambda one: -one.whole("count")):
        first, count = one.array("first", (None,), whole=True).tolist(), one.whole("count")
        rows.append((str(count), ", ".join(map(str, first)) + (", …" if count > len(first) else ""), one.text("said")))
    return Table(title, title, ("Samples", "First", "Why, of the first of them"), rows, told=True)


def _names(counts: dict[str, int]) -> str:
    ordered = sorted(((name, n) for name, n in counts.items() if name), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {n:,}" for name, n in ordered[:6]) + (", …" if len(ordered) > 6 else "")


def _vector(one: Entry, name: str) -> str:
    values = one.array(name, (None,)).tolist()
    scale = max(map(abs, one.array("value", (None,)).tolist()), default=0.0)
    return "(" + ", ".join(_number(x) if abs(x) > 1e-9 * scale else "0" for x in values) + ")"


def _number(x: float) -> str:
    return f"{x:.4g}".replace("-", "−")
