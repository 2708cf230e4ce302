"""The tables of the perovskite: what was learned, and the gradient at zero; and what must be known to read them."""

import math
import statistics
from collections.abc import Sequence

from symbreak.report.perovskite_result import Entry, PerovskiteResult

COLUMNS = (
    "Order parameter",
    "Entries",
    "Free",
    "Error (Å)",
    "Worst error (Å)",
    "Least error (Å)",
    "Published (Å)",
    "Loss (Å²)",
    "Space group of the structure",
    "of crystal and order parameter",
    "predicted",
    "published",
    "Grew",
    "Tilts",
    "M over R",
    "Forbidden part",
    "Seconds",
)
GRADIENT = ("Wave vector", "Irrep", "of the little group", "Fixed by K", "In the displacement", "Gradient", "Learned")
NONE = "–"
GREW = 1e-6  # a norm above it
_SEEN = 1e-10  # of a gradient: rounding lies orders below


def cells(result: PerovskiteResult) -> list[tuple[str, ...]]:
    """A line for each row of the experiment, over the seeds."""
    lines = []
    precision = f"{result.crystal['symprec']:g}"
    for known in result.predictions:
        rows = result.of(known["method"])
        if not rows:
            continue
        paper = result.published.get(known["method"].removesuffix("-penalised"), {})
        penalised = known["method"].endswith("-penalised")
        error = paper.get("error_penalty" if penalised else "error") if isinstance(paper, dict) else None
        if known["method"] == "none":
            error = result.published.get("floor")
        number = paper.get("space_group") if isinstance(paper, dict) and error is not None else None
        entries = known["entries"]
        lines.append(
            (
                known["label"],
                str(entries),
                str(known["free"]),
                power(statistics.median(row["error"] for row in rows)),
                power(max(row["error"] for row in rows)),
                power(known["floor"]["error"]),
                NONE if error is None else f"{error:.4g}",
                power(statistics.median(row["loss"] for row in rows)),
                told([group(row["space_groups"][precision]) for row in rows]),
                told([group(row["with_order_parameter"]) for row in rows]),
                group(known["group"]),
                NONE if number is None else str(number),
                told([_grew(row) for row in rows]) if entries else NONE,
                told([row["glazer"] or NONE for row in rows]) if entries else NONE,
                _ratio(rows),
                power(max(row["outside"] for row in rows)) if entries else NONE,
                f"{statistics.fmean(row['seconds'] for row in rows):.1f}",
            )
        )
    return lines


def gradient_cells(result: PerovskiteResult) -> list[tuple[str, ...]]:
    """A line for each part of the order parameter, an irrep at a wave vector, that has anything to say."""
    gradients = [row["gradient"]["stars"] for row in result.of("all") if row["gradient"]]
    learned = [row["stars"] for row in result.of("all")]
    lines = []
    for k, star in enumerate(result.crystal["stars"]):
        if not star["allowed"] and not star["linear"]:
            continue
        parts, norms = ([found[k][key] for found in some] for some, key in ((gradients, "part"), (learned, "norm")))
        lines.append(
            (
                star["point"],
                star["irrep"],
                star["label"],
                str(star["allowed"]),
                "yes" if star["linear"] else "no",
                span(parts),
                span(norms),
            )
        )
    return lines


def gradient_notes(result: PerovskiteResult) -> list[str]:
    """How well the gradient at zero agrees with the rule."""
    gradients = [row["gradient"] for row in result.of("all") if row["gradient"]]
    if not gradients:
        return ["No row has left the gradient at zero."]
    stars = result.crystal["stars"]
    first = [star["linear"] and star["allowed"] > 0 for star in stars]
    seen = [[one["part"] for one in found["stars"]] for found in gradients]
    agree = all((part > _SEEN) == wanted for parts in seen for part, wanted in zip(parts, first, strict=True))
    largest = max((p for parts in seen for p, wanted in zip(parts, first, strict=True) if not wanted), default=0.0)
    least = min((p for parts in seen for p, wanted in zip(parts, first, strict=True) if wanted), default=0.0)
    needed = told([", ".join(found["needed"]) or "none" for found in gradients])
    return [
        f"Of {len(stars)} parts the rule gives {sum(first)} a gradient: those that K fixes a direction of and that the "
        f"displacement has a mode of. The network {'agrees in every seed' if agree else '**does not agree**'}: the "
        f"least of these is {power(least)} of the whole gradient, the largest of all others {power(largest)}.",
        f"Irreps with a gradient above 10⁴ times rounding: {needed}.",
    ]


