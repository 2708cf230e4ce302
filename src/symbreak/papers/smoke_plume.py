"""A smoke plume driven from four sides with different strengths, after the first experiment of Wang et al. (2022).

Networks learn to predict a flow, frame after frame: with relaxed, strict and plain convolutions, for levels of breaking
from none to strong. Of the relaxed ones it is read how much they broke, and which symmetry is left. Each seed has its
own simulations and its own weights.

Reference:
    Wang, Walters, Yu (2022), Approximately equivariant networks for imperfectly symmetric dynamics.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from symbreak.groups import p4
from symbreak.layers.relaxed_group_conv import GroupReadOut, allowed_irreps, read_out_group
from symbreak.papers.smoke_plume_data import (
    EVERY,
    LEVELS,
    MAIN,
    Level,
    PlumeData,
    Times,
    Windows,
    data_error,
    law_degree,
    plume_data,
)
from symbreak.papers.smoke_plume_networks import METHODS, Method, PlumeNetwork, multiplications
from symbreak.papers.smoke_plume_training import Rollout, errors, network_degree
from symbreak.training import Job, RunFolder, atomic, fit, run_jobs

# Rotation, smoke plume; root mean square errors of the paper's velocities, on data of its own.
PUBLISHED = {
    "relaxed group conv. (RGroup)": {"domain": 0.73, "domain_spread": 0.02, "future": 0.82, "future_spread": 0.01},
    "relaxed steerable conv. (RSteer)": {"domain": 0.67, "domain_spread": 0.01, "future": 0.80, "future_spread": 0.0},
}
KEPT = 1e-3  # of the largest weight: a smaller change of the weights counts as none
_LAW_ORBITS = 2
_SUBGROUPS = {1: "C1", 2: "C2", 4: "C4"}  # of C4, by their order


@dataclass(frozen=True)
class SmokePlumeConfig:
    """What to compute.

    Args:
        seed: the first one.
        seeds: how many.
        size: cells along a side of the box, even.
        orbits: plumes for training, each from four sides; and `others` for the test.
        epochs: of training.
        batch: orbits a step, each of four windows.
        window: frames of a window of training, the given one among them.
        level: names of levels; all if empty.
        method: names of methods; all if empty.
    Raises:
        ValueError: if a number is out of range, or a name unknown.
    """

    seed: int = 0
    seeds: int = 3
    size: int = 24
    orbits: int = 8
    others: int = 4
    epochs: int = 20
    batch: int = 4
    window: int = 2
    level: tuple[str, ...] = ()
    method: tuple[str, ...] = ()

    def __post_init__(self):
        for name, least in (("seeds", 1), ("orbits", 1), ("others", 1), ("epochs", 1), ("batch", 1), ("window", 2)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}, but it is an integer of at least {least}.")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"The seed is {self.seed}, but seeds are from 0 to 2³¹ - 1.")
        if self.size < 12 or self.size % 2:
            raise ValueError(
                f"size is {self.size}, but the box has an even number of cells, so that its coarse grid turns with it, "
                "and at least 12: try 24."
            )
        if self.window > Times().given + Times().ahead:
            raise ValueError(
                f"window is {self.window}, but only {Times().given + Times().ahead} frames are trained on."
            )
        for asked, known in ((self.level, LEVELS), (self.method, METHODS)):
            names = [one.name for one in known]
            if unknown := [name for name in asked if name not in names]:
                raise ValueError(f"There is no {unknown[0]!r}. Known: {', '.join(names)}.")


@dataclass(frozen=True)
class Row:
    """What a worker needs to make one row of the result."""

    level: Level
    method: Method
    config: SmokePlumeConfig  # with the seed of the row
    folder: str
    resume: bool
    pictures: bool = False

    @property
    def name(self) -> str:
        return f"{self.level.name}-{self.method.name}-seed{self.config.seed}"


def simulations(level: Level, config: SmokePlumeConfig) -> PlumeData:
    """The data of a row, the same for all methods."""
    generator = torch.Generator().manual_seed(config.seed)
    return plume_data(level, (config.orbits, config.others), config.size, Times(), generator=generator)


def train(
    row: Row, data: PlumeData, folder: Path, report: Callable[[int, str], None]
) -> tuple[Rollout, list[float], float]:
    """The trained network of a row, the loss of each epoch and the seconds that it took."""
    config, times = row.config, data.times
    torch.manual_seed(config.seed)
    network = PlumeNetwork(row.method.kind, row.method.copies, times.given)
    rollout = Rollout(network, data.units, row.method.rate)
    trained = fit(
        rollout,
        Windows(data.early(), config.window),
        folder=folder,
        epochs=config.epochs,
        batch_size=config.batch,
        seed=config.seed,
        resume=row.resume,
        on_epoch=lambda epoch, metrics: report(epoch + 1, f"{metrics['loss']:.4f}"),
    )
    return rollout.eval(), [epoch["loss"] for epoch in trained.curve], trained.seconds


def make_row(row: Row, report: Callable[[int, str], None]) -> dict[str, Any]:
    """Trains and reads one network; its files are in `rows/<name>/`, `row.json` the last of them."""
    run, config = RunFolder(Path(row.folder)), row.config
    folder = run.row(row.name)
    if row.resume and (folder / "row.json").exists():
        report(config.epochs, "done before")
        return run.read_json(f"rows/{row.name}/row.json")
    began = time.process_time()
    data = simulations(row.level, config)
    rollout, losses, seconds = train(row, data, folder / "fit", report)
    network, start = rollout.network, data.test[:, :, data.times.first : data.times.seen - data.times.ahead]
    absolute, relative = data_error(data.early())
    states = torch.Generator().manual_seed(config.seed)
    tests = {"domain": data.domain(), "future": data.future()}
    found: dict[str, Any] = {
        "level": row.level.name,
        "title": row.level.title,
        "dial": row.level.dial,
        "strengths": list(row.level.strengths),
        "method": row.method.name,
        "label": row.method.label,
        "seed": config.seed,
        "losses": losses,
        "data_absolute": absolute,
        "data_relative": relative,
        "law_degree": law_degree(
            row.level, _LAW_ORBITS, config.size, data.times, data.units.double(), generator=states
        ),
        "network_degree": network_degree(rollout, start.flatten(0, 1)),
        "parameters": sum(p.numel() for p in network.parameters() if p.requires_grad),
        "multiplications": multiplications(network, config.size),
        "seconds": seconds,
    }
    for name, frames in tests.items():
        ahead = errors(rollout, frames)
        truth = frames[:, data.times.given :, 1:].double()
        still = truth - frames[:, data.times.given - 1 : data.times.given, 1:].double()
        found[name] = float(ahead.square().mean().sqrt())
        found[f"{name}_ahead"] = ahead.tolist()
        found[f"{name}_still_ahead"] = still.square().mean((0, 2, 3, 4)).sqrt().tolist()
        found[f"{name}_still"] = float(still.square().mean().sqrt())
        found[f"{name}_size"] = float(truth.square().mean().sqrt())
    found |= weights_read(network.mixing(), row.level) if row.method.kind == "relaxed" else {"components": None}
    found["cpu_seconds"] = time.process_time() - began
    if row.pictures:
        _save_pictures(folder / "frames.safetensors", rollout, tests["domain"][:4])
    run.write_json(f"rows/{row.name}/row.json", found)
    report(config.epochs, f"{found['domain']:.4f}")
    return found


def weights_read(weights: list[Tensor], level: Level) -> dict[str, Any]:
    """The Fourier components of relaxed weights beside what the symmetry of the level allows."""
    group = p4(3)
    seen = _read_out(weights)
    allowed = allowed_irreps(group, level.symmetry)
    return {
        "components": {part.irrep: part.relative for part in seen.components},
        "grown": list(seen.grown(KEPT)),
        "allowed": [irrep for irrep, count in allowed.items() if count],
        "forbidden": max((part.relative for part in seen.components if not allowed[part.irrep]), default=0.0),
        "stabilizer": seen.name,
        "kept": seen.kept,
        "broken": seen.broken if seen.broken < float("inf") else None,
        "data_symmetry": _SUBGROUPS[len(level.symmetry)],
        "mixing": [w.detach().flatten().tolist() for w in weights],
    }


def _read_out(weights: list[Tensor]) -> GroupReadOut:
    try:
        return read_out_group(p4(3), weights, rtol=KEPT)
    except ValueError:  # changes just about the limit: then only what keeps the weights to the bit is their symmetry
        return read_out_group(p4(3), weights, rtol=0.0)


@torch.no_grad()
def _save_pictures(path: Path, rollout: Rollout, frames: Tensor) -> None:
    from safetensors.torch import save_file

    given = rollout.network.given
    found = rollout(frames[:, :given], frames.shape[1] - given)
    with atomic(path) as temporary:
        save_file({"truth": frames[:, given:].contiguous(), "found": found.contiguous()}, temporary)


def run(config: SmokePlumeConfig, folder: Path, *, resume: bool = False, workers: int = 2) -> Path:
    """Computes every row and writes `result.json`; returns the folder.

    Args:
        config: what to compute.
        folder: of the results, absent or empty, unless `resume`.
        resume: take up an interrupted run; it ends with the same numbers.
        workers: processes, of one thread each.
    """
    out = RunFolder.create(folder, {"paper": "smoke-plume", **asdict(config)}, seed=config.seed, resume=resume)
    start = time.perf_counter()
    chosen = [
        (level, method)
        for level in LEVELS
        for method in METHODS
        if (not config.level or level.name in config.level)
        and (not config.method or method.name in config.method)
        and (not method.main or level.name == MAIN)
    ]
    wanted = [
        Row(level, method, replace(config, seed=seed), str(folder), resume, level.name == MAIN and seed == config.seed)
        for seed in range(config.seed, config.seed + config.seeds)
        for level, method in sorted(chosen, key=lambda one: one[0].name != MAIN)
    ]
    if not wanted:
        raise ValueError(f"No row has such a level and method: the narrow network is trained at {MAIN!r} alone.")
    rows = run_jobs([Job(row.name, config.epochs, row) for row in wanted], make_row, workers=workers)
    order = {(level.name, method.name): k for k, (level, method) in enumerate(chosen)}
    rows.sort(key=lambda row: (order[row["level"], row["method"]], row["seed"]))
    result = {
        "seconds": time.perf_counter() - start,
        "main": MAIN,
        "times": {**asdict(Times()), "frame": EVERY},
        "rows": rows,
        "published": PUBLISHED,
    }
    out.write_result(result)
    return folder
