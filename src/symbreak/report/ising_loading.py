"""Reads the result of an Ising run from its folder and checks it."""

import dataclasses
import math
import typing
from pathlib import Path
from typing import Any

from symbreak.report.ising_result import LOSSES, Published, Reference, Result, Row
from symbreak.report.result import read_json, read_result


def load_result(folder: Path) -> Result:
    """Reads and checks `result.json` in a folder; `config.json`, if there, says when the run started.

    Every defect raises a `ValueError` that names the file and the entry; fields beyond the schema are ignored.
    """
    folder = Path(folder)
    path = folder / "result.json"
    data = read_result(folder, "ising")
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


def _entry(kind: type, item: Any, where: str) -> Any:
    """Builds a dataclass from a JSON object and names the field that is missing or of another type."""
    if not isinstance(item, dict):
        raise ValueError(f"{where} is a {type(item).__name__}, but a JSON object is expected.")
    values = {}
    for field in dataclasses.fields(kind):
        kinds: tuple[Any, ...] = typing.get_args(field.type) or (field.type,)
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
