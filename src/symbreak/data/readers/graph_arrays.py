"""Graphs from named arrays and from rows of attributes, as JSON, GraphML and PyTorch Geometric hold them."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from symbreak.data.graphs import build_graph
from symbreak.data.samples import Array, GraphSample, Refused

_OF_NODES = ("x", "pos", "z")  # PyTorch Geometric's names
_ONE_KIND = "Give text everywhere, or numbers."


def graph_from_arrays(arrays: Mapping[str, Any], index: int = 0, line: int | None = None) -> GraphSample | Refused:
    """A graph from `edge_index` and named arrays, in PyTorch Geometric's conventions.

    The nodes are counted by `num_nodes`, by the rows of `x`, `pos` or `z`, or else by the largest number in
    `edge_index`. A name that holds "edge" is an attribute of edges; `x`, `pos`, `z`, names that hold "node" and any
    other array of as many rows as there are nodes, two or more, are of nodes; the rest is of the graph. Edges listed in
    both directions are undirected (see `build_graph`), unless `directed` says otherwise.

    Example:
        >>> graph = graph_from_arrays({"edge_index": [[0, 1], [1, 0]], "x": [[1.0], [2.0]], "y": [3.0]})
        >>> graph.n, graph.directed, list(graph.node), list(graph.graph)
        (2, False, ['x'], ['y'])
    """
    fields = dict(arrays)
    name, directed = str(fields.pop("name", "")), fields.pop("directed", None)
    try:
        table = {str(key): _array(value) for key, value in fields.items() if value is not None}
    except (ValueError, TypeError):
        return Refused(index, "an array has rows of several lengths. Pad them, or give them as graphs.", line, name)
    mixed = [key for key, value in table.items() if value.dtype.kind == "O"]
    if mixed:
        return Refused(index, f"{mixed[0]!r} is text in some places and not in others. {_ONE_KIND}", line, name)
    if "edge_index" not in table:
        return Refused(index, f"it has {sorted(table)}, but a graph needs 'edge_index', of shape (2, m).", line, name)
    edge_index = table.pop("edge_index")
    if not edge_index.size and edge_index.shape[:1] == (2,):
        edge_index = edge_index.astype(np.int64)
    count = table.pop("num_nodes", None)
    rows = [len(table[key]) for key in _OF_NODES if key in table and table[key].ndim]
    n = int(count) if count is not None else rows[0] if rows else int(edge_index.max(initial=-1)) + 1
    node, edge, graph = {}, {}, {}
    for key, array in table.items():
        if "edge" in key and "index" not in key:
            edge[key] = array
        elif key in _OF_NODES or "node" in key or (array.shape[:1] == (n,) and n > 1):
            node[key] = array
        else:
            graph[key] = array
    return build_graph(
        n, edge_index, directed=directed, node=node, edge=edge, graph=graph, index=index, line=line, name=name
    )


def graph_from_rows(
    nodes: Sequence[tuple[Hashable, Mapping[str, Any]]],
    edges: Sequence[tuple[Hashable, Hashable, Mapping[str, Any]]],
    *,
    directed: bool,
    graph: Mapping[str, Any] | None = None,
    index: int = 0,
    line: int | None = None,
    name: str = "",
) -> GraphSample | Refused:
    """A graph from named nodes and from edges between them, each with its attributes.

    An attribute must be there for all nodes, or edges, or for none.

    Example:
        >>> pair = graph_from_rows([("a", {"x": 1}), ("b", {"x": 2})], [("a", "b", {})], directed=False)
        >>> pair.labels, pair.node["x"], pair.edge_index.tolist()
        (array(['a', 'b'], dtype='<U1'), array([1, 2]), [[0], [1]])
    """
    place = {node: k for k, (node, _) in enumerate(nodes)}
    if len(place) < len(nodes):
        return Refused(index, "two nodes have one name. Give each its own.", line, name)
    stray = [end for edge in edges for end in edge[:2] if end not in place]
    if stray:
        return Refused(index, f"an edge ends at {stray[0]!r}, which is no node. List it among the nodes.", line, name)
    try:
        node = _columns([(str(node), row) for node, row in nodes], "node")
        edge = _columns([(f"{a} - {b}", row) for a, b, row in edges], "edge")
        extra = {str(key): np.asarray(value) for key, value in (graph or {}).items()}
    except ValueError as error:
        return Refused(index, str(error), line, name)
    ends = np.array([[place[a], place[b]] for a, b, _ in edges], dtype=np.int64).reshape(-1, 2).T
    labels = np.array([str(node) for node in place])
    return build_graph(
        len(nodes),
        ends,
        directed=directed,
        node=node,
        edge=edge,
        graph={key: value for key, value in extra.items() if value.dtype.kind in "biufU"},
        labels=labels,
        index=index,
        line=line,
        name=name,
    )


def _columns(rows: Sequence[tuple[str, Mapping[str, Any]]], owner: str) -> dict[str, Array]:
    columns = {}
    for key in sorted({key for _, row in rows for key in row}):
        missing = [label for label, row in rows if key not in row]
        if missing:
            raise ValueError(
                f"{owner} {missing[0]} has no attribute {key!r}, but {len(rows) - len(missing)} of {len(rows)} "
                f"{owner}s have. Give it to all, or to none."
            )
        try:
            column = _array([row[key] for _, row in rows])
        except ValueError:
            raise ValueError(f"{owner} attribute {key!r} has values of several lengths. Pad them.") from None
        if column.dtype.kind == "O":
            raise ValueError(f"{owner} attribute {key!r} is text for some {owner}s and not for others. {_ONE_KIND}")
        columns[str(key)] = column
    return columns


def _array(value: Any) -> Array:
    """As an array; of objects where NumPy would make text of what is no text."""
    array = np.asarray(value)
    if array.dtype.kind == "U" and array.ndim and array is not value:
        entries = np.asarray(value, dtype=object)
        if not all(isinstance(entry, str) for entry in entries.flat):
            return entries
    return array
