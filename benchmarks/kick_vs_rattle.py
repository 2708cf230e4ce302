"""Relaxations that start on a saddle of high symmetry: our kicks against an isotropic rattle, in one run.

    python benchmarks/kick_vs_rattle.py [--seeds 40] [--size 0.05] [--fmax 0.05] [--json FILE]

Every start is symmetric, so its forces have no part along the way down. It is relaxed as it is; after `atoms.rattle`;
after `kick`, a random draw along all the directions that lower the symmetry; and by `SymmetryLoweringOptimizer`, one
direction after the other. Rattle and kick have the same root mean square displacement. A run has reached the minimum if
its energy is within 2 % of the way from the relaxed start to the lowest energy known: that of the best of all runs,
relaxed to a hundredth of the limit. Steps and calls of the calculator are means over the seeds, those of the search
over all of its relaxations, the tests of the end included.

The potentials are ASE's: EMT for copper, and for NH3 and H2O, of which ASE has no flexible model, its ForceField with
bonds and angles from the vibrations: N-H 1.012 Å, 41.8 eV/Å² and H-N-H 106.7°, 3.7 eV/rad²; O-H 0.9572 Å, 39.0 eV/Å²
and H-O-H 104.52°, 4.77 eV/rad², harmonic in the cosine, as forces at 180° must exist.
"""

import argparse
import json
import math
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.calculators.emt import EMT
from ase.calculators.ff import ForceField
from ase.cluster import Octahedron
from ase.optimize import BFGS
from ase.utils.ff import Angle, Bond

from symbreak.relaxation import SymmetryLoweringOptimizer, kick

REACHED = 0.02
STEPS = 500


def ammonia() -> Atoms:
    """Planar, D3h; the minimum is the pyramid, C3v."""
    flat = Atoms("NH3", [[0, 0, 0], [1, 0, 0], [-0.5, 0.75**0.5, 0], [-0.5, -(0.75**0.5), 0]], cell=[20] * 3)
    bonds = [Bond(0, h, 41.8, 1.012) for h in (1, 2, 3)]
    angles = [Angle(g, 0, h, 3.7, math.radians(106.7)) for g, h in ((1, 2), (1, 3), (2, 3))]
    flat.calc = ForceField(bonds=bonds, angles=angles)
    return flat


def water() -> Atoms:
    """Linear, D∞h; the minimum is bent, C2v."""
    line = Atoms("OH2", [[0, 0, 0], [0, 0, 0.96], [0, 0, -0.96]], cell=[20] * 3)
    angle = math.radians(104.52)
    bend = Angle(1, 0, 2, 4.77 / math.sin(angle) ** 2, angle, cos=True)
    line.calc = ForceField(bonds=[Bond(0, h, 39.0, 0.9572) for h in (1, 2)], angles=[bend])
    return line


def square() -> Atoms:
    """D4h; the rhombus, D2h, is lower, and the minimum is the tetrahedron, Td."""
    return Atoms("Cu4", [[1.7, 0, 0], [0, 1.7, 0], [-1.7, 0, 0], [0, -1.7, 0]], calculator=EMT())


def cuboctahedron() -> Atoms:
    """Oh; the minimum is the icosahedron, Ih."""
    return Atoms("Cu13", Octahedron("Cu", 3, cutoff=1).positions, calculator=EMT())


def chain() -> Atoms:
    """A straight chain of too short a period; the minimum of the cell is a zigzag."""
    return Atoms("Cu2", [[0, 5, 5], [2.1, 5, 5]], cell=[4.2, 10, 10], pbc=True, calculator=EMT())


CASES = {"NH3": ammonia, "H2O": water, "Cu4": square, "Cu13": cuboctahedron, "Cu chain": chain}


class Counted:
    """Counts how often a calculator computes."""

    def __init__(self, calculator: Calculator):
        self.calls, self._calculate = 0, calculator.calculate
        calculator.calculate = self.calculate

    def calculate(self, *args, **kwargs) -> None:
        self.calls += 1
        self._calculate(*args, **kwargs)


def run(make: Callable[[], Atoms], method: str, seed: int, size: float, fmax: float) -> tuple[Atoms, int, int]:
    """One relaxation: where it ended, steps and calls."""
    atoms = make()
    counted = Counted(atoms.calc)
    generator = torch.Generator().manual_seed(seed)
    if method == "search":
        search = SymmetryLoweringOptimizer(atoms, partial(BFGS, logfile=None), size=size, generator=generator)
        search.run(fmax=fmax, steps=STEPS)
        return atoms, search.get_number_of_steps(), counted.calls
    if method == "rattle":
        atoms.rattle(size / 3**0.5, seed=seed)  # the standard deviation of one coordinate
    if method == "kick":
        calculator = atoms.calc
        atoms = kick(atoms, size=size, generator=generator).atoms
        atoms.calc = calculator
    optimizer = BFGS(atoms, logfile=None)
    optimizer.run(fmax=fmax, steps=STEPS)
    return atoms, optimizer.get_number_of_steps(), counted.calls


def measure(case: str, seeds: int, size: float, fmax: float) -> list[dict]:
    """One row for each method."""
    runs = {
        method: [run(CASES[case], method, seed, size, fmax) for seed in range(1 if method == "none" else seeds)]
        for method in ("none", "rattle", "kick", "search")
    }
    saddle = runs["none"][0][0].get_potential_energy()
    best = min((ends[0] for part in runs.values() for ends in part), key=lambda atoms: atoms.get_potential_energy())
    end = best.copy()
    end.calc = best.calc
    BFGS(end, logfile=None).run(fmax=fmax / 100, steps=STEPS)
    lowest = end.get_potential_energy()
    return [
        {
            "case": case,
            "method": method,
            "runs": len(part),
            "reached": statistics.mean(
                float(ends[0].get_potential_energy() - lowest < REACHED * (saddle - lowest)) for ends in part
            ),
            "steps": statistics.mean(ends[1] for ends in part),
            "calls": statistics.mean(ends[2] for ends in part),
            "saddle": saddle,
            "lowest": lowest,
        }
        for method, part in runs.items()
    ]


def main() -> None:
    """Prints a table, and writes it with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--size", type=float, default=0.05, help="root mean square displacement in Å")
    parser.add_argument("--fmax", type=float, default=0.05, help="eV/Å")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{given.seeds} seeds, {given.size:g} Å, BFGS to {given.fmax:g} eV/Å")
    print(f"{'case':<10}{'method':<10}{'reached':>8}{'steps':>8}{'calls':>8}")
    rows = []
    for case in given.cases:
        for row in measure(case, given.seeds, given.size, given.fmax):
            rows.append(row)
            shown = f"{row['reached']:>8.0%}{row['steps']:>8.1f}{row['calls']:>8.1f}"
            print(f"{row['case']:<10}{row['method']:<10}{shown}", flush=True)
    if given.json:
        setting = {"seeds": given.seeds, "size": given.size, "fmax": given.fmax}
        given.json.write_text(json.dumps({**setting, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
