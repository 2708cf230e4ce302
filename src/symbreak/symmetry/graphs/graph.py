"""Graphs whose nodes and edges have colours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, eq=False)
class ColouredGraph:
    """A graph with colours on its nodes and edges, directed or not; loops and parallel edges are allowed.

    A permutation `g` is an automorphism if it keeps the colour of each node and, for any two nodes, the multiset of the
    colours of the edges between them, in each direction. Colours have no meaning but to be equal or not; their order
    decides which of the isomorphic graphs is the canonical one.

    Args:
        node_colour: int64 `(n,)`.
        source: int64 `(E,)`, a row for each edge; an undirected one is listed once, in either direction.
        target: int64 `(E,)`.
        edge_colour: int64 `(E,)`.
        directed: whether an edge goes from its source to its target only.

    Raises:
        ValueError: if the arrays do not fit each other, or an edge ends at no node.

    Example:
        >>> graph = ColouredGraph.from_edges(3, [(0, 1), (1, 2)])
        >>> graph.relabel([2, 0, 1]).source, graph.relabel([2, 0, 1]).target  # 0 -> 2, 1 -> 0, 2 -> 1
        (array([2, 0]), array([0, 1]))
    """

    node_colour: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    edge_colour: NDArray[np.int64]
    directed: bool = False

    def __post_init__(self):
        check_columns(self)
        check_ends(self.source, self.target, len(self.node_colour))

    @classmethod
    def from_edges(
        cls,
        nodes: int,
        edges: Iterable[tuple[int, int]] | ArrayLike,
        *,
        node_colour: ArrayLike | None = None,
        edge_colour: ArrayLike | None = None,
        directed: bool = False,
    ) -> "ColouredGraph":
        """The graph of a list of pairs `(E, 2)`; without colours, all are 0."""
        if nodes < 0:
            raise ValueError(f"The graph has {nodes} nodes, but a number of nodes is not negative.")
        pairs = np.asarray(edges if hasattr(edges, "__array__") else list(edges))  # type: ignore[arg-type]
        pairs = pairs.astype(np.int64) if pairs.size == 0 else pairs
        if pairs.size and (pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu"):
            raise ValueError(
                f"The edges have shape {pairs.shape} and dtype {pairs.dtype}, but each is a pair of nodes: give "
                "integers of shape (E, 2). An edge_index of shape (2, E) is to be transposed."
            )
        pairs = pairs.astype(np.int64).reshape(-1, 2)
        return cls(
            _colours_of(node_colour, nodes),
            pairs[:, 0].copy(),
            pairs[:, 1].copy(),
            _colours_of(edge_colour, len(pairs)),
            directed,
        )

    @classmethod
    def from_data(
        cls, data: Any, nodes: Sequence[str] = (), edges: Sequence[str] = (), *, atol: float = 0.0
    ) -> "ColouredGraph":
        """That of one PyG `Data`: see `ColouredGraphs.from_batch`, which also makes graphs that are to be compared."""
        from torch_geometric.data import Batch

        from symbreak.symmetry.graphs.batch import ColouredGraphs

        return ColouredGraphs.from_batch(Batch.from_data_list([data]), nodes, edges, atol=atol)[0]

    @classmethod
    def from_networkx(
        cls, graph: Any, nodes: Sequence[str] = (), edges: Sequence[str] = (), *, atol: float = 0.0
    ) -> "ColouredGraph":
        """That of one networkx graph: see `ColouredGraphs.from_networkx`."""
        from symbreak.symmetry.graphs.batch import ColouredGraphs

        return ColouredGraphs.from_networkx([graph], nodes, edges, atol=atol)[0]

    def relabel(self, g: ArrayLike) -> "ColouredGraph":
        """The graph `g x`: node `i` becomes node `g[i]`, and the edges keep their order."""
        g = np.asarray(g, dtype=np.int64)
        n = len(self.node_colour)
        if g.shape != (n,) or not np.array_equal(np.sort(g), np.arange(n)):
            raise ValueError(
                f"g has shape {g.shape}, but it must be a permutation of the {n} nodes: each of their numbers once."
            )
        node_colour = np.empty_like(self.node_colour)
        node_colour[g] = self.node_colour
        return ColouredGraph(node_colour, g[self.source], g[self.target], self.edge_colour, self.directed)

    def same_as(self, other: "ColouredGraph") -> bool:
        """Whether two graphs on the same nodes are equal, but for the order of their edges."""
        return (
            self.directed == other.directed
            and np.array_equal(self.node_colour, other.node_colour)
            and np.array_equal(self._rows(), other._rows())
        )

    def _rows(self) -> NDArray:
        """The edges in ascending order."""
        a, b = self.source, self.target
        if not self.directed:
            a, b = np.minimum(a, b), np.maximum(a, b)
        order = np.lexsort((self.edge_colour, b, a))
        return np.stack([a[order], b[order], self.edge_colour[order]])


def check_columns(graph: Any) -> None:
    """Refuses arrays of other types, and edges whose columns differ in length."""
    for name in ("node_colour", "source", "target", "edge_colour"):
        array = getattr(graph, name)
        if not isinstance(array, np.ndarray) or array.dtype != np.int64 or array.ndim != 1:
            given = f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
            raise ValueError(f"{name} is {given}, but it must be an int64 NumPy array with one axis.")
    lengths = len(graph.source), len(graph.target), len(graph.edge_colour)
    if len(set(lengths)) > 1:
        raise ValueError(
            f"source, target and edge_colour have {lengths[0]}, {lengths[1]} and {lengths[2]} entries, but each edge "
            "has one of each."
        )


def check_ends(source: NDArray, target: NDArray, nodes: int) -> None:
    """Refuses an edge that ends at no node."""
    for name, ends in (("source", source), ("target", target)):
        if len(ends) and not (0 <= ends.min() and ends.max() < nodes):
            where = int(np.nonzero((ends < 0) | (ends >= nodes))[0][0])
            raise ValueError(
                f"{name}[{where}] is {ends[where]}, but the graph has {nodes} nodes, numbered from 0 to {nodes - 1}."
            )


def _colours_of(values: ArrayLike | None, count: int) -> NDArray:
    if values is None:
        return np.zeros(count, dtype=np.int64)
    array = np.asarray(values)
    if array.shape != (count,) or (count and array.dtype.kind not in "iu"):
        raise ValueError(
            f"The colours have shape {array.shape} and dtype {array.dtype}, but there are {count} to colour: one "
            "integer for each. Make colours of other values by symbreak.symmetry.graphs.colours."
        )
    return array.astype(np.int64)
