"""The compiled entries: loops over the graphs of a ragged batch. Nothing else here is cached on disk."""

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symbreak.symmetry.graphs.adjacency import adjacency, is_symmetric, pairs_off
from symbreak.symmetry.graphs.chain import stabilizer_chain
from symbreak.symmetry.graphs.compiled import entry
from symbreak.symmetry.graphs.edge_orbits import edge_orbits, node_orbits
from symbreak.symmetry.graphs.first_path import descend, extend, generators, path
from symbreak.symmetry.graphs.random_leaf import leaf_entropy, random_leaf
from symbreak.symmetry.graphs.refinement import CELL, NODE, PLACE, RECORD, partition, refine
from symbreak.symmetry.graphs.solve import solve
from symbreak.symmetry.graphs.transversals import draw

if TYPE_CHECKING:
    from symbreak.symmetry.graphs.batch import ColouredGraphs

_SMALL = 64  # nodes of a graph whose pairs fit into a table in the processor's cache


class Engine(NamedTuple):
    """The entries, compiled at their first call."""

    automorphisms: Any
    search_poses: Any
    draw_poses: Any
    draw_many: Any
    one_way: Any
    cells: Any
    leaves: Any
    entropies: Any


@cache
def engine() -> Engine:
    """The entries, kept on disk for as long as no file of this folder changes.

    numba looks at the file of the entry alone, but takes the values of a closure into account: hence one.
    """
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return _entries(int(digest.hexdigest()[:15], 16))


def columns(graphs: "ColouredGraphs") -> tuple[NDArray[np.int64], ...]:
    """What the entries take of the graphs, in their order; see `one_type`."""
    edges = graphs.source, graphs.target, graphs.edge_colour, graphs.directed
    return tuple(one_type(array, np.int64) for array in (graphs.ptr, graphs.node_colour, graphs.edge_ptr, *edges))


def one_type(array: NDArray, dtype: type) -> NDArray:
    """The array, contiguous and writable: for strides and for arrays that are read-only numba compiles once more."""
    return array if array.dtype == dtype and array.flags.carray else np.require(array, dtype, ["C", "W"])


