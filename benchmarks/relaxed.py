"""What relaxing a convolution of e3nn costs: forward and backward, in float32, on random graphs of 20 neighbours.

    python benchmarks/relaxed.py [--json FILE]

Against e3nn's own strict convolutions of the same size: fully connected paths with a radial network, which is the layer
that `RelaxedConvolution` relaxes, and e3nn's `v2106` convolution, which `relax` does. With a filter of the same irreps
the sizes are equal, and `ratio` is the largest of those of the table; with the full filter there are more paths, and
the table says how many. A second strict network runs among them as a control.

Against the published formulation, in which θ is multiplied with the harmonics of every edge anew, at the sizes of its
shape experiment: 8 nodes and 56 edges, irreps 0e + 1o + 2e, l_relaxed 4, 256 hidden neurons. `speedup_published` is
that of the layer; beside it stand the product alone, from features, harmonics and radial weights to messages, the
filters alone, and all three with 20,000 edges, where the layer's time is mostly the radial network's, which both have.
The published filter holds all irreps of θ, whether they lead anywhere or not; ours those that do.

Rounds run in random order, and a time is the least of its rounds, since what else a machine does only adds to it.
Memory is what the forward pass keeps for the backward pass.

Reference:
    Hofgard, Wang, Walters, Smidt (2024), Relaxed equivariant graph neural networks.
"""

import argparse
import json
import random
import time
from collections.abc import Callable
from pathlib import Path

import torch
from e3nn import o3
from e3nn.nn import FullyConnectedNet
from e3nn.nn.models.v2106.points_convolution import Convolution
from torch import Tensor, nn

from symbreak.layers import RelaxedConvolution, RelaxedTensorProduct, relax

NEIGHBOURS = 20
HARMONICS = o3.Irreps.spherical_harmonics(2)


class StrictConvolution(nn.Module):
    """What a tensor field network does, in e3nn."""

    def __init__(self, irreps: str, neurons: list[int]):
        super().__init__()
        self.tp = o3.FullyConnectedTensorProduct(irreps, HARMONICS, irreps, shared_weights=False)
        self.radial = FullyConnectedNet([*neurons, self.tp.weight_numel], torch.nn.functional.silu)

    def forward(self, x: Tensor, src: Tensor, dst: Tensor, Y: Tensor, r: Tensor) -> Tensor:
        return aggregated(self.tp(x[src], Y, self.radial(r)), dst, len(x))


class PublishedConvolution(nn.Module):
    """The formula of the paper as it stands: one product of θ and Y for each edge."""

    def __init__(self, irreps: str, degree: int, neurons: list[int]):
        super().__init__()
        relaxed = o3.Irreps([(1, ir) for ir in o3.Irrep.iterator(degree)])
        self.theta = nn.Parameter(torch.cat([torch.ones(1), torch.zeros(relaxed.dim - 1)]))
        self.first = o3.FullyConnectedTensorProduct(relaxed, HARMONICS, relaxed)
        self.tp = o3.FullyConnectedTensorProduct(irreps, relaxed, irreps, shared_weights=False)
        self.radial = FullyConnectedNet([*neurons, self.tp.weight_numel], torch.nn.functional.silu)

    def forward(self, x: Tensor, src: Tensor, dst: Tensor, Y: Tensor, r: Tensor) -> Tensor:
        F = self.first(self.theta.expand(len(Y), -1), Y)
        return aggregated(self.tp(x[src], F, self.radial(r)), dst, len(x))


def aggregated(messages: Tensor, dst: Tensor, nodes: int) -> Tensor:
    return messages.new_zeros(nodes, messages.shape[1]).index_add(0, dst, messages) / NEIGHBOURS**0.5


