"""The arrays that a run leaves beside its result: curves, the energy grid and samples."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symbreak.report.ising_result import Result, Row

CURVE_COLUMNS = ("epoch", "temperature", "train_loss", "validation_fraction")


@dataclass(frozen=True)
class Grid:
    """Sampled and exact energies per site on the grid of (J_y, h): `(S, S)`, first axis J_y."""

    jy: NDArray
    h: NDArray
    energy: NDArray
    ground: NDArray


@dataclass(frozen=True)
class Samples:
    """Spins `(K, 1, L, L)` for conditions `(K, 3, L, L)`; the code `g·v` and the pose of networks that draw one."""

    path: Path
    conditions: NDArray
    spins: NDArray
    code: NDArray | None
    pose: NDArray | None


def existing(result: Result, rows: tuple[Row, ...], name: str) -> list[Path]:
    """The files of that name that these rows have."""
    paths = [result.folder / row.folder / name for row in rows]
    return [path for path in paths if path.is_file()]


def read_curve(path: Path) -> dict[str, NDArray]:
    """The columns of a `curve.csv`, each `(epochs,)`."""
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = [name for name in CURVE_COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(
                f"{path} has the columns {reader.fieldnames}, but {CURVE_COLUMNS} are expected "
                f"({', '.join(missing)} missing)."
            )
        lines = list(reader)
    try:
        return {name: np.array([float(line[name]) for line in lines]) for name in CURVE_COLUMNS}
    except (TypeError, ValueError):
        raise ValueError(
            f"{path} has an entry that is no number, but every column holds numbers. A run that was stopped "
            "while writing leaves such a line: take it out."
        ) from None


def read_grid(path: Path) -> Grid:
    """The arrays of a `grid.safetensors`, with their shapes checked."""
    arrays = _load(path, ("jy", "h", "energy", "ground"))
    shape = (arrays["jy"].size, arrays["h"].size)
    for name in ("energy", "ground"):
        if arrays[name].shape != shape:
            raise ValueError(
                f"{path} has {name} of shape {arrays[name].shape}, but jy and h span a grid of shape {shape} "
                "with J_y on the first axis."
            )
    return Grid(**{name: arrays[name] for name in ("jy", "h", "energy", "ground")})


def read_samples(path: Path) -> Samples:
    """The arrays of a `samples.safetensors`, with their shapes checked."""
    arrays = _load(path, ("conditions", "spins"))
    conditions, spins = arrays["conditions"], arrays["spins"]
    if conditions.ndim != 4 or conditions.shape[1] != 3:
        raise ValueError(f"{path} has conditions of shape {conditions.shape}, but (K, 3, L, L) is expected.")
    count, _, *lattice = conditions.shape
    if spins.shape != (count, 1, *lattice):
        raise ValueError(
            f"{path} has spins of shape {spins.shape}, but conditions of shape {conditions.shape} need "
            f"{(count, 1, *lattice)}."
        )
    code, pose = arrays.get("code"), arrays.get("pose")
    if code is not None and (code.ndim != 4 or (code.shape[0], *code.shape[2:]) != (count, *lattice)):
        raise ValueError(f"{path} has a code of shape {code.shape}, but ({count}, C, *{lattice}) is expected.")
    if pose is not None and pose.shape != (count, 3):
        raise ValueError(f"{path} has a pose of shape {pose.shape}, but {(count, 3)} (t_x, t_y, point) is expected.")
    return Samples(path, conditions, spins, code, pose)


def all_samples(result: Result) -> dict[str, tuple[Row, Samples]]:
    """The samples of each method's first seed that has some; all methods must answer the same conditions."""
    found: dict[str, tuple[Row, Samples]] = {}
    for method, rows in result.drawn().items():
        for row in rows:
            paths = existing(result, (row,), "samples.safetensors")
            if paths:
                found[method] = (row, read_samples(paths[0]))
                break
    first = next(iter(found.values()))[1] if found else None
    for _, samples in found.values():
        if first is not None and not np.array_equal(samples.conditions, first.conditions):
            raise ValueError(
                f"{samples.path} answers other conditions than {first.path}, but a figure compares methods on "
                "the same ones. Draw the conditions once per run, before the methods."
            )
    return found


def absent(result: Result) -> list[str]:
    """Which files the figures lack, a sentence for each kind: a run may be unfinished or have written less."""
    lacking: dict[str, list[str]] = {}
    for (method, loss), rows in result.lines().items():
        names = ["curve.csv"] if loss != "-" else []
        if result.drawn()[method] == rows:
            names += ["samples.safetensors"]
            names += ["grid.safetensors"] if loss != "-" and result.task == "constant" else []
        for name in names:
            if not existing(result, rows, name):
                lacking.setdefault(name, []).append(rows[0].label + ("" if loss == "-" else f" ({loss})"))
    return [f"No {name}, so not drawn: {', '.join(labels)}." for name, labels in lacking.items()]


def _load(path: Path, names: tuple[str, ...]) -> dict[str, NDArray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        arrays = load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path} is not a safetensors file ({error}). Run this row again.") from None
    missing = [name for name in names if name not in arrays]
    if missing:
        raise ValueError(
            f"{path} holds {sorted(arrays)}, but {', '.join(missing)} must be there too. Run this row again."
        )
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{path} has a {name} with values that are not finite. Run this row again.")
    return arrays
