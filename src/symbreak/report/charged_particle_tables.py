"""The tables of the charged particle, from the summary in its result file."""

from collections.abc import Mapping, Sequence
from typing import Any

NONE = "–"
_LABELS = {
    "one": "one product",
    "two": "two products",
    "calibrated": "one product, calibrated",
    "strict": "strict",
    "mlp": "MLP",
}
_DATA = {
    "particles": "particles",
    "closed": "closed under K",
    "orbits": "one orbit of each sign",
    "closed orbits": "those orbits, closed under K",
}
RECOVERED = (
    "Fields",
    "Network",
    "Data",
    "Noise",
    "E (°)",
    "B (°)",
    "G (°)",
    "θ 1o (°)",
    "θ 1e (°)",
    "|E| (%)",
    "|B| (%)",
    "|G| (%)",
    "Identity",
    "Turned fields",
    "θ not turned",
)
NOISY = (
    "Fields",
    "Rows",
    "Noise",
    "E (°)",
    "least squares",
    "limit",
    "B (°)",
    "least squares",
    "limit",
)
GROWN = ("Fields", "K", "Network", "Data", "Optimizer", "May grow", "Grew", "Forbidden part")

Entry = Mapping[str, Any]


def recovered(summary: Sequence[Entry]) -> list[tuple[str, ...]]:
    """A line for each row on particles: angles and strengths of the response, angles of θ, errors in turned fields."""
    lines = []
    for entry in summary:
        if entry["data"] == "closed" or entry["optimizer"] != "equivariant":
            continue
        calibrated, polar = "calibrated_" * (entry["network"] == "calibrated"), "theta_gravity_angle"
        lines.append(
            (
                entry["case"],
                _network(entry),
                f"{entry['samples']} particles" if entry["noise"] else _DATA[entry["data"]],
                f"{entry['noise']:g}",
                *(_angle(entry, name, calibrated) for name in ("electric", "magnetic")),
                _angle(entry, "gravity"),
                spread(entry["theta_electric_angle" if entry["electric_angle"]["mean"] is not None else polar]),
                spread(entry["theta_magnetic_angle"]),
                *(spread(entry[f"{calibrated}{name}_error"], 100) for name in ("electric", "magnetic")),
                spread(entry["gravity_error"], 100),
                number(entry["transfer_identity"]["worst"]),
                number(entry["transfer_error"]["worst"]),
                number(entry["unturned_error"]["worst"]),
            )
        )
    return lines


def noisy(summary: Sequence[Entry]) -> list[tuple[str, ...]]:
    """A line for each row with noise: root mean square angles of ours, of least squares, and the least there can be."""
    return [
        (
            entry["case"],
            str(entry["samples"]),
            f"{entry['noise']:g}",
            *(
                number(entry[f"{field}_{kind}"]["rms"])
                for field in ("electric", "magnetic")
                for kind in ("angle", "least_squares", "limit")
            ),
        )
        for entry in summary
        if entry["noise"]
    ]


def grown(summary: Sequence[Entry]) -> list[tuple[str, ...]]:
    """A line for each row whose data have a known symmetry, and for what broke it: which irreps of θ grew."""
    lines = []
    for entry in summary:
        if entry["network"] != "two" or entry["noise"]:
            continue
        worst = max(entry["forbidden"], key=lambda name: entry["forbidden"][name])
        limit = 1e-3
        told = f"{number(entry['forbidden'][worst])}"
        may = ", ".join(
            f"{name} {count} of {2 * int(name[:-1]) + 1}"
            for name, count in entry["allowed"].items()
            if count and name != "0e"
        )
        did = [name for name, part in entry["parts"].items() if name != "0e" and part > limit]
        lines.append(
            (
                entry["case"],
                entry["group"],
                _network(entry),
                _DATA[entry["data"]],
                "EquivariantAdam" if entry["optimizer"] == "equivariant" else "Adam",
                may or "0e only",
                ", ".join(did) or "0e only",
                told if entry["forbidden"][worst] <= limit else f"{told} ({worst})",
            )
        )
    return lines


def spread(quantity: Entry, scale: float = 1.0) -> str:
    """The mean with its bootstrap interval, if that is wide enough to be seen; a dash for what is not there.

    Example:
        >>> spread({"mean": 0.5, "low": 0.4, "high": 0.6}), spread({"mean": 2e-9, "low": 0.0, "high": 4e-9})
        ('0.50 [0.40, 0.60]', '2e-09')
    """
    if quantity["mean"] is None:
        return NONE
    mean, low, high = (scale * quantity[key] for key in ("mean", "low", "high"))
    return f"{mean:.2f} [{low:.2f}, {high:.2f}]" if mean >= 0.01 else number(mean)


def number(value: float | None) -> str:
    """One digit of small numbers, two decimals of others.

    Example:
        >>> number(3.14159), number(2.3e-14), number(0.0), number(None)
        ('3.14', '2e-14', '0', '–')
    """
    if value is None:
        return NONE
    return "0" if value == 0 else f"{value:.2f}" if value >= 0.01 else f"{value:.0e}"


def _angle(entry: Entry, name: str, calibrated: str = "") -> str:
    """Of a response with the field; a dash where there is none, as of a strict network."""
    found = entry[f"{name}_found"]["mean"]
    return NONE if found < 1e-9 else spread(entry[f"{calibrated}{name}_angle"])


def _network(entry: Entry) -> str:
    return _LABELS[entry["network"]] + f", l ≤ {entry['l_relaxed']}" * (entry["l_relaxed"] > 1)