def _entries(sources: int) -> Engine:
    @entry
    def automorphisms(ptr, colour, edge_ptr, source, target, edge_colour, directed, budget):
        _key = sources
        graphs, labelling, orbit = len(ptr) - 1, np.empty_like(colour), np.empty_like(colour)
        edge_orbit, known = np.empty_like(source), np.zeros((3, graphs), np.int64)
        base, base_ptr = np.empty((3, len(colour)), np.int64), np.zeros(graphs + 1, np.int64)
        every, generator_ptr = generators(), np.zeros(graphs + 1, np.int64)
        for b in range(graphs):
            i, j, lo, hi = ptr[b], ptr[b + 1], edge_ptr[b], edge_ptr[b + 1]
            A, O = adjacency(colour, i, j, source, target, edge_colour, lo, hi, directed[b])
            n, kept = j - i, base_ptr[b]
            G, found, parent, leaf, kept, decided, labelled, work = solve(A, O.colour, n, base, kept, budget)
            nodes = node_orbits(parent, n)
            edges = edge_orbits(A, O, directed[b], G, found, nodes)
            for v in range(n):
                labelling[i + v], orbit[i + v] = leaf[v], nodes[v]
            for e in range(hi - lo):
                edge_orbit[lo + e] = edges[e]
            every = extend(every, G, found)
            base_ptr[b + 1], generator_ptr[b + 1] = kept, every.count[0]
            known[0, b], known[1, b], known[2, b] = decided, labelled, work
        return labelling, orbit, edge_orbit, known, base_ptr, base, generator_ptr, every.table, every.move

    @entry
    def search_poses(ptr, colour, edge_ptr, source, target, edge_colour, directed, budget, uniform):
        """What `draw_poses` makes of `automorphisms`, without the rest, and which graphs are labelled."""
        _key = sources
        graphs, pose, none = len(ptr) - 1, np.empty_like(colour), np.int64(0)
        labelled, most = np.empty(graphs, np.bool_), none
        for b in range(graphs):
            most = max(most, ptr[b + 1] - ptr[b])
        base = np.empty((3, most), np.int64)
        for b in range(graphs):
            i, j, lo, hi = ptr[b], ptr[b + 1], edge_ptr[b], edge_ptr[b + 1]
            A, O = adjacency(colour, i, j, source, target, edge_colour, lo, hi, directed[b])
            G, found, _, leaf, kept, _, labelled[b], _ = solve(A, O.colour, j - i, base, none, budget)
            if found == 0:
                for v in range(i, j):
                    pose[v] = i + leaf[v - i]
                continue
            g = np.empty((1, j - i), np.int64)
            draw(j - i, base, none, kept, G.table, G.move, none, found, uniform, i, g)
            for v in range(i, j):
                pose[v] = i + g[0, leaf[v - i]]
        return pose, labelled

    @entry
    def draw_poses(ptr, labelling, base_ptr, base, generator_ptr, table, move, uniform):
        """One uniform automorphism of each graph after its labelling: a pose over all the nodes of the batch."""
        _key = sources
        pose = np.empty_like(labelling)
        for b in range(len(ptr) - 1):
            i, j, first, last = ptr[b], ptr[b + 1], generator_ptr[b], generator_ptr[b + 1]
            if first == last:
                for v in range(i, j):
                    pose[v] = i + labelling[v]
                continue
            g = np.empty((1, j - i), np.int64)
            draw(j - i, base, base_ptr[b], base_ptr[b + 1], table, move, first, last, uniform, i, g)
            for v in range(i, j):
                pose[v] = i + g[0, labelling[v]]
        return pose

    @entry
    def draw_many(n, base, table, move, uniform):
        """int64 `(count, n)`: automorphisms of one graph."""
        _key = sources
        g, none = np.empty((len(uniform), n), np.int64), np.int64(0)
        draw(n, base, none, np.int64(base.shape[1]), table, move, none, np.int64(table.shape[1] - 1), uniform, none, g)
        return g

    @entry
    def one_way(ptr, nodes, source, target, edge_colour):
        """The rows of edges, those with `source <= target` where a graph has every edge in both directions.

        Returns whether the pointer fits the nodes, and the rows stand in the order of their graphs and do not leave
        them, without which the rest means nothing; the kept rows; where those of each graph begin; and which graphs are
        directed.
        """
        _key = sources
        graphs, rows = len(ptr) - 1, len(source)
        edge_ptr, directed, hi = np.zeros(graphs + 1, np.int64), np.zeros(graphs, np.bool_), 0
        row, table = np.empty((3, rows), np.int64), np.zeros(_SMALL * _SMALL, np.int64)
        fits = ptr[0] == 0 and ptr[graphs] == nodes
        for b in range(graphs):
            fits = fits and ptr[b] <= ptr[b + 1]
        for b in range(graphs if fits else 0):
            i, j, lo, kept = ptr[b], ptr[b + 1], hi, edge_ptr[b]
            while hi < rows and i <= source[hi] < j and i <= target[hi] < j:
                hi += 1
            both = pairs_off(table, j - i, i, source, target, edge_colour, lo, hi) if j - i <= _SMALL else -1
            if both < 0:
                colour = np.zeros(j, np.int64)
                both = is_symmetric(adjacency(colour, i, j, source, target, edge_colour, lo, hi, np.int64(1))[0])
            directed[b] = not both
            for e in range(lo, hi):
                if source[e] <= target[e] or not both:
                    row[0, kept], row[1, kept], row[2, kept] = source[e], target[e], edge_colour[e]
                    kept += 1
            edge_ptr[b + 1] = kept
        return fits and hi == rows, row[0, :kept], row[1, :kept], row[2, :kept], edge_ptr, directed

    @entry
    def cells(ptr, colour, edge_ptr, source, target, edge_colour, directed):
        """The first place of the cell of each node in the refined graph, places counted over the batch."""
        _key = sources
        cell, trace = np.empty_like(colour), np.empty(len(colour) + 1, np.int64)
        none, record = np.int64(0), np.int64(RECORD)
        for b in range(len(ptr) - 1):
            i, j, lo, hi = ptr[b], ptr[b + 1], edge_ptr[b], edge_ptr[b + 1]
            A, O = adjacency(colour, i, j, source, target, edge_colour, lo, hi, directed[b])
            P = partition(O.colour)
            refine(A, P, j - i, trace, none, none, record)
            for v in range(j - i):
                cell[i + v] = i + P[CELL, P[PLACE, v]]
        return cell

    @entry
    def leaves(ptr, colour, edge_ptr, source, target, edge_colour, directed, uniform):
        """A random leaf of each graph: a pose over all the nodes of the batch."""
        _key = sources
        pose = np.empty_like(colour)
        for b in range(len(ptr) - 1):
            i, j, lo, hi = ptr[b], ptr[b + 1], edge_ptr[b], edge_ptr[b + 1]
            A, O = adjacency(colour, i, j, source, target, edge_colour, lo, hi, directed[b])
            P = partition(O.colour)
            random_leaf(A, P, j - i, uniform, i)
            for q in range(j - i):
                pose[i + q] = i + P[NODE, q]
        return pose

    @entry
    def entropies(ptr, colour, edge_ptr, source, target, edge_colour, directed, budget):
        """The entropy of the random leaf of each graph, -1 where the budget ran out."""
        _key = sources
        entropy = np.empty(len(ptr) - 1, np.float64)
        for b in range(len(ptr) - 1):
            i, j, lo, hi = ptr[b], ptr[b + 1], edge_ptr[b], edge_ptr[b + 1]
            A, O = adjacency(colour, i, j, source, target, edge_colour, lo, hi, directed[b])
            P, F, n = partition(O.colour), path(j - i), j - i
            depth = descend(A, P, n, F, budget)
            G, _, decided = stabilizer_chain(A, P, n, F, depth, budget)
            entropy[b] = leaf_entropy(A, P, n, F, depth, G, budget) if decided else -1.0
        return entropy

    return Engine(automorphisms, search_poses, draw_poses, draw_many, one_way, cells, leaves, entropies)