def notes(result: PerovskiteResult) -> list[str]:
    """What a reader must know to read the table."""
    seeds = sorted({row["seed"] for row in result.rows})
    crystal = result.crystal
    return [
        f"Over {len(seeds)} seeds: the median, the worst, mean seconds on the machine of the run. The error is the "
        "mean |error| of the 60 components along the cube's axes, the authors' loss; ours is the sum of squares.",
        f"Without an order parameter {crystal['floor']['error']:.4f} Å, the whole displacement, is exact. Least error: "
        "of displacements with the predicted symmetry, the one nearest in squares.",
        f"Space group of the structure: of the cubic crystal with the learned displacement, at {crystal['symprec']:g} "
        "Å. Of crystal and order parameter: operations of the cube that keep the order parameter to 1e-3 of its norm. "
        "Predicted: those that keep a general order parameter of the kind that the data allow.",
        f"Free: directions that K = {group(crystal['joint'])}, the joint symmetry of crystal and displacement, fixes. "
        "The forbidden part is the norm of the order parameter across them, in the worst seed.",
        "Grew: irreps of a norm above 1e-6, the largest first. Tilts: Glazer's symbol of the axial vectors at R and M. "
        "M over R: the lengths of these; other weights undo them, and their signs. The octahedra themselves turn by "
        f"{_turn(crystal, 'R')}° out of phase and {_turn(crystal, 'M')}° in phase, a ratio of "
        f"{math.hypot(*crystal['turns_degrees']['M']) / math.hypot(*crystal['turns_degrees']['R']):.2f}.",
    ]


def group(found: Entry) -> str:
    """Such as `Pnma (62)`."""
    return f"{found['symbol']} ({found['number']})"


def power(value: float) -> str:
    """A length or a square with three digits; what is below 1e-20 is 0.

    Example:
        >>> power(0.0676), power(7.94e-13), power(3e-30)
        ('0.0676', '7.9e-13', '0')
    """
    if abs(value) < 1e-20:
        return "0"
    return f"{value:.1e}" if abs(value) < 1e-3 else f"{value:.3g}"


def span(values: Sequence[float]) -> str:
    """From the least to the largest; those at rounding are 0."""
    if not values:
        return NONE
    shown = ["0" if abs(value) < _SEEN else power(value) for value in (min(values), max(values))]
    return shown[0] if shown[0] == shown[1] else f"{shown[0]} to {shown[1]}"


def told(values: Sequence[str]) -> str:
    """Values over seeds, each with how often it came where they differ."""
    counts = {value: values.count(value) for value in values}
    if len(counts) == 1:
        return next(iter(counts))
    return "; ".join(f"{value} ({count})" for value, count in counts.items())


def _turn(crystal: Entry, point: str) -> str:
    return f"{math.hypot(*crystal['turns_degrees'][point]):.2f}"


def _ratio(rows: Sequence[Entry]) -> str:
    """How long the axial vector at M is against that at R, over the seeds; a dash without one of them."""
    found = [tuple(math.hypot(*row["tilts"][point]) for point in "MR") for row in rows]
    found = [m / r for m, r in found if r > GREW and m > GREW]
    return NONE if not found else f"{min(found):.2f} to {max(found):.2f}" if len(found) > 1 else f"{found[0]:.2f}"


def _grew(row: Entry) -> str:
    grown = sorted(((-norm, name) for name, norm in row["norms"].items() if norm > GREW))
    return ", ".join(name for _, name in grown) or "nothing"
