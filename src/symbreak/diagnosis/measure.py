"""The floors of one target over the samples of a chunk."""

from collections.abc import Sequence
from typing import Any

from symbreak.data.samples import FieldSample, Refused
from symbreak.diagnosis.case import Case
from symbreak.diagnosis.domains.domain import Domain
from symbreak.diagnosis.domains.structures import StructureDomain
from symbreak.diagnosis.finding import Finding
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
        if isinstance(domain, StructureDomain):
            counts = counts.merge(TargetCounts(quantity.name, near=_near(domain, quantity, samples, cases, near)))
    return counts, floors


def _near(
    domain: StructureDomain, quantity: Quantity, samples: dict[int, Any], cases: list[Case], near: Loosened
) -> dict[int, NearFloor]:
    """By factor of the tolerance; numbers that do not turn are left to the exact floors."""
    rep = domain.representation(quantity, cases[0])
    if isinstance(rep, Trivial):
        return {}
    found = {}
    for factor, pairs in near.items():
        loose = {finding.index: finding for _, finding in pairs}
        some = [
            NearCase(case._replace(finding=loose[case.finding.index]), samples[case.finding.index])
            for case in cases
            if case.finding.index in loose
        ]
        if some:
            found[factor] = near_floor(rep, some, domain.tolerance)
    return found
