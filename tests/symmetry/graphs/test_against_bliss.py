"""The engine against bliss, through igraph: order, orbits of nodes and edges, canonical forms.

bliss knows colours of nodes only, so each pair of joined nodes is drawn with nodes of its own between, coloured by what
joins it: one for undirected edges, one at each end for arcs.
"""

from collections import defaultdict
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest

from symbreak.symmetry.graphs import ColouredGraph, automorphisms, colours

igraph = pytest.importorskip("igraph")


def drawn(graph):
    """An igraph graph with the automorphisms of ours on its first nodes, the names of the colours of its nodes, and
    the node that stands for each row of edges.
    """
    joined = defaultdict(list)
    for u, v, c in zip(graph.source.tolist(), graph.target.tolist(), graph.edge_colour.tolist(), strict=True):
        joined[(u, v) if graph.directed or u < v else (v, u)].append(c)
    names = [(0, c, tuple(sorted(joined.get((v, v), [])))) for v, c in enumerate(graph.node_colour.tolist())]
    edges, stands = [], {(v, v): v for v in range(len(names))}
    for (u, v), between in joined.items():
        if u == v:
            continue
        k, kind = len(names), tuple(sorted(between))
        stands[u, v] = k
        names += [(1, 0, kind), (2, 0, kind)] if graph.directed else [(1, 0, kind)]
        edges += [(u, k), (k, k + 1), (k + 1, v)] if graph.directed else [(u, k), (k, v)]
    ends = zip(graph.source.tolist(), graph.target.tolist(), strict=True)
    rows = [stands[(u, v) if graph.directed or u < v else (v, u)] for u, v in ends]
    return igraph.Graph(len(names), edges), names, rows


