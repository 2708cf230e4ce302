"""Order parameters of a phase transition, learned: the perovskite of Smidt, Geiger and Miller.

An equivariant network sees a cubic perovskite, Pm-3m, and is to give the displacement of each atom in the distorted
structure, Pnma. By Curie's principle it gives none: the loss stays where it starts. Then an order parameter, a vector
of irreps of O(3) on the centre of each octahedron, is one more input. It starts at 0 and is learned with the weights:

    loss = Σ_i |f(p)_i - u_i|²

Its gradient at 0 says which irreps are needed, at which wave vectors; what is learned breaks the symmetry of the input
to that of the distorted crystal.

Reference:
    Smidt, Geiger, Miller (2021), Finding symmetry breaking order parameters with Euclidean neural networks, Phys. Rev.
    Research 3, L012002.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from math import isfinite
from pathlib import Path

import torch
from torch import Tensor

from symbreak.layers import EquivariantAdam
from symbreak.papers.perovskite_data import Perovskite, perovskite
from symbreak.papers.perovskite_network import DisplacementNetwork, graph
from symbreak.papers.perovskite_order import ANSATZE, NAMES, Ansatz, split
from symbreak.papers.perovskite_reading import facts, gradient_at_zero, learned, prediction
from symbreak.training import Job, RunFolder, atomic, run_jobs

PUBLISHED = {
    "floor": 0.0676,  # at the start, where the network gives 0
    "all": {"error": 0.0105, "error_penalty": 0.0110, "dominant": "1e", "space_group": 62},
    "pairs": {"error": 0.030, "space_group": 74},
    "waves": {"error": 0.0106, "space_group": 62},
}
RATE = 0.03  # of weights and order parameter, linearly to 0
POINTS = 100  # of each curve


@dataclass(frozen=True)
class Method:
    """A row of the table: an ansatz, and how its order parameter is learned.

    Args:
        name, label: of it.
        ansatz: its name.
        stock: whether by `torch.optim.Adam`, with a second moment for each entry.
        penalised: whether `Σ_l (1 + l⁶) |p_l|²` is added to the loss.
    """

    name: str
    label: str
    ansatz: str
    stock: bool = False
    penalised: bool = False


METHODS = (
    Method("none", "no order parameter", "none"),
    Method("all", "all six irreps", "all"),
    Method("all-penalised", "all six irreps, penalised", "all", penalised=True),
    Method("all-stock-adam", "all six irreps, stock Adam", "all", stock=True),
    Method("pairs", "1e without z, equal on diagonals", "pairs"),
    Method("waves", "1e at R and M", "waves"),
    *(Method(name, f"{name} alone", name) for name in NAMES),
)


@dataclass(frozen=True)
class PerovskiteConfig:
    """What to compute.

    Args:
        only: names of rows; all if empty.
        steps: of training.
        epsilon: of the optimizer of the order parameter. A gradient far below it makes steps as of gradient descent;
            with 1e-8, a gradient that is nothing but rounding would be scaled up until it is none.
        penalty: the factor of the penalty in the row that has one.
        seed, seeds: the first seed, and how many.
    """

    only: tuple[str, ...] = ()
    steps: int = 150
    epsilon: float = 1e-2
    penalty: float = 1e-3
    seed: int = 0
    seeds: int = 3

    def __post_init__(self):
        known = [method.name for method in METHODS]
        for name in self.only:
            if name not in known:
                raise ValueError(f"There is no row {name!r}. Known: {', '.join(known)}.")
        if len(set(self.only)) < len(self.only):
            raise ValueError(f"A row is named twice in {', '.join(self.only)}: name each once.")
        for name in ("steps", "seeds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but at least 1 is needed.")
        if not 0 < self.epsilon < float("inf"):
            raise ValueError(f"epsilon is {self.epsilon}, but it is divided by: try 1e-2.")
        if not 0 <= self.penalty < float("inf"):
            raise ValueError(f"penalty is {self.penalty}, but a penalty is at least 0.")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed is {self.seed}, but a seed is from 0 to 2³¹ - 1.")


@dataclass(frozen=True)
class Row:
    """What a worker needs to make one row of the result."""

    method: str
    config: PerovskiteConfig  # with the seed of the row
    folder: str
    resume: bool

    @property
    def name(self) -> str:
        return f"{self.method}-seed{self.config.seed}"


# --- training -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Trained:
    """What training left: the displacement `(20, 3)`, the order parameter `(4, 18)`, the curve, and the time.

    The curve has `step`, `loss` (Å²) and `error` (Å), `(T,)`, and `p`, `(T, 4, 18)`.
    """

    network: DisplacementNetwork
    displacement: Tensor
    p: Tensor
    curve: dict[str, Tensor]
    seconds: float


def train(crystal: Perovskite, row: Row, report: Callable[[int, str], None] = lambda step, text: None) -> Trained:
    """Learns weights and order parameter together, from an order parameter of 0; in float64."""
    config, method = row.config, _method(row.method)
    basis = _ansatz(method).basis(crystal)
    atoms, u = graph(crystal), crystal.displacement
    torch.manual_seed(config.seed)
    network = DisplacementNetwork()
    amplitude = torch.nn.Parameter(torch.zeros(len(basis)))
    optimizer = _optimizer(network, amplitude, method, config)
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / config.steps)
    every, start = max(1, config.steps // POINTS), time.perf_counter()
    seen: list[tuple[int, float, float, Tensor]] = []
    for step in range(config.steps + 1):
        optimizer.zero_grad()
        p = torch.einsum("m,mni->ni", amplitude, basis)
        y = network(p, atoms)
        loss = (y - u).square().sum()
        value = float(loss.detach())
        if not isfinite(value):
            raise ValueError(f"The loss is {value} after {step} steps: training diverged. Try another seed.")
        if step % every == 0 or step == config.steps:
            seen.append((step, value, crystal.error(y.detach()), p.detach()))
            report(step, f"{value:.1e}")
        if step == config.steps:
            break
        (loss + config.penalty * _penalty(p) if method.penalised else loss).backward()
        optimizer.step()
        rates.step()
    steps, losses, errors, path = zip(*seen, strict=True)
    curve = {"step": torch.tensor(steps), "loss": torch.tensor(losses), "error": torch.tensor(errors)}
    curve["p"] = torch.stack(path)
    return Trained(network, y.detach(), path[-1], curve, time.perf_counter() - start)


def _optimizer(
    network: DisplacementNetwork, amplitude: torch.nn.Parameter, method: Method, config: PerovskiteConfig
) -> torch.optim.Optimizer:
    """One second moment for the order parameter of all sites and irreps, or one for each of its entries.

    K turns the irreps and permutes the sites: on the amplitudes of an orthonormal basis it acts by orthogonal matrices,
    with which a number as second moment commutes. One for each site or irrep would do as well in exact arithmetic, but
    what K forbids would then be scaled by its own rounding.
    """
    weights = {"params": list(network.parameters())}
    order = {"params": [amplitude], "eps": 1e-8 if method.stock else config.epsilon}
    if method.stock:
        return torch.optim.Adam([weights, order], lr=RATE)
    return EquivariantAdam([weights, order], lr=RATE, shared=[amplitude])


def _penalty(p: Tensor) -> Tensor:
    """`Σ_l (1 + l⁶) |p_l|²`: the authors' weights, on squares, which no turn changes and which are smooth at 0."""
    return torch.stack([(1 + int(name[0]) ** 6) * part.square().sum() for name, part in split(p).items()]).sum()


