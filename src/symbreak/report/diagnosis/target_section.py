"""What the page says of one target."""

from symbreak.report.diagnosis.cells import counted, number, reasons, said, vector
from symbreak.report.diagnosis.entry import Entry
from symbreak.report.diagnosis.floor_bars import remedies
from symbreak.report.html import Block, Code, Heading, Notes, Table

_IN_TABLES = ("sample ", "floors:", "floor of the", "missing:")  # statements that tables make


def target(report: Entry, data: Entry) -> list[Block]:
    """Statements, floors, what must vanish, the worst samples, and samples that lack it."""
    name, recommendation = data.text("name"), data.entry("recommendation")
    lines = [line for line in said(report, "targets", name) if not line.startswith(_IN_TABLES)]
    blocks: list[Block] = [Heading(f"{name}, {data.text('moves')} of each {data.text('per')}")]
    blocks += [Notes(lines)] if lines else []
    code = recommendation.texts("code")
    if code and code != report.entry("recommendation").texts("code"):
        blocks.append(Code(code))
    blocks += _floors(data, name)
    blocks += _forced(data, name)
    blocks += _worst(data, name)
    missing = data.entries("missing")
    return blocks + ([reasons(missing, f"Samples without {name}")] if missing else [])


def _floors(data: Entry, name: str) -> list[Block]:
    squares, losses = data.number("squares"), data.entry("losses")
    if squares <= 0:
        return []
    rows = [(text, number(share * squares), f"{share:.3%}") for text, share in remedies(data)]
    rows += [(f"no remedy, {loss}", number(losses.number(loss)), "") for loss in losses.data]
    columns = ("With", "Floor", "Of Σ|y|²")
    return [Table(f"Floors of {name}", "Squared error that remains, summed over the samples.", columns, rows)]


def _forced(data: Entry, name: str) -> list[Block]:
    rows = [
        (irrep, f"{one.whole('samples'):,}", f"{one.whole('vectors'):,}", f"{one.whole('broken'):,}",
         f"{number(one.number('largest'))} (sample {one.whole('sample')})", counted(one.counts("names")))
        for irrep, one in data.table("forced").items()
    ]  # fmt: skip
    columns = ("Irrep", "Samples", "Vectors", "Not zero in", "Largest", "Stabilizers")
    caption = "Components that symmetry forces to vanish."
    return [Table(f"Forced to vanish, {name}", caption, columns, rows, told=True)] if rows else []


def _worst(data: Entry, name: str) -> list[Block]:
    rows = [
        (f"sample {one.whole('sample')}" + (f", node {one.whole('node')}" if one.has("node") else ""),
         one.text("stabilizer"), number(one.number("floor")), f"{one.number('share'):.1%}",
         vector(one, "value"), vector(one, "nearest"))
        for one in data.entries("worst")
    ]  # fmt: skip
    columns = ("Sample", "Stabilizer", "Floor", "Of its |y|²", "Target", "In reach")
    return [Table(f"Worst samples of {name}", "The samples with the highest floors.", columns, rows)] if rows else []
