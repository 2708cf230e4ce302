"""Graphs whose automorphism groups are known."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest
import torch

from symbreak.symmetry.graphs import ColouredGraph, automorphisms, canonical_form, graph_symmetry
from symbreak.testing import check_counts, check_uniform, graph_oracles


def coloured(graph, **colours):
    number = {v: k for k, v in enumerate(graph)}
    return ColouredGraph.from_edges(len(number), [(number[u], number[v]) for u, v in graph.edges], **colours)


def shrikhande():
    """Strongly regular with the parameters of the rook's graph, and another group."""
    steps = ((0, 1), (1, 0), (1, 1))
    squares = itertools.product(range(4), repeat=2)
    return nx.Graph([((i, j), ((i + a) % 4, (j + b) % 4)) for i, j in squares for a, b in steps])


def rook(n):
    return nx.line_graph(nx.complete_bipartite_graph(n, n))


def cai_furer_immerman(base, twisted):
    """Two graphs, twisted or not, that refinement does not tell apart."""
    graph = nx.Graph()
    for v in base:
        around = [frozenset((v, w)) for w in base[v]]
        for k in range(0, len(around) + 1, 2):
            for chosen in itertools.combinations(around, k):
                graph.add_edges_from(((v, chosen), (v, e, e in chosen)) for e in around)
    for k, (v, w) in enumerate(base.edges):
        e, twist = frozenset((v, w)), twisted and k == 0
        graph.add_edges_from(((v, e, side), (w, e, side ^ twist)) for side in (False, True))
    return graph


def benzene():
    """The ring with alternating bonds and its hydrogens."""
    ring, hydrogens = [(i, (i + 1) % 6) for i in range(6)], [(i, i + 6) for i in range(6)]
    carbon = [6] * 6 + [1] * 6
    return ColouredGraph.from_edges(12, ring + hydrogens, node_colour=carbon, edge_colour=[4] * 6 + [1] * 6)


def buckminsterfullerene():
    """The icosahedron with its corners cut: a node for each end of an edge."""
    solid = nx.icosahedral_graph()
    ends = [(v, w) for v in solid for w in solid[v]]
    graph = nx.Graph([((v, w), (w, v)) for v, w in ends])
    graph.add_edges_from(((v, w), (v, u)) for v, w in ends for u in solid[v] if solid.has_edge(u, w))
    return graph


def kekule():
    """Benzene with single and double bonds: half of the turns and mirrors are lost."""
    ring = [(i, (i + 1) % 6) for i in range(6)]
    return ColouredGraph.from_edges(6, ring, edge_colour=[1, 2] * 3)


