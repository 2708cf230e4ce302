"""Automorphisms and canonical labellings of graphs: ours, bliss, nauty and networkx, on the same graphs in one run.

    python benchmarks/stabilizers_graphs.py [--smiles FILE] [--molecules 3000] [--json FILE]

Needs rdkit, igraph (for bliss) and pynauty (for nauty). Each is given graphs that are already in its own form, and
asked for what an inversion kernel needs: the order, generators, and a canonical labelling; ours draws a uniform
automorphism besides, for which it needs its transversals. bliss and nauty know no colours of edges, so bonds are not
told apart where they are compared; `bonds` is ours with them. networkx lists isomorphisms until the first 100.

- `qm9`: molecules of QM9, with and without hydrogens, in blocks of 100 that the contestants take in random order; the
  first block warms up. Medians over blocks.
- `hard`: one graph each, in random order; the others may take five seconds. Whether ours decided the group, and the
  labelling.
- `growth`: cycles and random graphs with three edges for two nodes.
"""

import argparse
import csv
import itertools
import json
import math
import multiprocessing
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import igraph
import networkx as nx
import numpy as np
import pynauty
from rdkit import Chem, RDLogger

from symbreak.symmetry.graphs import ColouredGraph, ColouredGraphs, automorphisms

BLOCK, MATCHED, LIMIT = 100, 20, 5.0
Molecule = tuple[list[int], list[tuple[int, int]], list[int]]  # elements, bonds, their orders


def molecules(smiles_csv: Path, count: int, hydrogens: bool) -> list[Molecule]:
    """A random sample of the file."""
    with open(smiles_csv, newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    found = []
    for row in random.Random(0).sample(rows, count):
        molecule = Chem.MolFromSmiles(row["smiles"])
        molecule = Chem.AddHs(molecule) if hydrogens else molecule
        bonds = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in molecule.GetBonds()]
        orders = [round(2 * bond.GetBondTypeAsDouble()) for bond in molecule.GetBonds()]
        found.append(([atom.GetAtomicNum() for atom in molecule.GetAtoms()], bonds, orders))
    return found


def ours(graphs: list[Molecule], bonds: bool = False) -> Callable[[], float]:
    batch = ColouredGraphs.from_graphs(
        ColouredGraph.from_edges(len(colour), edges, node_colour=colour, edge_colour=orders if bonds else None)
        for colour, edges, orders in graphs
    )
    noise = np.random.default_rng(0).random(len(batch.node_colour))

    def run() -> float:
        found = automorphisms(batch)
        found.poses(noise)
        return sum(found.order(b) > 1 for b in range(len(found)))

    return run


def bliss(graphs: list[Molecule]) -> Callable[[], float]:
    drawn = [(igraph.Graph(len(colour), edges), colour) for colour, edges, _ in graphs]

    def run() -> float:
        symmetric = 0
        for graph, colour in drawn:
            symmetric += graph.count_automorphisms(color=colour) > 1
            graph.automorphism_group(color=colour)
            graph.canonical_permutation(color=colour)
        return symmetric

    return run


def nauty(graphs: list[Molecule]) -> Callable[[], float]:
    drawn = []
    for colour, edges, _ in graphs:
        cells = [{v for v, c in enumerate(colour) if c == kind} for kind in sorted(set(colour))]
        ways = {v: [] for v in range(len(colour))}
        for u, v in edges:
            ways[u].append(v)
        drawn.append(pynauty.Graph(len(colour), adjacency_dict=ways, vertex_coloring=cells))

    def run() -> float:
        symmetric = 0
        for graph in drawn:
            symmetric += pynauty.autgrp(graph)[1] > 1
            pynauty.canon_label(graph)
        return symmetric

    return run


def networkx(graphs: list[Molecule]) -> Callable[[], float]:
    drawn = []
    for colour, edges, _ in graphs[:MATCHED]:
        graph = nx.Graph(edges)
        graph.add_nodes_from((v, {"colour": c}) for v, c in enumerate(colour))
        drawn.append(graph)
    same = nx.algorithms.isomorphism.categorical_node_match("colour", 0)

    def run() -> float:
        symmetric = 0
        for graph in drawn:
            matcher = nx.algorithms.isomorphism.GraphMatcher(graph, graph, node_match=same)
            symmetric += len(list(itertools.islice(matcher.isomorphisms_iter(), 100))) > 1
        return symmetric

    return run


CONTESTANTS = {
    "symbreak": ours,
    "symbreak, bonds": lambda graphs: ours(graphs, bonds=True),
    "bliss": bliss,
    "nauty": nauty,
    "networkx": networkx,
}


