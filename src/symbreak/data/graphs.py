"""Graphs from arrays: checked, undirected edges once, and packed by the hundred for search."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from symbreak.data.samples import Array, GraphSample, Refused, not_finite, where


def build_graph(
    n: int,
    edge_index: Array,
    *,
    directed: bool | None = False,
    node: dict[str, Array] | None = None,
    edge: dict[str, Array] | None = None,
    graph: dict[str, Array] | None = None,
    labels: Array | None = None,
    index: int = 0,
    line: int | None = None,
    name: str = "",
) -> GraphSample | Refused:
    """A graph from a list of edges, or the reason why there is none.

    Refused are: no nodes; an edge to a node that is not there; an attribute with another number of rows, or with a NaN
    or infinity; two parallel edges.

    Args:
        n: the number of nodes.
        edge_index: integers `(2, m)`.
        directed: None where an undirected edge is listed in both directions: if each edge has its reverse, with the
            same attributes, the graph is undirected and every edge is kept once; otherwise it is directed.
        node, edge, graph, labels, index, line, name: as in `GraphSample`.

    Example:
        >>> both = np.array([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> path = build_graph(3, both, directed=None)
        >>> path.directed, path.edge_index.tolist()
        (False, [[0, 1], [1, 2]])
    """
    node, edge = node or {}, edge or {}
    reason = _malformed(n, edge_index, node, edge) or not_finite(graph or {}, "graph attribute")
    if reason:
        return Refused(index, reason, line, name)
    edge_index = edge_index.astype(np.int64)
    if directed is None:
        edge_index, edge, directed = _fold(edge_index, edge)
    first, second = edge_index if directed else np.sort(edge_index, axis=0)
    order = np.lexsort((second, first))
    again = ((np.diff(first[order]) == 0) & (np.diff(second[order]) == 0)).nonzero()[0]
    if len(again):
        a, b = sorted(order[again[0] : again[0] + 2].tolist())
        reason = (
            f"edges {a} and {b} both join nodes {first[a]} and {second[a]}, but parallel edges are not supported. Join "
            "them into one with a weight."
        )
        return Refused(index, reason, line, name)
    return GraphSample(n, edge_index, directed, node, edge, graph or {}, labels, index, line, name)


@dataclass(frozen=True, eq=False)
class PackedGraphs:
    """Many coloured graphs in a few arrays, one after the other.

    Graph k owns `nodes[k]` rows of `node_colour` and `edges[k]` columns of `edge_index`, after those of the graphs
    before it. Two nodes, or edges, of a graph have one colour if and only if all their attributes agree.

    Args:
        nodes, edges: int64 `(B,)`, how many each graph has.
        edge_index: int64 `(2, M)`, nodes numbered from 0 in each graph.
        node_colour: int64 `(N,)`.
        edge_colour: int64 `(M,)`.
        directed: bool `(B,)`.
        index: int64 `(B,)`, each graph's number in its file.
        refused: what the file held besides.
    """

    nodes: Array
    edges: Array
    edge_index: Array
    node_colour: Array
    edge_colour: Array
    directed: Array
    index: Array
    refused: tuple[Refused, ...] = ()

    def __len__(self) -> int:
        return len(self.nodes)


def pack(
    samples: Sequence[GraphSample | Refused],
    nodes: Sequence[str] | None = None,
    edges: Sequence[str] | None = None,
) -> PackedGraphs:
    """Graphs with their attributes as colours, which compare among these graphs only; numbers must agree exactly.

    Args:
        samples: as a graph source parses them.
        nodes, edges: the attributes that count; None for all. A target must not.

    Example:
        >>> path = GraphSample(3, np.array([[0, 1], [1, 2]]), node={"x": np.array([7.0, 5.0, 7.0])})
        >>> pack([path]).node_colour
        array([1, 0, 1])
    """
    graphs = [sample for sample in samples if isinstance(sample, GraphSample)]
    count = np.array([graph.n for graph in graphs], dtype=np.int64)
    edge_count = np.array([graph.m for graph in graphs], dtype=np.int64)
    return PackedGraphs(
        count,
        edge_count,
        np.concatenate([np.zeros((2, 0), dtype=np.int64), *(graph.edge_index for graph in graphs)], axis=1),
        _colours(graphs, [graph.node for graph in graphs], count, nodes, "node"),
        _colours(graphs, [graph.edge for graph in graphs], edge_count, edges, "edge"),
        np.array([graph.directed for graph in graphs], dtype=bool),
        np.array([graph.index for graph in graphs], dtype=np.int64),
        tuple(sample for sample in samples if isinstance(sample, Refused)),
    )


def _colours(
    graphs: list[GraphSample], tables: list[dict[str, Array]], rows: Array, names: Sequence[str] | None, owner: str
) -> Array:
    if names is None:
        names = sorted({name for table in tables for name in table})
    colour = np.zeros(int(rows.sum()), dtype=np.int64)
    for name in names:
        missing = [graph for graph, table in zip(graphs, tables, strict=True) if name not in table]
        if missing:
            raise ValueError(
                f"{where(missing[0])} has no {owner} attribute {name!r}, but {len(graphs) - len(missing)} of "
                f"{len(graphs)} graphs here have. Name the attributes that count, {owner}s=[...], or complete the file."
            )
        colour = joint_rank(colour, _one_shape([table[name] for table in tables], name, owner))
    return colour


def _one_shape(values: list[Array], name: str, owner: str) -> Array:
    shapes = sorted({value.shape[1:] for value in values})
    if len(shapes) > 1:
        raise ValueError(
            f"The {owner} attribute {name!r} has rows of shape {shapes[0]} in one graph and {shapes[1]} in another, "
            "but colours compare rows of one shape. Bring it to one."
        )
    return np.concatenate(values)


def joint_rank(colour: Array, values: Array) -> Array:
    """int64 `(N,)`: the rank of each row's pair (colour, values) among the distinct ones.

    Example:
        >>> joint_rank(np.array([0, 0, 1]), np.array([[2.0], [1.0], [1.0]]))
        array([1, 0, 2])
    """
    if not len(values):
        return colour
    rows = values.reshape(len(values), -1)
    if values.dtype.kind == "U":
        rows = np.unique(rows, return_inverse=True)[1].reshape(rows.shape)
    for column in rows.T:
        value = np.unique(column, return_inverse=True)[1]
        colour = np.unique(colour * (value.max() + 1) + value, return_inverse=True)[1]
    return colour


def _fold(edge_index: Array, edge: dict[str, Array]) -> tuple[Array, dict[str, Array], bool]:
    """Each undirected edge once, if every edge has its reverse; else the edges as they are, directed."""
    colour = np.zeros(edge_index.shape[1], dtype=np.int64)
    for values in edge.values():
        colour = joint_rank(colour, values)
    source, target = edge_index
    there = np.lexsort((colour, target, source))
    back = np.lexsort((colour, source, target))
    symmetric = all((a[there] == b[back]).all() for a, b in ((source, target), (target, source), (colour, colour)))
    if not symmetric:
        return edge_index, edge, True
    once = source <= target
    return edge_index[:, once], {name: values[once] for name, values in edge.items()}, False


def _malformed(n: int, edge_index: Array, node: dict[str, Array], edge: dict[str, Array]) -> str:
    if n < 1:
        return "an empty graph: it has no nodes."
    if edge_index.ndim != 2 or len(edge_index) != 2 or edge_index.dtype.kind not in "iu":
        return f"edge_index is {edge_index.dtype} of shape {edge_index.shape}, but edges are integers of shape (2, m)."
    outside = np.flatnonzero(((edge_index < 0) | (edge_index >= n)).any(0))
    if len(outside):
        edge_ends = " and ".join(map(str, edge_index[:, outside[0]].tolist()))
        return f"edge {outside[0]} joins nodes {edge_ends}, but the {n} nodes have the numbers 0 to {n - 1}."
    for owner, rows, table in (("node", n, node), ("edge", edge_index.shape[1], edge)):
        for name, values in table.items():
            if values.shape[:1] != (rows,) or values.dtype.kind not in "biufU":
                return (
                    f"{owner} attribute {name!r} is {values.dtype} of shape {values.shape}, but it takes real numbers "
                    f"or text with one row for each of the {rows} {owner}s."
                )
    return not_finite(node, "node attribute") or not_finite(edge, "edge attribute")