KNOWN = {
    "no node": (ColouredGraph.from_edges(0, []), 1),
    "one node": (ColouredGraph.from_edges(1, []), 1),
    "one node with a loop": (ColouredGraph.from_edges(1, [(0, 0)]), 1),
    "empty": (ColouredGraph.from_edges(6, []), 720),
    "cube": (coloured(nx.hypercube_graph(3)), 48),
    "Petersen": (coloured(nx.petersen_graph()), 120),
    "C3": (coloured(nx.cycle_graph(3)), 6),
    "C17": (coloured(nx.cycle_graph(17)), 34),
    "directed C3": (coloured(nx.cycle_graph(3, nx.DiGraph), directed=True), 3),
    "directed C17": (coloured(nx.cycle_graph(17, nx.DiGraph), directed=True), 17),
    "directed path": (coloured(nx.path_graph(5, nx.DiGraph), directed=True), 1),
    "K7": (coloured(nx.complete_graph(7)), 5040),
    "K50": (coloured(nx.complete_graph(50)), math.factorial(50)),
    "K4,5": (coloured(nx.complete_bipartite_graph(4, 5)), 24 * 120),
    "K5,5": (coloured(nx.complete_bipartite_graph(5, 5)), 2 * 120**2),
    "Q6": (coloured(nx.hypercube_graph(6)), 46080),
    "grid": (coloured(nx.grid_2d_graph(10, 10)), 8),
    "oblong grid": (coloured(nx.grid_2d_graph(3, 7)), 4),
    "torus": (coloured(nx.grid_2d_graph(5, 5, periodic=True)), 200),
    "star": (coloured(nx.star_graph(8)), math.factorial(8)),
    "Shrikhande": (coloured(shrikhande()), 192),
    "rook": (coloured(rook(4)), 1152),
    "Paley 29": (coloured(nx.paley_graph(29).to_undirected()), 29 * 14),
    "Paley tournament 7": (coloured(nx.paley_graph(7), directed=True), 21),
    "two pentagons": (coloured(nx.disjoint_union(nx.cycle_graph(5), nx.cycle_graph(5))), 200),
    "pentagon and hexagon": (coloured(nx.disjoint_union(nx.cycle_graph(5), nx.cycle_graph(6))), 120),
    "three cubes": (coloured(nx.disjoint_union_all([nx.hypercube_graph(3)] * 3)), 48**3 * 6),
    "asymmetric tree": (coloured(nx.Graph([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (2, 6)])), 1),
    "binary tree": (coloured(nx.balanced_tree(2, 4)), 2**15),
    "Frucht": (coloured(nx.frucht_graph()), 1),
    "Hoffman-Singleton": (coloured(nx.hoffman_singleton_graph()), 252000),
    "Desargues": (coloured(nx.desargues_graph()), 240),
    "Tutte-Coxeter": (coloured(nx.LCF_graph(30, [-13, -9, 7, -7, 9, 13], 5)), 1440),
    "C60": (coloured(buckminsterfullerene()), 120),
    "benzene": (benzene(), 12),
    "Kekule": (kekule(), 6),
    "C6 with one node marked": (coloured(nx.cycle_graph(6), node_colour=[1, 0, 0, 0, 0, 0]), 2),
    "C6 with opposite nodes marked": (coloured(nx.cycle_graph(6), node_colour=[1, 0, 0, 1, 0, 0]), 4),
    "double edge": (ColouredGraph.from_edges(3, [(0, 1), (0, 1), (1, 2)]), 1),
    "double edges": (ColouredGraph.from_edges(3, [(0, 1), (0, 1), (1, 2), (2, 1)]), 2),
    "double arcs": (ColouredGraph.from_edges(3, [(0, 1), (0, 1), (1, 2), (2, 1)], directed=True), 1),
    "loop at an end": (ColouredGraph.from_edges(2, [(0, 1), (0, 0)]), 1),
    "two loops": (ColouredGraph.from_edges(2, [(0, 1), (0, 0), (1, 1)], edge_colour=[0, 1, 2]), 1),
}
GRAPHS = pytest.mark.parametrize("graph, order", KNOWN.values(), ids=KNOWN)


@GRAPHS
def test_order_generators_and_orbits(graph, order):
    found = graph_symmetry(graph)
    assert (found.order, found.decided, found.labelled) == (order, True, True)
    n, E = len(graph.node_colour), len(graph.source)
    assert len(found.generators) < max(n, 1)
    assert all(graph.relabel(g).same_as(graph) for g in found.generators)
    assert torch.equal(found.node_orbits, orbits(found.generators, n))
    arrows = [tuple(row) for row in np.stack([graph.source, graph.target], 1).tolist()]
    moved = torch.stack([edge_map(graph, arrows, g) for g in found.generators]) if len(found.generators) else []
    expected = orbits(moved, E)
    for e, f in itertools.combinations(range(E), 2):  # parallel edges of one colour are in one orbit
        if edge_key(graph, arrows[e]) == edge_key(graph, arrows[f]) and graph.edge_colour[e] == graph.edge_colour[f]:
            expected[expected == expected[f]] = expected[e].clone()
    assert torch.equal(found.edge_orbits, expected)


def edge_key(graph, arrow):
    return arrow if graph.directed else tuple(sorted(arrow))


def edge_map(graph, arrows, g):
    """Where an automorphism takes each edge; parallel ones of one colour go to the first."""
    colour, first = graph.edge_colour.tolist(), {}
    for e, arrow in enumerate(arrows):
        first.setdefault((edge_key(graph, arrow), colour[e]), e)
    images = [edge_key(graph, (int(g[u]), int(g[v]))) for u, v in arrows]
    return torch.tensor([first[image, colour[e]] for e, image in enumerate(images)], dtype=torch.int64)


def orbits(generators, n):
    """The smallest member of the orbit of each, from maps of {0, ..., n - 1}."""
    lowest = torch.arange(n)
    for _ in range(n):
        before = lowest.clone()
        for g in generators:
            both = torch.minimum(lowest, lowest[g])
            lowest = both.scatter_reduce(0, g, both, "amin")
        if torch.equal(before, lowest):
            break
    return lowest


