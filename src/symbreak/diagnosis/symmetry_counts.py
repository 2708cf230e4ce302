"""How often each stabilizer occurs, and how many nodes must share an embedding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symbreak.diagnosis.finding import Finding
from symbreak.diagnosis.order import Order
from symbreak.diagnosis.tally import Tally


@dataclass(frozen=True)
class SymmetryCounts:
    """Counts over the samples whose stabilizer is known.

    Args:
        samples: how many.
        trivial: those that only the identity keeps.
        infinite: those with a continuous stabilizer.
        names: of the stabilizers.
        orders: as `str(Order)` writes them.
        log2: how many have an order from `2^k` to before `2^(k + 1)`, by k; without the infinite ones.
        nodes: atoms, nodes or sites of all samples.
        orbits: their orbits.
        shared: nodes in an orbit of two or more: they are forced to share an embedding.
        largest: the largest stabilizer, and the number of its sample.
    """

    samples: int = 0
    trivial: int = 0
    infinite: int = 0
    names: Tally = Tally()
    orders: Tally = Tally()
    log2: Mapping[int, int] = field(default_factory=dict)
    nodes: int = 0
    orbits: int = 0
    shared: int = 0
    largest: tuple[Order, int] | None = None

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> "SymmetryCounts":
        log2: dict[int, int] = {}
        nodes = orbits = shared = 0
        largest: tuple[Order, int] | None = None
        for finding in findings:
            bin_ = finding.order.log2
            if bin_ is not None:
                log2[bin_] = log2.get(bin_, 0) + 1
            if largest is None or finding.order.log10 > largest[0].log10:
                largest = (finding.order, finding.index)
            nodes += finding.nodes
            if finding.order.trivial:
                orbits += finding.nodes
            else:
                sizes = finding.orbit_sizes()
                orbits += len(sizes)
                shared += int(sizes[sizes > 1].sum())
        return cls(
            len(findings),
            sum(finding.order.trivial for finding in findings),
            sum(finding.order.log2 is None for finding in findings),
            Tally.of(finding.name for finding in findings if finding.name),
            Tally.of(str(finding.order) for finding in findings),
            log2,
            nodes,
            orbits,
            shared,
            largest,
        )

    def merge(self, more: "SymmetryCounts") -> "SymmetryCounts":
        known = [item for item in (self.largest, more.largest) if item is not None]
        return SymmetryCounts(
            self.samples + more.samples,
            self.trivial + more.trivial,
            self.infinite + more.infinite,
            self.names.merge(more.names),
            self.orders.merge(more.orders),
            {k: self.log2.get(k, 0) + more.log2.get(k, 0) for k in sorted({*self.log2, *more.log2})},
            self.nodes + more.nodes,
            self.orbits + more.orbits,
            self.shared + more.shared,
            max(known, key=lambda item: item[0].log10, default=None),  # of equals, the first
        )

    @property
    def nontrivial(self) -> int:
        return self.samples - self.trivial

    @property
    def share(self) -> float:
        """Of the samples, those with a non-trivial stabilizer."""
        return self.nontrivial / max(self.samples, 1)

    @property
    def shared_share(self) -> float:
        """Of the nodes, those that are forced to share an embedding."""
        return self.shared / max(self.nodes, 1)
