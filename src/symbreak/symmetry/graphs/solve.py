"""The group and the canonical labelling of one graph, compiled: the steps of the search in their order."""

from symbreak.symmetry.graphs.best_leaf import best_leaf
from symbreak.symmetry.graphs.chain import stabilizer_chain
from symbreak.symmetry.graphs.compiled import inner
from symbreak.symmetry.graphs.first_path import BASE, BREADTH, LEAF, ORBIT, descend, path
from symbreak.symmetry.graphs.refinement import COUNT, WORK, partition


@inner
def solve(A, colour, n, base, kept, budget):
    """Searches the graph, and writes the levels whose orbits are more than their node into `base`, from `kept` on.

    Returns the generators and how many of them are to be drawn from, the orbits as a forest, the node at each place of
    the labelling, how many levels there are in `base` now, whether the group is decided, whether the labelling is
    canonical, and the work.
    """
    P, F = partition(colour), path(n)
    depth = descend(A, P, n, F, budget)
    G, parent, decided = stabilizer_chain(A, P, n, F, depth, budget)
    found, leaf, labelled = G.count[0], F.level[LEAF], decided
    for k in range(depth):
        if F.level[ORBIT, k] > 1:
            base[0, kept], base[1, kept], base[2, kept] = F.level[BASE, k], F.level[ORBIT, k], k
            kept += 1
        labelled = labelled and F.level[ORBIT, k] == F.level[BREADTH, k]
    if decided and not labelled:
        leaf, labelled = best_leaf(A, P, n, F, depth, G, budget)
    return G, found, parent, leaf, kept, decided, labelled, P[COUNT, WORK]