@GRAPHS
def test_one_canonical_form_for_all_numberings(graph, order):
    rng = np.random.default_rng(0)
    form = canonical_form(graph)
    for _ in range(5):
        shuffled = graph.relabel(rng.permutation(len(graph.node_colour)))
        found = graph_symmetry(shuffled)
        assert found.order == order
        assert canonical_form(shuffled).same_as(form)
        assert form.relabel(found.labelling).same_as(shuffled)  # the labelling is a pose: x = g · canonical(x)


def test_different_graphs_have_different_forms():
    forms = [canonical_form(graph) for graph, _ in KNOWN.values()]
    same = [pair for pair in itertools.combinations(range(len(forms)), 2) if forms[pair[0]].same_as(forms[pair[1]])]
    assert not same


@pytest.mark.parametrize(
    "one, other",
    (
        (coloured(rook(4)), coloured(shrikhande())),
        (coloured(nx.cycle_graph(6)), coloured(nx.disjoint_union(nx.cycle_graph(3), nx.cycle_graph(3)))),
        *(
            tuple(coloured(cai_furer_immerman(base, twisted)) for twisted in (False, True))
            for base in (nx.complete_graph(4), nx.petersen_graph(), nx.random_regular_graph(3, 20, seed=0))
        ),
        (coloured(nx.cycle_graph(4)), coloured(nx.cycle_graph(4), edge_colour=[0, 0, 0, 1])),
        (coloured(nx.path_graph(3)), coloured(nx.path_graph(3), directed=True)),
        (ColouredGraph.from_edges(2, [(0, 1)]), ColouredGraph.from_edges(2, [(0, 1), (1, 0)])),
    ),
    ids=("rook, Shrikhande", "C6, 2 C3", "CFI(K4)", "CFI(Petersen)", "CFI(cubic)", "weights", "arcs", "double edge"),
)
def test_pairs_that_are_alike_and_not_isomorphic(one, other):
    assert not canonical_form(one).same_as(canonical_form(other))
    shuffled = other.relabel(np.random.default_rng(1).permutation(len(other.node_colour)))
    assert canonical_form(other).same_as(canonical_form(shuffled))


def test_the_oracles_of_the_conformance_suite():
    graphs = [ColouredGraph.from_edges(oracle.nodes, oracle.edges) for oracle in graph_oracles()]
    found = automorphisms(graphs)
    assert [found.order(b) for b in range(len(found))] == [oracle.automorphisms for oracle in graph_oracles()]


@pytest.mark.parametrize("name", ("Petersen", "C6", "K4", "star", "two pentagons", "Kekule", "directed C17"))
def test_the_law_of_the_draws(name):
    """20,000 automorphisms: each of the group, and each equally likely."""
    more = {"C6": (coloured(nx.cycle_graph(6)), 12), "K4": (coloured(nx.complete_graph(4)), 24)}
    more["star"] = (coloured(nx.star_graph(5)), 120)
    graph, order = more[name] if name in more else KNOWN[name]
    draws = graph_symmetry(graph).sample(20_000, generator=torch.Generator().manual_seed(0))
    elements, counts = draws.unique(dim=0, return_counts=True)
    assert len(elements) == order
    assert all(graph.relabel(g).same_as(graph) for g in elements)
    check_counts(counts)


def test_draws_of_a_group_too_large_to_list():
    """In S_8 of a star's leaves, each leaf goes everywhere, and the parity is even half of the time."""
    graph, _ = KNOWN["star"]
    draws = graph_symmetry(graph).sample(8000, generator=torch.Generator().manual_seed(1))
    assert (draws[:, 0] == 0).all()
    for leaf in range(1, 9):
        check_uniform(draws[:, leaf] - 1, 8)
    signs = torch.stack([(draws[:, i] > draws[:, j]) for i in range(9) for j in range(i + 1, 9)]).sum(0) % 2
    assert abs(int(signs.sum()) - 4000) < 5 * 2000**0.5


def test_literal_path():
    """0 - 1 - 2, the end 2 marked: the refined cells stand by colour, then by what their nodes see."""
    found = graph_symmetry(ColouredGraph.from_edges(3, [(0, 1), (1, 2)], node_colour=[0, 0, 1]))
    assert (found.order, found.node_orbits.tolist(), found.edge_orbits.tolist()) == (1, [0, 1, 2], [0, 1])
    assert found.generators.shape == (0, 3)
    assert found.labelling.tolist()[2] == 2  # the colour 1 stands last
    assert found.sample(4).tolist() == [[0, 1, 2]] * 4
