"""Uniform automorphisms, compiled: the product of one uniform coset representative for each level of the chain.

    g = u_1 u_2 ... u_k,   u_i in G_{i-1} uniform among representatives of G_{i-1} / G_i

Every automorphism is such a product in one way, so that none is more likely than another. The representatives are read
off a breadth-first search of the orbit of each base node.
"""

import numpy as np

from symbreak.symmetry.graphs.compiled import inner

NODE, ORBIT, LEVEL = range(3)  # the rows of `base`: the nodes whose orbits are more than themselves, on their levels


@inner
def draw(n, base, low, high, table, move, first, last, uniform, shift, g):
    """Fills `g`, `(count, n)`, with automorphisms, from the numbers in [0, 1) at `uniform[:, shift + level]`.

    The levels are the columns `low` to before `high` of the base. The generators are those of the numbers `first` to
    before `last`, from the last level up.
    """
    inverse = np.empty_like(g)
    for d in range(len(g)):
        for v in range(n):
            g[d, v] = inverse[d, v] = v
    if low == high:
        return
    start = np.zeros(n + 1, np.int64)  # the moves, by the node that they move
    for i in range(table[1, first], table[1, last]):
        start[move[0, i] + 1] += 1
    for v in range(n):
        start[v + 1] += start[v]
    cursor, to = np.empty(n, np.int64), np.empty((2, start[n]), np.int64)
    for v in range(n):
        cursor[v] = start[v]
    for k in range(first, last):
        for i in range(table[1, k], table[1, k + 1]):
            to[0, cursor[move[0, i]]], to[1, cursor[move[0, i]]] = move[1, i], k
            cursor[move[0, i]] += 1
    orbit, origin, by = np.empty(n, np.int64), np.full(n, -1, np.int64), np.empty(n, np.int64)
    word, held = np.empty(n, np.int64), np.empty(n, np.int64)
    for level in range(high - 1, low - 1, -1):
        b, found = base[NODE, level], 1
        orbit[0], origin[b] = b, b
        k = 0
        while k < found and found < base[ORBIT, level]:
            for i in range(start[orbit[k]], start[orbit[k] + 1]):
                if table[0, to[1, i]] < base[LEVEL, level]:
                    break
                v = to[0, i]
                if origin[v] < 0:
                    origin[v], by[v], orbit[found] = orbit[k], to[1, i], v
                    found += 1
            k += 1
        for d in range(len(g)):
            v, length = orbit[min(np.int64(uniform[d, shift + level - low] * found), found - 1)], 0
            while v != b:
                word[length] = by[v]
                v = origin[v]
                length += 1
            for k in range(length - 1, -1, -1):
                _apply(move, table[1, word[k]], table[1, word[k] + 1], d, g, inverse, held)
        for k in range(found):
            origin[orbit[k]] = -1


@inner
def _apply(move, begin, end, d, g, inverse, held):
    """Makes `g[d]` the generator after `g[d]`."""
    for i in range(begin, end):
        held[i - begin] = inverse[d, move[0, i]]
    for i in range(begin, end):
        g[d, held[i - begin]] = move[1, i]
        inverse[d, move[1, i]] = held[i - begin]
