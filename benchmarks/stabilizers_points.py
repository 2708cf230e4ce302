"""Point groups of molecules: `point_stabilizers` against pymatgen's PointGroupAnalyzer, in one run.

    python benchmarks/stabilizers_points.py [--json FILE]

The molecules are ASE's G2 set, 162 of them, at one tolerance, each in the form that its way starts from: tensors, or
pymatgen's Molecule. All ways are timed in one process by the time of the processor, in rounds of random order, a few
calls at a time, the first of which warms up. A call of ours is one batch, or the molecules one by one; either finds
names, matrices, permutations and residuals. A call of pymatgen's finds the names, or lists the operations too. The
claimed `ratio` is that of pymatgen's names to our batch, medians over rounds.

Then come the molecules on which the two differ, in name or in how many operations there are (docs/point-groups.md says
why); shapes whose group is known, turned, shuffled and disturbed at random; and how both grow with the points.
"""

import argparse
import json
import random
import signal
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.symmetry.points import point_stabilizer, point_stabilizers

TOLERANCES = (0.01, 0.1, 0.3)  # in Å; the first is that of the throughput, the last is pymatgen's default
ROUNDS, CALLS, COPIES = 7, 4, 10
LIMIT = 5.0  # seconds after which pymatgen is stopped: its operations need not close, and then never end
NAMES = {"C*v": "C∞v", "D*h": "D∞h"}


class TooLong(Exception):
    """A call that was stopped."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Stops what runs inside after that much time of the processor."""

    def stop(*_):
        raise TooLong

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def molecules() -> dict[str, tuple[Tensor, Tensor]]:
    """Positions and atomic numbers of the G2 set, by name."""
    from ase.collections import g2

    return {name: (torch.from_numpy(g2[name].positions), torch.from_numpy(g2[name].numbers)) for name in g2.names}


def as_pymatgen(positions: Tensor, species: Tensor) -> Any:
    from pymatgen.core import Molecule

    return Molecule(species.tolist(), positions.tolist())


def analyzer(molecule: Any, tolerance: float) -> Any:
    from pymatgen.symmetry.analyzer import PointGroupAnalyzer

    return PointGroupAnalyzer(molecule, tolerance=tolerance)


def theirs(molecule: Any, tolerance: float) -> tuple[str, int | None]:
    """pymatgen's name, and how many operations it lists; None for continuous groups, -1 where it was stopped."""
    name = "?"
    try:
        with at_most(LIMIT):
            found = analyzer(molecule, tolerance)
            name = NAMES.get(found.sch_symbol, found.sch_symbol)
            if "∞" in name or name == "Kh":
                return name, None
            return name, len(found.get_symmetry_operations())
    except TooLong:
        return name, -1


