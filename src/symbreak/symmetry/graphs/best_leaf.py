"""The canonical leaf of the search tree, compiled: the greatest by its trace, and then by the graph that it draws.

Only needed if some target cell of the first path is more than one orbit; else all leaves are images of the first.
Children of a node that lie in one orbit of the known automorphisms that fix its path have equal subtrees, and one of
them is searched. All children are refined once before the search goes below the best: what lies below a child that a
sibling will beat is never seen, which in a graph of many parts would be exponential. A leaf equal to the best so far is
its image under one more automorphism.

Reference:
    McKay (1981), Practical graph isomorphism; Piperno (2008), Search space contraction in canonical labeling of graphs.
"""

import numpy as np

from symbreak.symmetry.graphs.adjacency import LABEL, NEIGHBOUR
from symbreak.symmetry.graphs.compiled import inner
from symbreak.symmetry.graphs.first_path import BASE, BREADTH, END, LEAF, ORBIT, STAND, append, find
from symbreak.symmetry.graphs.refinement import (
    BEST,
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
    undo,
)

# The rows of a search, an int64 array `S`: of levels of the path at hand,
CHILD = 0  # the node that is individualized
LAST = 1  # its place in the first leaf; the children are tried from the last place on
BROKEN = 2  # the target cell
BEFORE_CHILD = 3  # how many cuts were made before
ALONG = 4  # whether the nodes before are those of the first path
SINGLE = 5  # whether, moreover, the target cell is one orbit
SURVEY = 6  # whether the children are being refined for the first time,
TOP, TIES = 7, 8  # the first of them with the best trace so far, and how many have it
# of the best leaf so far,
BEST_CHILD, BEST_END = 9, 10  # its path, and where the trace of each of its levels ends
BEST_NODE, BEST_PLACE = 11, 12  # the node at each place, and the place of each node
# of nodes,
ROOT = 13  # the orbits of the automorphisms that fix the path at hand, as a forest
FIXED = 14  # whether a node is on the path; 0 but while orbits are sought
IMAGE, MARK, MOVED = 15, 16, 17  # room for an automorphism, and to compare neighbours; MARK is 0


@inner
def search(n):
    """Room for a search."""
    return np.zeros((18, n + 1), np.int64)


@inner
def best_leaf(A, P, n, F, depth, G, budget):
    """The node at each place of the canonical leaf, and whether the search was finished.

    Expects the partition at the root, with all generators. May append to these automorphisms that they generate.
    """
    S, trace, level = search(n), F.trace.copy(), F.level
    for v in range(n + 1):
        S[BEST_CHILD, v], S[BEST_END, v], S[BEST_NODE, v] = level[BASE, v], level[END, v], level[LEAF, v]
        S[BEST_PLACE, v] = level[STAND, v]
    j, stale = np.int64(0), True
    known, leaf = depth, True  # the best trace is known for so many levels, and whether it is that of a leaf
    S[ALONG, 0] = 1
    enter(P, n, S, level, j)
    while True:
        v = -1
        if S[SURVEY, j] or S[TIES, j]:
            if stale and not S[SINGLE, j]:
                fixing_orbits(P, S, level, G, j)
                stale = False
            v = next_child(P, S, level, n, j)
        if v < 0 and S[SURVEY, j] and S[TIES, j]:
            S[SURVEY, j], S[LAST, j] = 0, S[TOP, j] + 1
            continue
        if v < 0:
            if j == 0:
                return S[BEST_NODE, :n].copy(), True
            j, stale = j - 1, True
            undo(P, S[BEFORE_CHILD, j])
            continue
        S[CHILD, j], S[LAST, j], S[BEFORE_CHILD, j] = v, level[STAND, v], P[COUNT, CUTS]
        individualize(P, v)
        mode = np.int64(BEST) if j < known else np.int64(RECORD)
        code, end = refine(A, P, n, trace, S[BEST_END, j], S[BEST_END, j + 1], mode)
        if P[COUNT, WORK] > budget:
            return S[BEST_NODE, :n].copy(), False
        if code > 0 or j == known:
            S[BEST_END, j + 1], S[TIES, j] = end, 0
            known, leaf = j + 1, False
        if code < 0:
            undo(P, S[BEFORE_CHILD, j])
            continue
        if S[SURVEY, j]:
            if S[TIES, j] == 0:
                S[TOP, j] = level[STAND, v]
            S[TIES, j] += 1
            undo(P, S[BEFORE_CHILD, j])
            continue
        S[TIES, j] -= 1
        if P[COUNT, CELLS] < n:
            S[ALONG, j + 1] = S[ALONG, j] and v == level[BASE, j]
            j, stale = j + 1, True
            enter(P, n, S, level, j)
            continue
        sign = _compare(A, P, n, S) if leaf else 1
        if sign > 0:
            leaf = True
            for k in range(j + 1):
                S[BEST_CHILD, k] = S[CHILD, k]
            for q in range(n):
                S[BEST_NODE, q], S[BEST_PLACE, P[NODE, q]] = P[NODE, q], q
        elif sign == 0:
            h = 0
            while h < j and S[CHILD, h] == S[BEST_CHILD, h]:
                h += 1
            if S[CHILD, h] != S[BEST_CHILD, h]:  # else it is the first leaf, come upon again
                G = _append(P, n, S, G)
                j, stale = h, True
        undo(P, S[BEFORE_CHILD, j])


