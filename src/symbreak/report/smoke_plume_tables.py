"""The tables of the smoke plume, and what must be known to read them."""

import statistics
from collections.abc import Sequence

from symbreak.report.markdown import markdown_table
from symbreak.report.smoke_plume_result import Entry, PlumeResult, mean, spread

COLUMNS = (
    "Method",
    "RMSE, domain",
    "RMSE, future",
    "of the velocity, domain",
    "future",
    "Degree of breaking",
    "Parameters",
    "Multiplications a frame",
    "Seconds",
)
LEVELS = (
    "Strengths",
    "Dial",
    "MAE of orbits",
    "relative",
    "Degree, law",
    "Method",
    "Degree, network",
    "RMSE, domain",
    "RMSE, future",
    "against strict, domain",
    "future",
)
WEIGHTS = (
    "Strengths",
    "Dial",
    "Symmetry of the data",
    "Stabilizer of w",
    "B / A",
    "E / A",
    "May grow",
    "Forbidden, at most",
)
NONE = "–"


def cells(result: PlumeResult) -> list[list[str]]:
    """The lines of the main table: the methods at the main level, what stays still, and what is published."""
    lines = []
    rows: tuple[Entry, ...] = ()
    for rows in result.lines(result.main).values():
        lines.append(
            [
                rows[0]["label"],
                _with_spread(rows, "domain"),
                _with_spread(rows, "future"),
                _percent(statistics.fmean(row["domain"] / row["domain_size"] for row in rows)),
                _percent(statistics.fmean(row["future"] / row["future_size"] for row in rows)),
                _degree(mean(rows, "network_degree")),
                f"{rows[0]['parameters']:,}",
                f"{rows[0]['multiplications'] / 1e6:.2f} million",
                f"{mean(rows, 'seconds'):.0f}",
            ]
        )
    still = [_with_spread(rows, f"{part}_still") for part in ("domain", "future")]
    shares = [
        _percent(statistics.fmean(row[f"{part}_still"] / row[f"{part}_size"] for row in rows))
        for part in ("domain", "future")
    ]
    lines.append(["the last frame again", *still, *shares, "0", "0", "0", NONE])
    for name, entry in result.data.get("published", {}).items():
        told = [f"{entry[part]:.2f} ± {entry[f'{part}_spread']:.2f}" for part in ("domain", "future")]
        lines.append([f"published: {name}", *told, *[NONE] * 6])
    return lines


def level_cells(result: PlumeResult) -> list[list[str]]:
    """A line for each level and method."""
    lines = []
    for level in result.levels:
        methods = result.lines(level)
        strict = methods.get("strict")
        for name, rows in methods.items():
            against = [NONE, NONE]
            if strict and name != "strict":
                against = [_paired(rows, strict, part) for part in ("domain", "future")]
            first = rows[0]
            lines.append(
                [
                    first["title"],
                    f"{first['dial']:g}",
                    f"{mean(rows, 'data_absolute'):.4f}",
                    f"{mean(rows, 'data_relative'):.2f}",
                    _degree(mean(rows, "law_degree")),
                    first["label"],
                    _degree(mean(rows, "network_degree")),
                    _with_spread(rows, "domain"),
                    _with_spread(rows, "future"),
                    *against,
                ]
            )
    return lines


def weight_cells(result: PlumeResult) -> list[list[str]]:
    """A line for each level with relaxed rows: the Fourier components of the weights."""
    lines = []
    for level in result.levels:
        rows = [row for row in result.rows if row["level"] == level and row["components"]]
        if not rows:
            continue
        parts = [[row["components"][irrep] for row in rows] for irrep in ("B", "E")]
        free = len(rows[0]["allowed"]) == len(rows[0]["components"])
        lines.append(
            [
                rows[0]["title"],
                f"{rows[0]['dial']:g}",
                rows[0]["data_symmetry"],
                _agreed([row["stabilizer"] for row in rows]),
                *(_pair(values) for values in parts),
                ", ".join(rows[0]["allowed"]),
                "none is" if free else f"{max(row['forbidden'] for row in rows):.1e}",
            ]
        )
    return lines


def notes(result: PlumeResult) -> list[str]:
    """What a reader must know to read the tables."""
    seeds = sorted({row["seed"] for row in result.rows})
    times = result.data["times"]
    found = []
    for row in result.rows:
        wrong = [name for name in row["grown"] if name not in row["allowed"]] if row["components"] else []
        if wrong:
            found.append(f"**{row['title']}, seed {row['seed']}: {', '.join(wrong)} may not grow.**")
    return found + [
        f"{len(seeds)} seeds, each with its own simulations and weights: means and standard deviations. RMSE of the "
        f"velocities over {times['ahead']} predicted frames, in cells per unit time; a frame is {times['frame']:g} "
        f"units. {times['given']} frame given.",
        "Domain: other plumes at the times of the training. Future: the plumes of the training at later times.",
        "Degree of breaking: E |f(g x) - g f(x)|² / E |f(x)|², over quarter turns g and states x of the training "
        "range, with f the change from a frame to the next. The law's own is computed with the simulator.",
        "MAE of orbits: the mean absolute deviation of velocities from the first side, after turning back, as in the "
        "paper; relative: the root mean square deviation from the mean of the orbit over the root mean square.",
        "The published errors are of other data, ten given frames and other units: they do not compare with ours.",
    ]


def text(result: PlumeResult) -> str:
    """All tables in Markdown."""
    parts = [markdown_table(COLUMNS, cells(result)), markdown_table(LEVELS, level_cells(result))]
    if weights := weight_cells(result):
        parts.append(markdown_table(WEIGHTS, weights))
    return "\n\n".join([*parts, "\n".join(f"- {note}" for note in notes(result))]) + "\n"


def _with_spread(rows: Sequence[Entry], key: str) -> str:
    return f"{mean(rows, key):.4f} ± {spread(rows, key):.4f}"


def _paired(rows: Sequence[Entry], others: Sequence[Entry], key: str) -> str:
    """The mean change against another method on the same data, seed by seed, and its deviation."""
    known = {row["seed"]: row[key] for row in others}
    changes = [100 * (row[key] / known[row["seed"]] - 1) for row in rows if row["seed"] in known]
    if not changes:
        return NONE
    off = statistics.stdev(changes) if len(changes) > 1 else 0.0
    return f"{statistics.fmean(changes):+.1f} ± {off:.1f} %".replace("-", "−")


def _pair(values: Sequence[float]) -> str:
    off = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{_short(statistics.fmean(values))} ± {_short(off)}"


def _short(value: float) -> str:
    return "0" if value == 0 else f"{value:.3f}" if value >= 1e-3 else f"{value:.0e}"


def _degree(value: float) -> str:
    return "0" if value < 1e-9 else f"{value:.3f}"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _agreed(values: Sequence[str]) -> str:
    """What all seeds say, or what each number of them says."""
    counts = {value: values.count(value) for value in dict.fromkeys(values)}
    return "; ".join(value if n == len(values) else f"{value} in {n}" for value, n in counts.items())
