"""Floors of targets that do not turn: numbers and labels on nodes, edges and sites that symmetry exchanges."""

import numpy as np
import torch

from symbreak.data.samples import Array
from symbreak.data.targets import Per
from symbreak.diagnosis.case import Case, Measured, is_restricted, worst_of
from symbreak.diagnosis.label_floors import LabelCounts, label_floors
from symbreak.diagnosis.quantity import is_label, is_text
from symbreak.diagnosis.target_counts import TargetCounts
from symbreak.symmetry.curie import absolute_floor
from symbreak.symmetry.orbits import NodeOrbits


def invariant_floors(name: str, cases: list[Case]) -> Measured:
    """The floors of a target that is the same number on exchanged nodes, of some samples with one shape of rows.

    A number of the sample itself is free. On an orbit the best shared value is the mean for the squared error, a median
    for the absolute one, and for labels their frequencies. Integers and truth values are both, numbers and labels.
    """
    orbits = joined_orbits(cases)
    if is_text(cases[0].value):
        return label_floors(name, cases, orbits)
    y = np.concatenate([case.rows for case in cases]).astype(np.float64)
    if cases[0].per is Per.SAMPLE:
        squares = (y**2).sum(1)
        counts = TargetCounts(name, "sample", _moves(y), len(cases), y.size, float(squares.sum()))
        return Measured(counts, np.zeros(len(cases)), squares)
    size = orbits.size.numpy()
    total = np.zeros((len(size), y.shape[1]))
    np.add.at(total, orbits.orbit.numpy(), y)
    rest = y - (total / size[:, None])[orbits.orbit.numpy()]
    floors, squares = (orbits.total(torch.from_numpy((z**2).sum(1))).numpy() for z in (rest, y))
    losses = {"absolute error": float(absolute_floor(torch.from_numpy(y), orbits).total.sum())}
    if all(is_label(case.value) for case in cases):
        losses |= LabelCounts.of(np.concatenate([case.value for case in cases]), orbits).losses()
    counts = TargetCounts(
        name,
        cases[0].per.value,
        _moves(y),
        len(cases),
        y.size,
        float(squares.sum()),
        float(floors.sum()),
        int(is_restricted(floors, squares).sum()),
        losses=losses,
        worst=worst_of(cases, floors, squares, y, rest),
    )
    return Measured(counts, floors, squares)


def joined_orbits(cases: list[Case]) -> NodeOrbits:
    """The orbits of the nodes, or of the edges, of some samples; a target of a sample is an orbit by itself."""
    parts, owner, start = [], [], 0
    for k, case in enumerate(cases):
        orbits = np.zeros(1, dtype=np.int64)
        if case.per is not Per.SAMPLE:
            orbits = case.finding.edge_orbits if case.per is Per.EDGE else case.finding.orbits
        assert orbits is not None
        parts.append(orbits + start)
        owner.append(np.full(len(orbits), k))
        start += int(orbits.max(initial=-1)) + 1
    number = np.unique(np.concatenate(parts), return_inverse=True)[1].reshape(-1)
    return NodeOrbits(torch.from_numpy(number), torch.from_numpy(np.concatenate(owner)), len(cases))


def _moves(y: Array) -> str:
    return "scalar" if y.shape[1] == 1 else f"{y.shape[1]} scalars"
