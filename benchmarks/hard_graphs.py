"""Graphs on which a search for automorphisms has to work: regular, strongly regular, Cai-Fürer-Immerman."""

import itertools

import networkx as nx
import numpy as np


def hard_graphs() -> dict[str, nx.Graph]:
    """Those of the issue, larger ones of their kinds, and two that the budget does not decide."""
    cubic = {n: nx.random_regular_graph(3, n, seed=0) for n in (20, 50, 200, 400, 2000)}
    return {
        "K50": nx.complete_graph(50),
        "star of 1000 leaves": nx.star_graph(1000),
        "Q6": nx.hypercube_graph(6),
        "Q10": nx.hypercube_graph(10),
        "grid 10 x 10": nx.grid_2d_graph(10, 10),
        "cubic, 200 nodes": cubic[200],
        "cubic, 2000 nodes": cubic[2000],
        "ten cubic graphs of 50": nx.disjoint_union_all([nx.random_regular_graph(3, 50, seed=k) for k in range(10)]),
        "rook 8 x 8": nx.line_graph(nx.complete_bipartite_graph(8, 8)),
        "Shrikhande": shrikhande(),
        "Paley 101": nx.paley_graph(101).to_undirected(),
        "triangular 20": nx.line_graph(nx.complete_graph(20)),
        "Latin square, 7": latin_square(7),
        "Latin square, 10": latin_square(10),
        "Latin square, 16": latin_square(16),
        "Latin square, 24": latin_square(24),
        "CFI of 20": cai_furer_immerman(cubic[20], False),
        "CFI of 20, twisted": cai_furer_immerman(cubic[20], True),
        "CFI of 50": cai_furer_immerman(cubic[50], False),
        "CFI of 50, twisted": cai_furer_immerman(cubic[50], True),
        "CFI of 400, twisted": cai_furer_immerman(cubic[400], True),
        "tree, 100,000 nodes": nx.random_labeled_tree(100_000, seed=0),
    }


def shrikhande() -> nx.Graph:
    squares = itertools.product(range(4), repeat=2)
    steps = ((0, 1), (1, 0), (1, 1))
    return nx.Graph([((i, j), ((i + a) % 4, (j + b) % 4)) for i, j in squares for a, b in steps])


def latin_square(n: int) -> nx.Graph:
    """Strongly regular, and from n = 8 or so with no automorphism: rows exchanged on cycles, at random."""
    rng, square = np.random.default_rng(0), np.add.outer(np.arange(n), np.arange(n)) % n
    for _ in range(20 * n):
        a, b = rng.choice(n, 2, replace=False)
        one, other, start = square[a].copy(), square[b].copy(), int(rng.integers(n))
        columns, j = [start], int(np.nonzero(one == other[start])[0][0])
        while j != start:
            columns.append(j)
            j = int(np.nonzero(one == other[j])[0][0])
        square[a, columns], square[b, columns] = other[columns], one[columns]
        square = square.T.copy() if rng.random() < 0.5 else np.argsort(square, axis=1)
    cells = [(i, j, square[i, j]) for i in range(n) for j in range(n)]
    pairs = itertools.combinations(range(n * n), 2)
    return nx.Graph([(u, v) for u, v in pairs if any(x == y for x, y in zip(cells[u], cells[v], strict=True))])


def cai_furer_immerman(base: nx.Graph, twisted: bool) -> nx.Graph:
    graph = nx.Graph()
    for v in base:
        around = [frozenset((v, w)) for w in base[v]]
        for k in range(0, len(around) + 1, 2):
            for chosen in itertools.combinations(around, k):
                graph.add_edges_from(((v, chosen), (v, e, e in chosen)) for e in around)
    for k, (v, w) in enumerate(base.edges):
        e = frozenset((v, w))
        graph.add_edges_from(((v, e, side), (w, e, side ^ (twisted and k == 0))) for side in (False, True))
    return graph


def growing_graphs() -> dict[str, nx.Graph]:
    """Two kinds, by their size."""
    sizes = (10, 30, 100, 300, 1000, 3000, 10_000)
    rings = {f"cycle, {n}": nx.cycle_graph(n) for n in sizes}
    return rings | {f"random, {n}": nx.gnm_random_graph(n, 3 * n // 2, seed=0) for n in sizes}
