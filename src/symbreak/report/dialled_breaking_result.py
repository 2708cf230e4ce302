"""The result of one run of the dialled breaking, read from its folder and checked."""

import json
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symbreak.report.result import read_result

_ROW = (
    "study", "task", "dial", "network", "regime", "label", "samples", "closed", "optimizer", "seed", "loss", "error",
    "floor", "accuracy", "breaking", "true_breaking", "weight", "theta", "fields", "joint_error", "parameters",
    "folder",
)  # fmt: skip

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Spread:
    """A number over the seeds: its mean, least and largest."""

    mean: float
    least: float
    most: float


@dataclass(frozen=True)
class DialledResult:
    """The contents of `result.json`, and the folder it lies in.

    Args:
        folder: of the run.
        config: the options.
        run: versions, commit and times.
        tasks: what is asked.
        rows: one for each setting and seed.
    """

    folder: Path
    config: Entry
    run: Entry
    tasks: tuple[Entry, ...]
    rows: tuple[Entry, ...]

    def of(self, **wanted: Any) -> list[Entry]:
        """The rows with these entries, by seed."""
        found = [row for row in self.rows if all(row[key] == value for key, value in wanted.items())]
        return sorted(found, key=lambda row: row["seed"])

    def values(self, key: str, rows: Sequence[Entry]) -> list[Any]:
        """The different values of an entry, in the order in which they come."""
        return list(dict.fromkeys(row[key] for row in rows))

    def curve(self, row: Entry) -> list[Entry]:
        """The notes of the training; none if the file is not there."""
        path = self.folder / row["folder"] / "curve.json"
        if not path.is_file():
            return []
        try:
            notes = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path} is not JSON ({error}). Run this row again.") from None
        if not isinstance(notes, list) or not all(isinstance(note, dict) and "step" in note for note in notes):
            raise ValueError(f"{path} holds no list of notes with a step. Run this row again.")
        return notes


def spread(rows: Sequence[Entry], key: str | Callable[[Entry], float | None]) -> Spread | None:
    """A number of some rows; None if no row has it.

    Example:
        >>> spread([{"error": 1.0}, {"error": 3.0}, {"error": None}], "error")
        Spread(mean=2.0, least=1.0, most=3.0)
    """
    found = [row[key] if isinstance(key, str) else key(row) for row in rows]
    values = [value for value in found if value is not None]
    return Spread(statistics.fmean(values), min(values), max(values)) if values else None


def load_dialled_breaking(folder: Path) -> DialledResult:
    """Reads and checks `result.json` in a folder.

    Raises:
        ValueError: naming the file and the entry that is missing, or of another kind.
    """
    path = Path(folder) / "result.json"
    data = read_result(folder, "dialled-breaking")
    for name, keys in (("tasks", ("name", "title", "labels")), ("rows", _ROW)):
        entries = data.get(name)
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError(f"{path} has no list of objects as {name!r}. Run the paper again with this version.")
        for k, entry in enumerate(entries):
            if missing := [key for key in keys if key not in entry]:
                raise ValueError(f"{path}, {name}[{k}] has no {missing[0]!r}. Run the paper again with this version.")
    for k, row in enumerate(data["rows"]):
        if Path(row["folder"]).is_absolute() or ".." in Path(row["folder"]).parts:
            raise ValueError(
                f"{path}, rows[{k}] has folder={row['folder']!r}, but a report reads its own folder only. Give the "
                "path relative to it."
            )
        if not all(isinstance(row[key], (int, float)) and math.isfinite(row[key]) for key in ("error", "floor")):
            raise ValueError(f"{path}, rows[{k}] has an error or a floor that is no finite number. Run this row again.")
    run = {"git commit": data.get("git"), "finished": data.get("finished"), **(data.get("versions") or {})}
    return DialledResult(Path(folder), data.get("config") or {}, run, tuple(data["tasks"]), tuple(data["rows"]))
