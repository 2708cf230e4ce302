"""The result folder of a diagnosis: its numbers, a line for each sample, a few samples in full, and the progress."""

import csv
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from symbreak.data.readers.field_files import FieldFile
from symbreak.data.readers.smiles_files import SmilesFile
from symbreak.data.readers.structures import DatabaseFile, TrajectoryFile, XyzFile
from symbreak.data.source import SampleSource
from symbreak.diagnosis import Diagnosis, Engine, Search, diagnose_file
from symbreak.diagnosis.changes import DISPLACEMENT, STRAIN
from symbreak.diagnosis.diagnose_file import chunk_size
from symbreak.diagnosis.examples import ExampleChoice, examples_document
from symbreak.diagnosis.sample_row import SampleRow, header
from symbreak.diagnosis.statement_table import statement_table
from symbreak.training import RunFolder, atomic

_COUNTED = 1 << 30  # bytes of a file that is read once more, to know how long it is
_NODES, _SITES = 400, 1 << 16  # of a sample that is drawn
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
    """A diagnosis, with config.json, samples.csv, report.json and examples.json in a new folder.

    A diagnosis that fails takes away what it wrote; the examples come last, and what is written before them stays.

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
        targets = [quantity.name for quantity in (*changes, *search.targets)]
        choice = ExampleChoice(targets, _SITES if isinstance(source, FieldFile) else _NODES)
        with _table(path / "samples.csv", header(targets)) as write, _progress(source, limit) as watch:

            def table(rows: list[SampleRow]) -> None:
                write(rows)
                choice.see(rows)

            found = diagnose_file(
                source, search, final=final, views=views, limit=limit, engine=engine, watch=watch, table=table
            )
        made = folder.read_json("config.json")
        made["versions"] |= _versions()
        seconds = round(time.monotonic() - started, 3)
        said = {"statements": statement_table(found)}
        folder.write_json("report.json", found.to_json() | said | made | {"seconds": seconds})
    except BaseException:
        for name in ("samples.csv", "config.json"):
            (path / name).unlink(missing_ok=True)
        if not existed:
            path.rmdir()
        raise
    examples = examples_document(choice.places(), source, search, final=final, limit=limit)
    folder.write_text("examples.json", json.dumps(examples, allow_nan=False, ensure_ascii=False) + "\n")
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
