"""Stabilizers of graphs: their automorphisms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symbreak.data.graphs import PackedGraphs, pack
from symbreak.data.samples import GraphSample, Refused
from symbreak.diagnosis.case import Case, Measured
from symbreak.diagnosis.domains.domain import Domain
from symbreak.diagnosis.finding import Finding, Found
from symbreak.diagnosis.invariant_floors import invariant_floors
from symbreak.diagnosis.order import Order
from symbreak.diagnosis.quantity import Quantity
from symbreak.symmetry.graphs import ColouredGraphs, GraphSymmetries, automorphisms
from symbreak.symmetry.graphs.symmetry import BUDGET

_EXACT = 62 * np.log(2)


@dataclass(frozen=True)
class GraphDomain(Domain):
    """Automorphism groups.

    Args:
        budget: the work for each graph, in visits of nodes and edges; a graph on which it runs out is undecided.
        fields: attributes of nodes and edges that belong to the input; None for all.
        without: those that do not: the targets.
    """

    budget: int = BUDGET
    fields: tuple[str, ...] | None = None
    without: frozenset[str] = frozenset()

    @property
    def group(self) -> str:
        return "S_n"

    def find(self, samples: Sequence[GraphSample]) -> Found:
        """Graphs with the same attributes are searched together."""
        groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[GraphSample]] = {}
        found = Found([], [], [])
        for sample in samples:
            missing = [] if self.fields is None else [f for f in self.fields if f not in {*sample.node, *sample.edge}]
            if missing:
                there = ", ".join(sorted({*sample.node, *sample.edge})) or "none"
                reason = f"it has no attribute {missing[0]!r} of nodes or edges; it has: {there}."
                found.refused.append(Refused(sample.index, reason, sample.line, sample.name))
                continue
            key = self.counted(sample.node), self.counted(sample.edge)
            groups.setdefault(key, []).append(sample)
        for (nodes, edges), members in groups.items():
            for part in _one_shape(members, nodes, edges):
                packed = pack(part, nodes, edges)
                found = found.plus(self.find_packed(packed, [sample.name for sample in part]))
        found.findings.sort(key=lambda finding: finding.index)
        return found

    def find_packed(self, packed: PackedGraphs, titles: Sequence[str] | None = None) -> Found:
        """Graphs whose colours are all that counts."""
        symmetries = automorphisms(coloured(packed), budget=self.budget)
        logs, one = symmetries.log_order(), Order.of(1)
        findings, undecided = [], []
        for b, index in enumerate(packed.index.tolist()):
            if not symmetries.decided[b]:
                undecided.append(Refused(index, _undecided(int(packed.nodes[b]), int(packed.edges[b]), self.budget)))
                continue
            order = one if logs[b] == 0 else _order(symmetries, b, float(logs[b]))
            i, j = symmetries.ptr[b], symmetries.ptr[b + 1]
            lo, hi = symmetries.edge_ptr[b], symmetries.edge_ptr[b + 1]
            findings.append(
                Finding(
                    index,
                    "",
                    order,
                    symmetries.node_orbits[i:j],
                    edge_orbits=symmetries.edge_orbits[lo:hi],
                    title=titles[b] if titles else "",
                )
            )
        return Found(findings, undecided, list(packed.refused))

    def measure(self, quantity: Quantity, cases: list[Case], samples: Sequence[GraphSample], seed: int) -> Measured:
        return invariant_floors(quantity.name, cases)

    def counted(self, attributes: dict) -> tuple[str, ...]:
        """The names of the attributes that belong to the input."""
        wanted = attributes if self.fields is None else self.fields
        return tuple(sorted(name for name in wanted if name in attributes and name not in self.without))


def first_graphs(packed: PackedGraphs, limit: int) -> PackedGraphs:
    """Those with a number below a limit; numbers grow."""
    k = int((packed.index < limit).sum())
    nodes, edges = int(packed.nodes[:k].sum()), int(packed.edges[:k].sum())
    return PackedGraphs(
        packed.nodes[:k],
        packed.edges[:k],
        packed.edge_index[:, :edges],
        packed.node_colour[:nodes],
        packed.edge_colour[:edges],
        packed.directed[:k],
        packed.index[:k],
        tuple(item for item in packed.refused if item.index < limit),
    )


def _order(symmetries: GraphSymmetries, b: int, log: float) -> Order:
    return Order.of(symmetries.order(b)) if log < _EXACT else Order(log / np.log(10), None)


def coloured(packed: PackedGraphs) -> ColouredGraphs:
    """The same graphs as search takes them."""
    ptr, edge_ptr = (np.concatenate([[0], np.cumsum(count)]).astype(np.int64) for count in (packed.nodes, packed.edges))
    source, target = packed.edge_index + np.repeat(ptr[:-1], packed.edges)
    return ColouredGraphs(packed.node_colour, ptr, source, target, packed.edge_colour, edge_ptr, packed.directed)


def _one_shape(samples: list[GraphSample], nodes: tuple[str, ...], edges: tuple[str, ...]) -> list[list[GraphSample]]:
    """Attributes compare if their rows have one shape; other graphs are searched by themselves."""
    groups: dict[tuple, list[GraphSample]] = {}
    for sample in samples:
        key = tuple(
            (table[name].shape[1:], table[name].dtype.kind == "U")
            for table, names in ((sample.node, nodes), (sample.edge, edges))
            for name in names
        )
        groups.setdefault(key, []).append(sample)
    return list(groups.values())


def _undecided(nodes: int, edges: int, budget: int) -> str:
    return (
        f"the search was stopped after {budget} steps on {nodes} nodes and {edges} edges. Raise the budget, or give "
        "attributes that tell nodes apart."
    )
