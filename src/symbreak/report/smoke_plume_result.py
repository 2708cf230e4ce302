"""The result of one run of the smoke plume, read from its folder and checked."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.result import read_result

_ROW = (
    "level title dial strengths method label seed losses data_absolute data_relative law_degree network_degree "
    "parameters multiplications seconds domain domain_ahead domain_still domain_still_ahead domain_size future "
    "future_ahead future_still future_still_ahead future_size components"
).split()
_READ = ("grown", "allowed", "forbidden", "stabilizer", "data_symmetry", "mixing")

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class PlumeResult:
    """The contents of `result.json`, and the folder it lies in.

    Args:
        folder: of the run.
        data: the whole object.
        rows: one for each (level, method, seed).
    """

    folder: Path
    data: Entry
    rows: tuple[Entry, ...]

    @property
    def levels(self) -> tuple[str, ...]:
        """Names, in the order of the rows."""
        return tuple(dict.fromkeys(row["level"] for row in self.rows))

    @property
    def main(self) -> str:
        """The level of the main table; the last one if the run left it out."""
        return self.data["main"] if self.data["main"] in self.levels else self.levels[-1]

    def lines(self, level: str) -> dict[str, tuple[Entry, ...]]:
        """The rows of each method at a level."""
        rows = [row for row in self.rows if row["level"] == level]
        names = dict.fromkeys(row["method"] for row in rows)
        return {name: tuple(row for row in rows if row["method"] == name) for name in names}

    def frames(self, row: Entry) -> dict[str, NDArray] | None:
        """`truth` and `found`, `(B, ahead, 3, N, N)`; None if the file is not there."""
        path = self.folder / "rows" / f"{row['level']}-{row['method']}-seed{row['seed']}" / "frames.safetensors"
        if not path.is_file():
            return None
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            frames = load_file(path)
        except SafetensorError as error:
            raise ValueError(f"{path} is not a safetensors file ({error}). Run this row again.") from None
        if {"truth", "found"} - set(frames) or not all(np.isfinite(array).all() for array in frames.values()):
            raise ValueError(f"{path} lacks frames, or has some that are not finite. Run this row again.")
        return frames


def load_smoke_plume(folder: Path) -> PlumeResult:
    """Reads and checks `result.json` in a folder.

    Raises:
        ValueError: naming the file and what is wrong with it.
    """
    path = Path(folder) / "result.json"
    data = read_result(folder, "smoke-plume")
    rows = data.get("rows")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{path} has no rows, so there is nothing to show. Run the paper again.")
    for k, row in enumerate(rows):
        wanted = [*_ROW, *(_READ if row.get("components") else ())]
        if missing := [key for key in wanted if key not in row]:
            raise ValueError(f"{path}, rows[{k}] has no {missing[0]!r}. Run the paper again with this version.")
        names = (row["level"], row["method"])
        if any(not isinstance(name, str) or "/" in name or ".." in name for name in names):
            raise ValueError(f"{path}, rows[{k}] has level and method {names!r}, but they name a folder of the run.")
    if "main" not in data or "times" not in data:
        raise ValueError(f"{path} has no 'main' or 'times'. Run the paper again with this version.")
    return PlumeResult(Path(folder), data, tuple(rows))


def mean(rows: Sequence[Entry], key: str) -> float:
    """Over the seeds."""
    return statistics.fmean(row[key] for row in rows)


def spread(rows: Sequence[Entry], key: str) -> float:
    """The standard deviation over the seeds; 0 of one."""
    return statistics.stdev(row[key] for row in rows) if len(rows) > 1 else 0.0