def random_graph(rng):
    """Of up to 12 nodes: sparse to dense, directed or not, with loops, parallel edges, colours or weights of edges, and
    colours of nodes; some in equal parts.
    """
    n, directed = int(rng.integers(0, 13)), bool(rng.random() < 0.4)
    count = int(rng.poisson(rng.random() ** 1.5 * n * (n - 1) / 2 * (1 + directed)))
    copies = 3 if n >= 3 and rng.random() < 0.3 else 1
    part = n // copies
    n = part * copies
    edges = rng.integers(0, max(part, 1), (count // copies if n else 0, 2))
    edge_colour = rng.integers(0, rng.choice([1, 1, 2, 3]), len(edges))
    if rng.random() < 0.2:
        edge_colour = colours([rng.choice([0.5, -1.25, np.nan], len(edges))], np.zeros(len(edges), dtype=np.int64))
    if rng.random() < 0.7 and len(edges):
        ends = edges if directed else np.sort(edges, axis=1)
        keep = np.unique(ends, axis=0, return_index=True)[1]
        edges, edge_colour = edges[keep], edge_colour[keep]
    if rng.random() < 0.8:
        keep = edges[:, 0] != edges[:, 1]
        edges, edge_colour = edges[keep], edge_colour[keep]
    node_colour = np.tile(rng.integers(0, rng.choice([1, 1, 2, 3]), part), copies)
    edges = np.concatenate([edges + k * part for k in range(copies)])
    edge_colour = np.tile(edge_colour, copies)
    return ColouredGraph.from_edges(n, edges, node_colour=node_colour, edge_colour=edge_colour, directed=directed)


def structured_graphs():
    """More than two hundred: of families, their complements, products and line graphs, in shuffled numbering; some with
    a node marked; and circulant ones whose steps have weights, or directions.
    """
    plain = [nx.cycle_graph(n) for n in range(3, 25)] + [nx.path_graph(n) for n in range(1, 15)]
    plain += [nx.complete_graph(n) for n in range(1, 21)] + [nx.star_graph(n) for n in range(1, 21)]
    plain += [nx.complete_bipartite_graph(a, b) for a in range(1, 7) for b in range(a, 7)]
    plain += [nx.hypercube_graph(d) for d in range(1, 7)] + [nx.circular_ladder_graph(n) for n in range(3, 13)]
    plain += [nx.kneser_graph(n, k) for n, k in ((5, 2), (6, 2), (7, 2), (7, 3), (8, 3))]
    plain += [nx.grid_2d_graph(a, b, periodic=p) for a in (3, 4, 5) for b in (3, 5, 6) for p in (False, True)]
    plain += [nx.paley_graph(q).to_undirected() for q in (5, 13, 17, 29, 37)]
    plain += [nx.circulant_graph(n, steps) for n in (12, 15, 20) for steps in ((1, 2), (1, 3), (1, 4), (2, 3))]
    plain += [
        nx.generalized_petersen_graph(n, k) for n, k in ((4, 1), (5, 2), (8, 3), (9, 2), (10, 2), (10, 3), (12, 5))
    ]
    plain += [nx.line_graph(nx.complete_graph(n)) for n in range(4, 9)]
    plain += [nx.line_graph(nx.complete_bipartite_graph(n, n)) for n in range(2, 7)]
    plain += [nx.random_regular_graph(d, n, seed=d + n) for d, n in ((3, 10), (3, 50), (4, 30), (5, 40), (3, 200))]
    plain += [nx.balanced_tree(b, h) for b, h in ((2, 3), (2, 5), (3, 3))]
    plain += [nx.random_labeled_tree(n, seed=n) for n in (10, 20, 50, 100, 200)]
    plain += [nx.disjoint_union_all([nx.petersen_graph()] * k) for k in (2, 3, 5)]
    plain += [nx.cartesian_product(nx.petersen_graph(), nx.complete_graph(k)) for k in (2, 3)]
    plain += [nx.frucht_graph(), nx.desargues_graph(), nx.heawood_graph(), nx.tutte_graph(), nx.dodecahedral_graph()]
    plain += [nx.complement(graph) for graph in plain[:40:4]]
    rng = np.random.default_rng(7)
    for graph in plain:
        number = {v: k for k, v in enumerate(rng.permutation(len(graph)))}
        names = {v: number[k] for k, v in enumerate(graph)}
        edges = [(names[u], names[v]) for u, v in graph.edges]
        yield ColouredGraph.from_edges(len(graph), edges)
        if len(graph) % 3 == 0:
            yield ColouredGraph.from_edges(len(graph), edges, node_colour=np.eye(1, len(graph), dtype=int)[0])
    for n, steps in ((7, (1, 2)), (8, (1, 3)), (13, (1, 5)), (15, (1, 4)), (16, (1, 7)), (24, (1, 5, 7))):
        edges = [(i, (i + step) % n) for i in range(n) for step in steps]
        weight = np.tile(np.linspace(0.5, 1.5, len(steps)), n)
        edge_colour = colours([weight], np.zeros(len(edges), dtype=np.int64))
        for directed in (False, True):
            yield ColouredGraph.from_edges(n, edges, directed=directed)
            graph = ColouredGraph.from_edges(n, edges, edge_colour=edge_colour, directed=directed)
            yield graph.relabel(rng.permutation(n))


def compare(graphs, search=automorphisms):
    """The numbers of the graphs on which a search differs from bliss, and how many have an automorphism."""
    rng = np.random.default_rng(5)
    ours = search(graphs)
    again = [graph.relabel(rng.permutation(len(graph.node_colour))) for graph in graphs]
    theirs, forms, wrong = search(again), {}, []
    for b, graph in enumerate(graphs):
        n, found = len(graph.node_colour), ours[b]
        drawing, names, rows = drawn(graph)
        number = {name: k for k, name in enumerate(sorted(set(names)))}
        colour = [number[name] for name in names]
        generators = drawing.automorphism_group(color=colour)
        form = graph.relabel(np.argsort(found.labelling.numpy()))
        second = again[b].relabel(np.argsort(theirs[b].labelling.numpy()))
        drawing.vs["name"] = [repr(name) for name in names]
        permuted = drawing.permute_vertices(drawing.canonical_permutation(color=colour))
        lines = sorted(tuple(sorted(edge)) for edge in permuted.get_edgelist())
        bliss = (graph.directed, tuple(permuted.vs["name"]), tuple(lines))
        key = (form.directed, form.node_colour.tobytes(), form._rows().tobytes())
        orbit, first = orbits(generators, len(names)), {}
        edges = [(orbit[row], c) for row, c in zip(rows, graph.edge_colour.tolist(), strict=True)]
        right = (
            found.decided
            and found.labelled
            and found.order == theirs.order(b) == drawing.count_automorphisms(color=colour)
            and found.node_orbits.tolist() == orbit[:n]
            and found.edge_orbits.tolist() == [first.setdefault(edge, e) for e, edge in enumerate(edges)]
            and all(graph.relabel(g).same_as(graph) for g in found.generators)
            and form.same_as(second)
            and forms.setdefault(("ours", key), bliss) == bliss
            and forms.setdefault(("bliss", bliss), key) == key
        )
        if not right:
            wrong.append(b)
    return wrong, int((ours.log_order() > 0).sum())


def orbits(generators, n):
    lowest = list(range(n))

    def root(v):
        while lowest[v] != v:
            v = lowest[v]
        return v

    for g in generators:
        for v, w in enumerate(g):
            a, b = root(v), root(w)
            lowest[max(a, b)] = min(a, b)
    return [root(v) for v in range(n)]


def test_random_graphs():
    rng = np.random.default_rng(0)
    wrong, symmetric = compare([random_graph(rng) for _ in range(400)])
    assert not wrong
    assert symmetric > 100


def without(**changes):
    """A search that does not see some of the graphs."""

    def search(graphs):
        changed = [
            replace(graph, **{name: change(getattr(graph, name)) for name, change in changes.items()})
            for graph in graphs
        ]
        return automorphisms(changed)

    return search


def answering(**answers):
    """A search that answers something else."""

    def search(graphs):
        found = automorphisms(graphs)
        return replace(found, **{name: answer(found) for name, answer in answers.items()})

    return search


def counted(ptr):
    """Each node or edge of a graph by its number."""
    return np.arange(ptr[-1]) - np.repeat(ptr[:-1], np.diff(ptr))


BROKEN = {
    "no colours of nodes": without(node_colour=np.zeros_like),
    "no colours of edges": without(edge_colour=np.zeros_like),
    "no directions": without(directed=lambda directed: False),
    "other edges": without(source=lambda source: source[::-1].copy()),
    "the group is trivial": answering(_base_ptr=lambda found: 0 * found._base_ptr),
    "nodes by themselves": answering(node_orbits=lambda found: counted(found.ptr)),
    "edges by themselves": answering(edge_orbits=lambda found: counted(found.edge_ptr)),
    "the labelling is the numbering": answering(labelling=lambda found: counted(found.ptr)),
    "not decided": answering(decided=lambda found: ~found.decided),
    "not labelled": answering(labelled=lambda found: ~found.labelled),
}


@pytest.mark.parametrize("search", BROKEN.values(), ids=BROKEN)
def test_a_broken_search_is_seen(search):
    """The comparison fails for searches that miss a part of the graphs, or of the answer."""
    rng = np.random.default_rng(3)
    graphs = [random_graph(rng) for _ in range(60)]
    assert not compare(graphs)[0]
    assert compare(graphs, search)[0]


@pytest.mark.slow
def test_more_random_graphs():
    rng, wrong, symmetric = np.random.default_rng(1), [], 0
    for _ in range(6):
        new, count = compare([random_graph(rng) for _ in range(2000)])
        wrong, symmetric = wrong + new, symmetric + count
    print(f"12,000 random graphs, {symmetric} with an automorphism: {len(wrong)} mismatches")
    assert not wrong


@pytest.mark.slow
def test_structured_graphs():
    graphs = list(structured_graphs())
    wrong, symmetric = compare(graphs)
    print(f"{len(graphs)} structured graphs, {symmetric} with an automorphism: {len(wrong)} mismatches")
    assert len(graphs) >= 200
    assert not wrong


def test_larger_random_graphs_of_each_kind():
    rng = np.random.default_rng(2)
    graphs = [
        ColouredGraph.from_edges(n, list(nx.gnm_random_graph(n, m, seed=n).edges))
        for n in (30, 60)
        for m in (20, 60, 300)
    ]
    graphs += [ColouredGraph.from_edges(40, rng.integers(0, 40, (60, 2)), directed=True) for _ in range(5)]
    assert not compare(graphs)[0]
