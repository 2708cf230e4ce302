"""The first path of the search tree, from the refined graph to a leaf, and the growing set of generators; compiled.

Reference:
    McKay (1981), Practical graph isomorphism.
"""

from typing import Any, NamedTuple

import numpy as np

from symbreak.symmetry.graphs.compiled import inner
from symbreak.symmetry.graphs.refinement import (
    CELLS,
    COUNT,
    CUTS,
    NODE,
    PLACE,
    RECORD,
    SIZE,
    WORK,
    individualize,
    refine,
    target_cell,
)

BASE = 0  # the nodes that were individualized, one on each level
TARGET, BREADTH = 1, 2  # their cells, and the sizes of these
DONE = 3  # how many cuts were made before
ORBIT = 4  # the orbit's size of the node under the stabilizer of those before, as far as known
END = 5  # where the trace of the refinement before ends
LEAF, STAND = 6, 7  # the node at each place of the leaf, and the place of each node


class Path(NamedTuple):
    """Nodes that were individualized one after the other, each followed by refinement; int64 arrays."""

    level: Any  # (8, n + 1): the rows above
    trace: Any  # (n + 1,): of all refinements


class Generators(NamedTuple):
    """Automorphisms, each by the nodes that it moves; int64 arrays with room to grow."""

    table: Any  # (2, ...): the level of the first path, all of whose earlier nodes are fixed; where the moves begin
    move: Any  # (2, ...): which node goes where
    count: Any  # (1,)


@inner
def path(n):
    """Room for a path; its trace has at most one number for each cell of the leaf."""
    return Path(np.ones((8, n + 1), np.int64), np.empty(n + 1, np.int64))


@inner
def descend(A, P, n, F, budget):
    """Refines, and goes down the first path; returns its depth, or -1 if the budget ran out before the leaf."""
    depth, level = 0, F.level
    none, record = np.int64(0), np.int64(RECORD)  # literals would be compiled each by itself
    _, level[END, 0] = refine(A, P, n, F.trace, none, none, record)
    while P[COUNT, CELLS] < n and P[COUNT, WORK] <= budget:
        s = target_cell(P, n)
        level[TARGET, depth], level[BREADTH, depth], level[DONE, depth] = s, P[SIZE, s], P[COUNT, CUTS]
        level[BASE, depth] = P[NODE, s + P[SIZE, s] - 1]
        individualize(P, level[BASE, depth])
        _, level[END, depth + 1] = refine(A, P, n, F.trace, level[END, depth], none, record)
        depth += 1
    for v in range(n):
        level[LEAF, v], level[STAND, v] = P[NODE, v], P[PLACE, v]
    return depth if P[COUNT, CELLS] == n else -1


@inner
def generators():
    """No generators yet."""
    return Generators(np.zeros((2, 9), np.int64), np.empty((2, 64), np.int64), np.zeros(1, np.int64))


@inner
def append(G, level, moved, count, image):
    """The generators with one more, that sends each of the first nodes of `moved` to its image."""
    G = _room(G, count)
    k, used = G.count[0], G.table[1, G.count[0]]
    for i in range(count):
        G.move[0, used + i], G.move[1, used + i] = moved[i], image[moved[i]]
    G.table[0, k], G.table[1, k + 1] = level, used + count
    G.count[0] += 1
    return G


@inner
def extend(G, H, count):
    """The generators of `G`, and then the first `count` of `H`."""
    for k in range(count):
        begin, end = H.table[1, k], H.table[1, k + 1]
        G = _room(G, end - begin)
        used, last = G.table[1, G.count[0]], G.count[0]
        for i in range(begin, end):
            G.move[0, used + i - begin], G.move[1, used + i - begin] = H.move[0, i], H.move[1, i]
        G.table[0, last], G.table[1, last + 1] = H.table[0, k], used + end - begin
        G.count[0] += 1
    return G


@inner
def _room(G, moves):
    """The same generators, with room for one more of so many moves."""
    k, used = G.count[0], G.table[1, G.count[0]]
    table, move = G.table, G.move
    if k + 1 == table.shape[1]:
        table = np.zeros((2, 2 * k + 3), np.int64)
        for i in range(k + 1):
            table[0, i], table[1, i] = G.table[0, i], G.table[1, i]
    if used + moves > move.shape[1]:
        move = np.empty((2, 2 * (used + moves)), np.int64)
        for i in range(used):
            move[0, i], move[1, i] = G.move[0, i], G.move[1, i]
    return Generators(table, move, G.count)


@inner
def find(parent, v):
    """The root of the orbit of a node."""
    while parent[v] != v:
        parent[v] = parent[parent[v]]
        v = parent[v]
    return v
