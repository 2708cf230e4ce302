"""The partial result of some samples; partial results merge, in the order of the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from symbreak.diagnosis.changes import ModeSum
from symbreak.diagnosis.left_out import LeftOut
from symbreak.diagnosis.near_counts import NearCounts
from symbreak.diagnosis.symmetry_counts import SymmetryCounts
from symbreak.diagnosis.tally import Tally, added
from symbreak.diagnosis.target_counts import TargetCounts


@dataclass(frozen=True)
class Part:
    """Counts, sums and bounded lists.

    Args:
        read: entries of the file; each is in `symmetry`, `undecided` or `left_out`.
        kinds: of samples: "molecule", "crystal", "graph", "field".
        groups: in which stabilizers were looked for.
        symmetry: of those that are known.
        undecided: those on which the search was stopped.
        left_out: those that could not be read or searched.
        targets: by name.
        near: what looser tolerances find.
        views: the symmetry of the same samples seen otherwise, by name.
        modes: of changes, by name.
        notes: of what was done to samples.
    """

    read: int = 0
    kinds: Tally = Tally()
    groups: Tally = Tally()
    symmetry: SymmetryCounts = SymmetryCounts()
    undecided: LeftOut = LeftOut()
    left_out: LeftOut = LeftOut()
    targets: Mapping[str, TargetCounts] = field(default_factory=dict)
    near: NearCounts = NearCounts()
    views: Mapping[str, SymmetryCounts] = field(default_factory=dict)
    modes: Mapping[str, ModeSum] = field(default_factory=dict)
    notes: Tally = Tally()

    def merge(self, more: "Part") -> "Part":
        return Part(
            self.read + more.read,
            self.kinds.merge(more.kinds),
            self.groups.merge(more.groups),
            self.symmetry.merge(more.symmetry),
            self.undecided.merge(more.undecided),
            self.left_out.merge(more.left_out),
            added(self.targets, more.targets, TargetCounts.merge),
            self.near.merge(more.near),
            added(self.views, more.views, SymmetryCounts.merge),
            added(self.modes, more.modes, ModeSum.merge),
            self.notes.merge(more.notes),
        )