@inner
def enter(P, n, S, level, j):
    """Prepares to try the children of a node."""
    S[SINGLE, j] = S[ALONG, j] and level[ORBIT, j] == level[BREADTH, j]
    S[LAST, j], S[BROKEN, j], S[SURVEY, j], S[TIES, j] = n, target_cell(P, n), 1 - S[SINGLE, j], S[SINGLE, j]


@inner
def _append(P, n, S, G):
    """The generators with the automorphism that takes the best leaf to the one at hand."""
    moved = np.int64(0)
    for q in range(n):
        v = S[BEST_NODE, q]
        S[IMAGE, v] = P[NODE, q]
        if v != P[NODE, q]:
            S[MOVED, moved] = v
            moved += 1
    return append(G, np.int64(0), S[MOVED], moved, S[IMAGE])


@inner
def fixing_orbits(P, S, level, G, j):
    """The orbits of the generators that fix the first `j` nodes of the path; a root stands last in the first leaf."""
    table, move, root = G.table, G.move, S[ROOT]
    for k in range(j):
        S[FIXED, S[CHILD, k]] = 1
    for q in range(S[BROKEN, j], S[BROKEN, j] + P[SIZE, S[BROKEN, j]]):
        root[P[NODE, q]] = P[NODE, q]
    for joins in range(2):
        for k in range(G.count[0]):
            fixing = True
            for i in range(table[1, k], table[1, k + 1]):
                if S[FIXED, move[0, i]]:
                    fixing = False
                    break
            P[COUNT, WORK] += 1
            if not fixing:
                continue
            P[COUNT, WORK] += table[1, k + 1] - table[1, k]
            for i in range(table[1, k], table[1, k + 1]):
                if not joins:
                    root[move[0, i]] = move[0, i]
                    continue
                v, w = find(root, move[0, i]), find(root, move[1, i])
                if level[STAND, v] < level[STAND, w]:
                    v, w = w, v
                root[w] = v
    for k in range(j):
        S[FIXED, S[CHILD, k]] = 0


@inner
def next_child(P, S, level, n, j):
    """The next node of the target cell to try, or -1: the roots of the orbits, from the last place to the first."""
    s, best = S[BROKEN, j], -1
    if S[SINGLE, j]:
        return level[BASE, j] if S[LAST, j] == n else -1
    if S[ALONG, j]:
        for q in range(min(S[LAST, j], s + level[BREADTH, j]) - 1, s - 1, -1):
            v = level[LEAF, q]
            if S[ROOT, v] == v:
                return v
        return -1
    P[COUNT, WORK] += P[SIZE, s]
    for q in range(s, s + P[SIZE, s]):
        v = P[NODE, q]
        if S[ROOT, v] == v and level[STAND, v] < S[LAST, j] and (best < 0 or level[STAND, v] > level[STAND, best]):
            best = v
    return best


@inner
def _compare(A, P, n, S):
    """The sign of the first difference between the graph drawn by the partition at hand and by the best leaf."""
    for q in range(n):
        u, v = P[NODE, q], S[BEST_NODE, q]
        P[COUNT, WORK] += A.start[u + 1] - A.start[u] + 1
        for e in range(A.start[v], A.start[v + 1]):
            S[MARK, S[BEST_PLACE, A.entry[NEIGHBOUR, e]]] = A.entry[LABEL, e] + 1
        least, sign = n, 0
        for e in range(A.start[u], A.start[u + 1]):
            p = P[PLACE, A.entry[NEIGHBOUR, e]]
            difference = A.entry[LABEL, e] + 1 - S[MARK, p]
            S[MARK, p] = 0
            if difference and p < least:
                least, sign = p, difference
        for e in range(A.start[v], A.start[v + 1]):
            p = S[BEST_PLACE, A.entry[NEIGHBOUR, e]]
            if S[MARK, p] and p < least:
                least, sign = p, -1
            S[MARK, p] = 0
        if sign:
            return sign
    return 0
