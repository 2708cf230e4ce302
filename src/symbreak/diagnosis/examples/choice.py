"""Which samples are shown: the first of each frequent stabilizer, and the worst of each target."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from symbreak.diagnosis.sample_row import SampleRow

MOST = 8  # examples
_LABELS = 500  # stabilizers whose first samples are remembered
_WORST = 2  # of each target
_ROUNDING = 1e-9  # of |y|²


@dataclass(frozen=True)
class Place:
    """A sample by its number and that of its chunk, and why it is shown."""

    index: int
    chunk: int
    why: tuple[str, ...] = ()


@dataclass
class ExampleChoice:
    """Looks at the lines of the samples as they come, and remembers which could be examples.

    Args:
        targets: names, in the order of the floors of a line.
        most_nodes: samples with more nodes, or sites, are not shown.

    Example:
        >>> choice = ExampleChoice([])
        >>> choice.see([SampleRow(0, "", "C1", "1", 3, 3), SampleRow(1, "", "C2v", "4", 3, 2)])
        >>> choice.places()
        [Place(index=1, chunk=0, why=('the first of 1 sample with C2v',))]
    """

    targets: Sequence[str]
    most_nodes: int = 400
    _chunk: int = 0
    _first: dict[str, Place] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)
    _worst: dict[str, list[tuple[float, float, Place]]] = field(default_factory=dict)

    def see(self, rows: Sequence[SampleRow]) -> None:
        """The lines of the next chunk."""
        for row in rows:
            if row.order in ("", "1"):
                continue
            if row.stabilizer in self._counts or len(self._counts) < _LABELS:
                self._counts[row.stabilizer] = self._counts.get(row.stabilizer, 0) + 1
            if row.nodes > self.most_nodes:
                continue
            place = Place(row.index, self._chunk)
            if row.stabilizer in self._counts:
                self._first.setdefault(row.stabilizer, place)
            for name, item in zip(self.targets, row.floors, strict=False):
                if item is not None and item[0] > _ROUNDING * item[1]:
                    worst = [*self._worst.get(name, []), (-item[0], row.index, place)]
                    self._worst[name] = sorted(worst, key=lambda entry: entry[:2])[:_WORST]
        self._chunk += 1

    def places(self) -> list[Place]:
        """The examples, at most eight, in the order of the file: of half of them the reason is a target."""
        found: dict[int, Place] = {}

        def add(place: Place, why: str) -> None:
            known = found.get(place.index, place)
            found[place.index] = Place(known.index, known.chunk, (*known.why, why))

        ordered = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        for name in self.targets:
            for rank, (_, _, place) in enumerate(self._worst.get(name, [])):
                if place.index in found or len(found) < MOST // 2:
                    add(place, f"the {'' if rank == 0 else 'second '}highest floor of {name}")
        for label, count in ordered:
            place = self._first.get(label)
            if place is not None and (place.index in found or len(found) < MOST):
                add(place, f"the first of {count} sample{'' if count == 1 else 's'} with {label}")
        return sorted(found.values(), key=lambda place: place.index)
