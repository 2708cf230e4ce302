"""How many samples gain symmetry at looser tolerances."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symbreak.diagnosis.finding import Finding
from symbreak.diagnosis.tally import Tally, added

FACTORS = (3, 10)  # looser tolerances, in units of the one that was asked for
LEAST = -9  # of the decades: below it residuals are rounding

Loosened = Mapping[int, list[tuple[Finding, Finding]]]  # by factor: the findings, each with that which has more


@dataclass(frozen=True)
class Gained:
    """Samples with more symmetry at one looser tolerance.

    Args:
        samples: how many.
        first: the numbers of the first five.
        names: what became what, as "Cs → C2v".
    """

    samples: int = 0
    first: tuple[int, ...] = ()
    names: Tally = Tally()

    def merge(self, more: "Gained") -> "Gained":
        return Gained(self.samples + more.samples, (self.first + more.first)[:5], self.names.merge(more.names))

    @classmethod
    def of(cls, pairs: Sequence[tuple[Finding, Finding]]) -> "Gained":
        """From the findings at the tolerance asked for, each with that at the looser one."""
        names = Tally.of(f"{tight.label} → {loose.label}" for tight, loose in pairs)
        return cls(len(pairs), tuple(tight.index for tight, _ in pairs[:5]), names)


@dataclass(frozen=True)
class NearCounts:
    """Near-symmetries of structures, in Å, and of fields, in units of their values.

    Args:
        gained: by factor of the tolerance.
        unknown: samples that could not be searched at the loosest of them, which is too large for them.
        residuals: how many symmetric structures are so from a tolerance between `10^k` and `10^(k + 1)` on, by k; -9
            and less are one.
        gaps: how many samples are known to gain symmetry between `10^k` and `10^(k + 1)`, by k.
    """

    gained: Mapping[int, Gained] = field(default_factory=dict)
    unknown: int = 0
    residuals: Mapping[int, int] = field(default_factory=dict)
    gaps: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, findings: Sequence[Finding], loosened: Loosened, unknown: int) -> "NearCounts":
        """From the findings of some structures, and of those that gain symmetry."""
        return cls(
            {factor: Gained.of(pairs) for factor, pairs in loosened.items()},
            unknown,
            _decades([f.residual for f in findings if f.symmetry is not None and not f.order.trivial]),
            _decades([finding.gap for finding in findings if math.isfinite(finding.gap)]),
        )

    def merge(self, more: "NearCounts") -> "NearCounts":
        return NearCounts(
            added(self.gained, more.gained, Gained.merge),
            self.unknown + more.unknown,
            added(self.residuals, more.residuals, int.__add__),
            added(self.gaps, more.gaps, int.__add__),
        )


def _decades(lengths: Sequence[float]) -> dict[int, int]:
    found = Counter(max(LEAST, math.floor(math.log10(length))) if length > 0 else LEAST for length in lengths)
    return dict(sorted(found.items()))
