"""The automorphism group as a chain of stabilizers along the first path, compiled.

    Aut = G₀ ⊇ G₁ ⊇ ... ⊇ G_k = 1,   G_i fixes b_1, ..., b_i,   |Aut| = Π |G_i b_{i+1}|

From the last level up, every node of the target cell is either shown to be in the orbit of `b_{i+1}` under `G_i`, by an
automorphism, or not to be. Nodes in one orbit of the generators so far share their fate.
"""

import numpy as np

from symbreak.symmetry.graphs.compiled import inner
from symbreak.symmetry.graphs.first_path import BASE, BREADTH, DONE, LEAF, ORBIT, TARGET, append, find, generators
from symbreak.symmetry.graphs.matching import (
    FOUND,
    IMAGE,
    MOVED,
    MOVES,
    SEEN_FROM,
    SEEN_TO,
    STOPPED,
    child_trace,
    find_image,
    forget,
    matching,
)
from symbreak.symmetry.graphs.refinement import undo

LONG = 256  # an orbit for which more generators are found than are needed
PARENT, MEMBERS, FAILED = range(3)  # the rows of the orbits so far: a forest, the sizes, the last level that failed


@inner
def stabilizer_chain(A, P, n, F, depth, budget):
    """The generators, the orbits of the group (as a forest), and whether the search was finished.

    Expects the partition at the leaf, `depth` levels down or -1 if it was not reached; leaves it at the root. If the
    budget runs out, what is returned generates the subgroup found so far, and the orbits in `F` are right for it.
    """
    G, orbits, level, seen = generators(), np.ones((3, n), np.int64), F.level, np.empty(0, np.int64)
    for v in range(n):
        orbits[PARENT, v], orbits[FAILED, v] = v, -1
    if depth <= 0:
        return G, orbits[PARENT], depth == 0
    M, done = matching(n), True
    for i in range(depth - 1, -1, -1):
        undo(P, level[DONE, i])
        b, moves, first = level[BASE, i], 0, G.count[0]
        for q in range(level[TARGET, i], level[TARGET, i] + level[BREADTH, i] - 1):
            if orbits[MEMBERS, find(orbits[PARENT], b)] == level[BREADTH, i]:
                break
            w = find(orbits[PARENT], level[LEAF, q])
            if w == find(orbits[PARENT], b) or orbits[FAILED, w] == i:
                continue
            answer = find_image(A, P, n, F, depth, M, seen, i, level[LEAF, q], budget)
            undo(P, level[DONE, i])
            if answer == FOUND:
                moves = M[MOVES, 0]
                G = append(G, i, M[MOVED], moves, M[IMAGE])
                for k in range(moves):
                    _join(orbits, M[MOVED, k], M[IMAGE, M[MOVED, k]], i)
            elif answer == STOPPED:
                done = False
            else:
                orbits[FAILED, w] = i
            forget(M, np.int64(0))
            if not done:
                break
        level[ORBIT, i] = orbits[MEMBERS, find(orbits[PARENT], b)]
        if not done:
            undo(P, level[DONE, 0])
            break
        if i and level[ORBIT, i] < level[BREADTH, i]:
            seen = _list_traces(A, P, n, level, orbits[PARENT], M, seen, i)
        if level[ORBIT, i] > LONG and 2 * moves > level[ORBIT, i]:
            G = _shorten(A, P, n, F, depth, orbits[PARENT], M, seen, G, i, G.count[0] - first, budget)
    return G, orbits[PARENT], done


@inner
def _list_traces(A, P, n, level, parent, M, seen, i):
    """`seen` with the traces of the children of the first path's node on level `i`, one for each orbit."""
    s, breadth, count = level[TARGET, i], level[BREADTH, i], len(seen)
    longer = np.empty(count + breadth, np.int64)
    for k in range(count):
        longer[k] = seen[k]
    M[SEEN_FROM, i] = count
    for q in range(s, s + breadth):
        v = level[LEAF, q]
        if find(parent, v) == v:
            longer[count] = child_trace(A, P, n, v)
            count += 1
    M[SEEN_TO, i] = count
    return longer[:count]


@inner
def _shorten(A, P, n, F, depth, parent, M, seen, G, i, count, budget):
    """The generators with a few more of level `i`, which has `count`, so that no product that is needed is long.

    A cycle of n nodes has two generators, and takes products of up to n / 2; with as many as n has digits, it takes a
    few.
    """
    b, s, breadth, size = F.level[BASE, i], F.level[TARGET, i], F.level[BREADTH, i], F.level[ORBIT, i]
    for k in range(count, 32):
        if 1 << (2 * k) > size:
            break
        w = F.level[LEAF, s + (k * 0x9E3779B1) % breadth]
        if w != b and find(parent, w) == find(parent, b):
            if find_image(A, P, n, F, depth, M, seen, i, w, budget) == FOUND:
                G = append(G, i, M[MOVED], M[MOVES, 0], M[IMAGE])
            undo(P, F.level[DONE, i])
            forget(M, np.int64(0))
    return G


@inner
def _join(orbits, v, w, level):
    """Makes one orbit of two; what failed for one of them failed for both."""
    v, w = find(orbits[PARENT], v), find(orbits[PARENT], w)
    if v == w:
        return
    if orbits[MEMBERS, v] < orbits[MEMBERS, w]:
        v, w = w, v
    orbits[PARENT, w] = v
    orbits[MEMBERS, v] += orbits[MEMBERS, w]
    if orbits[FAILED, w] == level:
        orbits[FAILED, v] = level
