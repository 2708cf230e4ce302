"""Whether a node can take the place of another in the first path, compiled: the search for one automorphism.

The subtree below the other node is searched for a leaf that is the image of the first one. As soon as the two ordered
partitions differ in single nodes only, the map between them is tried as it is; most automorphisms are found so after
one refinement of a few nodes. A branch is given up when its trace differs, or when a node cannot be the image of its
counterpart in the first path: because so many of its children have failed, while those of the other are known to fall
into large orbits, or because the first of them has a trace that no child of the other has.

Reference:
    Darga, Liffiton, Sakallah, Markov (2004), Exploiting structure in symmetry detection for CNF; McKay, Piperno (2014),
    Practical graph isomorphism II, on comparing the children of two nodes.
"""

import numpy as np

from symbreak.symmetry.graphs.adjacency import LABEL, NEIGHBOUR, mix
from symbreak.symmetry.graphs.compiled import inner
from symbreak.symmetry.graphs.first_path import BASE, BREADTH, END, LEAF, ORBIT, STAND, TARGET
from symbreak.symmetry.graphs.refinement import (
    CELL,
    COUNT,
    CUT,
    CUTS,
    EQUAL,
    FROM,
    NODE,
    PLACE,
    RECORD,
    SIZE,
    WORK,
    individualize,
    refine,
    undo,
)

NONE, FOUND, STOPPED = range(3)
FEW = 16  # nodes without a place of their own, for a map to be tried below the first refinement
SEVERAL = -2

# The rows of a matching, an int64 array `M`: of nodes,
MOVED = 0  # those that stand in another cell than in the first path
IS_MOVED = 1
IMAGE = 2  # of the moved nodes, under the map to try
HERE = 3  # the one node that only this partition, and not the first path, has in a cell; -1, or SEVERAL
MARK = 4  # room to compare neighbours; 0
# of levels,
DONE_HERE = 5  # the cuts before
KNOWN = 6  # the moved nodes before
OPEN = 7  # those of them in cells of more than one node
FAILS = 8  # the children that have failed
CHOSEN, LAST = 9, 10  # the child that was tried first, and the last one after it
SEEN_FROM, SEEN_TO = 11, 12  # where the traces of the children of the first path's node are listed, if they are
MOVES = 13  # and, in one number, how many are moved


@inner
def matching(n):
    """No differences yet."""
    M = np.zeros((14, n + 1), np.int64)
    for v in range(n):
        M[HERE, v] = -1
    return M


@inner
def find_image(A, P, n, F, depth, M, seen, i, w, budget):
    """Seeks an automorphism that fixes the first `i` nodes of the path and sends the next one to `w`.

    It is left in `M`, as the images of the moved nodes. The cells stay as they are: undo the cuts, and `forget`.
    `seen` are the traces of children.
    """
    j, v, equal = i, w, np.int64(EQUAL)
    M[OPEN, i] = 0
    while True:
        M[DONE_HERE, j], M[KNOWN, j] = P[COUNT, CUTS], M[MOVES, 0]
        individualize(P, v)
        code, _ = refine(A, P, n, F.trace, F.level[END, j], F.level[END, j + 1], equal)
        if P[COUNT, WORK] > budget:
            return STOPPED
        if code == 0:
            M[OPEN, j + 1] = _compare(P, F.level, M, j)
            if (j == i or M[OPEN, j + 1] <= FEW) and _pair(P, F.level, M, M[OPEN, j + 1]) and _preserves(A, P, M):
                return FOUND
            if j + 1 < depth and P[SIZE, F.level[TARGET, j + 1]] == F.level[BREADTH, j + 1]:
                j += 1
                v = _favourite(P, F.level, M, j)
                M[FAILS, j], M[CHOSEN, j], M[LAST, j] = 0, v, -1
                continue
        while True:
            undo(P, M[DONE_HERE, j])
            forget(M, M[KNOWN, j])
            if j == i:
                return NONE
            M[FAILS, j] += 1
            v = -1
            if M[FAILS, j] <= F.level[BREADTH, j] - F.level[ORBIT, j]:
                if M[FAILS, j] > 1 or _is_seen(M, j, seen, child_trace(A, P, n, M[CHOSEN, j])):
                    v = _next(P, F.level, M, j)
            if v >= 0:
                break
            j -= 1


@inner
def child_trace(A, P, n, v):
    """A hash of the trace of the child that individualizes `v`."""
    cuts, none, trace = P[COUNT, CUTS], np.int64(0), np.empty(n + 1, np.int64)
    individualize(P, v)
    _, end = refine(A, P, n, trace, none, none, np.int64(RECORD))
    undo(P, cuts)
    for k in range(end):
        none = mix(none, trace[k])
    return none


@inner
def _is_seen(M, j, seen, trace):
    """Whether a child of the first path's node has that trace; True if they were not listed."""
    for k in range(M[SEEN_FROM, j], M[SEEN_TO, j]):
        if seen[k] == trace:
            return True
    return M[SEEN_FROM, j] == M[SEEN_TO, j]


