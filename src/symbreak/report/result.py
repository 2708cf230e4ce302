"""The result of one run of the Ising paper, read from its folder and checked."""

import dataclasses
import json
import math
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = 1
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


def load_result(folder: Path) -> Result:
    """Reads and checks `result.json` in a folder; `config.json`, if there, says when the run started.

    Every defect raises a `ValueError` that names the file and the entry; fields beyond the schema are ignored.
    """
    folder = Path(folder)
    path = folder / "result.json"
    data = read_json(path)
    found = (data.get("schema"), data.get("paper"))
    if found != (SCHEMA, "ising"):
        raise ValueError(
            f"{path} has (schema, paper) = {found}, but this report reads {(SCHEMA, 'ising')}. "
            "Run the paper again with this version, or report with the version that wrote it."
        )
    for name, kind in (("config", dict), ("rows", list), ("reference", dict), ("published", list)):
        if not isinstance(data.get(name), kind):
            raise ValueError(
                f"{path} holds {type(data.get(name)).__name__} as {name!r}, but a {kind.__name__} is expected."
            )
    config = data["config"]
    if config.get("task") not in ("constant", "disordered") or config.get("sign") not in (1, -1):
        raise ValueError(
            f"{path} has task={config.get('task')!r} and sign={config.get('sign')!r} in its config, but a task "
            "is 'constant' or 'disordered' and a sign 1 or -1."
        )
    rows = tuple(_entry(Row, item, f"{path}, rows[{i}]") for i, item in enumerate(data["rows"]))
    _check_rows(rows, path)
    published = [_entry(Published, p, f"{path}, published[{i}]") for i, p in enumerate(data["published"])]
    start = folder / "config.json"
    return Result(
        folder=folder,
        config=config,
        versions=data.get("versions") or {},
        git=data.get("git"),
        started=read_json(start).get("started") if start.exists() else None,
        finished=data.get("finished"),
        rows=rows,
        reference=_entry(Reference, data["reference"], f"{path}, reference"),
        published={entry.method: entry for entry in published},
    )


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist, but a report starts from it. Give a run's folder.") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path} is not JSON ({error}). A run that was stopped while writing leaves such a file: run it again."
        ) from None
    if not isinstance(data, dict):
        raise ValueError(f"{path} holds a {type(data).__name__}, but a result is one JSON object.")
    return data


def _entry(kind: type, item: Any, where: str) -> Any:
    """Builds a dataclass from a JSON object and names the field that is missing or of another type."""
    if not isinstance(item, dict):
        raise ValueError(f"{where} is a {type(item).__name__}, but a JSON object is expected.")
    values = {}
    for field in dataclasses.fields(kind):
        kinds = typing.get_args(field.type) or (field.type,)
        if field.name not in item and field.default is not dataclasses.MISSING:
            continue
        if field.name not in item:
            raise ValueError(f"{where} has no {field.name!r}. Run the paper again with this version.")
        value = item[field.name]
        if float in kinds and type(value) is int:
            value = float(value)
        if not isinstance(value, kinds) or isinstance(value, bool):
            wanted = " or ".join(k.__name__ for k in kinds)
            raise ValueError(f"{where} has {field.name}={value!r}, but {wanted} is expected.")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(
                f"{where} has {field.name}={value}, but a result is finite. The run diverged: "
                "run it again, or take this row out."
            )
        values[field.name] = value
    return kind(**values)


def _check_rows(rows: tuple[Row, ...], path: Path) -> None:
    seen = set()
    for i, row in enumerate(rows):
        key = (row.method, row.loss, row.seed)
        if row.loss not in LOSSES:
            raise ValueError(f"{path}, rows[{i}] has loss={row.loss!r}, but a loss is one of {LOSSES}.")
        if key in seen:
            raise ValueError(
                f"{path}, rows[{i}] repeats (method, loss, seed) = {key}, but a mean counts each run once. "
                "Take one of the two out."
            )
        if Path(row.folder).is_absolute() or ".." in Path(row.folder).parts:
            raise ValueError(
                f"{path}, rows[{i}] has folder={row.folder!r}, but a report reads its own folder only. "
                "Give the path relative to it."
            )
        seen.add(key)


def _place(method: str) -> int:
    return METHODS.index(method) if method in METHODS else len(METHODS)


def _ratio(energy: float | None, ground: float | None) -> float | None:
    return None if energy is None or ground is None else energy / ground
