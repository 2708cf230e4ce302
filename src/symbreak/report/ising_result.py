"""The result of one run of the Ising paper, as values; `result` reads them from a folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

METHODS = (
    "random",
    "mlp",
    "mlp-augmented",
    "gcnn",
    "gcnn-noise",
    "relaxed",
    "sympe",
    "sympe-learned",
    "sympe-period2",
    "sympe-pixel",
    "sympe-fourier",
)
LOSSES = ("-", "plain", "annealed")  # "-": nothing is trained


@dataclass(frozen=True)
class Row:
    """One trained and tested network; energies are per site, `forward_seconds` is one batch of 64."""

    method: str
    label: str
    loss: str
    seed: int
    energy_id: float
    energy_ood: float | None
    fraction_id: float
    fraction_ood: float | None
    parameters: int | None
    forward_seconds: float | None
    train_seconds: float | None
    validation_fraction: float | None
    folder: str


@dataclass(frozen=True)
class Reference:
    """What the energies are measured against; the uniform energies are known for constant conditions only."""

    ground_energy_id: float
    ground_energy_ood: float | None = None
    uniform_energy_id: float | None = None
    uniform_energy_ood: float | None = None
    source: str = "closed form"

    @property
    def uniform_fractions(self) -> tuple[float | None, float | None]:
        """The fraction of the ground-state energy that a uniform magnetization reaches, ID and OOD.

        Example:
            >>> Reference(-4.0, -5.0, -3.0).uniform_fractions
            (0.75, None)
        """
        return (
            _ratio(self.uniform_energy_id, self.ground_energy_id),
            _ratio(self.uniform_energy_ood, self.ground_energy_ood),
        )


@dataclass(frozen=True)
class Published:
    """What the paper prints for a method, as fractions of its own ground-state energy."""

    method: str
    label: str
    fraction_id: float
    fraction_ood: float | None


@dataclass(frozen=True)
class Result:
    """The contents of `result.json`, and the folder it lies in. `finished` is None while the run goes on."""

    folder: Path
    config: dict[str, Any]
    versions: dict[str, str]
    git: str | None
    started: str | None
    finished: str | None
    rows: tuple[Row, ...]
    reference: Reference
    published: dict[str, Published]

    @property
    def task(self) -> str:
        """`constant` or `disordered`."""
        return self.config["task"]

    @property
    def sign(self) -> int:
        """+1 if J > 0 favours aligned spins, -1 if it favours opposite ones."""
        return self.config["sign"]

    def lines(self) -> dict[tuple[str, str], tuple[Row, ...]]:
        """The rows of each (method, loss), by seed, in the order of `METHODS` and `LOSSES`."""
        groups: dict[tuple[str, str], list[Row]] = {}
        for row in sorted(self.rows, key=lambda row: (_place(row.method), LOSSES.index(row.loss), row.seed)):
            groups.setdefault((row.method, row.loss), []).append(row)
        return {key: tuple(rows) for key, rows in groups.items()}

    def drawn(self) -> dict[str, tuple[Row, ...]]:
        """The rows of each method that figures show: those of the annealed loss where there are any."""
        return {method: rows for (method, _), rows in self.lines().items()}  # the last loss of a method stays

    def labels(self) -> dict[str, str]:
        """The names of the drawn methods; one that has no annealed rows says so."""
        rows = {method: rows[0] for method, rows in self.drawn().items()}
        return {method: row.label + " (plain)" * (row.loss == "plain") for method, row in rows.items()}

    def unfinished(self) -> list[str]:
        """What the configuration asks for and the rows do not hold; empty for a complete result."""
        lines, config = self.lines(), self.config
        losses = [loss for loss in LOSSES[1:] if any(loss == other for _, other in lines)]
        expected = {
            (method, loss)
            for method in config.get("methods", ())
            for loss in (["-"] if method == "random" else config.get("losses", losses) or ["annealed"])
        }
        seeds = config.get("seeds", 1)
        count = len(seeds) if isinstance(seeds, list) else seeds
        gaps = []
        for method, loss in sorted(expected, key=lambda pair: (_place(pair[0]), pair[1])):
            found = len(lines.get((method, loss), ()))
            if found < count:
                gaps.append(f"{method}{'' if loss == '-' else f' ({loss})'}: {found} of {count} seeds")
        return gaps if gaps or self.finished else ["the run has not written its end"]


def _place(method: str) -> int:
    return METHODS.index(method) if method in METHODS else len(METHODS)


def _ratio(energy: float | None, ground: float | None) -> float | None:
    return None if energy is None or ground is None else energy / ground
