"""Symmetry elements: the axes, mirror planes and the centre that the operations of a point group leave in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from symbreak.data.samples import Array
from symbreak.diagnosis.examples.operation import OperationKind, operation

_ALONG = 1e-3  # radians: two directions closer than this, up to sign, are one
_LISTED = 400  # axes and planes; a ring of a thousand atoms has more


class ElementKind(Enum):
    """Kinds of symmetry elements."""

    AXIS = "axis"
    PLANE = "plane"
    CENTRE = "centre"


@dataclass(frozen=True)
class SymmetryElement:
    """An axis, a mirror plane or an inversion centre.

    Args:
        kind: which of these.
        order: of an axis, the largest n of its turns by 2π / n; None where it turns by any angle. 0 for the others.
        improper: of an axis, the largest n of its rotoreflections S_n, from S_3 on; 0 if there are none.
        direction: of an axis, or a plane's normal; None for a centre.
        class_number: equal for axes and planes that the group takes into each other.
    """

    kind: ElementKind
    order: int | None = 0
    improper: int = 0
    direction: tuple[float, float, float] | None = None
    class_number: int = 0

    def to_json(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "kind": self.kind.value,
            "order": self.order,
            "improper": self.improper,
            "direction": None if self.direction is None else list(self.direction),
            "class": self.class_number,
        }


def symmetry_elements(matrices: Array, continuous: Array | None = None) -> list[SymmetryElement]:
    """The elements of a point group, axes first, those of the highest order first.

    Of a group with one continuous turn the axis is listed, the mirror across it and the centre; its infinitely many
    other mirrors and half turns are not. Of O(3) and SO(3) about a point the centre at most.

    Args:
        matrices: `(k, 3, 3)`, every map of a finite group; one of each component of a continuous one.
        continuous: `(d, 3, 3)`, the tangents of its continuous turns.

    Example:
        >>> mirrors = np.array([np.diag(s) for s in [(1.0, 1, 1), (-1.0, 1, 1), (1.0, -1, 1), (-1.0, -1, 1)]])
        >>> [(element.kind.value, element.order, element.direction) for element in symmetry_elements(mirrors)]
        [('axis', 2, (0.0, 0.0, 1.0)), ('plane', 0, (1.0, 0.0, 0.0)), ('plane', 0, (0.0, 1.0, 0.0))]
    """
    if continuous is not None and len(continuous):
        return _of_continuous(matrices, continuous)
    found = [operation(R, largest=2 * len(matrices)) for R in matrices]
    turns = [g for g in found if g.kind in (OperationKind.ROTATION, OperationKind.ROTOREFLECTION)]
    axes = []
    for direction in _distinct([g.direction for g in turns if g.direction is not None]):
        about = [g for g in turns if g.direction is not None and _along(g.direction, direction)]
        order = max((g.order for g in about if g.kind is OperationKind.ROTATION), default=1)
        improper = max((g.order for g in about if g.kind is OperationKind.ROTOREFLECTION), default=0)
        axes.append(SymmetryElement(ElementKind.AXIS, order, improper, direction))
    axes.sort(key=lambda axis: (-(axis.order or 0), -axis.improper))
    planes = [
        SymmetryElement(ElementKind.PLANE, direction=g.direction) for g in found if g.kind is OperationKind.REFLECTION
    ]
    classed = _classed(axes[:_LISTED], matrices, 0)
    classed += _classed(planes[:_LISTED], matrices, 1 + max((axis.class_number for axis in classed), default=-1))
    centre = any(g.kind is OperationKind.INVERSION for g in found)
    return classed + [SymmetryElement(ElementKind.CENTRE)] * centre


def _of_continuous(matrices: Array, continuous: Array) -> list[SymmetryElement]:
    proper = np.linalg.det(matrices) > 0
    if len(continuous) > 1:
        return [SymmetryElement(ElementKind.CENTRE)] * (not proper.all())
    A = continuous[0]
    axis = np.array([A[2, 1], A[0, 2], A[1, 0]])
    axis = axis / np.linalg.norm(axis)
    axis = axis * np.sign(axis[np.abs(axis) > 1e-6][0]) + 0.0
    x, y, z = axis.tolist()
    elements = [SymmetryElement(ElementKind.AXIS, None, direction=(x, y, z))]
    if bool((~proper & (matrices @ axis @ axis < 0)).any()):  # with the turns, the mirror across and the inversion
        elements += [SymmetryElement(ElementKind.PLANE, direction=(x, y, z), class_number=1)]
        elements += [SymmetryElement(ElementKind.CENTRE)]
    return elements


def _classed(elements: list[SymmetryElement], matrices: Array, first: int) -> list[SymmetryElement]:
    """The same with the numbers of their classes."""
    number = [-1] * len(elements)
    directions = np.array([element.direction for element in elements]).reshape(-1, 3)
    for k in range(len(elements)):
        if number[k] < 0:
            images = matrices @ directions[k]  # (order, 3)
            same = (np.abs(images @ directions.T) > 1 - _ALONG**2 / 2).any(0)
            for other in np.flatnonzero(same).tolist():
                number[other] = first
            first += 1
    return [
        SymmetryElement(element.kind, element.order, element.improper, element.direction, n)
        for element, n in zip(elements, number, strict=True)
    ]


def _distinct(directions: Sequence[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    kept: list[tuple[float, float, float]] = []
    for direction in directions:
        if len(kept) < _LISTED and not any(_along(direction, other) for other in kept):
            kept.append(direction)
    return kept


def _along(one: tuple[float, float, float], two: tuple[float, float, float]) -> bool:
    return abs(sum(a * b for a, b in zip(one, two, strict=True))) > 1 - _ALONG**2 / 2
