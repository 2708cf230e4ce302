"""Ragged batches of coloured graphs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from symbreak.symmetry.graphs.colours import attribute_column, colours, field_columns
from symbreak.symmetry.graphs.graph import ColouredGraph, check_columns, check_ends


@dataclass(frozen=True, eq=False)
class ColouredGraphs:
    """Many coloured graphs, one after the other: graph `b` has the nodes from `ptr[b]` to before `ptr[b + 1]`.

    Args:
        node_colour: int64 `(N,)`.
        ptr: int64 `(B + 1,)`.
        source: int64 `(E,)`, nodes counted over the batch; the edges of a graph stand together, in the graphs' order.
        target: int64 `(E,)`.
        edge_colour: int64 `(E,)`.
        edge_ptr: int64 `(B + 1,)`, for the edges.
        directed: bool `(B,)`.

    Raises:
        ValueError: if the arrays do not fit each other, or an edge leaves its graph.

    Example:
        >>> pair = ColouredGraphs.from_graphs([ColouredGraph.from_edges(2, [(0, 1)]), ColouredGraph.from_edges(1, [])])
        >>> len(pair), pair.ptr, len(pair[0].source)
        (2, array([0, 2, 3]), 1)
    """

    node_colour: NDArray[np.int64]
    ptr: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    edge_colour: NDArray[np.int64]
    edge_ptr: NDArray[np.int64]
    directed: NDArray[np.bool_]

    def __post_init__(self):
        check_columns(self)
        if self.directed.dtype != np.bool_ or self.directed.ndim != 1:
            raise ValueError(
                f"directed is {self.directed.dtype} of shape {self.directed.shape}, but it must be bool with one axis, "
                "an entry for each graph."
            )
        for name, ptr, total in (
            ("ptr", self.ptr, len(self.node_colour)),
            ("edge_ptr", self.edge_ptr, len(self.source)),
        ):
            if ptr.dtype != np.int64 or ptr.shape != (len(self) + 1,) or ptr[0] or ptr[-1] != total:
                raise ValueError(
                    f"{name} is {ptr.dtype} of shape {ptr.shape}, but for {len(self)} graphs it must be int64 of shape "
                    f"({len(self) + 1},) and go from 0 to {total}."
                )
            if (np.diff(ptr) < 0).any():
                raise ValueError(f"{name} goes down at graph {int((np.diff(ptr) < 0).argmax())}, but it never does.")
        check_ends(self.source, self.target, len(self.node_colour))
        low, high = (np.repeat(ptr, np.diff(self.edge_ptr)) for ptr in (self.ptr[:-1], self.ptr[1:]))
        for name, ends in (("source", self.source), ("target", self.target)):
            astray = (ends < low) | (ends >= high)
            if astray.any():
                where = int(astray.argmax())
                graph = int(np.searchsorted(self.edge_ptr, where, side="right")) - 1
                raise ValueError(
                    f"{name}[{where}] is {ends[where]}, but graph {graph} has the nodes from {low[where]} to before "
                    f"{high[where]}. Nodes are counted over the batch, and no edge leaves its graph."
                )

    def __len__(self) -> int:
        return len(self.directed)

    def __getitem__(self, b: int) -> ColouredGraph:
        if not 0 <= b < len(self):
            raise IndexError(f"graph {b} of {len(self)}")
        i, j, lo, hi = self.ptr[b], self.ptr[b + 1], self.edge_ptr[b], self.edge_ptr[b + 1]
        return ColouredGraph(
            self.node_colour[i:j],
            self.source[lo:hi] - i,
            self.target[lo:hi] - i,
            self.edge_colour[lo:hi],
            bool(self.directed[b]),
        )

    @classmethod
    def from_graphs(cls, graphs: Iterable[ColouredGraph]) -> "ColouredGraphs":
        """The batch of some graphs."""
        graphs = list(graphs)
        ptr = _pointer([len(graph.node_colour) for graph in graphs])
        edge_ptr = _pointer([len(graph.source) for graph in graphs])
        shift = np.repeat(ptr[:-1], np.diff(edge_ptr))
        return cls(
            _joined([graph.node_colour for graph in graphs]),
            ptr,
            _joined([graph.source for graph in graphs]) + shift,
            _joined([graph.target for graph in graphs]) + shift,
            _joined([graph.edge_colour for graph in graphs]),
            edge_ptr,
            np.array([graph.directed for graph in graphs], dtype=np.bool_),
        )

    @classmethod
    def from_batch(
        cls, batch: Any, nodes: Sequence[str] = (), edges: Sequence[str] = (), *, atol: float = 0.0
    ) -> "ColouredGraphs":
        """The graphs of a PyG batch.

        A graph is undirected if it has each edge in both directions with equal values; then the rows with `source <=
        target` are kept. Else it is directed, and all rows are.

        Args:
            batch: of N nodes.
            nodes: the fields whose values the nodes are coloured by, `(N, ...)`; fields in neither list do not count.
            edges: the same for edges, with a row for each column of `edge_index`.
            atol: values of a graph closer than this are equal, through chains of neighbours; colours then compare
                within a graph only. With 0 equal means equal, and colours compare over the batch. NaN is a value like
                any other, equal to itself.

        Raises:
            ValueError: if a field is missing or has another number of rows, or an edge leaves its graph.

        Example:
            >>> import torch
            >>> from torch_geometric.data import Batch, Data
            >>> data = Data(x=torch.tensor([[1.5], [2.5], [1.5]]), edge_index=torch.tensor([[0, 1], [1, 0]]))
            >>> graphs = ColouredGraphs.from_batch(Batch.from_data_list([data]), nodes=("x",))
            >>> graphs.node_colour, graphs.source, graphs.directed
            (array([0, 1, 0]), array([0]), array([False]))
        """
        from symbreak.symmetry.graphs.engine import engine, one_type

        held = batch.to_dict()
        if "batch" not in held or "ptr" not in held:
            raise ValueError(
                f"The data hold {sorted(held)}, but no batch and ptr: make them a batch by "
                "Batch.from_data_list([data])."
            )
        _check_names(held, (*nodes, *edges))
        owner, ptr = held["batch"].cpu().numpy(), held["ptr"].cpu().numpy()
        source, target = _ends(held.get("edge_index"))
        columns = [c for name in nodes for c in field_columns(name, held[name], len(owner), "node")]
        node_colour = one_type(colours(columns, owner, atol), np.int64)
        columns = [c for name in edges for c in field_columns(name, held[name], len(source), "edge")]
        if atol:  # colours by graph, so that ends must be nodes before
            check_ends(source, target, len(owner))
        edge_colour = colours(columns, owner[source] if atol else source, atol)  # without atol only its length counts
        ptr, source, target, edge_colour = (one_type(array, np.int64) for array in (ptr, source, target, edge_colour))
        sound, *rows, edge_ptr, directed = engine().one_way(ptr, len(owner), source, target, edge_colour)
        if not sound:
            check_ends(source, target, len(owner))
            order = np.argsort(owner[source], kind="stable")
            source, target, edge_colour = source[order], target[order], edge_colour[order]
            sound, *rows, edge_ptr, directed = engine().one_way(ptr, len(owner), source, target, edge_colour)
        if not sound:  # an edge leaves its graph, or the pointer is wrong: the class says which
            edge_ptr = _pointer(np.bincount(owner[source], minlength=len(ptr) - 1))
            cls(node_colour, ptr, source, target, edge_colour, edge_ptr, np.ones(len(ptr) - 1, dtype=np.bool_))
        return cls._known(node_colour, ptr, *rows, edge_ptr, directed)

    @classmethod
    def _known(cls, *arrays: NDArray) -> "ColouredGraphs":
        """Of arrays that need no check, which takes longer than to make them."""
        graphs = object.__new__(cls)
        for field, array in zip(fields(cls), arrays, strict=True):
            object.__setattr__(graphs, field.name, array)
        return graphs

    @classmethod
    def from_networkx(
        cls, graphs: Iterable[Any], nodes: Sequence[str] = (), edges: Sequence[str] = (), *, atol: float = 0.0
    ) -> "ColouredGraphs":
        """Those of networkx graphs, directed or not, multigraphs too; nodes in the order in which they were added.

        Args:
            graphs: of networkx; graphs whose canonical forms are to be compared go into one call.
            nodes: the attributes by which the nodes are coloured: numbers, or anything whose `repr` tells it apart.
            edges: the same for edges.
            atol: for numbers, as in `from_batch`.

        Raises:
            ValueError: if a node or an edge lacks an attribute.

        Example:
            >>> import networkx as nx
            >>> graph = nx.Graph([("a", "b", {"bond": "single"}), ("b", "c", {"bond": "double"})])
            >>> ColouredGraphs.from_networkx([graph], edges=("bond",)).edge_colour
            array([1, 0])
        """
        graphs = list(graphs)
        places = [{v: k for k, v in enumerate(graph)} for graph in graphs]
        items = [list(graph.nodes(data=True)) for graph in graphs]
        links = [list(graph.edges(data=True)) for graph in graphs]
        ptr, edge_ptr = _pointer([len(rows) for rows in items]), _pointer([len(rows) for rows in links])
        ends = [
            [(place[u] + i, place[v] + i) for u, v, _ in rows]
            for place, rows, i in zip(places, links, ptr[:-1], strict=True)
        ]
        pairs = _joined([np.array(rows, dtype=np.int64).reshape(-1, 2) for rows in ends]).reshape(-1, 2)
        node_columns = [
            attribute_column([_attribute(values, name, f"node {v!r}") for rows in items for v, values in rows])
            for name in nodes
        ]
        edge_columns = [
            attribute_column(
                [_attribute(values, name, f"edge {u!r}, {v!r}") for rows in links for u, v, values in rows]
            )
            for name in edges
        ]
        return cls(
            colours(node_columns, np.repeat(np.arange(len(graphs)), np.diff(ptr)), atol),
            ptr,
            pairs[:, 0].copy(),
            pairs[:, 1].copy(),
            colours(edge_columns, np.repeat(np.arange(len(graphs)), np.diff(edge_ptr)), atol),
            edge_ptr,
            np.array([graph.is_directed() for graph in graphs], dtype=np.bool_),
        )


def _ends(edge_index: Tensor | None) -> tuple[NDArray, NDArray]:
    if edge_index is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    source, target = edge_index.cpu().numpy()
    return source, target


def _check_names(held: Iterable[str], names: Sequence[str]) -> None:
    missing = sorted(set(names) - set(held))
    if missing:
        raise ValueError(f"The batch has no fields {missing}, by which to colour the graphs; it has {sorted(held)}.")


def _attribute(values: dict, name: str, what: str) -> Any:
    if name not in values:
        raise ValueError(
            f"The {what} has no attribute {name!r}; it has {sorted(map(str, values))}. Give one to each, or leave it "
            "out of the colours."
        )
    return values[name]


def _pointer(counts: Any) -> NDArray:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _joined(arrays: list[NDArray]) -> NDArray:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=np.int64)
