"""The result of one run of explicit or spontaneous, read from its folder and checked."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from symbreak.report.result import read_result

TITLES = {"explicit": "explicit", "spontaneous": "spontaneous", "both": "both"}
METHODS = (
    "strict",
    "relaxed",
    "sympe",
    "relaxed-sympe",
    "noise",
    "mlp",
    "mlp-noise",
    "sympe-pose",
    "sympe-nearest",
    "sympe-squared",
)
_ROW = ("set", "strength", "seed", "method", "label", "distance", "turned", "both_turned", "floor", "miss", "folder")
_LISTS = {
    "rows": (*_ROW, "variation", "variation_of_truth", "broken", "angle", "parameters", "cpu_seconds"),
    "diagnosis": ("set", "strength", "remedy", "p_value", "left_by_constant", "share"),
    "closed": ("method", "seed", "outside"),
    "curves": ("strength", "strict", "deterministic", "pose", "noise"),
}

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class BreakingResult:
    """The contents of `result.json`, and the folder it lies in.

    Args:
        folder: of the run.
        config: the options.
        run: versions, commit and times.
        rows: one for each (data set, method, seed).
        diagnosis: of each data set.
        closed: of each θ on a closed data set, and seed.
        curves: floors over the strength of the field.
    """

    folder: Path
    config: Entry
    run: Entry
    rows: tuple[Entry, ...]
    diagnosis: tuple[Entry, ...]
    closed: tuple[Entry, ...]
    curves: tuple[Entry, ...]

    def lines(self, name: str, strength: float) -> dict[str, tuple[Entry, ...]]:
        """The rows of each method on one data set, by seed."""
        here = [row for row in self.rows if (row["set"], row["strength"]) == (name, strength)]
        found = {method: tuple(row for row in here if row["method"] == method) for method in METHODS}
        return {method: rows for method, rows in found.items() if rows}

    def sets(self) -> list[tuple[str, float]]:
        """The data sets of the table: those that the network without anything was trained on, in their order."""
        first = list(dict.fromkeys((row["set"], row["strength"]) for row in self.rows))
        dial = {("both", float(h)) for h in self.config.get("dial", ())}
        return [one for one in first if one not in dial]

    def shown(self, row: Entry) -> dict[str, NDArray] | None:
        """`drawn` `(n, 3)`, `outcomes` and `probability` of the octahedron of the picture; None if it is not there."""
        path = self.folder / row["folder"] / "shown.safetensors"
        if not path.is_file():
            return None
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            return load_file(path)
        except SafetensorError as error:
            raise ValueError(f"{path} is not a safetensors file ({error}). Run this row again.") from None


def load_explicit_or_spontaneous(folder: Path) -> BreakingResult:
    """Reads and checks `result.json` in a folder.

    Raises:
        ValueError: naming the file and the entry that is missing, or of another kind.
    """
    path = Path(folder) / "result.json"
    data = read_result(folder, "explicit-or-spontaneous")
    for name, keys in _LISTS.items():
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
    run = {"git commit": data.get("git"), "finished": data.get("finished"), "seconds": data.get("seconds")}
    run |= data.get("versions") or {}
    lists = (tuple(data[name]) for name in _LISTS)
    return BreakingResult(Path(folder), data.get("config") or {}, run, *lists)


def mean_and_spread(rows: Sequence[Entry], name: str) -> tuple[float, float]:
    """Over the seeds; the standard deviation of one is 0."""
    values = [row[name] for row in rows]
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0