def graph(irreps: str, edges: int, inputs: int) -> tuple[Tensor, ...]:
    """Features, edges, harmonics and radial inputs."""
    generator = torch.Generator().manual_seed(0)
    nodes = max(8, edges // NEIGHBOURS)
    x = torch.randn(nodes, o3.Irreps(irreps).dim, generator=generator).requires_grad_()
    src, dst = torch.randint(nodes, (2, edges), generator=generator)
    Y = o3.spherical_harmonics(HARMONICS, torch.randn(edges, 3, generator=generator), True, normalization="component")
    return x, src, dst, Y, torch.rand(edges, inputs, generator=generator)


def measure(calls: dict[str, Callable[[], Tensor]], rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds of a forward and a backward pass, and megabytes kept between them."""
    order, least = random.Random(0), dict.fromkeys(calls, float("inf"))
    for turn in range(rounds + 1):
        for name in order.sample(list(calls), len(calls)):
            start = time.perf_counter()
            calls[name]().square().sum().backward()
            if turn:  # the first warms up
                least[name] = min(least[name], 1e3 * (time.perf_counter() - start))
    return {name: {"ms": least[name], "MB": kept(call)} for name, call in calls.items()}


def kept(call: Callable[[], Tensor]) -> float:
    """Megabytes of the tensors that the backward pass needs."""
    storages = {}

    def pack(x: Tensor) -> Tensor:
        storages[x.untyped_storage().data_ptr()] = x.untyped_storage().nbytes()
        return x

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        _ = call()
        return sum(storages.values()) / 1e6


def products(module: nn.Module) -> int:
    """The number of paths of the relaxed products of a network."""
    found = [part for part in module.modules() if isinstance(part, RelaxedTensorProduct)]
    return sum(len(part.tp.instructions if part.product is None else part.product.paths) for part in found)


def fully_connected(channels: int, edges: int, degree: int, rounds: int) -> dict:
    """`RelaxedConvolution` over the strict convolution."""
    irreps = f"{channels}x0e + {channels}x1o + {channels}x2e"
    args, neurons = graph(irreps, edges, 10), [10, 64]
    nets = {
        "strict": StrictConvolution(irreps, neurons),
        "control": StrictConvolution(irreps, neurons),
        "equal": RelaxedConvolution(irreps, HARMONICS, irreps, degree, neurons, NEIGHBOURS, irreps_extra=""),
        "full": RelaxedConvolution(irreps, HARMONICS, irreps, degree, neurons, NEIGHBOURS),
    }
    measured = measure({name: lambda net=net: net(*args) for name, net in nets.items()}, rounds)
    return row("fully connected", channels, edges, degree, nets, measured)


def depthwise(channels: int, edges: int, degree: int, rounds: int) -> dict:
    """`relax` of e3nn's own convolution over the convolution."""
    irreps = " + ".join(f"{channels}x{l}{p}" for l in range(3) for p in "eo")
    x, src, dst, Y, r = graph(irreps, edges, 10)
    strict = Convolution(irreps, "0e", HARMONICS, irreps, [10, 64], NEIGHBOURS)
    nets = {
        "strict": strict,
        "control": Convolution(irreps, "0e", HARMONICS, irreps, [10, 64], NEIGHBOURS),
        "equal": relax(strict, degree, full_filter=False),
        "full": relax(strict, degree),
    }
    ones = torch.ones(len(x), 1)
    measured = measure({name: lambda net=net: net(x, ones, src, dst, Y, r) for name, net in nets.items()}, rounds)
    return row("e3nn v2106", channels, edges, degree, nets, measured)


def row(kind: str, channels: int, edges: int, degree: int, nets: dict[str, nn.Module], measured: dict) -> dict:
    """One line of the table."""
    strict = measured["strict"]["ms"]
    return {
        "convolution": kind,
        "channels": channels,
        "edges": edges,
        "l_relaxed": degree,
        **{f"{name} {unit}": value for name, pair in measured.items() for unit, value in pair.items()},
        "paths": products(nets["equal"]),
        "paths full": products(nets["full"]),
        "ratio": measured["equal"]["ms"] / strict,
        "control": measured["control"]["ms"] / strict,
        "ratio full": measured["full"]["ms"] / strict,
    }


def published(edges: int, rounds: int) -> dict:
    """The published formulation over ours, at the sizes of the shape experiment but for the number of edges.

    The products are what differs, from features, harmonics and radial weights to messages. The layers are those with
    what both have in common: the radial network, and the sum over neighbours.
    """
    irreps, args = "0e + 1o + 2e", graph("0e + 1o + 2e", edges, 1)
    theirs = PublishedConvolution(irreps, 4, [1, 256])
    ours = RelaxedConvolution(irreps, HARMONICS, irreps, 4, [1, 256], NEIGHBOURS)
    x, src, _, Y, r = args
    features = x[src].detach().requires_grad_()
    weights = {net: net.radial(r).detach().requires_grad_() for net in (theirs, ours)}
    calls = {
        "layer published": lambda: theirs(*args),
        "layer": lambda: ours(*args),
        "product published": lambda: theirs.tp(
            features, theirs.first(theirs.theta.expand(len(Y), -1), Y), weights[theirs]
        ),
        "product": lambda: ours.product(features, Y, weights[ours]),
        "filters published": lambda: theirs.first(theirs.theta.expand(len(Y), -1), Y),
        "filters": lambda: Y @ ours.product.fold(),
    }
    measured = measure(calls, rounds)
    ratios = {
        kind: measured[f"{kind} published"]["ms"] / measured[kind]["ms"] for kind in ("layer", "product", "filters")
    }
    flat = {f"{name} {unit}": value for name, pair in measured.items() for unit, value in pair.items()}
    return {"edges": len(Y), **flat, **{f"speedup of the {kind}": ratio for kind, ratio in ratios.items()}}


def print_row(found: dict) -> None:
    print(
        f"{found['convolution']:>15} {found['channels']:>8} {found['edges']:>6} {found['l_relaxed']:>9}"
        f" {found['strict ms']:>8.1f} {found['equal ms']:>8.1f} {found['full ms']:>8.1f}"
        f" {found['ratio']:>6.3f} {found['control']:>7.3f} {found['ratio full']:>6.2f}"
        f" {found['paths full'] / found['paths']:>6.2f} ({found['paths']}, {found['paths full']})"
        f" {found['strict MB']:>7.1f} {found['equal MB']:>7.1f} {found['full MB']:>7.1f}",
        flush=True,
    )


def main() -> None:
    """Prints the tables, and writes them with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    print(f"float32, forward and backward, {given.threads} threads, torch {torch.__version__}")
    print(
        f"{'convolution':>15} {'channels':>8} {'edges':>6} {'l_relaxed':>9} {'strict':>8} {'equal':>8} {'full':>8}"
        f" {'ratio':>6} {'control':>7} {'full':>6} {'paths':>15} {'MB kept: strict, equal, full':>29}"
    )
    rows = []
    for kind, channels, edges, degree in (
        (fully_connected, 8, 4000, 2),
        (fully_connected, 16, 2000, 2),
        (fully_connected, 32, 500, 2),
        (depthwise, 8, 4000, 2),
        (depthwise, 32, 2000, 2),
    ):
        rows.append(kind(channels, edges, degree, given.rounds))
        print_row(rows[-1])
    print("growth with l_relaxed, channels, edges; not in the claim")
    growth = []
    for channels, edges, degree in (
        *((8, 1000, degree) for degree in (1, 2, 3, 4)),
        *((channels, 1000, 2) for channels in (2, 4, 16)),
        *((8, edges, 2) for edges in (250, 16000)),
    ):
        growth.append(fully_connected(channels, edges, degree, max(2, given.rounds // 2)))
        print_row(growth[-1])
    print(f"{'the published form':>18} {'published':>12} {'ours':>12} {'speed-up':>9} {'MB kept: published, ours':>25}")
    others = [
        published(edges, rounds) for edges, rounds in ((56, 10 * given.rounds), (20_000, max(2, given.rounds // 3)))
    ]
    for other in others:
        for kind in ("layer", "product", "filters"):
            print(
                f"{kind:>8} {other['edges']:>9} {other[f'{kind} published ms']:>9.2f} ms {other[f'{kind} ms']:>9.2f} ms"
                f" {other[f'speedup of the {kind}']:>9.1f} {other[f'{kind} published MB']:>12.2f}"
                f" {other[f'{kind} MB']:>12.2f}"
            )
    result = {
        "ratio": max(found["ratio"] for found in rows),
        "speedup_published": others[0]["speedup of the layer"],
        "unit": "relaxed over strict time, and published over relaxed time, forward and backward",
        "rows": rows,
        "growth": growth,
        "published": others,
    }
    print(f"largest ratio {result['ratio']:.3f}, speed-up over the published layer {result['speedup_published']:.1f}")
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
