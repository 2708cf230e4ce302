"""Stabilizers of points and of graphs against the tools that find them elsewhere, in one run.

    SYMBREAK_DATA=... python benchmarks/stabilizers.py [--json FILE]

`stabilizers_points.py` and `stabilizers_graphs.py`, one after the other; each also runs alone and says what it
measures. The claimed `ratio` is our throughput over that of pymatgen on the G2 set (at least 20); `ratio_bliss` is the
largest time for a molecule of QM9 over that of bliss (at most 2), which needs the file of SYMBREAK_DATA.
"""

import argparse
import json
import warnings
from pathlib import Path

import stabilizers_graphs
import stabilizers_points
import torch


def main() -> None:
    """Prints the tables, and writes them with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # pymatgen's
    print("points\n")
    points = stabilizers_points.measure()
    print("\ngraphs\n")
    graphs = stabilizers_graphs.measure(stabilizers_graphs.smiles_file())
    result = {
        "ratio": points["ratio"],
        "unit": points["unit"],
        "ratio_bliss": graphs["ratio"],
        "unit_bliss": graphs["unit"],
        "points": points,
        "graphs": graphs,
    }
    if given.json:
        given.json.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
