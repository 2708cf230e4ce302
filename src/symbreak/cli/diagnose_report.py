"""The result folder of a diagnosis: report.json, a line for each sample, and the progress on the way."""

import csv
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from symbreak.data.smiles_files import SmilesFile
from symbreak.data.source import SampleSource
from symbreak.data.structures import DatabaseFile, TrajectoryFile, XyzFile
from symbreak.diagnosis import Diagnosis, Engine, Search, diagnose_file
from symbreak.diagnosis.changes import DISPLACEMENT, STRAIN
from symbreak.diagnosis.diagnose_file import chunk_size
from symbreak.diagnosis.sample_row import SampleRow, header
from symbreak.training import RunFolder, atomic

_COUNTED = 1 << 30  # bytes of a file that is read once more, to know how long it is
_PACKAGES = ("ase", "rdkit", "moyopy", "numba", "e3nn", "ray")


def write_diagnosis(
    path: Path,
    config: dict[str, Any],
    source: SampleSource,
    search: Search,
    *,
    final: SampleSource | None,
    views: Sequence[tuple[str, SampleSource]],
    limit: int | None,
    engine: Engine,
) -> Diagnosis:
    """A diagnosis, with config.json, samples.csv and report.json in a new folder.

    A diagnosis that fails takes away what it wrote.

    Args:
        path: of the folder, absent or empty.
        config: what was asked for, as JSON can hold it.
        source, search, final, views, limit, engine: as in `diagnose_file`.
    Raises:
        ValueError: as `diagnose_file`, or if the folder holds anything.
    """
    existed, started = path.exists(), time.monotonic()
    folder = RunFolder.create(path, config, seed=search.seed)
    try:
        changes = () if final is None else (DISPLACEMENT, STRAIN)
        columns = header([quantity.name for quantity in (*changes, *search.targets)])
        with _table(path / "samples.csv", columns) as write, _progress(source, limit) as watch:
            found = diagnose_file(
                source, search, final=final, views=views, limit=limit, engine=engine, watch=watch, table=write
            )
        made = folder.read_json("config.json")
        made["versions"] |= _versions()
        seconds = round(time.monotonic() - started, 3)
        folder.write_json("report.json", found.to_json() | made | {"seconds": seconds})
    except BaseException:
        for name in ("samples.csv", "config.json"):
            (path / name).unlink(missing_ok=True)
        if not existed:
            path.rmdir()
        raise
    return found


@contextmanager
def _table(path: Path, columns: list[str]) -> Iterator[Callable[[list[SampleRow]], None]]:
    """Writes lines as they come; the file has its name once it is whole."""
    with atomic(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(columns)
        yield lambda rows: lines.writerows(row.cells() for row in rows)
        file.flush()


@contextmanager
def _progress(source: SampleSource, limit: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on stderr, with the number of entries where that is cheap to know."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    times = TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns, *times, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task(source.path.name, total=_length(source, limit))
        yield lambda done: progress.update(task, completed=done)


def _length(source: SampleSource, limit: int | None) -> int | None:
    """How many entries there are, up to the size of a chunk."""
    if not isinstance(source, SmilesFile | XyzFile | TrajectoryFile | DatabaseFile):
        return limit
    if source.path.stat().st_size > _COUNTED:
        return limit
    size = chunk_size(source)
    count = size * sum(1 for _ in source.chunks(size))
    return count if limit is None else min(count, limit)


def _versions() -> dict[str, str]:

    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
