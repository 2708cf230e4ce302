"""Graphs from lists of edges."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symbreak.data.graphs import build_graph
from symbreak.data.samples import Array, GraphSample, Refused
from symbreak.data.source import SampleSource, batched, file_error, numbered_lines

EDGE_HEADS = {("source", "target"), ("src", "dst"), ("from", "to"), ("node1", "node2"), ("node_1", "node_2")}
_COMMENTS = ("#", "%", "//")


@dataclass(frozen=True)
class EdgeListFile(SampleSource):
    r"""The one graph of an edge list: two names of nodes in a line, divided by blanks, commas or semicolons.

    A third column of numbers is the edge attribute `weight`, or what a header, as `source,target,weight`, calls it.
    Attributes in braces, as networkx writes them, are read too. Lines that begin with `#`, `%` or `//` are comments.
    Nodes are numbered by their names if all are integers, else as they appear; one without an edge cannot be listed. An
    edge that is listed twice with the same attributes, in either direction unless `directed`, is one edge.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "star.edges")
        ...     _ = path.write_text("# a star\nhub a\nhub b\nb hub\n")
        ...     star = next(iter(EdgeListFile(path)))
        >>> star.labels, star.edge_index.tolist()
        (array(['hub', 'a', 'b'], dtype='<U3'), [[0, 0], [1, 2]])
    """

    path: Path
    directed: bool = False

    def chunks(self, size: int) -> Iterator[list[int]]:
        return batched(iter([0]), size)

    def parse(self, chunk: list[int]) -> list[GraphSample | Refused]:
        names, lines, rows = [], [], []
        attribute = "weight"
        for number, line in numbered_lines(self.path):
            text = line.strip()
            if text.startswith("%%MatrixMarket"):
                raise file_error(self.path, "a MatrixMarket file is no edge list", "Write its entries alone", number)
            if not text or text.startswith(_COMMENTS):
                continue
            cells = _cells(text)
            if not lines and tuple(cell.lower() for cell in cells[:2]) in EDGE_HEADS:
                attribute = cells[2] if len(cells) > 2 else attribute
                continue
            names.append(cells[:2])
            rows.append(self._attributes(cells, attribute, number))
            if len(cells) < 2 or rows[-1].keys() != rows[0].keys():
                raise file_error(
                    self.path,
                    f"{text[:60]!r} has other columns than {'an edge' if len(cells) < 2 else 'the first edge'}",
                    "Give two nodes, and a weight in every line or in none",
                    number,
                )
            lines.append(number)
        if not names:
            raise file_error(self.path, "there is no edge in it", "Give two nodes in a line")
        labels, ends = _numbered(np.array(names))
        edge = {key: np.array([row[key] for row in rows]) for key in rows[0]}
        once = self._once(ends, edge, lines)
        return [
            build_graph(
                len(labels),
                ends[:, once],
                directed=self.directed,
                edge={key: values[once] for key, values in edge.items()},
                labels=labels,
            )
        ]

    def _attributes(self, cells: list[str], attribute: str, number: int) -> dict[str, float]:
        try:
            if len(cells) == 3 and cells[2].startswith("{"):
                return {str(key): float(value) for key, value in ast.literal_eval(cells[2]).items()}
            if len(cells) <= 3:
                return {attribute: float(cells[2])} if len(cells) == 3 else {}
        except (ValueError, SyntaxError, AttributeError, TypeError):
            pass
        raise file_error(
            self.path,
            f"{' '.join(cells)[:60]!r} is not two nodes and at most a number",
            "Give 'a b' or 'a b 0.5' in every line, and directed or other graphs as GraphML",
            number,
        )

    def _once(self, ends: Array, edge: dict[str, Array], lines: list[int]) -> Array:
        """The places of the edges, without repetitions."""
        first, second = ends if self.directed else np.sort(ends, axis=0)
        order = np.lexsort((second, first))
        same = (np.diff(first[order]) == 0) & (np.diff(second[order]) == 0)
        a, b = order[:-1][same], order[1:][same]
        for key, values in edge.items():
            differ = (values[a] != values[b]).nonzero()[0]
            if len(differ):
                one, two = sorted((int(a[differ[0]]), int(b[differ[0]])))
                raise file_error(
                    self.path,
                    f"this edge stood in line {lines[one]} with another {key}",
                    "Drop one of them, or say directed=True if directions differ",
                    lines[two],
                )
        return np.setdiff1d(np.arange(ends.shape[1]), b)


def _cells(text: str) -> list[str]:
    before, brace, attributes = text.partition("{")
    mark = next((mark for mark in ",;" if mark in before), None)
    cells = [cell.strip() for cell in before.split(mark)]
    return [cell for cell in cells if cell] + ([brace + attributes] if brace else [])


def _numbered(names: Array) -> tuple[Array, Array]:
    """The names of the nodes, and the edges `(2, m)` between their numbers; names `(m, 2)`."""
    try:
        labels, ends = np.unique(names.astype(np.int64), return_inverse=True)
    except (ValueError, OverflowError):
        labels, first, ends = np.unique(names, return_index=True, return_inverse=True)
        order = first.argsort()  # as they appear
        labels, ends = labels[order], order.argsort()[ends]
    return labels, ends.reshape(-1, 2).T
