"""The tables of explicit or spontaneous, and what must be known to read them."""

from symbreak.report.explicit_or_spontaneous_result import TITLES, BreakingResult, mean_and_spread
from symbreak.report.markdown import markdown_table

NONE = "–"
SCORES = (
    "Data",
    "Method",
    "Energy distance",
    "Least of its kind",
    "Samples turned",
    "Field turned too",
    "To the nearest outcome",
    "Total variation",
    "Parameters",
    "CPU (s)",
)
THETA = ("Data", "Method", "Part of θ that is no scalar", "Angle of θ 1o with the field (°)")
REMEDIES = ("Data", "Floor (% of y²)", "p of one direction", "A constant vector leaves (%)", "Remedy named")


def tables(result: BreakingResult) -> str:
    """The three tables in Markdown, and their notes."""
    tables = ((SCORES, scores(result)), (THETA, thetas(result)), (REMEDIES, remedies(result)))
    parts = [markdown_table(columns, lines, words=2) for columns, lines in tables]
    return "\n".join(["\n\n".join(parts), "", *(f"- {note}" for note in notes(result))]) + "\n"


def scores(result: BreakingResult) -> list[tuple[str, ...]]:
    """A line for each data set and method, over the seeds."""
    lines = []
    for name, strength in result.sets():
        for rows in result.lines(name, strength).values():
            chance = name != "explicit"
            truth = mean_and_spread(rows, "variation_of_truth")[0]
            random = rows[0].get("random", True)
            lines.append(
                (
                    title(name, strength),
                    rows[0]["label"],
                    spread(*mean_and_spread(rows, "distance")),
                    f"{mean_and_spread(rows, 'floor')[0]:.3f}",
                    f"{mean_and_spread(rows, 'turned')[0]:.3f}",
                    f"{mean_and_spread(rows, 'both_turned')[0]:.3f}",
                    f"{mean_and_spread(rows, 'miss')[0]:.3f}",
                    f"{mean_and_spread(rows, 'variation')[0]:.3f}" + f" ({truth:.3f})" * random if chance else NONE,
                    f"{rows[0]['parameters']:,}",
                    f"{mean_and_spread(rows, 'cpu_seconds')[0]:.1f}",
                )
            )
    return lines


def thetas(result: BreakingResult) -> list[tuple[str, ...]]:
    """A line for each data set and network with θ, and for the closed data set."""
    lines = []
    for name, strength in dict.fromkeys((row["set"], row["strength"]) for row in result.rows):
        for rows in result.lines(name, strength).values():
            if rows[0]["broken"] is None:
                continue
            angles = [row for row in rows if row["angle"] is not None]
            angle = spread(*mean_and_spread(angles, "angle"), 1) if angles and name != "spontaneous" else NONE
            lines.append((title(name, strength), rows[0]["label"], spread(*mean_and_spread(rows, "broken"), 2), angle))
    for method in dict.fromkeys(row["method"] for row in result.closed):
        worst = max(row["outside"] for row in result.closed if row["method"] == method)
        label = next((row["label"] for row in result.rows if row["method"] == method), method)
        lines.append(("spontaneous, closed under O_h", label, f"{worst:.0e} at most", NONE))
    return lines


def remedies(result: BreakingResult) -> list[tuple[str, ...]]:
    """A line for each data set: what `symbreak diagnose` says of a file of it."""
    order = sorted(result.diagnosis, key=lambda one: (list(TITLES).index(one["set"]), one["strength"]))
    return [
        (
            title(one["set"], one["strength"]),
            f"{100 * one['share']:.1f}",
            NONE if one["p_value"] is None else f"{one['p_value']:.3f}",
            NONE if one["left_by_constant"] is None else f"{100 * one['left_by_constant']:.0f}",
            one["remedy"],
        )
        for one in order
    ]


def notes(result: BreakingResult) -> list[str]:
    """What a reader must know to read the tables."""
    config = result.config
    seeds = sorted({row["seed"] for row in result.rows})
    return [
        f"{len(seeds)} seeds, from {seeds[0] if seeds else NONE}, each with its own clusters, field and weights: mean "
        f"± standard deviation. {4 * config.get('clusters', 0)} clusters to train on, "
        f"{4 * config.get('tests', 0)} to test on, {config.get('steps')} steps.",
        "Energy distance: E|f − y| − ½ E|f − f′| − ½ E|y − y′| in units of the mean shift, with the true law of y and "
        "32 draws f: 0 for the true law alone. Its least is exact, on the test clusters themselves; a mean of draws "
        "may lie a little below it.",
        "Samples turned: each test cluster by an element of O(3) of its own, the field as it was. Field turned too: "
        "both by 4 elements of O(3), and θ, where there is one, with them; nothing is trained.",
        "To the nearest outcome: the mean distance of a draw to it, in units of the mean shift. Total variation: of "
        "how often each outcome is the nearest; in brackets, what 32 draws of the true law itself show.",
        "The part of θ that is no scalar is that of its square. The angle is that of lines: the sign of θ is gauge. "
        "On the closed set the largest norm of θ beside its 0e over training.",
        "The remedies are those that symbreak diagnose names for a file of 256 clusters, of the first seed.",
    ]


def title(name: str, strength: float) -> str:
    """A data set.

    Example:
        >>> title("both", 2.0), title("explicit", 0.0)
        ('both, h = 2', 'explicit')
    """
    return f"{TITLES[name]}, h = {strength:g}" if name == "both" else TITLES[name]


def spread(mean: float, deviation: float, digits: int = 3) -> str:
    """A mean and its spread.

    Example:
        >>> spread(0.66712, 0.0041)
        '0.667 ± 0.004'
    """
    return f"{mean:.{digits}f} ± {deviation:.{digits}f}"
