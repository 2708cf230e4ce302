"""What SymPE costs: a forward pass of SymPE(G-CNN), drawing included, over one of the bare G-CNN.

    python benchmarks/sympe_overhead.py [--json FILE] [--cold]

`SymPE` is that of `symbreak run ising`, whose first layer reads `v` once for the batch (`LiftedEncoding`); `at the
input` is the same function with `g · v` beside the channels of each item.

All see the same fields, constant ones and disordered ones. The rounds run in random order, and a second bare G-CNN
runs among them as a control: its ratio says what the noise of the machine is worth. The ratio of a case is that of the
least times, since what else a machine does only adds to a time; that of the medians stands beside it. The claimed
`ratio` is the largest of the four. The paper's own is 0.52 s / 0.47 s = 1.106 (Table 3, its GPU).

Memory is warm: what a pass frees, the next one takes, as on a GPU. glibc by itself gives large tensors back to the
kernel, so that each pass waits for pages to be zeroed again: up to a quarter of the time of either network, and more or
less of it from pass to pass. `--cold` leaves that as it is.
"""

import argparse
import ctypes
import json
import random
import statistics
import time
from pathlib import Path

import torch

from symbreak.breaking import SymPE
from symbreak.data.ising import constant_conditions, disordered_conditions
from symbreak.groups import SampleKeys, p4m
from symbreak.kernels import LatticeInversion
from symbreak.models import LatticeGCNN
from symbreak.papers.ising_networks import conditions_action, lifted_sympe, multi_period

BATCH = 64
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # of glibc's mallopt


def keep_freed_memory() -> None:
    """Tells the allocator to return nothing to the kernel; other C libraries than glibc are left as they are."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, -1)
        mallopt(_MMAP_MAX, 0)


def networks(size: int, copies: int, hidden: int) -> dict[str, torch.nn.Module]:
    """The bare network, its control, and those with SymPE, built alike."""
    group, code, kernel = p4m(size), multi_period(size), LatticeInversion(conditions_action(size))
    bare, control, broken = (LatticeGCNN(group, copies=copies, hidden=hidden) for _ in range(3))
    wide = LatticeGCNN(group, extra=code.action.channels, copies=copies, hidden=hidden)
    return {
        "G-CNN": bare,
        "control": control,
        "SymPE": lifted_sympe(broken, kernel, code),
        "at the input": SymPE(wide, kernel, code),
    }


@torch.inference_mode()
def measure(size: int, kind: str, copies: int, hidden: int, rounds: int) -> dict:
    """Seconds of each network on one batch, round by round in random order."""
    make = constant_conditions if kind == "constant" else disordered_conditions
    x = make(BATCH, size, torch.Generator().manual_seed(0)).contiguous()
    torch.manual_seed(0)
    nets = {name: net.eval() for name, net in networks(size, copies, hidden).items()}
    seconds: dict[str, list[float]] = {name: [] for name in nets}
    order = random.Random(0)
    for turn in range(rounds + 2):
        for name in order.sample(list(nets), len(nets)):
            start = time.perf_counter()
            if isinstance(nets[name], SymPE):
                nets[name](x, generator=SampleKeys(torch.arange(BATCH), seed=turn))
            else:
                nets[name](x)
            if turn >= 2:  # two rounds to warm up
                seconds[name].append(time.perf_counter() - start)
    least = {name: min(values) for name, values in seconds.items()}
    median = {name: statistics.median(values) for name, values in seconds.items()}
    return {
        "size": size,
        "fields": kind,
        **{f"{name} ms": 1e3 * value for name, value in least.items()},
        "ratio": least["SymPE"] / least["G-CNN"],
        "control": least["control"] / least["G-CNN"],
        "at the input": least["at the input"] / least["G-CNN"],
        "ratio of medians": median["SymPE"] / median["G-CNN"],
        "control of medians": median["control"] / median["G-CNN"],
    }


def main() -> None:
    """Prints a table, and writes it with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[16, 32])
    parser.add_argument("--channels", type=int, default=32, help="regular channels, of 8 orientations each")
    parser.add_argument(
        "--hidden", type=int, default=5, help="layers after the first; 5 give 0.37 M parameters, the paper has 0.40 M"
    )
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--cold", action="store_true", help="let the allocator return memory to the kernel")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    if not given.cold:
        keep_freed_memory()
    rows = []
    print(
        f"batch {BATCH}, {given.channels} channels x 8 orientations, {given.threads} threads, "
        f"{'cold' if given.cold else 'warm'} memory, torch {torch.__version__}"
    )
    print(
        f"{'lattice':>8} {'fields':>11} {'G-CNN':>10} {'SymPE':>10} {'ratio':>7} {'control':>8} "
        f"{'medians':>8} {'control':>8} {'at the input':>13}"
    )
    for size in given.sizes:
        for kind in ("constant", "disordered"):
            row = measure(size, kind, given.channels, given.hidden, given.rounds)
            rows.append(row)
            print(
                f"{size:>5}^2  {kind:>11} {row['G-CNN ms']:>7.1f} ms {row['SymPE ms']:>7.1f} ms {row['ratio']:>7.3f} "
                f"{row['control']:>8.3f} {row['ratio of medians']:>8.3f} {row['control of medians']:>8.3f} "
                f"{row['at the input']:>13.3f}",
                flush=True,
            )
    result = {"ratio": max(row["ratio"] for row in rows), "unit": "SymPE(G-CNN) / G-CNN, forward time", "rows": rows}
    print(f"largest ratio {result['ratio']:.3f} (the paper's: 1.106)")
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
