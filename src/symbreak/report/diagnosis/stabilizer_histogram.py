"""Histogram of the stabilizers of a data set: by name, or where groups have no names by order."""

from typing import Any

from symbreak.report.diagnosis.entry import Entry
from symbreak.report.style import BLUE, GREY, INK, LIGHT, plain, wrapped

_NAMES = 14  # that are shown; the others are one bar
_PLAIN = 10  # powers of two that are written out
_TRIVIAL = ("C1", "P1 (1)", "p1 without translations", "1 without translations", "1")


def stabilizer_histogram(views: dict[str, Entry]) -> Any | None:
    """Draws the figure, or returns None if no sample was diagnosed.

    Args:
        views: the symmetry of the samples as `report.json` has it, and that of the same samples seen otherwise.
    """
    from matplotlib.figure import Figure

    bars = {name: _bars(symmetry) for name, symmetry in views.items()}
    bars = {name: rows for name, rows in bars.items() if rows}
    if not bars:
        return None
    most = max(len(rows) for rows in bars.values())
    figure = Figure(figsize=(4.2 * len(bars) + 0.4, 0.24 * most + 0.95), layout="constrained")
    grid = figure.subplots(1, len(bars), squeeze=False)
    for axes, (name, rows) in zip(grid.flat, bars.items(), strict=True):
        _draw(axes, rows)
        axes.set_title(plain(name) if len(bars) > 1 else "", loc="left", fontsize=9)
        axes.set_ylabel("stabilizer" if views[name].counts("names") else "order")
    return figure


def _draw(axes: Any, rows: list[tuple[str, int]]) -> None:
    counts = [count for _, count in rows]
    colours = [LIGHT if name in (*_TRIVIAL, "others") else BLUE for name, _ in rows]
    axes.barh(range(len(rows)), counts, color=colours, height=0.72)
    axes.set_yticks(range(len(rows)), [wrapped(plain(name), 34) for name, _ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    wide = max(counts) > 50 * min(counts)
    if wide:
        axes.set_xscale("log")
        axes.set_xlim(0.5, 6 * max(counts))
    else:
        axes.set_xlim(0, 1.25 * max(counts))
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("samples" + (" (logarithmic)" if wide else ""))
    total = sum(counts)
    for place, count in enumerate(counts):
        share = f"{count:,} ({count / total:.1%})" if count > 0.0005 * total and total > 1 else f"{count:,}"
        axes.annotate(
            share, (count, place), xytext=(3, 0), textcoords="offset points", va="center", fontsize=7, color=INK
        )
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_color(GREY)


def _bars(symmetry: Entry) -> list[tuple[str, int]]:
    """The most frequent names; of groups without names, orders if they are few, and else in powers of two."""
    names, orders = symmetry.counts("names"), symmetry.counts("orders")
    if names:
        known = sorted(((name, n) for name, n in names.items() if name), key=lambda item: (-item[1], item[0]))
        rest = symmetry.whole("samples") - sum(count for _, count in known[:_NAMES])
        return known[:_NAMES] + ([("others", rest)] if rest else [])
    if len(orders) <= _NAMES and "" not in orders:
        return sorted(orders.items(), key=lambda item: _size(item[0]))
    bins = sorted((int(k), count) for k, count in symmetry.counts("log2").items())
    rows = [(_range(k), count) for k, count in bins]
    infinite = symmetry.whole("infinite")
    if len(rows) > 2 * _NAMES:  # in fewer, wider steps
        step = -(-(bins[-1][0] + 1) // (2 * _NAMES))
        rows = []
        for low in range(0, bins[-1][0] + 1, step):
            count = sum(n for k, n in bins if low <= k < low + step)
            rows += [(f"from 2^{low}", count)] if count else []
    return rows + ([("∞", infinite)] if infinite else [])


def _size(order: str) -> float:
    if order == "∞":
        return float("inf")
    return 10 ** min(float(order[3:]), 300.0) if order.startswith("10^") else float(order)


def _range(k: int) -> str:
    """The orders from `2^k` on."""
    if k > _PLAIN:
        return f"from 2^{k}"
    return "1" if k == 0 else f"{2**k:,} to {2 ** (k + 1) - 1:,}"
