"""Floors of labels: classes of nodes, edges or sites that symmetry exchanges."""

from dataclasses import dataclass

import numpy as np

from symbreak.data.samples import Array, Refused
from symbreak.diagnosis.case import Case, Measured, is_restricted, worst_of
from symbreak.diagnosis.left_out import LeftOut
from symbreak.diagnosis.quantity import Quantity, is_text
from symbreak.diagnosis.target_counts import TargetCounts
from symbreak.symmetry.orbits import NodeOrbits

ONE_HOT = "one-hot label"  # how text moves


@dataclass(frozen=True, eq=False)
class LabelCounts:
    """How often each label occurs on each orbit, where it does: memory is that of the nodes, for any number of classes.

    Args:
        orbit: int64 `(K,)`, of the pairs (orbit, label) that occur.
        count: int64 `(K,)`.
        size: int64 `(R,)`, of the orbits.
        share: float64 `(N,)`, of the nodes of an orbit those with the label of this one: what the best shared
            distribution gives to it.
    """

    orbit: Array
    count: Array
    size: Array
    share: Array

    @classmethod
    def of(cls, labels: Array, orbits: NodeOrbits) -> "LabelCounts":
        """From one label for each node: integers, truth values or text."""
        number = np.unique(labels, return_inverse=True)[1].reshape(-1)
        classes = int(number.max(initial=0)) + 1
        orbit, size = orbits.orbit.numpy(), orbits.size.numpy()
        pair, place, count = np.unique(orbit * classes + number, return_inverse=True, return_counts=True)
        return cls(pair // classes, count, size, count[place.reshape(-1)] / size[orbit])

    def losses(self) -> dict[str, float]:
        """The least cross-entropy `Σ_orbits (m log m - Σ_c n_c log n_c)` in nats, and the least wrong labels."""
        most = np.zeros_like(self.size)
        np.maximum.at(most, self.orbit, self.count)
        entropy = (self.size * np.log(self.size)).sum() - (self.count * np.log(self.count)).sum()
        return {"cross-entropy": max(float(entropy), 0.0), "wrong labels": float((self.size - most).sum())}


def label_floors(name: str, cases: list[Case], orbits: NodeOrbits) -> Measured:
    """The floors of labels that are text, `(rows,)` each.

    The squared error is that of the one-hot vectors of the labels: on an orbit of m nodes `m - Σ_c n_c² / m`, and
    `|y|²` is m.

    Args:
        name: of the target.
        cases: of some samples.
        orbits: of all their rows; a label of a sample is an orbit by itself, and free.
    """
    counts = LabelCounts.of(np.concatenate([case.value for case in cases]), orbits)
    rest = 1.0 - counts.share[:, None]
    floors = np.bincount(orbits.owner.numpy(), rest[:, 0], minlength=len(cases))
    squares = np.bincount(orbits.owner.numpy(), minlength=len(cases)).astype(np.float64)
    return Measured(
        TargetCounts(
            name,
            cases[0].per.value,
            ONE_HOT,
            len(cases),
            len(rest),
            float(squares.sum()),
            float(floors.sum()),
            int(is_restricted(floors, squares).sum()),
            losses=counts.losses(),
            worst=worst_of(cases, floors, squares, np.ones_like(rest), rest),
            text=LeftOut.of(_among_numbers(name, case) for case in cases),
        ),
        floors,
        squares,
    )


def one_hot(labels: Array) -> Array:
    """float64 `(N, C)`, with the classes in the order of their names.

    Example:
        >>> one_hot(np.array(["b", "a", "b"])).tolist()
        [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]
    """
    names, number = np.unique(labels, return_inverse=True)
    return np.eye(len(names))[number.reshape(-1)]


def check_label(quantity: Quantity, case: Case) -> None:
    """Raises `ValueError` if text cannot be a label."""
    if not is_text(case.value):
        return
    if quantity.irreps is not None:
        raise ValueError(
            f"{quantity.name!r} is text, as {str(case.value.flat[0])!r}, but {quantity.irreps!r} moves numbers."
        )
    if case.value.ndim > 1:
        raise ValueError(
            f"{quantity.name!r} is text of shape {case.value.shape[1:]} for each {case.per.value}, but a label is one "
            "word. Join them, or give each its name."
        )


def _among_numbers(name: str, case: Case) -> Refused:
    """What is said of a label if other samples have numbers."""
    word = str(case.value[0]) if len(case.value) else ""
    said = f"{name!r} is text, as {word!r}, but a number in other samples. Give labels in all, or in none."
    return Refused(case.finding.index, said)