def qm9(smiles_csv: Path, count: int) -> list[dict]:
    """Time for each molecule, in microseconds."""
    rows, order = [], random.Random(0)
    for hydrogens in (True, False):
        graphs = molecules(smiles_csv, count, hydrogens)
        spent: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
        symmetric = dict.fromkeys(CONTESTANTS, 0.0)
        for start in range(0, count, BLOCK):
            block = graphs[start : start + BLOCK]
            runs = {name: prepare(block) for name, prepare in CONTESTANTS.items()}
            for name in order.sample(list(runs), len(runs)):
                begin = time.perf_counter()
                symmetric[name] += runs[name]()
                many = min(len(block), MATCHED) if name == "networkx" else len(block)
                spent[name].append((time.perf_counter() - begin) / many)
        median = {name: statistics.median(times[1:] or times) for name, times in spent.items()}
        rows += [
            {
                "part": "qm9",
                "hydrogens": hydrogens,
                "contestant": name,
                "microseconds": 1e6 * median[name],
                "ratio": median[name] / median["bliss"],
                "symmetric": symmetric[name] / count if name != "networkx" else None,
            }
            for name in CONTESTANTS
        ]
    return rows


def hard_graphs() -> dict[str, nx.Graph]:
    """Those of the issue, and larger ones of their kinds."""
    cubic = {n: nx.random_regular_graph(3, n, seed=0) for n in (20, 50, 200, 2000)}
    return {
        "K50": nx.complete_graph(50),
        "star of 1000 leaves": nx.star_graph(1000),
        "Q6": nx.hypercube_graph(6),
        "Q10": nx.hypercube_graph(10),
        "grid 10 x 10": nx.grid_2d_graph(10, 10),
        "cubic, 200 nodes": cubic[200],
        "cubic, 2000 nodes": cubic[2000],
        "ten cubic graphs of 50": nx.disjoint_union_all([nx.random_regular_graph(3, 50, seed=k) for k in range(10)]),
        "rook 8 x 8": nx.line_graph(nx.complete_bipartite_graph(8, 8)),
        "Shrikhande": shrikhande(),
        "Paley 101": nx.paley_graph(101).to_undirected(),
        "triangular 20": nx.line_graph(nx.complete_graph(20)),
        "Latin square, 7": latin_square(7),
        "Latin square, 10": latin_square(10),
        "Latin square, 16": latin_square(16),
        "CFI of 20": cai_furer_immerman(cubic[20], False),
        "CFI of 20, twisted": cai_furer_immerman(cubic[20], True),
        "CFI of 50": cai_furer_immerman(cubic[50], False),
        "CFI of 50, twisted": cai_furer_immerman(cubic[50], True),
        "tree, 100,000 nodes": nx.random_labeled_tree(100_000, seed=0),
    }


def shrikhande() -> nx.Graph:
    squares = itertools.product(range(4), repeat=2)
    steps = ((0, 1), (1, 0), (1, 1))
    return nx.Graph([((i, j), ((i + a) % 4, (j + b) % 4)) for i, j in squares for a, b in steps])


def latin_square(n: int) -> nx.Graph:
    """Strongly regular, and from n = 8 or so with no automorphism: rows exchanged on cycles, at random."""
    rng, square = np.random.default_rng(0), np.add.outer(np.arange(n), np.arange(n)) % n
    for _ in range(20 * n):
        a, b = rng.choice(n, 2, replace=False)
        one, other, start = square[a].copy(), square[b].copy(), int(rng.integers(n))
        columns, j = [start], int(np.nonzero(one == other[start])[0][0])
        while j != start:
            columns.append(j)
            j = int(np.nonzero(one == other[j])[0][0])
        square[a, columns], square[b, columns] = other[columns], one[columns]
        square = square.T.copy() if rng.random() < 0.5 else np.argsort(square, axis=1)
    cells = [(i, j, square[i, j]) for i in range(n) for j in range(n)]
    pairs = itertools.combinations(range(n * n), 2)
    return nx.Graph([(u, v) for u, v in pairs if any(x == y for x, y in zip(cells[u], cells[v], strict=True))])


def cai_furer_immerman(base: nx.Graph, twisted: bool) -> nx.Graph:
    graph = nx.Graph()
    for v in base:
        around = [frozenset((v, w)) for w in base[v]]
        for k in range(0, len(around) + 1, 2):
            for chosen in itertools.combinations(around, k):
                graph.add_edges_from(((v, chosen), (v, e, e in chosen)) for e in around)
    for k, (v, w) in enumerate(base.edges):
        e = frozenset((v, w))
        graph.add_edges_from(((v, e, side), (w, e, side ^ (twisted and k == 0))) for side in (False, True))
    return graph


