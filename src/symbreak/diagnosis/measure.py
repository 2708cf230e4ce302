"""The floors of one target over the samples of a chunk."""

from collections.abc import Sequence
from typing import Any

from symbreak.data.samples import FieldSample, Refused
from symbreak.data.targets import Per
from symbreak.diagnosis.case import Case
from symbreak.diagnosis.domains.domain import Domain
from symbreak.diagnosis.domains.structures import StructureDomain
from symbreak.diagnosis.finding import Finding
from symbreak.diagnosis.invariant_floors import invariant_floors
from symbreak.diagnosis.label_floors import check_label
from symbreak.diagnosis.left_out import LeftOut
from symbreak.diagnosis.near_counts import Loosened
from symbreak.diagnosis.near_floors import NearCase, near_floor
from symbreak.diagnosis.quantity import Quantity, is_text
from symbreak.diagnosis.target_counts import NearFloor, TargetCounts
from symbreak.representations import Trivial

Floors = dict[int, tuple[float, float]]  # by the sample's number: its floor, and |y|²


def measure(
    domain: Domain, quantity: Quantity, samples: dict[int, Any], findings: Sequence[Finding], near: Loosened, seed: int
) -> tuple[TargetCounts, Floors]:
    """The floors of a target; samples that lack it are counted with the reason.

    Args:
        domain: of the samples.
        quantity: the target.
        samples: by their numbers.
        findings: of those whose stabilizer is known.
        near: the findings of those that gain symmetry at looser tolerances.
        seed: of the direction test.
    Raises:
        ValueError: if nothing says how the target moves.
    """
    missing, groups = [], {}
    for finding in findings:
        sample = samples[finding.index]
        try:
            case = domain.case(sample, finding, quantity)
            check_label(quantity, case)
        except ValueError as error:
            line = None if isinstance(sample, FieldSample) else sample.line
            missing.append(Refused(finding.index, str(error), line, sample.name))
            continue
        groups.setdefault((case.per, case.value.shape[1:], is_text(case.value)), []).append(case)
    counts, floors = TargetCounts(quantity.name, missing=LeftOut.of(missing)), {}
    for cases in groups.values():
        found = domain.measure(quantity, cases, [samples[case.finding.index] for case in cases], seed)
        counts = counts.merge(found.counts)
        for case, floor, square in zip(cases, found.floors.tolist(), found.squares.tolist(), strict=True):
            floors[case.finding.index] = (floor, square)
        counts = counts.merge(TargetCounts(quantity.name, near=_near(domain, quantity, samples, cases, near)))
    return counts, floors


def _near(
    domain: Domain, quantity: Quantity, samples: dict[int, Any], cases: list[Case], near: Loosened
) -> dict[int, NearFloor]:
    """By factor of the tolerance; a number of the sample itself is free at any."""
    rep = domain.representation(quantity, cases[0]) if isinstance(domain, StructureDomain) else None
    found = {}
    for factor, pairs in near.items():
        loose = {finding.index: finding for _, finding in pairs}
        some = [case._replace(finding=loose[case.finding.index]) for case in cases if case.finding.index in loose]
        if not some:
            continue
        if isinstance(domain, StructureDomain) and not isinstance(rep, Trivial | None):
            structures = [NearCase(case, samples[case.finding.index]) for case in some]
            found[factor] = near_floor(rep, structures, domain.tolerance)
        elif some[0].per is not Per.SAMPLE:
            found[factor] = NearFloor(len(some), invariant_floors(quantity.name, some).counts.floor)
    return found
