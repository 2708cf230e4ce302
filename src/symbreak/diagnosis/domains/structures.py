"""Molecules and crystals, which a file may mix."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symbreak.data.samples import Structure
from symbreak.diagnosis.case import Case, Measured
from symbreak.diagnosis.domains.clouds import CloudFinder
from symbreak.diagnosis.domains.crystals import CrystalFinder
from symbreak.diagnosis.domains.domain import Domain, gained
from symbreak.diagnosis.finding import Finding, Found
from symbreak.diagnosis.frame import SpaceFrame
from symbreak.diagnosis.invariant_floors import invariant_floors
from symbreak.diagnosis.near_counts import FACTORS, Loosened
from symbreak.diagnosis.quantity import Quantity, is_text
from symbreak.diagnosis.tensor_floors import tensor_floors
from symbreak.representations import Representation, Trivial


@dataclass(frozen=True)
class StructureDomain(Domain):
    """Point groups of what does not repeat, space groups of what does.

    Args:
        frame: the group to look in.
        tolerance: in Å.
        fields: per-atom arrays that belong to the input.
    """

    frame: SpaceFrame = SpaceFrame()
    tolerance: float = 0.01
    fields: tuple[Quantity, ...] = ()

    @property
    def group(self) -> str:
        return str(self.frame)

    def find(self, samples: Sequence[Structure]) -> Found:
        clouds = CloudFinder(self.frame, self.tolerance, self.fields)
        found = clouds.find([sample for sample in samples if not sample.periodic])
        crystals = [sample for sample in samples if sample.periodic]
        if crystals:
            found = found.plus(CrystalFinder(self.frame, self.tolerance, self.fields).find(crystals))
        found.findings.sort(key=lambda finding: finding.index)
        return found

    def representation(self, quantity: Quantity, case: Case) -> Representation:
        """How a row of a target moves; text does not."""
        if is_text(case.value):
            return Trivial(self.frame.group)
        return quantity.representation(case.value.shape[1:], self.frame.group)

    def measure(self, quantity: Quantity, cases: list[Case], samples: Sequence[Structure], seed: int) -> Measured:
        rep = self.representation(quantity, cases[0])
        if isinstance(rep, Trivial):
            return invariant_floors(quantity.name, cases)
        return tensor_floors(quantity.name, rep, cases, seed)

    def loosened(self, samples: Sequence[Structure], findings: Sequence[Finding]) -> tuple[Loosened, int]:
        periodic = {sample.index for sample in samples if sample.periodic}
        more, unknown = {}, 0
        for factor in FACTORS:
            looser = replace(self, tolerance=self.tolerance * factor)
            # the gap tells of a molecule that it gains nothing below it
            near = [f for f in findings if f.index in periodic or f.gap <= looser.tolerance]
            more[factor], unknown = gained(looser, near, samples)
        return more, unknown
