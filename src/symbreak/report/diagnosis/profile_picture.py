"""The symmetry of a structure, or of a field, against the tolerance: its order as steps, and the continuous measure."""

from typing import Any

from symbreak.report.diagnosis.example import Example, Level
from symbreak.report.style import BLUE, GREY, INK, VERMILION, plain

_LEAST = 1e-6  # Å, or of values: below it residuals are rounding
_BESIDE: dict[str, Any] = {"ha": "right", "va": "center", "xytext": (-3, 0)}


def draw_profile(axes: Any, below: Any, example: Example) -> None:
    """Draws it; infinite orders stand above all others.

    Args:
        axes: for the order.
        below: for the measure; None if there is none.
        example: with a profile.
    """
    from matplotlib.patheffects import withStroke

    levels = told_levels(example)
    endless = any(level.order is None for level in levels)
    top = 3.0 * max((level.order for level in levels if level.order is not None), default=1)
    orders = [top if level.order is None else float(level.order) for level in levels]
    later = [level.tolerance for level in levels[1:]] + ([example.tolerance] if example.tolerance else [])
    first = max(min(later, default=0.01) / 20, _LEAST)
    starts = [max(level.tolerance, first) for level in levels]
    end = max(3 * starts[-1], 3 * (example.tolerance or 0.0), 0.05)
    axes.step([*starts, end], [*orders, orders[-1]], where="post", color=BLUE, linewidth=1.6)
    for k, level in enumerate(levels):
        style = {"ha": "left", "va": "top", "xytext": (2, -3)} if k == 0 else _BESIDE
        name = level.name.split(" ")[0] if example.kind == "field" else level.name  # without its translations
        axes.annotate(
            plain(name), (starts[k], orders[k]), textcoords="offset points", color=INK, fontsize=7,
            path_effects=[withStroke(linewidth=2, foreground="white")], **style,
        )  # fmt: skip
    ticks = sorted({int(order) for order in orders if order < top or not endless})
    axes.set_yscale("log")
    axes.set_yticks([*ticks, top] if endless else ticks)
    axes.set_yticklabels([*map(str, ticks), "∞"] if endless else list(map(str, ticks)))
    axes.set_ylim(0.5 * min(orders), 1.6 * max(orders))
    axes.set_ylabel("order")
    both = [axes] if below is None else [axes, below]
    for part in both:
        part.set_xscale("log")
        part.set_xlim(first / 1.5, end)
        part.minorticks_off()
        part.spines[["top", "right"]].set_visible(False)
        if example.tolerance is not None:
            part.axvline(example.tolerance, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    both[-1].set_xlabel("tolerance (of values)" if example.kind == "field" else "tolerance (Å)")
    if below is not None:
        axes.tick_params(labelbottom=False)
        known = [(s, level.measure or 0.0) for s, level in zip(starts, levels, strict=True)]
        known = [(s, m) for s, m in known if m > 1e-3 * max(m for _, m in known)]
        below.vlines([s for s, _ in known], 0, [m for _, m in known], color=VERMILION, linewidth=1)
        below.plot([s for s, _ in known], [m for _, m in known], "o", color=VERMILION, markersize=3.5)
        below.set_ylim(0, 1.3 * max((m for _, m in known), default=1.0))
        below.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3), useMathText=True)
        below.yaxis.get_offset_text().set_fontsize(6.5)
        below.set_ylabel("measure")


def told_levels(example: Example) -> list[Level]:
    """The profile without the levels that end below a millionth, where residuals are rounding."""
    ends = [level.tolerance for level in example.profile[1:]]
    return [level for level, end in zip(example.profile, [*ends, float("inf")], strict=False) if end > _LEAST]


def has_measure(example: Example) -> bool:
    """Whether a level of the profile has one that is not rounding."""
    return any((level.measure or 0.0) > 1e-9 for level in told_levels(example))
