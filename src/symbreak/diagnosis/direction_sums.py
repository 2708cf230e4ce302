"""What tells, in bounded memory, whether symmetry is broken in one direction over a data set."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from symbreak.data.samples import Array
from symbreak.groups import SampleKeys
from symbreak.symmetry.curie import DirectionTest, direction_test

_DRAWS = 256  # samples that are kept for the test
_ENTRIES = 1 << 21  # of all their outcomes
_DENSE = 64  # entries of a target up to which the best constant is exact


class Kept(NamedTuple):
    """A sample of the test: its random key, its number, its unreachable part `(d,)` and the outcomes `(K, d)`."""

    key: int
    index: int
    part: Array
    outcomes: Array


@dataclass(frozen=True, eq=False)
class DirectionSums:
    """Running sums over the unreachable parts `r_i`, and a random selection of them.

    The targets of nodes are added over the nodes, as one constant vector on all of them would be. The selection is that
    of the least random keys, which are hashes of the sample's number: it is the same for any order of the chunks.

    Args:
        dim: d, of the parts; 0 before the first, None if samples have several, so that no vector is common to them.
        total: `Σ r_i`, `(d,)`.
        weight: `Σ n_i`, the number of vectors that a constant is added to.
        gram: `Σ n_i (1 - P_i)`, `(d, d)`; None for more than 64 entries.
        kept: the selection.
    """

    dim: int | None = 0
    total: Array | None = None
    weight: float = 0.0
    gram: Array | None = None
    kept: tuple[Kept, ...] = ()

    @classmethod
    def of(cls, parts: Array, weight: float, gram: Array | None, kept: Sequence[Kept]) -> "DirectionSums":
        """From the parts of some samples, `(B, d)`, and those that may be selected."""
        return cls(parts.shape[1], parts.sum(0), weight, gram, _least(list(kept)))

    def merge(self, more: "DirectionSums") -> "DirectionSums":
        if self.dim == 0 or more.dim == 0:
            return more if self.dim == 0 else self
        if self.dim != more.dim or self.total is None or more.total is None:
            return DirectionSums(None)
        gram = None if self.gram is None or more.gram is None else self.gram + more.gram
        return DirectionSums(
            self.dim, self.total + more.total, self.weight + more.weight, gram, _least([*self.kept, *more.kept])
        )

    def fixed_floor(self, floor: float) -> float | None:
        """What a constant vector leaves of a floor: `Σ |(1 - P_i)(y_i - b)|²` at the best b, or a bound from above.

        With more than 64 entries the bound is `floor - |Σ r|² / Σ n`, which is exact if all samples have one symmetry.
        """
        if self.total is None or not self.weight:
            return None
        if self.gram is None:
            gain = float(self.total @ self.total) / self.weight
        else:
            gain = float(self.total @ np.linalg.pinv(self.gram, rcond=1e-9, hermitian=True) @ self.total)
        return max(floor - gain, 0.0)

    def test(self, seed: int) -> DirectionTest | None:
        """Whether the parts have a direction in common; None if there is nothing to test."""
        if not self.kept:
            return None
        parts = torch.tensor(np.stack([item.part for item in self.kept]))
        outcomes = [torch.tensor(item.outcomes) for item in self.kept]
        return direction_test(parts, generator=torch.Generator().manual_seed(seed), outcomes=outcomes)


def selected(index: Sequence[int], seed: int) -> list[int]:
    """The random keys of samples, by their numbers."""
    return SampleKeys(torch.tensor(index, dtype=torch.int64), seed=seed).bits((len(index),)).tolist()


def capacity(entries: int) -> int:
    """How many outcomes of so many entries are kept for each sample."""
    return max(2, min(48, _ENTRIES // (_DRAWS * max(entries, 1))))


def has_gram(dim: int) -> bool:
    """Whether the best constant is computed exactly."""
    return dim <= _DENSE


def _least(kept: list[Kept]) -> tuple[Kept, ...]:
    kept = sorted(kept, key=lambda item: (item.key, item.index))[:_DRAWS]
    room = max(8, _ENTRIES // max((item.outcomes.size for item in kept), default=1))
    return tuple(kept[:room])
