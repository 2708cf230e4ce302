"""Stabilizers of molecules."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from symbreak.data.samples import Refused, Structure
from symbreak.diagnosis.finding import Finding, Found
from symbreak.diagnosis.frame import SpaceFrame
from symbreak.diagnosis.order import Order
from symbreak.diagnosis.quantity import Quantity
from symbreak.symmetry.orbits import node_orbits
from symbreak.symmetry.points import PointField, PointStabilizer, point_stabilizers


@dataclass(frozen=True)
class CloudFinder:
    """Point groups.

    Args:
        frame: the group to look in.
        tolerance: in Å.
        fields: per-atom arrays that belong to the input.
    """

    frame: SpaceFrame = SpaceFrame()
    tolerance: float = 0.01
    fields: tuple[Quantity, ...] = ()

    def find(self, structures: Sequence[Structure]) -> Found:
        """All at once; if one cannot be searched, one by one, and that one is refused."""
        try:
            return Found(self._found(structures), [], [])
        except ValueError as error:
            if len(structures) == 1:
                one = structures[0]
                return Found([], [], [Refused(one.index, str(error), one.line, one.name)])
        found = Found([], [], [])
        for structure in structures:
            found = found.plus(self.find([structure]))
        return found

    def _found(self, structures: Sequence[Structure]) -> list[Finding]:
        if not structures:
            return []
        sizes = [len(structure.numbers) for structure in structures]
        stabilizers = point_stabilizers(
            torch.from_numpy(np.concatenate([structure.positions for structure in structures])),
            torch.tensor([0, *sizes]).cumsum(0),
            species=torch.from_numpy(np.concatenate([structure.numbers for structure in structures])),
            fields=[self._field(quantity, structures) for quantity in self.fields],
            group=self.frame.group,
            translations=self.frame.translations,
            tolerance=self.tolerance,
        )
        return [_finding(structure, found) for structure, found in zip(structures, stabilizers, strict=True)]

    def _field(self, quantity: Quantity, structures: Sequence[Structure]) -> PointField:
        values = np.concatenate([array(structure, quantity.name) for structure in structures]).astype(np.float64)
        rep = quantity.representation(values.shape[1:], self.frame.group)
        return PointField(rep, torch.from_numpy(values.reshape(len(values), -1)))


def _finding(structure: Structure, found: PointStabilizer) -> Finding:
    symmetry = found.symmetry
    order = Order.infinite() if found.order is None else Order.of(found.order)
    orbits = node_orbits([symmetry]).orbit.numpy() if len(found.rotations) > 1 else np.arange(len(structure.numbers))
    return Finding(
        structure.index,
        found.schoenflies,
        order,
        orbits,
        symmetry,
        residual=float(found.residuals.max()),
        gap=found.gap,
        title=structure.name,
    )


def array(structure: Structure, name: str) -> np.ndarray:
    """A per-atom array of numbers.

    Raises:
        ValueError: if there is none, with those that there are.
    """
    value = structure.arrays.get(name)
    if value is None or value.dtype.kind not in "biuf":
        there = ", ".join(sorted(structure.arrays)) or "none"
        raise ValueError(f"It has no per-atom array {name!r} of numbers; it has: {there}.")
    return value
