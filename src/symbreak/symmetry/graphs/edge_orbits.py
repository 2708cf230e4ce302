"""Orbits of nodes and of edges under given generators, compiled."""

import numpy as np

from symbreak.symmetry.graphs.adjacency import BACK, NEIGHBOUR, dense_rank
from symbreak.symmetry.graphs.compiled import inner
from symbreak.symmetry.graphs.first_path import find


@inner
def node_orbits(parent, n):
    """The smallest node of the orbit of each."""
    orbit, first = np.empty(n, np.int64), np.full(n, -1, np.int64)
    for v in range(n):
        root = find(parent, v)
        if first[root] < 0:
            first[root] = v
        orbit[v] = first[root]
    return orbit


@inner
def edge_orbits(A, O, directed, G, count, nodes):
    """The smallest row of the orbit of each row of edges, where parallel ones of one colour are in one orbit.

    `nodes` are the orbits of the nodes.
    """
    n, entries, orbit = len(nodes), A.entry.shape[1], np.empty(len(O.slot), np.int64)
    if count == 0 and entries == 2 * len(orbit):  # neither loops nor parallel edges, so that each is an orbit
        for e in range(len(orbit)):
            orbit[e] = e
        return orbit
    parent, image, entry = np.arange(entries), np.arange(n), np.empty(n, np.int64)
    if not directed:
        for e in range(entries):
            _join(parent, e, A.entry[BACK, e])
    for k in range(count):
        begin, end = G.table[1, k], G.table[1, k + 1]
        for i in range(begin, end):
            image[G.move[0, i]] = G.move[1, i]
        for i in range(begin, end):
            v, w = G.move[0, i], G.move[1, i]
            for e in range(A.start[w], A.start[w + 1]):
                entry[A.entry[NEIGHBOUR, e]] = e
            for e in range(A.start[v], A.start[v + 1]):
                f = entry[image[A.entry[NEIGHBOUR, e]]]
                _join(parent, e, f)
                _join(parent, A.entry[BACK, e], A.entry[BACK, f])
        for i in range(begin, end):
            image[G.move[0, i]] = G.move[0, i]
    shades = 1
    for e in range(len(orbit)):
        shades = max(shades, O.shade[e] + 1)
    for e in range(len(orbit)):
        kind = find(parent, O.slot[e]) if O.slot[e] >= 0 else entries + nodes[-1 - O.slot[e]]
        orbit[e] = kind * shades + O.shade[e]
    kinds = dense_rank(orbit)
    first = np.full(kinds, -1, np.int64)
    for e in range(len(orbit)):
        if first[orbit[e]] < 0:
            first[orbit[e]] = e
        orbit[e] = first[orbit[e]]
    return orbit


@inner
def _join(parent, e, f):
    e, f = find(parent, e), find(parent, f)
    parent[max(e, f)] = min(e, f)
