"""Colour refinement, compiled: the coarsest equitable partition below a given one, and its undoing.

A partition is one int64 array `P` of 17 rows, since functions that pass many arrays are slow. The cells stand one after
the other, and a cell is named by its first place. Their order, and all else here but the order of nodes within a cell,
depends on the graph and not on how its nodes are numbered.

Reference:
    McKay (1981), Practical graph isomorphism; Junttila, Kaski (2007), Engineering an efficient canonical labeling
    tool for large and sparse graphs.
"""

import numpy as np

from symbreak.symmetry.graphs.adjacency import NEIGHBOUR, WEIGHT, mix, sort_by
from symbreak.symmetry.graphs.compiled import inner

NODE = 0  # the nodes, cell after cell
PLACE = 1  # where each node stands
CELL = 2  # the cell of each place
SIZE = 3  # of the cell that begins at a place
AFTER, BEFORE = 4, 5  # the next and the last cell of more than one node; n is the anchor of the list
CUT, FROM = 6, 7  # the cells cut off so far, and what from
STACK, WAITS = 8, 9  # the cells by which to refine; whether a cell is among them
KEY, HIT = 10, 11  # what a node sees of the cell at hand, and how many nodes of a cell see it; 0 but during refine
MEMBER, TOUCHED, PIECE = 12, 13, 14  # room for lists
ITSELF = 15  # 0, 1, 2, ...
COUNT = 16  # of:
CELLS, CUTS, WAITING, WORK = range(4)

RECORD, EQUAL, BEST = range(3)  # what refine does with the trace
SEEN = 256  # cells that target_cell looks at, so that it costs little in a large graph


@inner
def partition(colour):
    """The nodes by colour, ranks from 0, with all cells waiting."""
    n = len(colour)
    P = np.zeros((17, max(n + 1, 4)), np.int64)
    for v in range(n):
        P[HIT, colour[v] + 1] += 1
    for c in range(n):
        P[HIT, c + 1] += P[HIT, c]
    for v in range(n):
        p = P[HIT, colour[v]]
        P[HIT, colour[v]] += 1
        P[NODE, p], P[PLACE, v] = v, p
    for p in range(n + 1):
        P[ITSELF, p], P[HIT, p] = p, 0
    last, start = n, 0
    for p in range(n):
        if p == 0 or colour[P[NODE, p]] != colour[P[NODE, p - 1]]:
            start = p
            P[COUNT, CELLS] += 1
            _push(P, start)
        P[CELL, p] = start
        P[SIZE, start] += 1
        if P[SIZE, start] == 2:
            P[AFTER, last], P[BEFORE, start] = start, last
            last = start
    P[AFTER, last], P[BEFORE, n] = n, last
    return P


@inner
def cut(P, p, s):
    """Makes the places from `p` to the end of the cell `s` a cell of their own."""
    end, k = s + P[SIZE, s], P[COUNT, CUTS]
    for q in range(p, end):
        P[CELL, q] = p
    P[SIZE, p], P[SIZE, s] = end - p, p - s
    if end - p > 1:
        P[AFTER, p], P[BEFORE, p] = P[AFTER, s], s
        P[BEFORE, P[AFTER, p]] = p
        P[AFTER, s] = p
    if p - s == 1:
        P[AFTER, P[BEFORE, s]] = P[AFTER, s]
        P[BEFORE, P[AFTER, s]] = P[BEFORE, s]
    P[CUT, k], P[FROM, k] = p, s
    P[COUNT, CUTS] += 1
    P[COUNT, CELLS] += 1


@inner
def undo(P, cuts):
    """Joins what was cut off after the first `cuts` cuts."""
    while P[COUNT, CUTS] > cuts:
        P[COUNT, CUTS] -= 1
        P[COUNT, CELLS] -= 1
        p, s = P[CUT, P[COUNT, CUTS]], P[FROM, P[COUNT, CUTS]]
        if P[SIZE, s] == 1:
            P[AFTER, P[BEFORE, s]] = s
            P[BEFORE, P[AFTER, s]] = s
        if P[SIZE, p] > 1:
            P[AFTER, s] = P[AFTER, p]
            P[BEFORE, P[AFTER, p]] = s
        for q in range(p, p + P[SIZE, p]):
            P[CELL, q] = s
        P[SIZE, s] += P[SIZE, p]


@inner
def target_cell(P, n):
    """The cell to break next: the first of the largest among the first few of more than one node."""
    best, s = P[AFTER, n], P[AFTER, n]
    for _ in range(SEEN):
        if s == n:
            break
        if P[SIZE, s] > P[SIZE, best]:
            best = s
        s = P[AFTER, s]
    return best


