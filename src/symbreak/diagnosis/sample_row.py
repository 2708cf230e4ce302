"""What is said of each sample, as a line of a table."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from symbreak.data.samples import Refused
from symbreak.diagnosis.finding import Finding, Found

_LISTED = 60  # nodes of a line


@dataclass(frozen=True)
class SampleRow:
    """One sample.

    Args:
        index: its number in the file.
        title: its name.
        stabilizer: the name, "undecided", or "left out".
        order: of the stabilizer; "" if it is not known.
        nodes, orbits: how many.
        residual, gap: the least tolerances at which the stabilizer is found, and at which there is more, in Å; "" where
            that is not known.
        shared: the nodes of each orbit of two or more, as "1 2 3|5 6"; the first of them in large samples.
        floors: for each target the floor of the squared error and `|y|²`; None where the sample lacks it.
        reason: why it was left out, or is undecided.
    """

    index: int
    title: str
    stabilizer: str
    order: str = ""
    nodes: int = 0
    orbits: int = 0
    residual: str = ""
    gap: str = ""
    shared: str = ""
    floors: tuple[tuple[float, float] | None, ...] = ()
    reason: str = ""

    def cells(self) -> list[str]:
        """The fields as text, two for each target."""
        floors = [f"{x:.6g}" if item else "" for item in self.floors for x in (item or (0.0, 0.0))]
        return [
            str(self.index),
            self.title,
            self.stabilizer,
            self.order,
            str(self.nodes) if self.order else "",
            str(self.orbits) if self.order else "",
            self.residual,
            self.gap,
            self.shared,
            *floors,
            self.reason,
        ]


def header(targets: Sequence[str]) -> list[str]:
    """The names of the cells."""
    pairs = [name for target in targets for name in (f"floor of {target}", f"square of {target}")]
    return ["index", "name", "stabilizer", "order", "nodes", "orbits", "residual", "gap", "shared", *pairs, "reason"]


def sample_rows(
    found: Found, floors: Mapping[str, Mapping[int, tuple[float, float]]], refused: Sequence[Refused]
) -> list[SampleRow]:
    """The rows of a chunk, in the order of the file.

    Args:
        found: in it.
        floors: by target and sample.
        refused: by the reader.
    """
    rows = [_row(finding, tuple(table.get(finding.index) for table in floors.values())) for finding in found.findings]
    empty = (None,) * len(floors)
    for label, items in (("undecided", found.undecided), ("left out", [*found.refused, *refused])):
        rows += [SampleRow(item.index, item.name, label, floors=empty, reason=item.reason) for item in items]
    return sorted(rows, key=lambda row: row.index)


def _row(finding: Finding, floors: tuple[tuple[float, float] | None, ...]) -> SampleRow:
    orbits = finding.nodes if finding.order.trivial else len(finding.orbit_sizes())
    return SampleRow(
        finding.index,
        finding.title,
        finding.label,
        str(finding.order),
        finding.nodes,
        orbits,
        "" if finding.symmetry is None else f"{finding.residual:.3g}",
        f"{finding.gap:.3g}" if math.isfinite(finding.gap) else "",
        _shared(finding),
        floors,
    )


def _shared(finding: Finding) -> str:
    if finding.order.trivial or finding.orbits is None:
        return ""
    order = np.argsort(finding.orbits, kind="stable")
    numbers = finding.orbits[order]
    first = np.flatnonzero(np.r_[True, np.diff(numbers) != 0])
    groups = [group for group in np.split(order, first[1:]) if len(group) > 1]
    listed, left = [], _LISTED
    for group in groups:
        listed.append(" ".join(map(str, group[:left].tolist())))
        left -= len(group)
        if left <= 0:
            return "|".join(listed) + (" ..." if left < 0 or group is not groups[-1] else "")
    return "|".join(listed)
