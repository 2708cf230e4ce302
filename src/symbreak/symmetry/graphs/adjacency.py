"""The neighbours of each node of one graph, compiled: one label for all that joins two nodes."""

from typing import Any, NamedTuple

import numpy as np

from symbreak.symmetry.graphs.compiled import inner

NEIGHBOUR, LABEL, WEIGHT, BACK = range(4)  # the rows of Adjacency.entry


class Adjacency(NamedTuple):
    """Who is joined to whom, and how; int64 arrays.

    A label at `u` for its neighbour `v` says, as a whole, which edges go out from `u` to `v` and which come in. Labels
    and colours are ranks within the graph: they depend on the order of the given colours, not on their values, so that
    a graph has the same ones in every batch.
    """

    start: Any  # (n + 1,): where the entries of each node begin
    entry: Any  # (4, m): the neighbour, ascending; the label; its weight, below 2³¹; the entry of the pair's other node


class Origin(NamedTuple):
    """What the adjacency was made of; int64 arrays."""

    colour: Any  # (n,): of the nodes with their loops
    slot: Any  # (rows,): the entry of each row of edges at its source; -1 - u for a loop at u
    shade: Any  # (rows,): the colour of each row


@inner
def adjacency(node_colour, first, last, source, target, edge_colour, low, high, directed):
    """That of the graph of the nodes `first` to before `last`, and of the rows of edges `low` to before `high`.

    Parallel edges are merged to multisets, and both directions to one label, in time linear but for the colours.
    """
    n, rows = last - first, high - low
    shade, colour = np.empty(rows, np.int64), np.empty(n, np.int64)
    for e in range(rows):
        shade[e] = edge_colour[low + e]
    dense_rank(shade)
    for u in range(n):
        colour[u] = node_colour[first + u]
    dense_rank(colour)
    start, entry, slot, simple = _simple(n, first, source, target, low, high, shade, directed)
    if not simple:
        start, entry, slot = _merged(n, first, source, target, low, high, shade, directed, colour)
    if dense_rank(entry[LABEL]) > 1:
        for e in range(entry.shape[1]):
            entry[WEIGHT, e] = (mix(entry[LABEL, e] + 1, np.int64(0x5DEECE66D)) & 0x7FFFFFFF) | 1
    cursor = start.copy()
    for u in range(n):  # both lists are in ascending order, so the pairs come up in it too
        for e in range(start[u], start[u + 1]):
            v = entry[NEIGHBOUR, e]
            entry[BACK, e] = cursor[v]
            cursor[v] += 1
    return Adjacency(start, entry), Origin(colour, slot, shade)


@inner
def _simple(n, first, source, target, low, high, shade, directed):
    """Entries with a label for each row of edges, and whether there are neither loops nor parallel edges.

    Every list is written in the order of the neighbours: that of `v` is read for each `v` in turn, and hands it on.
    """
    rows = high - low
    start, slot = np.zeros(n + 2, np.int64), np.empty(rows, np.int64)
    entry, half = np.ones((4, 2 * rows), np.int64), np.empty(2 * rows, np.int64)
    for e in range(rows):
        u, v = source[low + e] - first, target[low + e] - first
        if u == v:
            return start, entry, slot, False
        start[u + 2] += 1
        start[v + 2] += 1
    for u in range(n + 1):
        start[u + 1] += start[u]
    for e in range(rows):  # the halves of the edges, 2 e at the source and 2 e + 1 at the target
        u, v = source[low + e] - first, target[low + e] - first
        half[start[u + 1]], half[start[v + 1]] = 2 * e, 2 * e + 1
        start[u + 1] += 1
        start[v + 1] += 1
    cursor = start.copy()
    for v in range(n):
        for k in range(start[v], start[v + 1]):
            e, there = half[k] >> 1, half[k] & 1
            u = (source[low + e] if there else target[low + e]) - first
            i = cursor[u]
            if i > start[u] and entry[NEIGHBOUR, i - 1] == v:
                return start, entry, slot, False
            entry[NEIGHBOUR, i], entry[LABEL, i] = v, 2 * shade[e] + (0 if there else directed)
            if there:
                slot[e] = i
            cursor[u] += 1
    return start[: n + 1], entry, slot, True


@inner
def _merged(n, first, source, target, low, high, shade, directed, colour):
    """Entries for graphs with parallel edges, merged to multisets, and with loops, which go into the colours."""
    rows = high - low
    owner, other = np.empty(2 * rows, np.int64), np.empty(2 * rows, np.int64)
    code, row = np.empty(2 * rows, np.int64), np.empty(2 * rows, np.int64)
    halves = 0
    for e in range(rows):
        u, v = source[low + e] - first, target[low + e] - first
        owner[halves], other[halves], code[halves], row[halves] = u, v, 2 * shade[e], e
        halves += 1
        if u != v:
            owner[halves], other[halves], code[halves], row[halves] = v, u, 2 * shade[e] + directed, -1
            halves += 1
    order = _sorted_by(owner, n, _sorted_by(other, n, np.arange(halves)))
    run, length, value = _runs(owner, other, code, order)
    runs = len(length)

    loop = np.zeros(n, np.int64)
    start = np.zeros(n + 1, np.int64)
    loops = 0
    for r in range(runs):
        u = owner[order[run[r]]]
        if u == other[order[run[r]]]:
            loop[u] = value[r] + 1
            loops += 1
        else:
            start[u + 1] += 1
    for u in range(n):
        start[u + 1] += start[u]
    entry, slot = np.ones((4, runs - loops), np.int64), np.empty(rows, np.int64)
    entries = 0
    for r in range(runs):
        i = order[run[r]]
        joins = owner[i] != other[i]
        for k in range(run[r], run[r] + length[r]):
            if row[order[k]] >= 0:
                slot[row[order[k]]] = entries if joins else -1 - owner[i]
        if joins:
            entry[NEIGHBOUR, entries], entry[LABEL, entries] = other[i], value[r]
            entries += 1
    if loops:
        most = dense_rank(loop)
        for u in range(n):
            colour[u] = colour[u] * most + loop[u]
        dense_rank(colour)
    return start, entry, slot