@inner
def individualize(P, v):
    """Gives a node a cell of its own, behind the rest of its cell, to refine by."""
    p = P[PLACE, v]
    s = P[CELL, p]
    last = s + P[SIZE, s] - 1
    other = P[NODE, last]
    P[NODE, p], P[PLACE, other] = other, p
    P[NODE, last], P[PLACE, v] = v, last
    cut(P, last, s)
    _push(P, last)


@inner
def refine(A, P, n, trace, at, end, mode):
    """Splits cells until any two nodes of a cell see the same of every cell.

    What happens is hashed into the trace, a number for each cell that is refined by: written from `at` on (RECORD), or
    compared with what stands there up to `end`. EQUAL stops at the first difference; BEST stops where the new trace
    is less, and from where it is greater writes it over the old one.

    Returns:
        -1 if it stopped, 1 if the trace is greater, else 0; and the end of the trace.
    """
    code = 0
    while P[COUNT, WAITING] and P[COUNT, CELLS] < n:
        step = _split_by(A, P, _pop(P))
        if mode == RECORD:
            trace[at] = step
        elif at >= end or trace[at] != step:
            if mode == EQUAL or (at < end and step < trace[at]):
                code = -1
                break
            mode, code = RECORD, 1
            trace[at] = step
        at += 1
    while P[COUNT, WAITING]:
        _pop(P)
    if mode != RECORD and at < end:
        code = -1
    return code, at


@inner
def _split_by(A, P, s):
    """Splits the other cells, and `s` itself, by what their nodes see of `s`; returns a hash of it."""
    many, none = P[SIZE, s], np.int64(0)
    cells = none
    work, step = many, mix(s, many)
    for i in range(many):
        P[MEMBER, i] = P[NODE, s + i]
    for i in range(many):
        u = P[MEMBER, i]
        work += A.start[u + 1] - A.start[u]
        for e in range(A.start[u], A.start[u + 1]):
            v = A.entry[NEIGHBOUR, e]
            p = P[PLACE, v]
            c = P[CELL, p]
            if P[SIZE, c] == 1:
                step += mix(c, A.entry[WEIGHT, e])
                continue
            if P[KEY, v] == 0:
                if P[HIT, c] == 0:
                    P[TOUCHED, cells] = c
                    cells += 1
                P[HIT, c] += 1
                q = c + P[SIZE, c] - P[HIT, c]
                w = P[NODE, q]
                P[NODE, p], P[PLACE, w] = w, p
                P[NODE, q], P[PLACE, v] = v, q
            P[KEY, v] += A.entry[WEIGHT, e]
    P[COUNT, WORK] += work
    if cells > 1:
        sort_by(P[TOUCHED], none, cells, P[ITSELF])
    for k in range(cells):
        step = _split(P, P[TOUCHED, k], step)
    return step


@inner
def _split(P, c, step):
    """Splits a cell by the keys of its nodes, of which those that have one stand at its end."""
    end = c + P[SIZE, c]
    first = end - P[HIT, c]
    P[HIT, c] = 0
    low = high = P[KEY, P[NODE, first]]
    for q in range(first + 1, end):
        low, high = min(low, P[KEY, P[NODE, q]]), max(high, P[KEY, P[NODE, q]])
    if low != high:
        sort_by(P[NODE], first, end, P[KEY])
        for q in range(first, end):
            P[PLACE, P[NODE, q]] = q
    whole, parts, q = P[SIZE, c], 0, end
    while q > first:
        value, b = P[KEY, P[NODE, q - 1]], q
        while b > first and P[KEY, P[NODE, b - 1]] == value:
            b -= 1
            P[KEY, P[NODE, b]] = 0
        step = mix(mix(step, b), value)
        if b > c:
            cut(P, b, c)
            P[PIECE, parts] = b
            parts += 1
        q = b
    if parts == 0:
        return step
    P[COUNT, WORK] += whole - P[SIZE, c]
    largest = -1
    if not P[WAITS, c]:  # what refines by the whole and by all pieces but one refines by that one
        largest = c
        for k in range(parts - 1, -1, -1):
            if P[SIZE, P[PIECE, k]] > P[SIZE, largest]:
                largest = P[PIECE, k]
        if largest != c:
            _push(P, c)
    for k in range(parts - 1, -1, -1):
        if P[PIECE, k] != largest:
            _push(P, P[PIECE, k])
    return step


@inner
def _push(P, s):
    P[STACK, P[COUNT, WAITING]] = s
    P[WAITS, s] = 1
    P[COUNT, WAITING] += 1


@inner
def _pop(P):
    P[COUNT, WAITING] -= 1
    s = P[STACK, P[COUNT, WAITING]]
    P[WAITS, s] = 0
    return s
