"""Means over seeds with bootstrap intervals, and how far seeds agree on the directions in θ."""

from collections.abc import Sequence
from typing import Any

import torch

from symbreak.groups import integers
from symbreak.symmetry.order_parameters import direction_agreement

_SAMPLES = 2000
_KINDS = ("setting", "case", "network", "data", "optimizer", "noise", "samples", "l_relaxed")
QUANTITIES = (
    "loss",
    "electric_angle",
    "magnetic_angle",
    "gravity_angle",
    "electric_error",
    "magnetic_error",
    "gravity_error",
    "electric_found",
    "magnetic_found",
    "gravity_found",
    "electric_limit",
    "magnetic_limit",
    "electric_least_squares",
    "magnetic_least_squares",
    "theta_electric_angle",
    "theta_magnetic_angle",
    "theta_gravity_angle",
    "calibrated_electric_angle",
    "calibrated_magnetic_angle",
    "calibrated_electric_error",
    "calibrated_magnetic_error",
    "transfer_identity",
    "transfer_error",
    "unturned_error",
    "drag",
    "cpu_seconds",
)


def bootstrap(values: Sequence[float], *, seed: int = 0, confidence: float = 0.95) -> tuple[float, float]:
    """The interval of the mean, of samples drawn with replacement.

    Raises:
        ValueError: if there is no value.

    Example:
        >>> bootstrap([1.0, 1.0, 1.0])
        (1.0, 1.0)
    """
    if not values:
        raise ValueError("There are no values to draw from: give one at least.")
    x = torch.tensor(values, dtype=torch.float64)
    means = x[integers(len(x), (_SAMPLES, len(x)), generator=torch.Generator().manual_seed(seed))].mean(1)
    tail = (1 - confidence) / 2
    return float(means.quantile(tail)), float(means.quantile(1 - tail))


def summaries(rows: Sequence[dict[str, Any]], *, seed: int) -> list[dict[str, Any]]:
    """For each setting the mean, its interval, the root mean square and the worst of every quantity; and what θ did."""
    found = []
    for name in dict.fromkeys(row["setting"] for row in rows):
        mine = [row for row in rows if row["setting"] == name]
        entry = {key: mine[0][key] for key in _KINDS}
        entry |= {"group": mine[0]["group"], "parameters": mine[0]["parameters"], "seeds": len(mine)}
        for quantity in QUANTITIES:
            values = [row[quantity] for row in mine if row.get(quantity) is not None]
            low, high = bootstrap(values, seed=seed) if values else (None, None)
            mean = sum(values) / len(values) if values else None
            rms = (sum(x * x for x in values) / len(values)) ** 0.5 if values else None
            entry[quantity] = {"mean": mean, "low": low, "high": high, "rms": rms, "worst": max(values, default=None)}
        found.append(entry | _irreps(mine))
    return found


def _irreps(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of each irrep the largest part of a layer's norm over layers and seeds, and the largest forbidden part."""
    layers = [layer for row in rows for layer in row["layers"]]
    names = dict.fromkeys(name for layer in layers for name in layer["parts"])
    return {
        "allowed": {name: count for layer in layers for name, count in layer["allowed"].items()},
        "parts": {name: max(layer["parts"].get(name, 0.0) for layer in layers) for name in names},
        "forbidden": {name: max(layer["forbidden"].get(name, 0.0) for layer in layers) for name in names},
    }


def agreements(rows: Sequence[dict[str, Any]], *, seed: int) -> list[dict[str, Any]]:
    """Directions in θ, in the frame of the fields, compared across layers and seeds."""
    found = []
    for name in dict.fromkeys(row["setting"] for row in rows):
        mine = [row["layers"] for row in rows if row["setting"] == name and row["layers"]]
        kinds = {layer["irreps"] for layers in mine for layer in layers}
        if len(kinds) != 1:  # none of a network without θ
            continue
        runs = [[torch.tensor(layer["theta"], dtype=torch.float64) for layer in layers] for layers in mine]
        told = direction_agreement(runs, kinds.pop(), generator=torch.Generator().manual_seed(seed))
        found += [
            {
                "setting": name,
                "irrep": one.irrep,
                "direction": one.direction.tolist(),
                "spread_degrees": one.spread,
                "within_degrees": one.within,
                "across_layers": one.across_layers,
                "layers_interval": one.layers_interval,
                "across_seeds": one.across_seeds,
                "seeds_interval": one.seeds_interval,
                "text": str(one),
            }
            for one in told
        ]
    return found
