"""The result of one run of the shape deformations, read from its folder and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.result import read_result

METHODS = ("relaxed", "relaxed-stock-adam", "strict", "mlp", "published")
_ROW = (
    "shape",
    "method",
    "label",
    "seed",
    "diverged",
    "loss",
    "loss_turned",
    "grown",
    "outside",
    "ratio",
    "parameters",
)
_ROW += ("seconds", "folder")
_SHAPE = ("name", "title", "symmetry", "allowed", "floor", "ratio", "published_loss")

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class ShapeResult:
    """The contents of `result.json`, and the folder it lies in.

    Args:
        folder: of the run.
        config: the options.
        run: versions, commit and times.
        shapes: what is known of each task before training.
        rows: one for each (shape, method, seed).
    """

    folder: Path
    config: Entry
    run: Entry
    shapes: tuple[Entry, ...]
    rows: tuple[Entry, ...]

    def lines(self, shape: str) -> dict[str, tuple[Entry, ...]]:
        """The rows of each method, by seed."""
        found = {method: [r for r in self.rows if (r["shape"], r["method"]) == (shape, method)] for method in METHODS}
        return {method: tuple(sorted(rows, key=lambda r: r["seed"])) for method, rows in found.items() if rows}

    def curve(self, row: Entry) -> dict[str, NDArray] | None:
        """`step`, `loss` and, of a network with θ, `theta` `(T, layers, dim)`; None if the file is not there."""
        path = self.folder / row["folder"] / "curve.safetensors"
        if not path.is_file():
            return None
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            curve = load_file(path)
        except SafetensorError as error:
            raise ValueError(f"{path} is not a safetensors file ({error}). Run this row again.") from None
        if not {"step", "loss"} <= set(curve) or not all(np.isfinite(array).all() for array in curve.values()):
            raise ValueError(f"{path} lacks the step or the loss, or is not finite. Run this row again.")
        return curve


def load_shape_deformation(folder: Path) -> ShapeResult:
    """Reads and checks `result.json` in a folder.

    Raises:
        ValueError: naming the file and the entry that is missing, or of another kind.
    """
    path = Path(folder) / "result.json"
    data = read_result(folder, "shape-deformation")
    for name, keys in (("shapes", _SHAPE), ("rows", _ROW)):
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
    run = {"git commit": data.get("git"), "finished": data.get("finished"), **(data.get("versions") or {})}
    return ShapeResult(Path(folder), data.get("config") or {}, run, tuple(data["shapes"]), tuple(data["rows"]))
