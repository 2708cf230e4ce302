"""Numbers, names and sentences as cells and blocks of the page."""

from symbreak.report.diagnosis.entry import Entry
from symbreak.report.html import Block, Table


def reasons(entries: list[Entry], title: str) -> Block:
    """Why samples were left out, the most frequent reason first."""
    rows = []
    for one in sorted(entries, key=lambda one: -one.whole("count")):
        first, count = one.array("first", (None,), whole=True).tolist(), one.whole("count")
        rows.append((str(count), ", ".join(map(str, first)) + (", …" if count > len(first) else ""), one.text("said")))
    return Table(title, title, ("Samples", "First", "Why, of the first of them"), rows, told=True)


def counted(counts: dict[str, int]) -> str:
    """As "C2v 4, Td 1", the most frequent first; six of them."""
    ordered = sorted(((name, n) for name, n in counts.items() if name), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {n:,}" for name, n in ordered[:6]) + (", …" if len(ordered) > 6 else "")


def vector(one: Entry, name: str) -> str:
    """A short list of numbers, with those that are rounding beside the target as 0."""
    values = one.array(name, (None,)).tolist()
    scale = max(map(abs, one.array("value", (None,)).tolist()), default=0.0)
    return "(" + ", ".join(number(x) if abs(x) > 1e-9 * scale else "0" for x in values) + ")"


def number(x: float) -> str:
    """Four digits.

    Example:
        >>> number(-0.123456), number(2)
        ('−0.1235', '2')
    """
    return f"{x:.4g}".replace("-", "−")


def said(report: Entry, *way: str) -> list[str]:
    """Sentences of the diagnosis; none where an earlier version wrote the report, or nothing is said."""
    entry = report
    for name in ("statements", *way[:-1]):
        if not entry.has(name):
            return []
        entry = entry.entry(name)
    return entry.texts(way[-1]) if entry.has(way[-1]) else []
