"""The exact lattice kernel against EquiAdapt's discrete canonicalization, on the same images in one run.

    python benchmarks/kernel_vs_equiadapt.py [--peer PYTHON] [--json FILE]

EquiAdapt pulls another torch, so it runs in an environment of its own, `.venv-equiadapt`, which is made if `--peer`
names no other (several GB). Both draw one group element for each image, ours from the 8 L² elements of p4m with all
translations, theirs from the 8 of its point part. They take turns in random order, a few calls at a time, the first
of which warms up. `e2cnn` is the network of EquiAdapt's examples, `custom` and `optimized` are its other two,
`custom_min` is the smallest that its classes accept.

Images of normal noise have one largest entry, which settles our pose; images of two values do not, so that all
elements are scored. The claimed `ratio` is the smallest, over the lattices and both kinds of images, of the throughput
against `e2cnn`, medians over rounds; `ratio_any` is the same against the fastest of the four networks, for each kind.
"Uniform on ties" is measured: copies of a constant image and of one with a half turn, chi-square against the uniform
law on the tied elements, at significance 10⁻³.
"""

import argparse
import itertools
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from symbreak.actions import Lattice, Scalar
from symbreak.groups import p4m
from symbreak.kernels import LatticeInversion
from symbreak.testing import chi_square_threshold

BATCH, CHANNELS, COPIES, BLOCK = 64, 3, 1000, 5
OURS, CLAIMED = "symbreak", "e2cnn"
KINDS = ("noise", "two values")


class Peer:
    """EquiAdapt in its own process, one JSON line for each command."""

    def __init__(self, python: str, images: Path, threads: int):
        script = Path(__file__).with_name("equiadapt_peer.py")
        self.process = subprocess.Popen(
            [python, str(script), str(images), "--threads", str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.ready = self.answer()

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("EquiAdapt's process ended. Run benchmarks/equiadapt_peer.py by hand to see why.")
        return json.loads(line)

    def ask(self, command: str) -> dict:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.answer()


def environment(folder: Path) -> str:
    """The Python of EquiAdapt's environment, made if need be."""
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"making {folder}: EquiAdapt with its own torch, several GB", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "equiadapt==0.1.2"], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "numpy<2"], check=True)  # for e2cnn
    return str(python)


def uniform_on(counts: np.ndarray) -> bool:
    """Whether counts of equally likely outcomes pass chi-square at 10⁻³."""
    expected = counts.sum() / len(counts)
    return bool(((counts - expected) ** 2 / expected).sum() < chi_square_threshold(1e-3, len(counts) - 1))


def ours_uniform(kernel: LatticeInversion, size: int) -> bool:
    """Ours on a constant image, over all 8 L² elements, and on one with a half turn, over its two."""
    generator = torch.Generator().manual_seed(0)
    numbers = kernel.group.order
    constant = torch.ones(1, CHANNELS, size, size).expand(10 * numbers, -1, -1, -1)
    drawn = torch.cat([kernel.group.index(kernel(part, generator=generator)) for part in constant.split(COPIES)])
    half = torch.randn(1, CHANNELS, size, size, generator=generator)
    turned = half.flip(2, 3).roll((1, 1), (2, 3))  # the half turn about the origin
    twice = kernel.group.index(kernel((half + turned).expand(COPIES, -1, -1, -1), generator=generator))
    _, pair = twice.unique(return_counts=True)
    return uniform_on(drawn.bincount(minlength=numbers).numpy()) and len(pair) == 2 and uniform_on(pair.numpy())


def theirs_uniform(peer: Peer, variant: str) -> bool:
    """EquiAdapt's, over the 8 elements for the constant image, and over the pair of a half turn."""
    counts = {name: np.array(values) for name, values in peer.ask(f"ties {variant} {COPIES}").items()}
    first = int(counts["c2"].argmax())
    partner = first - first % 4 + (first % 4 + 2) % 4
    return uniform_on(counts["constant"]) and uniform_on(counts["c2"][[first, partner]])


def measure(size: int, kind: str, python: str, rounds: int, threads: int) -> list[dict]:
    """One row for each contestant on images of one size and kind."""
    images = np.random.default_rng(0).standard_normal((BATCH, CHANNELS, size, size)).astype(np.float32)
    if kind == "two values":
        images = np.sign(images)
    kernel = LatticeInversion(Lattice(p4m(size), (Scalar(CHANNELS),)))
    x, generator = torch.from_numpy(images), torch.Generator().manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npy"
        np.save(path, images)
        peer = Peer(python, path, threads)
        seconds: dict[str, list[float]] = {name: [] for name in [OURS, *peer.ready["variants"]]}
        order = random.Random(0)
        with torch.inference_mode():
            for _ in range(rounds):
                for name in order.sample(list(seconds), len(seconds)):
                    spent = []
                    for _ in range(BLOCK):
                        if name == OURS:
                            start = time.perf_counter()
                            kernel(x, generator=generator)
                            spent.append(time.perf_counter() - start)
                        else:
                            spent.append(peer.ask(f"element {name}")["seconds"])
                    seconds[name] += spent[1:]  # the first of a block warms up
            uniform = {
                name: ours_uniform(kernel, size) if name == OURS else theirs_uniform(peer, name) for name in seconds
            }
        peer.process.stdin.close()
    median = {name: statistics.median(values) for name, values in seconds.items()}
    return [
        {
            "size": size,
            "images": kind,
            "kernel": name,
            "elements": kernel.group.order if name == OURS else 8,
            "images_per_second": BATCH / median[name],
            "ratio": median[name] / median[OURS],
            "uniform_on_ties": uniform[name],
        }
        for name in seconds
    ]


def main() -> None:
    """Prints a table, and writes it with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", help="the Python of an environment with equiadapt 0.1.2")
    parser.add_argument("--sizes", type=int, nargs="+", default=[16, 32])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.empty(4 << 20)  # 16 MB, freed: the C library then keeps freed memory; the peer does the same
    python = given.peer or environment(Path(".venv-equiadapt"))
    print(f"batch {BATCH}, {CHANNELS} channels, {given.threads} threads; drawing one element for each image")
    titles = f"{'lattice':>8} {'images':>11} {'kernel':>12} {'elements':>9} {'images/s':>10} {'ours / it':>10}"
    print(f"{titles}  uniform on ties")
    rows = []
    for size, kind in itertools.product(given.sizes, KINDS):
        for row in measure(size, kind, python, given.rounds, given.threads):
            rows.append(row)
            print(
                f"{size:>5}^2  {kind:>11} {row['kernel']:>12} {row['elements']:>9} {row['images_per_second']:>10.0f} "
                f"{row['ratio']:>9.1f}x  {'yes' if row['uniform_on_ties'] else 'no'}",
                flush=True,
            )
    ratio = min(row["ratio"] for row in rows if row["kernel"] == CLAIMED)
    others = {
        kind: min(row["ratio"] for row in rows if row["kernel"] != OURS and row["images"] == kind) for kind in KINDS
    }
    print(f"throughput against {CLAIMED}, the network of EquiAdapt's examples: {ratio:.1f}x or more")
    print("against any of its networks: " + ", ".join(f"{kind} {least:.1f}x or more" for kind, least in others.items()))
    if given.json:
        unit = f"throughput of symbreak over EquiAdapt ({CLAIMED})"
        result = {"ratio": ratio, "unit": unit, "ratio_any": others, "rows": rows}
        given.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
