"""A diagnosis as tables for the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from symbreak.diagnosis.diagnosis import Diagnosis, TargetDiagnosis
from symbreak.diagnosis.plural import plural
from symbreak.diagnosis.remedy_code import remedy_code
from symbreak.diagnosis.statements import (
    account_statements,
    forced_statements,
    headline,
    left_out_statements,
    mode_statements,
    near_statements,
    remaining,
    symmetry_statements,
    unknown_statements,
)
from symbreak.diagnosis.symmetry_counts import SymmetryCounts

_ROWS, _BINS = 12, 30
_PLAIN = 20  # powers of two that are written out
_WIDTH = 30


def show(diagnosis: Diagnosis, console: Console) -> None:
    """Prints the summary."""
    _lines(console, [headline(diagnosis)], style="bold", indent="")
    _symmetry(console, "Symmetry", diagnosis.symmetry)
    for name, view in diagnosis.views.items():
        _symmetry(console, f"Symmetry, {name}", view)
        _lines(console, unknown_statements(diagnosis, view), style="yellow")
    _lines(console, near_statements(diagnosis))
    for target in diagnosis.targets:
        _target(console, target)
    if diagnosis.modes:
        _lines(console, ["", "Modes of the change"], style="bold", indent="")
        _lines(console, mode_statements(diagnosis))
    _lines(console, account_statements(diagnosis), style="yellow")
    _lines(console, ["", f"Remedy: {diagnosis.recommendation.remedy.value}"], style="bold", indent="")
    _lines(console, list(diagnosis.recommendation.because))
    _lines(console, list(remedy_code(diagnosis.recommendation, diagnosis.kind)), style="cyan", indent="    ")


def _symmetry(console: Console, title: str, symmetry: SymmetryCounts) -> None:
    _lines(console, ["", title], style="bold", indent="")
    if symmetry.samples:
        console.print(_histogram(symmetry))
    lines = symmetry_statements(symmetry)
    _lines(console, [line for line in lines if not line.startswith(("stabilizers:", "orders:"))])


def _histogram(symmetry: SymmetryCounts) -> Table:
    """By name; of groups without names by order, in powers of two."""
    if symmetry.names.total:
        what, rows = "stabilizer", symmetry.names.largest()[:_ROWS]
    else:
        what, rows = "order", [(_bin(k), count) for k, count in sorted(symmetry.log2.items())[:_BINS]]
    rest = symmetry.samples - sum(count for _, count in rows)
    table = _table((what, "samples", "share", ""))
    for name, count in [*rows, ("others", rest)] if rest else rows:
        share = count / symmetry.samples
        table.add_row(name, str(count), f"{share:.2%}", Text("━" * round(_WIDTH * share), style="cyan"))
    return table


def _target(console: Console, target: TargetDiagnosis) -> None:
    counts = target.counts
    title = f"Target {counts.name}, {counts.moves} of each {counts.per}: {plural(counts.samples, 'sample')}"
    _lines(console, ["", title], style="bold", indent="")
    table = _table(("floor of the squared error", "sum", "of |y|²"))
    for name, floor in remaining(target):
        table.add_row(name, f"{floor:.4g}", f"{floor / counts.squares:.2%}" if counts.squares else "")
    for name, floor in counts.losses.items():
        table.add_row(f"no remedy, {name}", f"{floor:.4g}", "")
    console.print(table)
    _lines(
        console, [f"{counts.restricted} of {plural(counts.samples, 'sample')} out of reach", *forced_statements(target)]
    )
    _lines(
        console,
        [
            f"sample {one.index} ({one.stabilizer}): floor {one.floor:.4g}, {one.share:.1%} of its |y|²"
            for one in counts.worst[:3]
        ],
    )
    _lines(console, [f"missing: {line}" for line in left_out_statements(counts.missing)], style="yellow")
    _lines(console, [f"remedy: {target.recommendation.remedy.value}"])


def _table(columns: tuple[str, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for k, column in enumerate(columns):
        table.add_column(column, justify="right" if k else "left", no_wrap=True)
    table.columns[-1].justify = "left" if not columns[-1] else "right"
    return table


def _bin(k: int) -> str:
    """The orders from `2^k` on."""
    if k > _PLAIN:
        return f"from 2^{k}"
    return str(2**k) if k == 0 else f"{2**k} to {2 ** (k + 1) - 1}"


def _lines(console: Console, lines: list[str], style: str = "", indent: str = "  ") -> None:
    for line in lines:
        console.print(Text(indent + line if line else "", style=style), soft_wrap=True)
