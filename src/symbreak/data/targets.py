"""Targets: what a model is to predict from a sample, found by name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from symbreak.data.samples import Array, FieldSample, GraphSample, Refused, Sample, Structure, where


class Per(Enum):
    """What a target has a row for."""

    SAMPLE = "sample"
    NODE = "node"
    EDGE = "edge"


@dataclass(frozen=True, eq=False)
class Target:
    """Numbers or text by name: of the sample `(...)`, of its atoms or nodes `(n, ...)`, or of its edges `(m, ...)`."""

    name: str
    value: Array
    per: Per


def target(sample: Sample, name: str, per: Per | None = None) -> Target:
    """The value called `name` that the sample's file gives it.

    Args:
        sample: from a `SampleSource`.
        name: of an array, an attribute or a value.
        per: needed where a name stands for two values, or where the file does not tell atoms from structures:
            `Per.NODE` takes a value of the sample that has a row for each atom as one of the atoms.

    Raises:
        ValueError: if there is none, with those that there are; if it is complex; if it has another number of rows.

    Example:
        >>> import numpy as np
        >>> co = Structure(np.eye(2, 3), np.array([6, 8]), info={"dipole": np.array([0.1, 0.0, 0.0])})
        >>> target(co, "dipole")
        Target(name='dipole', value=array([0.1, 0. , 0. ]), per=<Per.SAMPLE: 'sample'>)
    """
    tables, rows = _tables(sample)
    found = [owner for owner, table in tables.items() if name in table]
    if per is not None and per not in found:
        found = [owner for owner in found if owner is Per.SAMPLE and per in rows]
    elif per is not None:
        found = [per]
    if not found:
        raise ValueError(f"{where(sample)} has no {name!r}{f' of each {per.value}' if per else ''}; {_there(tables)}.")
    if len(found) > 1:
        owners = " and ".join(f"one of each {owner.value}" for owner in found)
        raise ValueError(f"{where(sample)} has {owners} called {name!r}. Say which by per=.")
    value, owner = tables[found[0]][name], per or found[0]
    if value.dtype.kind not in "biufU":
        raise ValueError(
            f"{name!r} of {where(sample)} is {value.dtype}, but a target is real numbers or text; {_there(tables)}."
        )
    if owner in rows and value.shape[:1] != (rows[owner],):
        raise ValueError(
            f"{name!r} of {where(sample)} has shape {value.shape}, but there are {rows[owner]} {owner.value}s: one row "
            "for each. Choose another name, or another per=."
        )
    return Target(name, value, owner)


def targets(
    samples: Iterable[Sample | Refused], name: str, per: Per | None = None
) -> Iterator[tuple[Sample, Target] | Refused]:
    """Every sample with its target; those that lack it are refused, with the reason.

    Raises:
        ValueError: at the end, if no sample had it.

    Example:
        >>> import numpy as np
        >>> frames = [Structure(np.eye(1, 3), np.array([6]), info=info, index=k)
        ...     for k, info in enumerate([{"energy": np.array(-1.0)}, {}])]
        >>> _, missing = targets(frames, "energy")
        >>> print(missing)
        sample 1: no target: sample 1 has no 'energy'; it has nothing besides its coordinates.
    """
    some, reason = False, ""
    for sample in samples:
        if isinstance(sample, Refused):
            yield sample
            continue
        try:
            found = target(sample, name, per)
        except ValueError as error:
            reason = reason or str(error)
            yield Refused(sample.index, f"no target: {error}", sample.line, sample.name)
            continue
        some = True
        yield sample, found
    if reason and not some:
        raise ValueError(f"No sample has the target {name!r}: {reason}")


def _tables(sample: Sample) -> tuple[dict[Per, dict[str, Array]], dict[Per, int]]:
    match sample:
        case Structure():
            return {Per.SAMPLE: sample.info, Per.NODE: sample.arrays}, {Per.NODE: len(sample.numbers)}
        case GraphSample():
            tables = {Per.SAMPLE: sample.graph, Per.NODE: sample.node, Per.EDGE: sample.edge}
            return tables, {Per.NODE: sample.n, Per.EDGE: sample.m}
        case FieldSample():
            return {Per.SAMPLE: sample.info}, {}


def _there(tables: dict[Per, dict[str, Array]]) -> str:
    parts = [f"of each {owner.value} {', '.join(sorted(table))}" for owner, table in tables.items() if table]
    return "it has " + ("; ".join(parts) or "nothing besides its coordinates")
