"""Floors of targets that do not turn: numbers and labels on nodes, edges and sites that symmetry exchanges."""

import numpy as np
import torch

from symbreak.data.samples import Array
from symbreak.data.targets import Per
from symbreak.diagnosis.case import Case, Measured, is_restricted, worst_of
from symbreak.diagnosis.quantity import is_label
from symbreak.diagnosis.target_counts import TargetCounts
from symbreak.symmetry.curie import absolute_floor, cross_entropy_floor, misclassification_floor
from symbreak.symmetry.orbits import NodeOrbits

_CELLS = 1 << 24  # of the table of orbits and classes


def invariant_floors(name: str, cases: list[Case]) -> Measured:
    """The floors of a target that is the same number on exchanged nodes, of some samples with one shape of rows.

    A number of the sample itself is free. On an orbit the best shared value is the mean for the squared error, a median
    for the absolute one, and for labels their frequencies.
    """
    y = np.concatenate([case.value.reshape(len(case.value), -1) for case in cases]).astype(np.float64)
    if cases[0].per is Per.SAMPLE:
        squares = (y**2).sum(1)
        counts = TargetCounts(name, "sample", _moves(y), len(cases), y.size, float(squares.sum()))
        return Measured(counts, np.zeros(len(cases)), squares)
    orbits = joined_orbits(cases)
    size = orbits.size.numpy()
    total = np.zeros((len(size), y.shape[1]))
    np.add.at(total, orbits.orbit.numpy(), y)
    rest = y - (total / size[:, None])[orbits.orbit.numpy()]
    floors, squares = (orbits.total(torch.from_numpy((z**2).sum(1))).numpy() for z in (rest, y))
    losses = {"absolute error": float(absolute_floor(torch.from_numpy(y), orbits).total.sum())}
    if all(is_label(case.value) for case in cases):
        losses |= _label_losses(np.concatenate([case.value for case in cases]), orbits)
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
    """The orbits of the nodes, or of the edges, of some samples."""
    parts, owner, start = [], [], 0
    for k, case in enumerate(cases):
        orbits = case.finding.edge_orbits if case.per is Per.EDGE else case.finding.orbits
        assert orbits is not None
        parts.append(orbits + start)
        owner.append(np.full(len(orbits), k))
        start += int(orbits.max(initial=-1)) + 1
    number = np.unique(np.concatenate(parts), return_inverse=True)[1].reshape(-1)
    return NodeOrbits(torch.from_numpy(number), torch.from_numpy(np.concatenate(owner)), len(cases))


def _label_losses(labels: Array, orbits: NodeOrbits) -> dict[str, float]:
    """Of the nodes that share an output: the others can all be right. None if there are too many classes."""
    shared = orbits.size[orbits.orbit] > 1
    orbit = torch.unique(orbits.orbit[shared], return_inverse=True)[1]
    some = NodeOrbits(orbit, orbits.owner[shared], orbits.items)
    number = torch.from_numpy(np.unique(labels, return_inverse=True)[1].reshape(-1))[shared]
    classes = int(number.max()) + 1 if len(number) else 1
    if some.count * classes > _CELLS:
        return {}
    return {
        "cross-entropy": float(cross_entropy_floor(number, some, classes=classes).total.sum()),
        "wrong labels": float(misclassification_floor(number, some, classes=classes).total.sum()),
    }


def _moves(y: Array) -> str:
    return "scalar" if y.shape[1] == 1 else f"{y.shape[1]} scalars"