@inner
def forget(M, known):
    """Takes back all moved nodes but the first `known`."""
    while M[MOVES, 0] > known:
        M[MOVES, 0] -= 1
        M[IS_MOVED, M[MOVED, M[MOVES, 0]]] = 0


@inner
def _compare(P, level, M, j):
    """Notes which nodes stand in other cells since the last cuts; returns how many of all such are in larger ones."""
    now_open = M[OPEN, j]
    for k in range(M[DONE_HERE, j], P[COUNT, CUTS]):
        p, s = P[CUT, k], P[FROM, k]
        if P[SIZE, p] == 1 and M[IS_MOVED, P[NODE, p]]:
            now_open -= 1
        if p == s + 1 and M[IS_MOVED, P[NODE, s]]:
            now_open -= 1
    for k in range(M[DONE_HERE, j], P[COUNT, CUTS]):
        p, s = P[CUT, k], P[FROM, k]
        P[COUNT, WORK] += P[SIZE, p]
        for q in range(p, p + P[SIZE, p]):
            now_open += _note(P, level, M, P[NODE, q]) + _note(P, level, M, level[LEAF, q])
        if p == s + 1:
            now_open += _note(P, level, M, P[NODE, s]) + _note(P, level, M, level[LEAF, s])
    return now_open


@inner
def _note(P, level, M, v):
    """Enters a node that stands in another cell than in the first path; 1 if that cell has other nodes too."""
    c = P[CELL, P[PLACE, v]]
    if M[IS_MOVED, v] or c == P[CELL, level[STAND, v]]:
        return 0
    M[IS_MOVED, v] = 1
    M[MOVED, M[MOVES, 0]] = v
    M[MOVES, 0] += 1
    return 1 if P[SIZE, c] > 1 else 0


@inner
def _pair(P, level, M, now_open):
    """Pairs each moved node with the one whose place it has taken; False if that leaves a choice.

    In a cell of more than one node, the one node that has left is paired with the one that has come. If there are more,
    the map is taken to be its own inverse: whose place a node has taken takes its place.
    """
    count, paired = M[MOVES, 0], True
    P[COUNT, WORK] += count
    if now_open:
        for i in range(count):
            v = M[MOVED, i]
            c = P[CELL, P[PLACE, v]]
            if P[SIZE, c] > 1:
                M[HERE, c] = v if M[HERE, c] == -1 else SEVERAL
    for i in range(count):
        v = M[MOVED, i]
        d = P[CELL, level[STAND, v]]
        if P[SIZE, d] == 1:
            w = P[NODE, d]
        elif M[HERE, d] != SEVERAL:
            w = M[HERE, d]
        else:
            w = level[LEAF, P[PLACE, v]]
            paired = paired and P[SIZE, P[CELL, P[PLACE, v]]] == 1 and M[IS_MOVED, w] and P[CELL, P[PLACE, w]] == d
        M[IMAGE, v] = w
    if now_open:
        for i in range(count):
            M[HERE, P[CELL, P[PLACE, M[MOVED, i]]]] = -1
    return paired


@inner
def _preserves(A, P, M):
    """Whether the map of the moved nodes, the identity elsewhere, keeps every edge with its label."""
    for i in range(M[MOVES, 0]):
        v = M[MOVED, i]
        w = M[IMAGE, v]
        begin, end = A.start[w], A.start[w + 1]
        if A.start[v + 1] - A.start[v] != end - begin:
            return False
        P[COUNT, WORK] += end - begin
        for e in range(begin, end):
            M[MARK, A.entry[NEIGHBOUR, e]] = A.entry[LABEL, e] + 1
        same = True
        for e in range(A.start[v], A.start[v + 1]):
            u = A.entry[NEIGHBOUR, e]
            if M[IS_MOVED, u]:
                u = M[IMAGE, u]
            if M[MARK, u] != A.entry[LABEL, e] + 1:
                same = False
                break
        for e in range(begin, end):
            M[MARK, A.entry[NEIGHBOUR, e]] = 0
        if not same:
            return False
    return True


@inner
def _favourite(P, level, M, j):
    """The node of the target cell to try first: that of the first path if it is there, else a moved one."""
    s, v = level[TARGET, j], level[BASE, j]
    if P[CELL, P[PLACE, v]] == s:
        return v
    for q in range(s, s + P[SIZE, s]):
        if M[IS_MOVED, P[NODE, q]]:
            return P[NODE, q]
    return P[NODE, s]


@inner
def _next(P, level, M, j):
    """The node of the target cell to try next, by number, or -1."""
    s, best = level[TARGET, j], -1
    P[COUNT, WORK] += P[SIZE, s]
    for q in range(s, s + P[SIZE, s]):
        v = P[NODE, q]
        if v > M[LAST, j] and v != M[CHOSEN, j] and (best < 0 or v < best):
            best = v
    M[LAST, j] = best
    return best
