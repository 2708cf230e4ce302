"""The result of a diagnosis."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from symbreak.diagnosis.changes import ModeSum
from symbreak.diagnosis.left_out import LeftOut
from symbreak.diagnosis.near_counts import NearCounts
from symbreak.diagnosis.part import Part
from symbreak.diagnosis.remedy import Recommendation, RemainingFloors, Remedy, recommend
from symbreak.diagnosis.symmetry_counts import SymmetryCounts
from symbreak.diagnosis.tally import Tally
from symbreak.diagnosis.target_counts import TargetCounts
from symbreak.symmetry.curie import DirectionTest

_KINDS = {"molecule": "structure", "crystal": "crystal", "graph": "graph", "field": "field"}


@dataclass(frozen=True, eq=False)
class TargetDiagnosis:
    """One target.

    Args:
        counts: sums over the samples.
        direction: whether its unreachable parts have a direction in common; None if there are none, or none to compare.
        floors: under each remedy.
        recommendation: which of them fits.
    """

    counts: TargetCounts
    direction: DirectionTest | None
    floors: RemainingFloors
    recommendation: Recommendation

    @classmethod
    def of(cls, counts: TargetCounts, seed: int) -> "TargetDiagnosis":
        test, floors = counts.direction.test(seed), RemainingFloors.of(counts)
        return cls(counts, test, floors, recommend(counts, floors, test))


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """Which self-symmetries a data set has, what they forbid, and what to do about it.

    Every entry of the data is counted once: in `symmetry`, in `undecided`, or in `left_out`. `str` says it in words,
    `to_json` as a table of a documented schema (see `symbreak.diagnosis.document`).

    Args:
        subject: the data, by name.
        kind: of the samples: "structure", "crystal", "graph", "field" or "item", the most frequent one.
        group: in which stabilizers were looked for.
        read: entries of the data.
        kinds: of samples.
        symmetry: how often each stabilizer occurs.
        undecided: samples on which the search was stopped.
        left_out: samples that could not be read or searched.
        targets: what symmetry demands of each.
        near: what looser tolerances find.
        views: the symmetry of the same samples seen otherwise.
        modes: of changes from one structure to another.
        notes: of what was done to samples.
        recommendation: that of the target with the highest share of its floor.
    """

    subject: str
    kind: str
    group: str
    read: int
    kinds: Tally
    symmetry: SymmetryCounts
    undecided: LeftOut
    left_out: LeftOut
    targets: tuple[TargetDiagnosis, ...]
    recommendation: Recommendation
    near: NearCounts = NearCounts()
    views: Mapping[str, SymmetryCounts] = field(default_factory=dict)
    modes: Mapping[str, ModeSum] = field(default_factory=dict)
    notes: Tally = Tally()

    @classmethod
    def of(cls, part: Part, *, subject: str, seed: int, kind: str | None = None) -> "Diagnosis":
        """The sums of all samples, finished.

        Args:
            part: of all samples.
            subject: the data, by name.
            seed: of the direction tests.
            kind: of the samples; None to take the most frequent.
        Raises:
            ValueError: if no sample has a target that was asked for.
        """
        for counts in part.targets.values():
            if not counts.samples and counts.missing.count:
                said = next(iter(counts.missing.reasons.values())).said
                raise ValueError(f"No sample of {subject} has the target {counts.name!r}: {said}")
        targets = tuple(TargetDiagnosis.of(counts, seed) for counts in part.targets.values())
        kinds, groups = part.kinds.largest(), part.groups.largest()
        return cls(
            subject,
            kind or (_KINDS[kinds[0][0]] if kinds else "item"),
            ", ".join(name for name, _ in groups),
            part.read,
            part.kinds,
            part.symmetry,
            part.undecided,
            part.left_out,
            targets,
            _overall(part.symmetry, targets),
            part.near,
            part.views,
            part.modes,
            part.notes,
        )

    def target(self, name: str) -> TargetDiagnosis:
        """The target of a name.

        Raises:
            ValueError: if there is none.
        """
        for one in self.targets:
            if one.counts.name == name:
                return one
        there = ", ".join(one.counts.name for one in self.targets) or "none"
        raise ValueError(f"The diagnosis has no target {name!r}; it has: {there}.")

    def to_json(self) -> dict[str, Any]:
        """As JSON can hold it: see `symbreak.diagnosis.document`."""
        from symbreak.diagnosis.document import document

        return document(self)

    def __str__(self) -> str:
        from symbreak.diagnosis.statements import statements

        return "\n".join(statements(self))


def _overall(symmetry: SymmetryCounts, targets: tuple[TargetDiagnosis, ...]) -> Recommendation:
    if targets:
        return max(targets, key=lambda one: one.counts.share).recommendation
    if not symmetry.samples:
        return Recommendation(Remedy.OPEN, ("no stabilizer is known",))
    if not symmetry.nontrivial:
        return Recommendation(
            Remedy.NOTHING, (f"all {symmetry.samples} stabilizers are trivial: nothing is forbidden",)
        )
    return Recommendation(
        Remedy.OPEN,
        (
            f"{symmetry.share:.1%} of the samples have a symmetry, and {symmetry.shared_share:.1%} of the nodes share "
            "an embedding: name a target to learn what that costs",
        ),
    )
