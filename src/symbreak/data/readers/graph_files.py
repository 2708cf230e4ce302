"""Graphs from GraphML and JSON."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from symbreak.data.readers.graph_arrays import graph_from_arrays, graph_from_rows
from symbreak.data.readers.json_values import json_values
from symbreak.data.samples import GraphSample, Refused
from symbreak.data.source import SampleSource, batched, file_error, numbered_lines, optional, said


@dataclass(frozen=True)
class GraphmlFile(SampleSource):
    """The graphs of a GraphML file, read as a whole. Attributes must be there for all nodes, or edges, or for none."""

    path: Path

    def chunks(self, size: int) -> Iterator[list[int]]:
        return batched(iter([0]), size)

    def parse(self, chunk: list[int]) -> list[GraphSample | Refused]:
        graphml = optional("networkx.readwrite.graphml", "networkx", self.path)
        try:
            graphs = list(graphml.GraphMLReader()(path=self.path))
        except ParseError as error:
            raise file_error(self.path, f"no XML: {error}", "Write or copy it again", error.position[0]) from None
        except Exception as error:  # networkx raises whatever its conversions do
            raise file_error(self.path, f"no GraphML: {said(error)}", "Write it by networkx.write_graphml") from None
        if not graphs:
            raise file_error(self.path, "there is no graph in it", "Give GraphML with a <graph> element")
        return [self._sample(graph, index) for index, graph in enumerate(graphs)]

    def _sample(self, graph: Any, index: int) -> GraphSample | Refused:
        usual = {owner: graph.graph.get(f"{owner}_default", {}) for owner in ("node", "edge")}
        nodes = [(node, usual["node"] | row) for node, row in graph.nodes(data=True)]
        edges = [  # an edge's id is its name
            (a, b, _without(usual["edge"] | row, "id")) for a, b, row in graph.edges(data=True)
        ]
        extra = _without(graph.graph, "node_default", "edge_default")
        return graph_from_rows(nodes, edges, directed=graph.is_directed(), graph=extra, index=index)


@dataclass(frozen=True)
class JsonGraphFile(SampleSource):
    """Graphs in JSON: one, an array of them, or one in a line.

    A graph is networkx's node-link form, {"nodes": [{"id": ...}], "edges": [{"source": ..., "target": ...}]}, where
    "links" is an older name of "edges", or {"edge_index": [[...], [...]], "x": ...} (see `graph_from_arrays`). In
    one-in-a-line files a broken line is refused and the next one read.

    Args:
        path: of the file.
        lines: whether each line is a graph.
    """

    path: Path
    lines: bool = False

    def chunks(self, size: int) -> Iterator[list[tuple[int, int, Any]]]:
        return batched(self._lines() if self.lines else self._values(), size)

    def parse(self, chunk: list[tuple[int, int, Any]]) -> list[GraphSample | Refused]:
        return [self._sample(*entry) for entry in chunk]

    def _sample(self, index: int, line: int, value: Any) -> GraphSample | Refused:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except json.JSONDecodeError as error:
                return Refused(index, f"no JSON: {error.msg} in column {error.colno}.", line)
        if not isinstance(value, dict):
            return Refused(index, f"a {type(value).__name__} is no graph. Give an object with nodes and edges.", line)
        if "edge_index" in value:
            return graph_from_arrays(value, index, line)
        try:
            nodes = [(row["id"], _without(row, "id")) for row in value["nodes"]]
            rows = value["edges"] if "edges" in value else value["links"]
            pairs = [(row["source"], row["target"], _without(row, "source", "target", "key")) for row in rows]
            extra = dict(value.get("graph") or {})
            name = str(extra.pop("name", ""))
            return graph_from_rows(
                nodes, pairs, directed=bool(value.get("directed")), graph=extra, index=index, line=line, name=name
            )
        except (KeyError, TypeError, ValueError):
            return Refused(
                index,
                f"it has {sorted(map(str, value))[:8]}, but a graph has 'edge_index', or 'nodes' with an 'id' each and "
                "'edges' with a 'source' and a 'target' each.",
                line,
            )

    def _lines(self) -> Iterator[tuple[int, int, str]]:
        index = 0
        for number, line in numbered_lines(self.path):
            if line.strip():
                yield index, number, line
                index += 1
        if not index:
            raise file_error(self.path, "there is no graph in it", "Give one JSON object in a line")

    def _values(self) -> Iterator[tuple[int, int, Any]]:
        index = -1
        for index, (number, value) in enumerate(json_values(self.path)):
            yield index, number, value
        if index < 0:
            raise file_error(self.path, "there is no graph in it", "Give an object with nodes and edges, or an array")


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in names}
