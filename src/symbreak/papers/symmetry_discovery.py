"""Which symmetry do the data break? Weights of relaxed group convolutions, read by irrep (ICML 2024).

A network that is exactly equivariant at the start is fitted to one pair of input and target, or to windows of one
trajectory. Where the pair has less symmetry than the group, the weights `w(g)` become unequal; their Fourier
components say in which irreps, and their stabilizer which symmetry is left.

- images of 9 × 9, four corners of a square to a square, a rectangle, four points without symmetry: C4;
- BaTiO3, cubic to cubic, tetragonal, orthorhombic, as densities in a periodic cell: Oh;
- a pendulum, undamped and damped: reversal of time.

Reference:
    Wang, Hofgard, Gao, Walters, Smidt (2024), Discovering symmetry breaking in physical systems with relaxed group
    convolution.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from symbreak.actions import Orientation, Scalar
from symbreak.groups import FiniteSemidirect
from symbreak.layers import RelaxedPointConv
from symbreak.layers.relaxed_group_conv import (
    GroupReadOut,
    allowed_irreps,
    fourier,
    point_rotations,
    read_out_group,
)
from symbreak.papers.symmetry_discovery_data import CASES, IMAGE, Pairs, crystal_folder, pairs
from symbreak.symmetry.crystals.point_groups import point_group
from symbreak.training import Job, RunFolder, run_jobs

GROWN = 1e-4  # of the totally symmetric component
STOP = 1e-7  # of the loss
# The authors' notebooks: losses at step 51; components of the first layer (images), of the mean over layers (crystals),
# with the labels of the ungerade irreps put right; of the pendulum the medians of w(+1) and w(-1) over ten seeds.
PUBLISHED: dict[tuple[str, str], dict[str, Any]] = {
    ("image", "square"): {"components": {"A": 4.029, "B": 0.0, "E": 0.0}, "loss": 3e-5},
    ("image", "rectangle"): {"components": {"A": 4.047, "B": 1.867, "E": 0.0}, "loss": 0.0153},
    ("image", "random"): {"components": {"A": 3.9, "B": 0.7, "E": 0.8}, "loss": 0.0072},
    ("crystal", "cubic"): {"components": {"A1g": 50.0}, "order": 48, "loss": 4e-5},
    ("crystal", "tetragonal"): {"components": {"A1g": 50.0, "Eg": 0.45, "T1u": 0.15}, "order": 8, "loss": 1.4e-4},
    ("crystal", "orthorhombic"): {
        "components": {"A1g": 50.0, "Eg": 0.4, "T2g": 8e-4, "T1u": 1e-3, "T2u": 0.04},
        "order": 4,
        "loss": 2e-4,
    },
    ("pendulum", "undamped"): {"components": {"A'": 2.22, "A''": 0.0}},
    ("pendulum", "damped"): {"components": {"A'": 2.0, "A''": 0.006}},
}


@dataclass(frozen=True)
class DiscoveryConfig:
    """What to compute.

    Args:
        seed: the first.
        seeds: for the images and the pendulum.
        crystal_seeds: for the crystals; 0 leaves them out.
        grid: voxels along an edge of the crystal's cell, odd.
        steps: of Adam, in each fit; of a crystal `crystal_steps`.
    """

    seed: int = 0
    seeds: int = 10
    crystal_seeds: int = 2
    grid: int = 15
    steps: int = 100
    crystal_steps: int = 300

    def __post_init__(self):
        for name, least in (
            ("seed", 0),
            ("seeds", 1),
            ("crystal_seeds", 0),
            ("grid", 5),
            ("steps", 1),
            ("crystal_steps", 1),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ValueError(f"{name} is {value!r}, but it is an integer of at least {least}.")
        if self.grid % 2 == 0:
            raise ValueError(f"grid is {self.grid}, but a cell has a voxel at its centre: try {self.grid + 1}.")


@dataclass(frozen=True)
class Row:
    """What a worker needs to make one row of the result."""

    task: str
    target: str
    seed: int
    relaxed: bool
    config: DiscoveryConfig
    folder: str
    resume: bool

    @property
    def steps(self) -> int:
        """Of the fit."""
        return self.config.crystal_steps if self.task == "crystal" else self.config.steps

    @property
    def name(self) -> str:
        return f"{self.task}-{self.target}-{'relaxed' if self.relaxed else 'strict'}-seed{self.seed}"


class DiscoveryNetwork(nn.Module):
    """A lifting layer and two group convolutions, each with one weight for each point element.

    The last one's orientations are averaged, to scalar channels; or its sites, to one value for each orientation.
    """

    def __init__(
        self,
        group: FiniteSemidirect,
        channels: int,
        hidden: int,
        kernel_size: int,
        *,
        separable: bool,
        periodic: bool,
        over_sites: bool,
    ):
        super().__init__()
        self.channels, self.over_sites = channels, over_sites
        last = 1 if over_sites else channels
        self.layers = nn.ModuleList(
            RelaxedPointConv(group, inputs, copies, kernel_size, separable=separable, periodic=periodic)
            for inputs, copies in (
                (Scalar(channels), hidden),
                (Orientation(hidden), hidden),
                (Orientation(hidden), last),
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        y = self.layers[-1](x)
        return y.flatten(2).mean(2) if self.over_sites else y.unflatten(1, (self.channels, -1)).mean(2)

    def mixing(self) -> list[Tensor]:
        """The weights of each layer, `(1, |P|)`."""
        return [layer.mixing for layer in self.layers]  # type: ignore[misc]


def build(row: Row, data: Pairs) -> tuple[DiscoveryNetwork, float]:
    """The network of a row and its rate. Doubles, but for the crystals."""
    torch.manual_seed(row.seed)
    if row.task == "image":
        hidden = 4 if row.target == "square" else 8
        network = DiscoveryNetwork(data.group, 1, hidden, 3, separable=False, periodic=False, over_sites=False).double()
    elif row.task == "crystal":
        network = DiscoveryNetwork(data.group, 3, 8, 5, separable=True, periodic=True, over_sites=False)
    else:
        network = DiscoveryNetwork(data.group, 1, 4, 5, separable=False, periodic=False, over_sites=True).double()
    for w in network.mixing():
        w.requires_grad_(row.relaxed)
    return network, 3e-3 if row.task == "crystal" else 1e-2


def train(network: nn.Module, data: Pairs, rate: float, steps: int, report: Callable[[int, str], None]) -> list[float]:
    """The losses before each step and after the last, by Adam on all pairs at once; it stops below 1e-7."""
    optimizer = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=rate)
    losses = []
    for step in range(steps):
        optimizer.zero_grad(set_to_none=True)
        loss = F.mse_loss(network(data.x), data.y)
        losses.append(float(loss.detach()))
        if losses[-1] < STOP:
            return losses
        loss.backward()
        optimizer.step()
        report(step + 1, f"{losses[-1]:.2e}")
    with torch.no_grad():
        return [*losses, float(F.mse_loss(network(data.x), data.y))]


def make_row(row: Row, report: Callable[[int, str], None]) -> dict:
    """Fits and reads one row; `rows/<name>/row.json` holds it."""
    run = RunFolder(Path(row.folder))
    folder = run.row(row.name)
    if row.resume and (folder / "row.json").exists():
        report(row.steps, "done before")
        return run.read_json(f"rows/{row.name}/row.json")
    data = pairs(row.task, row.target, row.config.grid)
    network, rate = build(row, data)
    start = time.perf_counter()
    losses = train(network, data, rate, row.steps, report)
    seconds = time.perf_counter() - start
    allowed = allowed_irreps(data.group, data.symmetry)
    first, every = network.mixing()[:1], network.mixing()
    found = read_out_group(data.group, every)
    row_json = {
        "task": row.task,
        "target": row.target,
        "seed": row.seed,
        "relaxed": row.relaxed,
        "parameters": sum(p.numel() for p in network.parameters()),
        "losses": losses,
        "floor": data.floor,
        "seconds": seconds,
        "components": _norms(found),
        "components_first": _norms(read_out_group(data.group, first)),
        "grown": list(found.grown(GROWN)),
        "allowed": [name for name, number in allowed.items() if number],
        "forbidden_share": max((part.relative for part in found.components if not allowed[part.irrep]), default=0.0),
        "stabilizer": list(found.stabilizer),
        "stabilizer_name": found.name,
        "kept": found.kept,
        "broken": None if found.broken == float("inf") else found.broken,
        "data_symmetry": list(data.symmetry),
        "data_symmetry_name": point_group(point_rotations(data.group)[list(data.symmetry)]).schoenflies,
        "polar_axis": _polar_axis(data.group, every) if "T1u" in found.grown(GROWN) else None,
        "mixing": [w.detach().double().tolist() for w in every],
    }
    run.write_json(f"rows/{row.name}/row.json", row_json)
    report(row.steps, f"{losses[-1]:.2e} {found.name}")
    return row_json


def _norms(found: GroupReadOut) -> dict[str, float]:
    return {part.irrep: part.norm for part in found.components}


def _polar_axis(group: FiniteSemidirect, weights: list[Tensor]) -> list[float]:
    """The direction in T1u that the layers share, up to its sign; the largest entry is positive."""
    columns = torch.cat([fourier(w.detach(), point_rotations(group)).transpose(0, 1).flatten(1) for w in weights], 1)
    axis = torch.linalg.svd(columns, full_matrices=False).U[:, 0]
    return (axis * axis[axis.abs().argmax()].sign()).tolist()


def run(config: DiscoveryConfig, folder: Path, *, resume: bool = False, workers: int = 2) -> Path:
    """Computes every row and writes `result.json`; returns the folder.

    Args:
        config: what to compute.
        folder: of the results, absent or empty, unless `resume`.
        resume: take up an interrupted run; it ends with the same numbers.
        workers: processes, of one thread each.
    """
    if config.crystal_seeds:
        crystal_folder()  # a run that cannot be finished is refused before anything is written
    stored = {"paper": "symmetry-discovery", **asdict(config)}
    out = RunFolder.create(folder, stored, seed=config.seed, resume=resume)
    start, jobs = time.perf_counter(), []
    for task, target in sorted(CASES, key=lambda case: case[0] != "crystal"):  # the long ones first
        count = config.crystal_seeds if task == "crystal" else config.seeds
        for seed in range(config.seed, config.seed + count):
            for relaxed in (True, False):
                row = Row(task, target, seed, relaxed, config, str(folder), resume)
                jobs.append(Job(row.name, row.steps, row))
    rows = run_jobs(jobs, make_row, workers=workers)
    order = {case: number for number, case in enumerate(CASES)}
    rows.sort(key=lambda row: (order[row["task"], row["target"]], not row["relaxed"], row["seed"]))
    out.write_result(
        {
            "seconds": time.perf_counter() - start,
            "image_side": IMAGE,
            "rows": rows,
            "published": [{"task": task, "target": target, **entry} for (task, target), entry in PUBLISHED.items()],
        },
    )
    return folder