# --- a row --------------------------------------------------------------------------------------------------------


def make_row(row: Row, report: Callable[[int, str], None]) -> dict:
    """Trains and reads one row; its files are in `rows/<name>/`, `row.json` the last of them."""
    run, config = RunFolder(Path(row.folder)), row.config
    folder = run.row(row.name)
    if row.resume and (folder / "row.json").exists():
        report(config.steps, "done before")
        return run.read_json(f"rows/{row.name}/row.json")
    with _double():
        crystal = perovskite()
        trained = train(crystal, row, report)
        method = _method(row.method)
        found = {
            "method": row.method,
            "label": method.label,
            "seed": config.seed,
            "loss": float(trained.curve["loss"][-1]),
            "error": float(trained.curve["error"][-1]),
            **learned(crystal, trained.displacement, trained.curve["p"]),
            "gradient": gradient_at_zero(crystal, config.seed) if row.method == "all" else None,
            "parameters": sum(weight.numel() for weight in trained.network.parameters()),
            "seconds": trained.seconds,
            "folder": f"rows/{row.name}",
        }
    _save(folder / "curve.safetensors", {**trained.curve, "displacement": trained.displacement})
    run.write_json(f"rows/{row.name}/row.json", found)
    report(config.steps, f"{found['loss']:.1e}")
    return found


def _method(name: str) -> Method:
    return next(method for method in METHODS if method.name == name)


def _ansatz(method: Method) -> Ansatz:
    return next(ansatz for ansatz in ANSATZE if ansatz.name == method.ansatz)


def _save(path: Path, arrays: dict[str, Tensor]) -> None:
    from safetensors.torch import save_file

    with atomic(path) as temporary:
        save_file({name: array.contiguous() for name, array in arrays.items()}, temporary)


@contextmanager
def _double() -> Iterator[None]:
    """float64 by default: e3nn makes its coefficients in the default precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


# --- the run ------------------------------------------------------------------------------------------------------


def run(config: PerovskiteConfig, folder: Path, *, resume: bool = False, workers: int = 2) -> Path:
    """Computes every row and writes `result.json`; returns the folder.

    Args:
        config: what to compute.
        folder: of the results, absent or empty, unless `resume`.
        resume: take up an interrupted run; it ends with the same numbers. Rows that were done are kept.
        workers: processes, of one thread each.
    Raises:
        ValueError: if the crystals are not found, see `perovskite`, or the folder cannot be used.
    """
    crystal = perovskite()
    out = RunFolder.create(folder, {"paper": "perovskite", **asdict(config)}, seed=config.seed, resume=resume)
    methods = [method for method in METHODS if not config.only or method.name in config.only]
    start, jobs = time.perf_counter(), []
    for seed in range(config.seed, config.seed + config.seeds):
        for method in methods:
            row = Row(method.name, replace(config, seed=seed, seeds=1), str(folder), resume)
            jobs.append(Job(f"{method.name} {seed}", config.steps, row))
    rows = run_jobs(jobs, make_row, workers=workers)
    with _double():
        result = {
            "seconds": time.perf_counter() - start,
            "crystal": facts(crystal),
            "predictions": [
                {"method": method.name, "label": method.label, **prediction(crystal, _ansatz(method))}
                for method in methods
            ],
            "published": PUBLISHED,
            "rows": rows,
        }
    out.write_result(result)
    return folder
