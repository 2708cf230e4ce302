"""Graphs as examples: edges, names of nodes, and generators of the automorphism group."""

from typing import Any

from symbreak.data.graphs import pack
from symbreak.data.samples import GraphSample
from symbreak.diagnosis.domains.graphs import GraphDomain, coloured
from symbreak.diagnosis.examples.species import symbol
from symbreak.symmetry.graphs import automorphisms

_GENERATORS = 20  # that are listed


def graph_document(domain: GraphDomain, graph: GraphSample) -> dict[str, Any]:
    """What the picture of a graph needs, as JSON can hold it: see `symbreak.diagnosis.document`."""
    packed = pack([graph], domain.counted(graph.node), domain.counted(graph.edge))
    symmetry = automorphisms(coloured(packed), budget=domain.budget)[0]
    generators = symmetry.generators.tolist()
    return {
        "graph": {
            "nodes": graph.n,
            "edges": graph.edge_index.T.tolist(),
            "directed": graph.directed,
            "labels": _labels(graph),
        },
        "generators": {"count": len(generators), "listed": generators[:_GENERATORS]},
    }


def _labels(graph: GraphSample) -> list[str] | None:
    """What a picture writes on the nodes: element symbols of a molecule, or the names in the file."""
    element = graph.node.get("element")
    if element is not None and element.dtype.kind in "iu" and element.ndim == 1:
        return [symbol(int(number)) for number in element]
    return None if graph.labels is None else [str(label) for label in graph.labels]
