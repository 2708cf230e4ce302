"""Stabilizers of fields on lattices, and of images."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from symbreak.actions import Lattice, Scalar
from symbreak.data.samples import Array, FieldSample, Refused
from symbreak.data.targets import Per
from symbreak.diagnosis.case import Case, Measured
from symbreak.diagnosis.domains.domain import Domain, gained
from symbreak.diagnosis.domains.lattice_direction import lattice_direction
from symbreak.diagnosis.domains.lattice_motions import LatticeMotions
from symbreak.diagnosis.finding import Finding, Found
from symbreak.diagnosis.frame import LatticeFrame
from symbreak.diagnosis.invariant_floors import invariant_floors
from symbreak.diagnosis.near_counts import FACTORS, Loosened
from symbreak.diagnosis.order import Order
from symbreak.diagnosis.quantity import Quantity
from symbreak.symmetry.lattice_gap import chain_length, image_gap, lattice_gap
from symbreak.symmetry.lattice_stabilizer import image_stabilizer, lattice_stabilizer

_NEAR = 0.1  # of the range of a field's values: one that misses a motion by more is not nearly symmetric


@dataclass(frozen=True)
class LatticeDomain(Domain):
    """Which motions of its lattice leave a field as it is, with all its channels scalar.

    Args:
        frame: the group to look in.
        atol: values closer than this are equal; a field for which that is no equivalence is undecided.
    """

    frame: LatticeFrame = LatticeFrame()
    atol: float = 0.0

    @property
    def group(self) -> str:
        return str(self.frame)

    def find(self, samples: Sequence[FieldSample]) -> Found:
        """Fields of one shape are searched together; one is undecided if the tolerance chains unequal values."""
        found = Found([], [], [])
        groups: dict[tuple[int, ...], list[FieldSample]] = {}
        for sample in samples:
            groups.setdefault(sample.array.shape, []).append(sample)
        for members in groups.values():
            try:
                found = found.plus(self._found(members))
            except ValueError as error:
                found.refused.extend(Refused(sample.index, str(error), name=sample.name) for sample in members)
        found.findings.sort(key=lambda finding: finding.index)
        return found

    def case(self, sample: FieldSample, finding: Finding, quantity: Quantity) -> Case:
        """A field on the same lattice is a target of its sites, channels last; anything else one of the sample."""
        found = super().case(sample, finding, quantity)
        sizes, shape = sample.array.shape[1:], found.value.shape[1:]
        if shape[-len(sizes) :] != sizes or len(shape) > len(sizes) + 1:
            return found
        rows = found.value.reshape(-1, int(np.prod(sizes))).T
        return Case(finding, rows[:, 0] if rows.shape[1] == 1 else rows, Per.NODE)

    def measure(self, quantity: Quantity, cases: list[Case], samples: Sequence[FieldSample], seed: int) -> Measured:
        found = invariant_floors(quantity.name, cases)
        if cases[0].per is Per.SAMPLE:
            return found
        motions = [self.motions(sample.array.shape) for sample in samples]
        counts = replace(found.counts, subgroups=_subgroups(quantity, cases, motions))
        if not found.counts.is_label:  # labels have no field in common
            counts = replace(counts, direction=lattice_direction(found, cases, motions, seed))
        return found._replace(counts=counts)

    def motions(self, shape: tuple[int, ...]) -> LatticeMotions:
        """Those of a field `(C, L_1, ..., L_d)`.

        Raises:
            ValueError: if the lattice has not the sides that its group asks for.
        """
        return LatticeMotions(self.frame.build(shape[1:]), self.frame.translations)

    def loosened(self, samples: Sequence[FieldSample], findings: Sequence[Finding]) -> tuple[Loosened, int]:
        """Without a tolerance there is nothing to loosen; then the gaps tell."""
        if not self.atol:
            return {}, 0
        more, unknown = {}, 0
        for factor in FACTORS:
            looser = replace(self, atol=self.atol * factor)
            near = [finding for finding in findings if finding.gap <= looser.atol]
            more[factor], unknown = gained(looser, near, samples)
        return more, unknown

    def _found(self, samples: Sequence[FieldSample]) -> Found:
        x = torch.from_numpy(np.stack([np.asarray(sample.array) for sample in samples]))
        motions = self.motions(tuple(x.shape[1:]))
        repeats = self.frame.translations
        stabilizer, gap = (lattice_stabilizer, lattice_gap) if repeats else (image_stabilizer, image_gap)
        action = Lattice(motions.group, (Scalar(x.shape[1]),))
        masks = stabilizer(action, x, atol=self.atol)
        nearest = gap(action, x, masks)
        spread = x.flatten(1).amax(1).double() - x.flatten(1).amin(1).double()
        gaps = nearest.masked_fill(~(nearest <= _NEAR * spread), float("inf")).tolist()
        found = Found([], [], [])
        lengths = chain_length(x, self.atol).tolist() if self.atol else [0.0] * len(samples)
        for sample, kept, least, length in zip(samples, masks, gaps, lengths, strict=True):
            if length > self.atol:
                reason = (
                    f"its values go as far as {length:.3g} in steps below the tolerance {self.atol:g}, so that it does "
                    "not say which of them are equal: give a smaller one, or one above that."
                )
                found.undecided.append(Refused(sample.index, reason, name=sample.name))
                continue
            found.findings.append(
                Finding(
                    sample.index,
                    motions.name(kept),
                    Order.of(int(kept.sum())),
                    motions.orbits(kept),
                    elements=kept.nonzero()[:, 0].numpy(),
                    residual=length,
                    gap=least,
                    title=sample.name,
                )
            )
        return found


def _subgroups(quantity: Quantity, cases: list[Case], motions: list[LatticeMotions]) -> dict[str, float]:
    """The floors of models that are equivariant without mirrors, or under translations only."""

    def floor(part: str) -> float:
        smaller = []
        for case, motion in zip(cases, motions, strict=True):
            kept = motion.mask(_elements(case.finding)) & motion.parts()[part]
            smaller.append(case._replace(finding=replace(case.finding, orbits=motion.orbits(kept))))
        return invariant_floors(quantity.name, smaller).counts.floor

    return {part: floor(part) for part in motions[0].parts()}


def _elements(finding: Finding) -> Array:
    assert finding.elements is not None
    return finding.elements