def within_the_limit(run: Callable[[], float]) -> float | None:
    """Seconds, or None after five; in a process that can be ended."""
    here, there = multiprocessing.Pipe(duplex=False)

    def work() -> None:
        begin = time.perf_counter()
        run()
        there.send(time.perf_counter() - begin)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    seconds = here.recv() if here.poll(LIMIT) else None
    process.kill()
    process.join()
    return seconds


def as_molecule(graph: nx.Graph) -> Molecule:
    """In a random numbering, all of one colour."""
    number = {v: k for k, v in enumerate(random.Random(1).sample(list(graph), len(graph)))}
    return [0] * len(graph), [(number[u], number[v]) for u, v in graph.edges], [0] * len(graph.edges)


def one_graph(name: str, graph: nx.Graph, part: str) -> dict:
    """One row: milliseconds of ours, and of bliss and nauty within the limit."""
    molecule = as_molecule(graph)
    batch = ColouredGraphs.from_graphs([ColouredGraph.from_edges(len(molecule[0]), molecule[1])])
    runs, spent = {key: CONTESTANTS[key]([molecule]) for key in ("symbreak", "bliss", "nauty")}, {}
    for key in random.Random(name).sample(list(runs), len(runs)):
        begin = time.perf_counter()
        if key == "symbreak":
            runs[key]()
            spent[key] = time.perf_counter() - begin
        else:
            spent[key] = within_the_limit(runs[key])
    found = automorphisms(batch)
    return {
        "part": part,
        "graph": name,
        "nodes": len(molecule[0]),
        "edges": len(molecule[1]),
        "log10_order": float(found.log_order()[0]) / math.log(10),
        "decided": bool(found.decided[0]),
        "labelled": bool(found.labelled[0]),
        **{f"{key}_ms": None if seconds is None else 1e3 * seconds for key, seconds in spent.items()},
    }


def hard() -> list[dict]:
    return [one_graph(name, graph, "hard") for name, graph in hard_graphs().items()]


def growth() -> list[dict]:
    rows = []
    for n in (10, 30, 100, 300, 1000, 3000, 10_000):
        rows.append(one_graph(f"cycle, {n}", nx.cycle_graph(n), "growth"))
        rows.append(one_graph(f"random, {n}", nx.gnm_random_graph(n, 3 * n // 2, seed=0), "growth"))
    return rows


def rows(smiles_csv: Path | None, count: int = 3000) -> list[dict]:
    """All parts; that of QM9 if there is a file."""
    automorphisms([ColouredGraph.from_edges(4, [(0, 1), (1, 2), (2, 3), (3, 0)])]).poses(np.zeros(4))  # compiles
    return [*(qm9(smiles_csv, count) if smiles_csv else []), *hard(), *growth()]


def main() -> None:
    """Prints a table, and writes it with `--json`."""
    data = os.environ.get("SYMBREAK_DATA")
    default = Path(data) / "molecules" / "qm9_smiles.csv" if data else None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smiles", type=Path, default=default, help="a csv with a column smiles")
    parser.add_argument("--molecules", type=int, default=3000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    found = rows(given.smiles, given.molecules)
    for row in found:
        if row["part"] == "qm9":
            kind = "with hydrogens" if row["hydrogens"] else "without"
            share = "" if row["symmetric"] is None else f"  symmetric {row['symmetric']:.3f}"
            times = f"{row['microseconds']:9.2f} us  {row['ratio']:6.2f} x bliss"
            print(f"QM9 {kind:>14}  {row['contestant']:>16} {times}{share}")
            continue
        times = "".join(
            f"{key:>10} {'over 5 s' if row[f'{key}_ms'] is None else format(row[f'{key}_ms'], '8.2f') + ' ms':>12}"
            for key in ("symbreak", "bliss", "nauty")
        )
        known = "decided" if row["labelled"] else "group decided" if row["decided"] else "undecided"
        print(f"{row['graph']:>24} {row['nodes']:>6} nodes {times}  10^{row['log10_order']:.1f}  {known}")
    ratios = [row["ratio"] for row in found if row.get("contestant") == "symbreak"]
    if ratios:
        print(f"time for a molecule against bliss: {max(ratios):.2f} x or less")
    if given.json:
        unit = "time of symbreak for a molecule over that of bliss"
        result = {"ratio": max(ratios) if ratios else None, "unit": unit, "rows": found}
        given.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
