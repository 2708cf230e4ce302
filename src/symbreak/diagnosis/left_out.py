"""What was left out of a diagnosis, and why: nothing is skipped silently."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from symbreak.data.samples import Refused

_FIRST = 5  # that are listed by their numbers
_REASONS = 100
_OTHER = "other reasons"
_PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|\[[^\]]*\]|[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?|\bnan\b|\binf\b")


@dataclass(frozen=True)
class Reason:
    """How many samples were left out for one reason, the numbers of the first, and what was said of the very first."""

    count: int
    first: tuple[int, ...]
    said: str

    def merge(self, more: "Reason") -> "Reason":
        return Reason(self.count + more.count, (self.first + more.first)[:_FIRST], self.said)


@dataclass(frozen=True)
class LeftOut:
    """Samples that were left out, by reason. Reasons that differ in numbers and names only are one.

    Example:
        >>> out = LeftOut.of([Refused(3, "atom 0 is at nan."), Refused(8, "atom 7 is at inf.")])
        >>> out.count, out.reasons["atom … is at …."].first
        (2, (3, 8))
    """

    reasons: Mapping[str, Reason] = field(default_factory=dict)

    @classmethod
    def of(cls, refused: Iterable[Refused]) -> "LeftOut":
        found = cls()
        for item in refused:
            found = found.merge(cls({_kind(item.reason): Reason(1, (item.index,), item.reason)}))
        return found

    def merge(self, more: "LeftOut") -> "LeftOut":
        reasons = dict(self.reasons)
        for kind, reason in more.reasons.items():
            key = kind if kind in reasons or len(reasons) < _REASONS else _OTHER
            reasons[key] = reasons[key].merge(reason) if key in reasons else reason
        return LeftOut(reasons)

    @property
    def count(self) -> int:
        return sum(reason.count for reason in self.reasons.values())


def _kind(reason: str) -> str:
    """The reason without what is particular to the sample."""
    return _PARTICULAR.sub("…", reason)
