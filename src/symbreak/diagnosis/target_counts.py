"""Sums over the samples of one target."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from symbreak.diagnosis.direction_sums import DirectionSums
from symbreak.diagnosis.left_out import LeftOut
from symbreak.diagnosis.tally import Tally, added

_WORST = 10


@dataclass(frozen=True)
class Forced:
    """Components that symmetry forces to vanish, and what the target is there.

    Args:
        samples: how many it concerns.
        broken: of these, how many have a target that does not vanish there.
        vectors: of atoms or nodes, or of the samples themselves.
        squares: of the target's components there.
        largest: the largest of their norms, and the number of its sample.
        names: of the stabilizers.
    """

    samples: int
    broken: int
    vectors: int
    squares: float
    largest: tuple[float, int]
    names: Tally

    def merge(self, more: "Forced") -> "Forced":
        return Forced(
            self.samples + more.samples,
            self.broken + more.broken,
            self.vectors + more.vectors,
            self.squares + more.squares,
            max(self.largest, more.largest, key=lambda item: item[0]),
            self.names.merge(more.names),
        )


@dataclass(frozen=True)
class Irrep:
    """How many dimensions of an irrep are allowed, of how many, and its part of the floor."""

    allowed: int
    of: int
    floor: float

    def merge(self, more: "Irrep") -> "Irrep":
        return Irrep(self.allowed + more.allowed, self.of + more.of, self.floor + more.floor)


@dataclass(frozen=True)
class WorstSample:
    """A sample with a high floor.

    Args:
        index: of the sample.
        stabilizer: its label.
        floor: of the squared error.
        share: of `|y|²`.
        node: the node with the largest error; None for a target of the sample.
        value: there, up to nine entries of it.
        nearest: what an equivariant model can reach there.
    """

    index: int
    stabilizer: str
    floor: float
    share: float
    node: int | None
    value: tuple[float, ...]
    nearest: tuple[float, ...]


@dataclass(frozen=True)
class NearFloor:
    """Samples that gain symmetry at a looser tolerance.

    Args:
        samples: how many have this target.
        floor: what a model reaches that does not see the difference: the sum of their floors at that tolerance.
        steepest: the largest Lipschitz constant that is needed to reach the target, and the number of its sample.
        steepness: how many samples need one from `10^k` to before `10^(k + 1)`, by k.
    """

    samples: int = 0
    floor: float = 0.0
    steepest: tuple[float, int] | None = None
    steepness: Mapping[int, int] = field(default_factory=dict)

    def merge(self, more: "NearFloor") -> "NearFloor":
        known = [item for item in (self.steepest, more.steepest) if item is not None]
        return NearFloor(
            self.samples + more.samples,
            self.floor + more.floor,
            max(known, key=lambda item: item[0], default=None),
            added(self.steepness, more.steepness, int.__add__),
        )


@dataclass(frozen=True)
class TargetCounts:
    """What is known of one target.

    Args:
        name: of the target.
        per: "sample", "node" or "edge".
        moves: how it moves, in words.
        samples: those that have it and a known stabilizer.
        entries: numbers in all.
        squares: `Σ |y|²`.
        floor: `Σ |y - P y|²`, of the squared error.
        restricted: samples whose floor is more than rounding.
        missing: samples without it.
        forced: by irrep, components that must vanish.
        irreps: by name.
        losses: floors of other losses, summed, by name.
        subgroups: the floor under smaller groups, by name.
        direction: what tells whether the breaking has one direction.
        worst: the samples with the highest floors.
        near: by tolerance, in units of the one that was asked for.
        text: samples in which it is text, as they are left out where it is a number in others.
    """

    name: str
    per: str = ""
    moves: str = ""
    samples: int = 0
    entries: int = 0
    squares: float = 0.0
    floor: float = 0.0
    restricted: int = 0
    missing: LeftOut = LeftOut()
    forced: Mapping[str, Forced] = field(default_factory=dict)
    irreps: Mapping[str, Irrep] = field(default_factory=dict)
    losses: Mapping[str, float] = field(default_factory=dict)
    subgroups: Mapping[str, float] = field(default_factory=dict)
    direction: DirectionSums = DirectionSums()
    worst: tuple[WorstSample, ...] = ()
    near: Mapping[int, NearFloor] = field(default_factory=dict)
    text: LeftOut = LeftOut()

    def merge(self, more: "TargetCounts") -> "TargetCounts":
        if self.entries and more.entries and self.is_label != more.is_label:  # labels among numbers are left out
            missing = self.missing.merge(self.text).merge(more.missing.merge(more.text))
            return replace(more if self.is_label else self, missing=missing)
        known = self if self.entries else more
        return TargetCounts(
            self.name,
            known.per,
            known.moves,
            self.samples + more.samples,
            self.entries + more.entries,
            self.squares + more.squares,
            self.floor + more.floor,
            self.restricted + more.restricted,
            self.missing.merge(more.missing),
            added(self.forced, more.forced, Forced.merge),
            added(self.irreps, more.irreps, Irrep.merge),
            self._of_all(self.losses, more, more.losses),
            self._of_all(self.subgroups, more, more.subgroups),
            self.direction.merge(more.direction),
            tuple(sorted([*self.worst, *more.worst], key=lambda one: (-one.floor, one.index))[:_WORST]),
            added(self.near, more.near, NearFloor.merge),
            self.text.merge(more.text),
        )

    @property
    def is_label(self) -> bool:
        """Whether it is text, and squared errors are those of one-hot vectors."""
        return bool(self.text.reasons)

    @property
    def share(self) -> float:
        """Of `Σ |y|²`, that no equivariant model reaches."""
        return self.floor / self.squares if self.squares > 0 else 0.0

    def _of_all(
        self, mine: Mapping[str, float], more: "TargetCounts", theirs: Mapping[str, float]
    ) -> Mapping[str, float]:
        """Sums that are known for every sample."""
        if not self.entries or not more.entries:
            return mine if self.entries else theirs
        return {name: value + theirs[name] for name, value in mine.items() if name in theirs}
