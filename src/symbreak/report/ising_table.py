"""The table of an Ising result, as Markdown and as cells for other formats, and its notes."""

import statistics
from collections.abc import Sequence

from symbreak.report.ising_files import absent
from symbreak.report.ising_result import Result, Row
from symbreak.report.markdown import markdown_table

COLUMNS = (
    "Method",
    "Loss",
    "Energy ID",
    "Energy OOD",
    "Fraction ID",
    "Fraction OOD",
    "Paper ID",
    "Paper OOD",
    "Parameters",
    "Forward (ms)",
    "Training (s)",
)
NONE = "–"


def table(result: Result) -> str:
    """The table in Markdown, followed by its notes.

    One line per (method, loss), with the mean over seeds and, for two seeds or more, the sample standard
    deviation; then the ground truth and, where it is known, the ceiling of a uniform magnetization.
    """
    lines = markdown_table(COLUMNS, cells(result), words=2)
    return "\n".join([lines, "", *(f"- {note}" for note in notes(result))]) + "\n"


def cells(result: Result) -> list[tuple[str, ...]]:
    """The lines of the table as text, without the header."""
    lines = []
    for (method, loss), rows in result.lines().items():
        paper = result.published.get(method)
        lines.append(
            (
                rows[0].label,
                NONE if loss == "-" else loss,
                spread([row.energy_id for row in rows]),
                spread([row.energy_ood for row in rows]),
                spread([row.fraction_id for row in rows]),
                spread([row.fraction_ood for row in rows]),
                spread([paper.fraction_id if paper else None]),
                spread([paper.fraction_ood if paper else None]),
                _parameters(rows),
                significant(_mean([row.forward_seconds for row in rows]), 1000.0),
                significant(_mean([row.train_seconds for row in rows])),
            )
        )
    known = result.reference
    ground = (spread([known.ground_energy_id]), spread([known.ground_energy_ood]))
    ones = ("1.000", NONE if known.ground_energy_ood is None else "1.000")
    lines.append((f"Ground truth, {known.source}", NONE, *ground, *ones, *[NONE] * 5))
    if known.uniform_energy_id is not None:
        floor = (spread([known.uniform_energy_id]), spread([known.uniform_energy_ood]))
        share = tuple(spread([fraction]) for fraction in known.uniform_fractions)
        lines.append(("Ceiling of a uniform magnetization, closed form", NONE, *floor, *share, *[NONE] * 5))
    return lines


def notes(result: Result) -> list[str]:
    """What a reader must know to read the table and the figures."""
    config, known = result.config, result.reference
    coupling = "−" if result.sign == 1 else ""
    size = config.get("size", "L")
    found = []
    gaps = result.unfinished()
    if gaps:
        found.append(f"**Unfinished.** {'; '.join(gaps)}. What is there is shown.")
    found.append(
        f"Energies are per site of the sampled spins, H = {coupling}Σ J s s′ − Σ h s over nearest "
        f"neighbours, each bond once, on a periodic {size}×{size} lattice. "
        "A fraction is the mean energy divided by the mean ground-state energy."
    )
    if result.published:
        found.append(
            "Compare fractions with the paper, not energies: its Hamiltonian convention and lattice size are not "
            "known. It trains on the plain energy."
        )
    if result.task == "constant":
        found.append("OOD conditions are turned by quarter turns, which exchange J_x and J_y.")
    if known.uniform_energy_id is not None:
        found.append(
            "A deterministic equivariant network gives constant conditions a constant magnetization, so the "
            "ceiling bounds every G-CNN without symmetry breaking."
        )
    if known.source != "closed form":
        found.append(f"The ground truth is {known.source}.")
    losses = {row.loss for row in result.rows}
    if "annealed" in losses:
        found.append(
            "Loss: plain is the energy of the expected spins; annealed subtracts temperature × entropy, with a "
            "temperature that falls during training."
        )
    counts = {len(rows) for rows in result.lines().values()}
    if max(counts, default=1) > 1:
        among = " or ".join(str(count) for count in sorted(counts))
        found.append(f"Mean ± sample standard deviation over {among} seeds; times are means.")
    if any(row.forward_seconds is not None for row in result.rows):
        found.append("Forward is one batch of 64, on the machine of the run.")
    return found + absent(result)


def spread(values: Sequence[float | None], digits: int = 3) -> str:
    """Mean and, for two values or more, sample standard deviation; a dash if any value is unknown.

    Example:
        >>> spread([-3.05]), spread([0.5, 0.75]), spread([None])
        ('−3.050', '0.625 ± 0.177', '–')
    """
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return NONE
    mean = f"{statistics.fmean(known):.{digits}f}"
    if float(mean) == 0:
        mean = mean.removeprefix("-")
    mean = mean.replace("-", "−")
    return mean if len(known) == 1 else f"{mean} ± {statistics.stdev(known):.{digits}f}"


def significant(value: float | None, scale: float = 1.0) -> str:
    """A positive quantity with about three significant digits.

    Example:
        >>> significant(0.1204, 1000), significant(0.0012, 1000), significant(1234.5), significant(None)
        ('120', '1.20', '1,234', '–')
    """
    if value is None:
        return NONE
    scaled = value * scale
    return f"{scaled:,.{2 if scaled < 10 else 1 if scaled < 100 else 0}f}"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def _parameters(rows: tuple[Row, ...]) -> str:
    sizes = sorted({row.parameters for row in rows if row.parameters is not None})
    return " to ".join(f"{size:,}" for size in (sizes[0], sizes[-1])[: len(sizes)]) if sizes else NONE
