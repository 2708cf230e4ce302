"""Tables by name that merge, and counts that stay bounded, so that memory does not grow with the data."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

_NAMES = 500
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class Tally:
    """How often each name occurred. Names beyond the first 500 are counted together.

    Example:
        >>> both = Tally.of(["C2v", "Td"]).merge(Tally.of(["C2v"]))
        >>> both.largest(), both.total
        ([('C2v', 2), ('Td', 1)], 3)
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    other: int = 0

    @classmethod
    def of(cls, names: Iterable[str]) -> "Tally":
        return cls().merge(cls(Counter(names)))

    def merge(self, more: "Tally") -> "Tally":
        counts, other = dict(self.counts), self.other + more.other
        for name, count in more.counts.items():
            if name in counts or len(counts) < _NAMES:
                counts[name] = counts.get(name, 0) + count
            else:
                other += count
        return Tally(counts, other)

    @property
    def total(self) -> int:
        return sum(self.counts.values()) + self.other

    def largest(self) -> list[tuple[str, int]]:
        """Names with their counts, the most frequent first; equal counts by name."""
        return sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))


def added(mine: Mapping[K, V], more: Mapping[K, V], add: Callable[[V, V], V]) -> dict[K, V]:
    """Two tables as one, with the entries under one key added.

    Example:
        >>> added({"a": 1}, {"a": 2, "b": 3}, int.__add__)
        {'a': 3, 'b': 3}
    """
    merged = dict(mine)
    for key, value in more.items():
        merged[key] = add(merged[key], value) if key in merged else value
    return merged