@inner
def is_symmetric(A):
    """Whether every edge has its partner of the same colour in the other direction."""
    for e in range(A.entry.shape[1]):
        if A.entry[LABEL, e] != A.entry[LABEL, A.entry[BACK, e]]:
            return False
    return True


@inner
def pairs_off(table, n, first, source, target, colour, lo, hi):
    """What `is_symmetric` says, 1 or 0, without an adjacency; -1 where edges are parallel. `table` `(>= n²,)` is 0."""
    answer = 1
    for e in range(lo, hi):
        place = (source[e] - first) * n + target[e] - first
        if table[place]:
            answer = -1
        table[place] = e + 1
    for e in range(lo, hi):
        partner = table[(target[e] - first) * n + source[e] - first] - 1
        if answer == 1 and (partner < 0 or colour[partner] != colour[e]):
            answer = 0
    for e in range(lo, hi):
        table[(source[e] - first) * n + target[e] - first] = 0
    return answer


@inner
def mix(h, x):
    """A hash of two 64-bit integers."""
    h = (h ^ x) * np.int64(-7046029254386353131)
    return h ^ ((h >> 29) & 0x7FFFFFFFF)


@inner
def dense_rank(value):
    """Replaces each number by its rank among the distinct ones; returns how many there are."""
    count = len(value)
    if count == 0:
        return 0
    low, high = value[0], value[0]
    for i in range(count):
        low, high = min(low, value[i]), max(high, value[i])
    if low == high:
        for i in range(count):
            value[i] = 0
        return 1
    span = high - low
    if 0 <= span <= 4 * count + 64:  # below 0: the difference has overflowed
        rank = np.zeros(span + 1, np.int64)
        for i in range(count):
            rank[value[i] - low] = 1
        distinct = 0
        for k in range(span + 1):
            if rank[k]:
                rank[k] = distinct
                distinct += 1
        for i in range(count):
            value[i] = rank[value[i] - low]
        return distinct
    order = np.arange(count)
    sort_by(order, np.int64(0), count, value)
    distinct, last = 0, value[order[0]]
    for i in order:
        if value[i] != last:
            distinct, last = distinct + 1, value[i]
        value[i] = distinct
    return distinct + 1


@inner
def sort_by(item, first, end, key):
    """Sorts the items from `first` to before `end` by their keys, in no certain order where these are equal.

    Shell's sort: short to compile, insertion for few items, and fast for many.
    """
    gap = 1
    while 9 * gap < 4 * (end - first):
        gap = 9 * gap // 4 + 1
    while gap:
        for k in range(first + gap, end):
            x, q = item[k], k
            while q >= first + gap and key[item[q - gap]] > key[x]:
                item[q] = item[q - gap]
                q -= gap
            item[q] = x
        gap = gap * 4 // 9


@inner
def _sorted_by(key, bound, order):
    """The `order`, sorted stably by keys in {0, ..., bound - 1}."""
    place = np.zeros(bound + 1, np.int64)
    for i in order:
        place[key[i] + 1] += 1
    for k in range(bound):
        place[k + 1] += place[k]
    after = np.empty_like(order)
    for i in order:
        after[place[key[i]]] = i
        place[key[i]] += 1
    return after


@inner
def _runs(owner, other, code, order):
    """Where the halves of each pair begin, how many they are, and the rank of the multiset of their codes."""
    halves = len(order)
    run, length = np.empty(halves, np.int64), np.empty(halves, np.int64)
    runs, longest = 0, 0
    for k in range(halves):
        i = order[k]
        if k and owner[i] == owner[order[k - 1]] and other[i] == other[order[k - 1]]:
            place = k  # sort the codes of a run by insertion
            while place > run[runs - 1] and code[order[place - 1]] > code[i]:
                order[place] = order[place - 1]
                place -= 1
            order[place] = i
            length[runs - 1] += 1
        else:
            run[runs], length[runs] = k, 1
            runs += 1
        longest = max(longest, length[runs - 1])
    run, length = run[:runs], length[:runs]
    value, codes = np.empty(runs, np.int64), 1
    for r in range(runs):
        value[r] = code[order[run[r]]]
    for i in range(halves):
        codes = max(codes, code[i] + 1)
    for depth in range(1, longest):  # ranks of ever longer beginnings
        begun = np.full(runs, -1, np.int64)
        for r in range(runs):
            if length[r] > depth:
                begun[r] = value[r] * codes + code[order[run[r] + depth]]
        dense_rank(begun)
        for r in range(runs):
            if length[r] > depth:
                value[r] = begun[r]
    if longest > 1:
        for r in range(runs):  # shorter ones first
            value[r] += length[r] * max(codes, runs)
    dense_rank(value)
    return run, length, value
