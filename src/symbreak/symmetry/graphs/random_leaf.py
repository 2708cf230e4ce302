"""A random leaf of the search tree, and the entropy of its law, compiled.

    H = Σ p(ν) log |target cell of ν|    over the inner nodes ν, which are reached with probability p(ν)

A leaf tells its path, so this is the entropy of the leaf itself.
"""

import numpy as np

from symbreak.symmetry.graphs.best_leaf import (
    ALONG,
    BEFORE_CHILD,
    BROKEN,
    CHILD,
    LAST,
    ROOT,
    SINGLE,
    enter,
    fixing_orbits,
    next_child,
    search,
)
from symbreak.symmetry.graphs.compiled import inner
from symbreak.symmetry.graphs.first_path import BASE, STAND, find
from symbreak.symmetry.graphs.refinement import (
    CELLS,
    COUNT,
    CUTS,
    NODE,
    RECORD,
    SIZE,
    WORK,
    individualize,
    refine,
    target_cell,
    undo,
)


@inner
def random_leaf(A, P, n, uniform, shift):
    """Individualizes a uniform node of the target cell and refines, to a leaf; `uniform[shift + level]` decides."""
    trace, none, record, level = np.empty(n + 1, np.int64), np.int64(0), np.int64(RECORD), 0
    refine(A, P, n, trace, none, none, record)
    while P[COUNT, CELLS] < n:
        s = target_cell(P, n)
        individualize(P, P[NODE, s + min(np.int64(uniform[shift + level] * P[SIZE, s]), P[SIZE, s] - 1)])
        refine(A, P, n, trace, none, none, record)
        level += 1


@inner
def leaf_entropy(A, P, n, F, depth, G, budget):
    """In nats; -1 if the budget ran out. Expects the partition at the root, with all generators."""
    if depth == 0:
        return 0.0
    S, trace, none, record = search(n), np.empty(n + 1, np.int64), np.int64(0), np.int64(RECORD)
    chance, j, stale = np.ones(n, np.float64), np.int64(0), True
    S[ALONG, 0] = 1
    enter(P, n, S, F.level, j)
    total = np.log(P[SIZE, S[BROKEN, 0]])
    while True:
        if stale and not S[SINGLE, j]:
            fixing_orbits(P, S, F.level, G, j)
            stale = False
        v = next_child(P, S, F.level, n, j)
        if v < 0:
            if j == 0:
                return total
            j, stale = j - 1, True
            undo(P, S[BEFORE_CHILD, j])
            continue
        s, members = S[BROKEN, j], 0
        for q in range(s, s + P[SIZE, s]):
            if S[SINGLE, j] or find(S[ROOT], P[NODE, q]) == v:
                members += 1
        share = members / P[SIZE, s]
        S[CHILD, j], S[LAST, j], S[BEFORE_CHILD, j] = v, F.level[STAND, v], P[COUNT, CUTS]
        individualize(P, v)
        refine(A, P, n, trace, none, none, record)
        if P[COUNT, WORK] > budget:
            return -1.0
        if P[COUNT, CELLS] == n:
            undo(P, S[BEFORE_CHILD, j])
            continue
        S[ALONG, j + 1] = S[ALONG, j] and v == F.level[BASE, j]
        j, stale = j + 1, True
        chance[j] = chance[j - 1] * share
        enter(P, n, S, F.level, j)
        total += chance[j] * np.log(P[SIZE, S[BROKEN, j]])