def throughput() -> dict:
    """Milliseconds of each way on the whole set, in rounds of random order."""
    some, tolerance = molecules(), TOLERANCES[0]
    positions, species = (torch.cat(parts) for parts in zip(*some.values(), strict=True))
    ptr = torch.tensor([0] + [len(x) for x, _ in some.values()]).cumsum(0)
    drawn = [as_pymatgen(x, z) for x, z in some.values()]
    ways: dict[str, Callable[[], object]] = {
        "ours, one batch": lambda: point_stabilizers(positions, ptr, species=species, tolerance=tolerance),
        "ours, one by one": lambda: [point_stabilizer(x, species=z, tolerance=tolerance) for x, z in some.values()],
        "pymatgen, names": lambda: [analyzer(molecule, tolerance).sch_symbol for molecule in drawn],
        "pymatgen, operations": lambda: [theirs(molecule, tolerance) for molecule in drawn],
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    order = random.Random(0)
    for _ in range(ROUNDS):
        for name in order.sample(list(ways), len(ways)):
            ways[name]()
            start = time.process_time()
            for _ in range(CALLS - 1):
                ways[name]()
            seconds[name].append((time.process_time() - start) / (CALLS - 1))
    median = {name: statistics.median(values) for name, values in seconds.items()}
    least = {name: min(values) for name, values in seconds.items()}
    return {
        "molecules": len(some),
        "tolerance": tolerance,
        **{f"{name}, ms": 1e3 * value for name, value in median.items()},
        "ratio": median["pymatgen, names"] / median["ours, one batch"],
        "ratio of least times": least["pymatgen, names"] / least["ours, one batch"],
        "ratio with operations": median["pymatgen, operations"] / median["ours, one batch"],
        "ratio one by one": median["pymatgen, operations"] / median["ours, one by one"],
    }


def differences() -> list[dict]:
    """The molecules of the set on which the two differ, in name or in the number of operations."""
    rows = []
    for tolerance in TOLERANCES:
        for name, (x, z) in molecules().items():
            ours = point_stabilizer(x, species=z, tolerance=tolerance)
            other, count = theirs(as_pymatgen(x, z), tolerance)
            if (other, count) != (ours.schoenflies, ours.order):
                rows.append(
                    {
                        "tolerance": tolerance,
                        "molecule": name,
                        "ours": ours.schoenflies,
                        "our order": ours.order,
                        "largest residual": float(ours.residuals.max()),
                        "pymatgen": other,
                        "its operations": count,
                    }
                )
    return rows


def shapes() -> dict[str, tuple[Tensor, Tensor, str, int]]:
    """Positions, species, group and order of the shapes."""
    octahedron = torch.cat([torch.eye(3), -torch.eye(3)]).to(torch.float64)
    angle = 2 * torch.pi / 3 * torch.arange(3, dtype=torch.float64)
    triangle = torch.stack([angle.cos(), angle.sin(), torch.zeros(3)], dim=1)
    up = torch.tensor([0.0, 0.0, 0.8], dtype=torch.float64)
    corners = torch.tensor([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=torch.float64)
    carbon = torch.full((6,), 6)
    return {
        "octahedron": (octahedron, carbon, "Oh", 48),
        "triangular prism": (torch.cat([triangle + up, triangle - up]), carbon, "D3h", 12),
        "methane": (torch.cat([torch.zeros(1, 3), 0.629 * corners]), torch.tensor([6, 1, 1, 1, 1]), "Td", 24),
    }


def known_shapes() -> list[dict]:
    """The octahedron of unit radius at pymatgen's default tolerance, and the shapes with noise of 0.01 at fitting ones.

    What pymatgen finds depends on how a shape is turned and in which order its atoms stand, so both are random.
    """
    rows, generator = [], torch.Generator().manual_seed(0)
    cases = [("octahedron", 0.0, TOLERANCES[-1])]
    cases += [(name, 0.01, tolerance) for name in shapes() for tolerance in (0.1, 0.2)]
    for name, noise, tolerance in cases:
        x, z, group, order = shapes()[name]
        ours, other = [], []
        for _ in range(COPIES):
            y = x + noise * torch.randn(x.shape, generator=generator, dtype=torch.float64)
            y = y @ Orthogonal(3).sample((), generator=generator, dtype=torch.float64).T
            shuffle = torch.randperm(len(y), generator=generator)
            y, species = y[shuffle], z[shuffle]
            found = point_stabilizer(y, species=species, tolerance=tolerance)
            ours.append((found.schoenflies, found.order))
            other.append(theirs(as_pymatgen(y, species), tolerance))
        rows.append(
            {
                "shape": name,
                "noise": noise,
                "tolerance": tolerance,
                "group": group,
                "ours right": sum(answer == (group, order) for answer in ours) / COPIES,
                "pymatgen right": sum(answer == (group, order) for answer in other) / COPIES,
                "its answers": sorted({f"{found} ({'stopped' if count == -1 else count})" for found, count in other}),
            }
        )
    return rows


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """What a call returns, and its time of the processor, the mean of as many as fill a fifth of a second."""
    start, count = time.process_time(), 0
    while not count or time.process_time() - start < 0.2:
        result, count = call(), count + 1
    return result, (time.process_time() - start) / count


def growth() -> list[dict]:
    """Seconds on balls cut from a cubic lattice (Oh) and on points in general position (C1)."""
    rows, generator, tolerance = [], torch.Generator().manual_seed(0), 0.001
    axis = torch.arange(-10.0, 11.0, dtype=torch.float64)
    lattice = torch.cartesian_prod(axis, axis, axis)
    turn = Orthogonal(3).sample((), generator=generator, dtype=torch.float64)
    clouds = [("ball", lattice[lattice.norm(dim=1) <= radius] @ turn.T) for radius in (1.0, 2.0, 3.0, 5.0, 8.0, 9.7)]
    clouds += [
        ("random", 10 * torch.randn(n, 3, generator=generator, dtype=torch.float64)) for n in (10, 100, 1000, 3000)
    ]
    stopped: set[str] = set()
    for kind, x in clouds:
        found, ours = timed(lambda x=x: point_stabilizer(x, tolerance=tolerance))
        row = {"cloud": kind, "points": len(x), "group": found.schoenflies, "ours, s": ours, "pymatgen, s": None}
        if kind not in stopped:  # the next is larger
            molecule = as_pymatgen(x, torch.full((len(x),), 6))
            (name, count), seconds = timed(lambda molecule=molecule: theirs(molecule, tolerance))
            row |= {"pymatgen, s": seconds, "pymatgen": "stopped" if count == -1 else name}
            if count == -1:
                stopped.add(kind)
        rows.append(row)
    return rows


def measure() -> dict:
    """Prints the tables while they are made, and returns them."""
    speed = throughput()
    for name, value in speed.items():
        print(f"{name:>24}  {value:.4g}")
    different = differences()
    print(f"\n{'tolerance':>9} {'molecule':>10} {'ours':>6} {'residual':>9} {'pymatgen':>9} {'operations':>10}")
    for row in different:
        operations = "stopped" if row["its operations"] == -1 else row["its operations"]
        print(
            f"{row['tolerance']:>9} {row['molecule']:>10} {row['ours']:>6} {row['largest residual']:>9.4f} "
            f"{row['pymatgen']:>9} {operations:>10}",
            flush=True,
        )
    known = known_shapes()
    print(f"\n{'shape':>17} {'noise':>6} {'tolerance':>9} {'ours right':>10} {'pymatgen right':>14}  its answers")
    for row in known:
        print(
            f"{row['shape']:>17} {row['noise']:>6} {row['tolerance']:>9} {row['ours right']:>10.0%} "
            f"{row['pymatgen right']:>14.0%}  {', '.join(row['its answers'])}",
            flush=True,
        )
    sizes = growth()
    print(f"\n{'cloud':>7} {'points':>7} {'group':>6} {'ours, s':>9} {'pymatgen, s':>12}")
    for row in sizes:
        other = "" if row["pymatgen, s"] is None else f"{row['pymatgen, s']:.3f} ({row['pymatgen']})"
        print(f"{row['cloud']:>7} {row['points']:>7} {row['group']:>6} {row['ours, s']:>9.4f} {other:>12}", flush=True)
    wrong = sum(row["ours right"] < 1 for row in known)
    print(f"\n{speed['ratio']:.1f} times pymatgen's throughput; wrong on {wrong} of {len(known)} known cases")
    return {
        "ratio": speed["ratio"],
        "unit": "pymatgen / ours, time of the processor for the names of the G2 set",
        "wrong": wrong,
        "throughput": speed,
        "differences": different,
        "known shapes": known,
        "growth": sizes,
    }


def main() -> None:
    """Prints the tables, and writes them with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # pymatgen's
    result = measure()
    if given.json:
        given.json.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
