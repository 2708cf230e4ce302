"""The diagnosis of a file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, zip_longest
from typing import Any

from symbreak.data.readers.field_files import FieldFile
from symbreak.data.readers.sdf_files import SdfFile
from symbreak.data.readers.smiles_files import SmilesFile
from symbreak.data.source import SampleSource
from symbreak.diagnosis.diagnosis import Diagnosis
from symbreak.diagnosis.engine import Engine, Local
from symbreak.diagnosis.part import Part
from symbreak.diagnosis.sample_row import SampleRow
from symbreak.diagnosis.search import Search
from symbreak.diagnosis.work import ChunkWork

HYDROGENS = "hydrogens as nodes"


def diagnose_file(
    source: SampleSource,
    search: Search = Search(),  # noqa: B008
    *,
    final: SampleSource | None = None,
    views: Sequence[tuple[str, SampleSource]] = (),
    limit: int | None = None,
    engine: Engine = Local(),  # noqa: B008
    watch: Callable[[int], None] | None = None,
    table: Callable[[list[SampleRow]], None] | None = None,
) -> Diagnosis:
    """Reads a file to its end, and says what its symmetries demand.

    Memory does not grow with the file: a few chunks are held at a time, and their results are sums.

    Args:
        source: the file, from `symbreak.data.open_source`.
        search: the group, the tolerance, and the targets.
        final: a file of the structures after, in the same order: the targets are then "displacement", and "strain" of
            crystals.
        views: the same file read otherwise, with the same chunks; see `with_hydrogens`.
        limit: how many entries to look at; all if None.
        engine: where the work is done. The result does not depend on it.
        watch: called with the number of entries done.
        table: called with the lines of the samples, in the order of the file.
    Raises:
        ValueError: if the file cannot be read, a target is in no sample, nothing says how a target moves, or no entry
            could be diagnosed.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"The limit is {limit}, but at least one entry must be looked at.")
    work = ChunkWork(source, search, final, tuple(views), limit)
    part = Part()
    for outcome in engine.map(work, chunks(source, final, limit)):
        part = part.merge(outcome.part)
        if table is not None:
            table(outcome.rows)
        if watch is not None:
            watch(part.read)
    if part.read and part.left_out.count == part.read:
        said = next(iter(part.left_out.reasons.values())).said
        raise ValueError(f"{source.path}: none of the {part.read} entries can be diagnosed. Of the first: {said}")
    return Diagnosis.of(part, subject=source.path.name, seed=search.seed)


def with_hydrogens(source: SampleSource) -> list[tuple[str, SampleSource]]:
    """The view of molecular graphs in which every hydrogen is a node; none if it is read so, or is another file."""
    if isinstance(source, SmilesFile) and not source.hydrogens:
        return [(HYDROGENS, replace(source, hydrogens=True))]
    if isinstance(source, SdfFile) and not source.hydrogens and not source.geometry:
        return [(HYDROGENS, replace(source, hydrogens=True))]
    return []


def chunk_size(source: SampleSource) -> int:
    """Entries in a chunk: a fraction of a second of work."""
    if isinstance(source, SmilesFile):
        return 1000
    return 16 if isinstance(source, FieldFile) else 128


def chunks(source: SampleSource, final: SampleSource | None, limit: int | None) -> Iterator[Any]:
    """The pieces in which a file is worked on; of two files, pairs of pieces."""
    size = chunk_size(source) if limit is None else min(chunk_size(source), limit)
    count = None if limit is None else -(-limit // size)
    if final is None:
        return islice(source.chunks(size), count)
    return islice(_pairs(source, final, size), count)


def _pairs(source: SampleSource, final: SampleSource, size: int) -> Iterator[Any]:
    for before, after in zip_longest(source.chunks(size), final.chunks(size)):
        if before is None or after is None:
            more, less = (final, source) if before is None else (source, final)
            raise ValueError(
                f"{more.path} has more frames than {less.path}, but each structure needs its counterpart. Give as many "
                "frames in the same order."
            )
        yield before, after
