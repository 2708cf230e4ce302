"""A target of one sample, beside what is known of the sample's symmetry."""

import math
from typing import NamedTuple

import numpy as np

from symbreak.data.samples import Array
from symbreak.data.targets import Per
from symbreak.diagnosis.finding import Finding
from symbreak.diagnosis.target_counts import TargetCounts, WorstSample

_ROUNDING = 1e-9  # of |y|²
_USUAL = 1e-3  # of the mean of |y|²: what is far below it is rounding of the file
_SHOWN = 9


class Case(NamedTuple):
    """One target; `value` is `(rows, ...)`, with one row for a target of the sample."""

    finding: Finding
    value: Array
    per: Per

    @property
    def rows(self) -> Array:
        """`(rows, d)`: the entries of each row one after another; there may be no row."""
        return self.value.reshape(len(self.value), math.prod(self.value.shape[1:]))


class Measured(NamedTuple):
    """Sums over some cases, and the floor and `|y|²` of each."""

    counts: TargetCounts
    floors: Array
    squares: Array


def is_restricted(floors: Array, squares: Array) -> Array:
    """bool: which floors are more than rounding, that of their own targets and of the usual ones."""
    return floors > _ROUNDING * np.maximum(squares, _USUAL * squares.mean())


def worst_of(cases: list[Case], floors: Array, squares: Array, y: Array, rest: Array) -> tuple[WorstSample, ...]:
    """The samples with the highest floors.

    Args:
        y, rest: the rows of all cases, one after another, and their unreachable parts `(N, d)`.
    """
    start = np.concatenate([[0], np.cumsum([len(case.value) for case in cases])])
    order = np.argsort(-floors, kind="stable")[:10]
    found = []
    for k in order[is_restricted(floors, squares)[order]].tolist():
        rows = slice(start[k], start[k + 1])
        node = int((rest[rows] ** 2).sum(1).argmax())
        value, miss = y[rows][node], rest[rows][node]
        found.append(
            WorstSample(
                cases[k].finding.index,
                cases[k].finding.label,
                float(floors[k]),
                float(floors[k] / squares[k]),
                None if cases[k].per is Per.SAMPLE else node,
                tuple(value[:_SHOWN].tolist()),
                tuple((value - miss)[:_SHOWN].tolist()),
            )
        )
    return tuple(found)
