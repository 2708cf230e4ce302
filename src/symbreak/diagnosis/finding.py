"""What was found of the symmetry of one sample."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from symbreak.data.samples import Array, Refused
from symbreak.diagnosis.order import Order
from symbreak.symmetry.self_symmetry import Symmetry


@dataclass(frozen=True, eq=False)
class Finding:
    """The stabilizer of one sample.

    Args:
        index: of the sample.
        name: of the stabilizer, as "C2v" or "Pm-3m (221)"; "" where groups have no names, as those of graphs.
        order: of the stabilizer.
        orbits: int64 `(n,)`, equal for nodes that it exchanges; None where a sample has no nodes.
        symmetry: its elements or generators, where targets turn; None where they are numbers on orbits.
        edge_orbits: int64 `(m,)`, likewise for the edges of a graph.
        elements: int64 `(order,)`, the numbers of the elements in a finite group; None where it is not.
        residual: the largest that an element leaves, in Å; the least tolerance at which all this is found.
        gap: the least tolerance at which more would be found, as far as it is known.
        title: of the sample.
    """

    index: int
    name: str
    order: Order
    orbits: Array | None = None
    symmetry: Symmetry | None = None
    edge_orbits: Array | None = None
    elements: Array | None = None
    residual: float = 0.0
    gap: float = float("inf")
    title: str = ""

    @property
    def label(self) -> str:
        """The name, or else the order."""
        return self.name or ("trivial" if self.order.trivial else f"order {self.order}")

    @property
    def nodes(self) -> int:
        return 0 if self.orbits is None else len(self.orbits)

    def orbit_sizes(self) -> Array:
        """int64 `(orbits,)`."""
        if self.orbits is None:
            return np.zeros(0, dtype=np.int64)
        sizes = np.bincount(self.orbits)
        return sizes[sizes > 0]


class Found(NamedTuple):
    """The findings in a chunk, what could not be decided within the budget, and what was refused."""

    findings: list[Finding]
    undecided: list[Refused]
    refused: list[Refused]

    def plus(self, more: "Found") -> "Found":
        return Found(self.findings + more.findings, self.undecided + more.undecided, self.refused + more.refused)
