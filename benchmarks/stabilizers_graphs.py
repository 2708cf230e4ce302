"""Automorphisms and canonical labellings of graphs: ours, bliss, nauty and networkx, on the same graphs in one run.

    python benchmarks/stabilizers_graphs.py [--smiles FILE] [--json FILE]

Needs rdkit, igraph (for bliss) and pynauty (for nauty). All times are of the processor, of graphs that are already in
each one's own form; what is compiled is so before. Asked for is what an inversion kernel needs:

- `symbreak`: the exact order, orbits, generators, a canonical labelling, and a uniform automorphism, noise included;
- `bliss`: the order, generators and a canonical labelling, which igraph gives by three calls, each a search;
- `bliss, labelling`: only the last of these, the least that can be asked of it; the claimed `ratio` is against this, of
  the slower of `symbreak` and `symbreak, from PyG`;
- `nauty`: order, generators and orbits by one call, a canonical labelling by another;
- `networkx`: isomorphisms of the graph to itself, until the first 100.

None of the others draws automorphisms. bliss and nauty know no colours of edges, so bonds are not told apart in these;
in `symbreak, bonds` they are, and in `bliss, bonds` by a coloured node in the middle of each that is not single.
`symbreak, from PyG` is `CanonicalLabelling` on a PyG batch, all that a network pays for a pose; `bliss, from lists`
makes its graphs from lists of edges before it labels them.

- `qm9`: molecules of QM9 with and without hydrogens, in blocks of 100 that the contestants take in random order; the
  first block warms up. Medians over blocks.
- `hard`: the graphs on which searches explode, one at a time, the contestants in random order; the others may take five
  seconds. Whether ours decided the group and the labelling within its budget, of about a second.
- `growth`: cycles, and random graphs with three edges for two nodes.
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
import torch
from hard_graphs import growing_graphs, hard_graphs
from rdkit import Chem, RDLogger
from torch_geometric.data import Batch, Data

from symbreak.kernels.canonical_labelling import CanonicalLabelling
from symbreak.symmetry.graphs import ColouredGraph, ColouredGraphs, automorphisms

MOLECULES, BLOCK, MATCHED, LIMIT = 3000, 100, 20, 5.0
Molecule = tuple[list[int], list[tuple[int, int]], list[int]]  # elements, bonds, twice their orders
SINGLE = 2


def molecules(smiles_csv: Path, hydrogens: bool) -> list[Molecule]:
    """A random sample of the file."""
    with open(smiles_csv, newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    found = []
    for row in random.Random(0).sample(rows, min(MOLECULES, len(rows))):
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
    rng = np.random.default_rng(0)

    def run() -> float:
        found = automorphisms(batch)
        found.poses(rng.random(len(batch.node_colour)))
        return sum(found.order(b) > 1 for b in range(len(found)))

    return run


def from_pyg(graphs: list[Molecule]) -> Callable[[], float]:
    rows = []
    for colour, edges, _ in graphs:
        pairs = torch.tensor(edges, dtype=torch.int64).reshape(-1, 2).T
        both = torch.cat([pairs, pairs.flip(0)], dim=1)
        rows.append(Data(z=torch.tensor(colour), edge_index=both, num_nodes=len(colour)))
    batch, kernel = Batch.from_data_list(rows), CanonicalLabelling(nodes=("z",))
    generator = torch.Generator().manual_seed(0)

    def run() -> float:
        kernel(batch, generator=generator)
        return math.nan

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


def bliss_bonds(graphs: list[Molecule]) -> Callable[[], float]:
    drawn = []
    for colour, edges, orders in graphs:
        colour, pairs = list(colour), []
        for (u, v), order in zip(edges, orders, strict=True):
            if order == SINGLE:
                pairs.append((u, v))
                continue
            pairs += [(u, len(colour)), (len(colour), v)]
            colour.append(-order)
        kinds = sorted(set(colour))
        drawn.append((colour, pairs, [kinds.index(c) for c in colour]))
    return bliss(drawn)


def bliss_labelling(graphs: list[Molecule]) -> Callable[[], float]:
    drawn = [(igraph.Graph(len(colour), edges), colour) for colour, edges, _ in graphs]

    def run() -> float:
        for graph, colour in drawn:
            graph.canonical_permutation(color=colour)
        return math.nan

    return run


def bliss_from_lists(graphs: list[Molecule]) -> Callable[[], float]:
    def run() -> float:
        for colour, edges, _ in graphs:
            igraph.Graph(len(colour), edges).canonical_permutation(color=colour)
        return math.nan

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
        for graph in drawn:
            matcher = nx.algorithms.isomorphism.GraphMatcher(graph, graph, node_match=same)
            list(itertools.islice(matcher.isomorphisms_iter(), 100))
        return math.nan

    return run


CONTESTANTS = {
    "symbreak": ours,
    "bliss": bliss,
    "bliss, labelling": bliss_labelling,
    "nauty": nauty,
    "networkx": networkx,
    "symbreak, bonds": lambda graphs: ours(graphs, bonds=True),
    "bliss, bonds": bliss_bonds,
    "symbreak, from PyG": from_pyg,
    "bliss, from lists": bliss_from_lists,
}


def qm9(smiles_csv: Path) -> list[dict]:
    """Time for each molecule, in microseconds."""
    rows, order = [], random.Random(0)
    for hydrogens in (True, False):
        graphs = molecules(smiles_csv, hydrogens)
        spent: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
        symmetric = dict.fromkeys(CONTESTANTS, 0.0)
        for start in range(0, len(graphs), BLOCK):
            block = graphs[start : start + BLOCK]
            runs = {name: prepare(block) for name, prepare in CONTESTANTS.items()}
            for name in order.sample(list(runs), len(runs)):
                begin = time.process_time()
                symmetric[name] += runs[name]()
                many = min(len(block), MATCHED) if name == "networkx" else len(block)
                spent[name].append((time.process_time() - begin) / many)
        median = {name: statistics.median(times[1:] or times) for name, times in spent.items()}
        rows += [
            {
                "hydrogens": hydrogens,
                "contestant": name,
                "microseconds": 1e6 * median[name],
                "over bliss": median[name] / median["bliss"],
                "over bliss, labelling": median[name] / median["bliss, labelling"],
                "symmetric": None if math.isnan(symmetric[name]) else symmetric[name] / len(graphs),
            }
            for name in CONTESTANTS
        ]
    return rows


def within_the_limit(run: Callable[[], float]) -> float | None:
    """Seconds of the processor, or None after five; in a process that can be ended."""
    here, there = multiprocessing.Pipe(duplex=False)

    def work() -> None:
        there.send(seconds_of(run))

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    seconds = here.recv() if here.poll(LIMIT) else None
    process.kill()
    process.join()
    return seconds


def seconds_of(run: Callable[[], float]) -> float:
    """The least of up to five calls, or of as many as fill a tenth of a second."""
    least, begun = math.inf, time.process_time()
    for _ in range(5):
        begin = time.process_time()
        run()
        least = min(least, time.process_time() - begin)
        if time.process_time() - begun > 0.1:
            break
    return least


def as_molecule(graph: nx.Graph) -> Molecule:
    """In a random numbering, all of one colour."""
    number = {v: k for k, v in enumerate(random.Random(1).sample(list(graph), len(graph)))}
    return [0] * len(graph), [(number[u], number[v]) for u, v in graph.edges], [0] * len(graph.edges)


def one_graph(name: str, graph: nx.Graph) -> dict:
    """One row: milliseconds of ours, and of bliss and nauty within the limit."""
    molecule, spent = as_molecule(graph), {}
    for key in random.Random(name).sample(["symbreak", "bliss", "nauty"], 3):
        run = CONTESTANTS[key]([molecule])
        spent[key] = seconds_of(run) if key == "symbreak" else within_the_limit(run)
    found = automorphisms([ColouredGraph.from_edges(len(molecule[0]), molecule[1])])
    known = "decided" if found.labelled[0] else "group decided" if found.decided[0] else "undecided"
    row = {
        "graph": name,
        "nodes": len(molecule[0]),
        "edges": len(molecule[1]),
        "log10_order": float(found.log_order()[0]) / math.log(10),
        "known": known,
        **{f"{key}, ms": None if seconds is None else 1e3 * seconds for key, seconds in spent.items()},
    }
    times = "".join(
        f"{key:>10} {'over 5 s' if spent[key] is None else format(row[f'{key}, ms'], '8.2f') + ' ms':>11}"
        for key in ("symbreak", "bliss", "nauty")
    )
    print(f"{name:>24} {row['nodes']:>6} nodes {times}  10^{row['log10_order']:.1f}  {known}", flush=True)
    return row


def measure(smiles_csv: Path | None) -> dict:
    """Prints the tables while they are made, and returns them; that of QM9 if there is a file."""
    RDLogger.DisableLog("rdApp.*")
    automorphisms([ColouredGraph.from_edges(4, [(0, 1), (1, 2), (2, 3), (3, 0)])]).poses(np.zeros(4))  # compiles
    result: dict = {"ratio": None, "unit": "symbreak / the labelling of bliss, time of the processor for a molecule"}
    if smiles_csv:
        rows = qm9(smiles_csv)
        print(f"{'QM9':>18} {'contestant':>20} {'us':>9} {'over bliss':>11} {'labelling':>10} {'symmetric':>10}")
        for row in rows:
            share = "" if row["symmetric"] is None else f"{row['symmetric']:.1%}"
            print(
                f"{'with' if row['hydrogens'] else 'without':>8} hydrogens {row['contestant']:>20} "
                f"{row['microseconds']:>9.2f} {row['over bliss']:>11.2f} {row['over bliss, labelling']:>10.2f} "
                f"{share:>10}"
            )
        of_ours = [row for row in rows if row["contestant"] in ("symbreak", "symbreak, from PyG")]
        result["ratio"] = max(row["over bliss, labelling"] for row in of_ours)
        result["ratio to all three calls"] = max(row["over bliss"] for row in of_ours)
        result["qm9"] = rows
    print()
    result["hard"] = [one_graph(name, graph) for name, graph in hard_graphs().items()]
    print()
    result["growth"] = [one_graph(name, graph) for name, graph in growing_graphs().items()]
    slowest = max(result["hard"], key=lambda row: row["symbreak, ms"])
    print(f"\nslowest of the hard graphs: {slowest['graph']}, {slowest['symbreak, ms']:.0f} ms, {slowest['known']}")
    if smiles_csv:
        print(
            f"a molecule of QM9: at most {result['ratio']:.2f} times the labelling of bliss, "
            f"{result['ratio to all three calls']:.2f} times its three calls"
        )
    return result


def smiles_file() -> Path | None:
    """That of the data folder, if there is one."""
    folder = os.environ.get("SYMBREAK_DATA")
    return Path(folder) / "molecules" / "qm9_smiles.csv" if folder else None


def main() -> None:
    """Prints the tables, and writes them with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smiles", type=Path, default=smiles_file(), help="a csv with a column smiles")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    result = measure(given.smiles)
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
