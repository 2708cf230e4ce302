"""The result of one run of the perovskite, read from its folder and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.result import read_result

_PARTS = {
    "rows": (
        *("method", "label", "seed", "loss", "error", "space_groups", "with_order_parameter", "norms", "stars"),
        *("outside", "outside_most", "tilts", "glazer", "gradient", "parameters", "seconds", "folder"),
    ),
    "predictions": ("method", "label", "entries", "free", "group", "floor"),
}
_CRYSTAL = (
    *("edge", "cell", "positions", "displacement", "numbers", "centres", "symprec", "parent", "joint", "floor"),
    *("largest", "turns_degrees", "modes", "stars"),
)

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class PerovskiteResult:
    """The contents of `result.json`, and the folder it lies in.

    Args:
        folder: of the run.
        config: the options.
        run: versions, commit and times.
        crystal: what is known of the pair of structures before training.
        predictions: for each method what it can reach, in the order of the table.
        published: the authors' numbers.
        rows: one for each (method, seed).
    """

    folder: Path
    config: Entry
    run: Entry
    crystal: Entry
    predictions: tuple[Entry, ...]
    published: Entry
    rows: tuple[Entry, ...]

    def of(self, method: str) -> tuple[Entry, ...]:
        """The rows of a method, by seed."""
        return tuple(sorted((row for row in self.rows if row["method"] == method), key=lambda row: row["seed"]))

    def curve(self, row: Entry) -> dict[str, NDArray] | None:
        """`step`, `loss`, `error` `(T,)`, `p` `(T, 4, 18)` and `displacement` `(20, 3)`; None without the file."""
        path = self.folder / row["folder"] / "curve.safetensors"
        if not path.is_file():
            return None
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            curve = load_file(path)
        except SafetensorError as error:
            raise ValueError(f"{path} is not a safetensors file ({error}). Run this row again.") from None
        wanted = {"step", "loss", "error", "p", "displacement"}
        if not wanted <= set(curve) or not all(np.isfinite(array).all() for array in curve.values()):
            raise ValueError(f"{path} lacks one of {sorted(wanted)}, or is not finite. Run this row again.")
        return curve


def load_perovskite(folder: Path) -> PerovskiteResult:
    """Reads and checks `result.json` in a folder.

    Raises:
        ValueError: naming the file and the entry that is missing, or of another kind.
    """
    path = Path(folder) / "result.json"
    data = read_result(folder, "perovskite")
    for name, keys in _PARTS.items():
        entries = data.get(name)
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError(f"{path} has no list of objects as {name!r}. Run the paper again with this version.")
        for k, entry in enumerate(entries):
            if missing := [key for key in keys if key not in entry]:
                raise ValueError(f"{path}, {name}[{k}] has no {missing[0]!r}. Run the paper again with this version.")
    crystal = data.get("crystal")
    if not isinstance(crystal, dict) or (missing := [key for key in _CRYSTAL if key not in crystal]):
        named = missing[0] if isinstance(crystal, dict) else "crystal"
        raise ValueError(f"{path}, crystal has no {named!r}. Run the paper again with this version.")
    for k, row in enumerate(data["rows"]):
        if Path(row["folder"]).is_absolute() or ".." in Path(row["folder"]).parts:
            raise ValueError(
                f"{path}, rows[{k}] has folder={row['folder']!r}, but a report reads its own folder only. Give the "
                "path relative to it."
            )
    run = {
        "git commit": data.get("git"),
        "finished": data.get("finished"),
        "seconds": data.get("seconds"),
        **(data.get("versions") or {}),
    }
    return PerovskiteResult(
        Path(folder),
        data.get("config") or {},
        run,
        crystal,
        tuple(data["predictions"]),
        data.get("published") or {},
        tuple(data["rows"]),
    )
