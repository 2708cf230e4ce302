"""Ising ground states by symmetry breaking, the third experiment of SymPE (ICLR 2025).

A network maps the parameters of an anisotropic Ising model on a periodic lattice to the probability of an up spin at
each site, and is trained without labels on the energy of the expected spins. Constant parameters are invariant under
all translations, ordered ground states are not: an equivariant network can only magnetize uniformly.

    H(s) = -sign Σ_bonds J s s' - Σ_sites h s,    J_x = 1,  J_y ~ U(-3, 3),  h ~ U(0, 2)

Reference:
    Lawrence, Portilheiro, Zhang, Kaba (2025), Improving equivariant networks with probabilistic symmetry breaking,
    Table 3.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from symbreak.breaking import LiftedEncoding, StraightThroughSymPE, SymPE
from symbreak.data.ising import energy, uniform_energy
from symbreak.groups import SampleKeys
from symbreak.papers.ising_data import conditions_of, ground_of, save_tensors, write_ground
from symbreak.papers.ising_methods import METHODS, IsingConfig, Method, Settings
from symbreak.papers.ising_training import FreeEnergy, sample
from symbreak.training import Job, RunFolder, check_device, fit, run_jobs

# Table 3 of the paper: energies in its own convention, which is not known; only fractions of the ground state compare.
PUBLISHED_GROUND = -1.60
PUBLISHED = {
    "random": (0.0, 0.0, None),
    "mlp": (-1.22, -0.93, 3_200_000),
    "mlp-augmented": (-1.24, -1.24, 3_200_000),
    "gcnn": (-0.69, -0.69, 397_000),
    "gcnn-noise": (-1.28, -1.28, 399_000),
    "relaxed": (-1.49, -1.42, 463_000),
    "sympe": (-1.46, -1.47, 468_000),
}


@dataclass(frozen=True)
class Row:
    """What a worker needs to make one row of the result."""

    method: str
    loss: str
    config: IsingConfig  # with the seed of the row
    settings: Settings | None
    folder: str
    resume: bool

    @property
    def name(self) -> str:
        return f"{self.method}-{self.loss.replace('-', 'none')}-seed{self.config.seed}"


def train(row: Row, method: Method, report: Callable[[int, str], None]) -> tuple[nn.Module | None, float, float]:
    """The trained network of a row in evaluation mode, the seconds it took, and its fraction on the validation set."""
    run, config = RunFolder(Path(row.folder)), row.config
    if method.build is None or row.settings is None:
        return None, 0.0, 0.0
    torch.manual_seed(config.seed)
    network = method.build(config.size).to(config.device)
    validation = conditions_of(config, "validation").to(config.device)
    reference = float(ground_of(run.path, config, "validation").mean())
    result = fit(
        FreeEnergy(network, method, row.settings, config, validation),
        conditions_of(config, "train"),
        folder=run.row(row.name),
        epochs=config.epochs,
        batch_size=row.settings.batch,
        seed=config.seed,
        device=config.device,
        resume=row.resume,
        on_epoch=lambda epoch, seen: report(epoch + 1, f"{seen['validation_energy'] / reference:.3f}"),
    )
    _write_curve(run, row.name, result.curve, reference)
    return network.to(config.device).eval(), result.seconds, result.curve[-1]["validation_energy"] / reference


def make_row(row: Row, report: Callable[[int, str], None]) -> dict:
    """Trains and evaluates one row; its files are in `rows/<name>/`, `row.json` the last of them."""
    run, config = RunFolder(Path(row.folder)), row.config
    folder = run.row(row.name)
    if row.resume and (folder / "row.json").exists():
        report(config.epochs, "done before")
        return run.read_json(f"rows/{row.name}/row.json")
    method = next(method for method in METHODS if method.name == row.method)
    network, seconds, fraction = train(row, method, report)
    batch = conditions_of(config, "validation")[:64].to(config.device)
    row_json = {
        "method": method.name,
        "label": method.label,
        "loss": row.loss,
        "seed": config.seed,
        **_evaluate(run, row, network),
        "parameters": sum(p.numel() for p in network.parameters()) if network is not None else 0,
        "forward_seconds": _forward_seconds(network, batch) if network is not None else 0.0,
        "train_seconds": seconds,
        "validation_fraction": fraction,
        "settings": asdict(row.settings) if row.settings else None,
        "folder": f"rows/{row.name}",
    }
    run.write_json(f"rows/{row.name}/row.json", row_json)
    report(config.epochs, f"{row_json['fraction_id']:.3f} / {row_json['fraction_ood']:.3f}")
    return row_json


def _evaluate(run: RunFolder, row: Row, network: nn.Module | None) -> dict[str, float]:
    """Energies of sampled spins, on the test set and on its quarter turn; with the files that the figures need."""
    config, path = row.config, run.path / "rows" / row.name
    energies, grounds = [], []
    for part, epoch in (("test", -3), ("turned", -4)):
        conditions = conditions_of(config, part)
        spins = sample(network, conditions, seed=config.seed, epoch=epoch, device=config.device)
        energies.append(energy(conditions, spins, config.sign).double())
        grounds.append(ground_of(run.path, config, part))
    if config.task == "constant" and not config.conditions:
        shape = (config.side, config.side)
        axes = {"jy": torch.linspace(-3, 3, config.side), "h": torch.linspace(0, 2, config.side)}
        maps = {"energy": energies[0].reshape(shape), "ground": grounds[0].reshape(shape)}
        save_tensors(path / "grid.safetensors", axes | maps)
    save_tensors(path / "samples.safetensors", _show(network, conditions_of(config, "shown"), config))
    both = (torch.cat(energies).mean(), torch.cat(grounds).mean())
    return {
        "energy_id": float(energies[0].mean()),
        "energy_ood": float(both[0]),
        "fraction_id": float(energies[0].mean() / grounds[0].mean()),
        "fraction_ood": float(both[0] / both[1]),
    }


def _show(network: nn.Module | None, conditions: Tensor, config: IsingConfig) -> dict[str, Tensor]:
    """A few inputs with what was drawn for them: pose, code, expectations and spins."""
    spins = sample(network, conditions, seed=config.seed, epoch=-5, device=config.device)
    shown = {"conditions": conditions, "spins": spins}
    if network is None:
        return shown | {"mean": torch.zeros_like(spins)}
    keys = SampleKeys(torch.arange(len(conditions), device=config.device), seed=config.seed, epoch=-5)
    x = conditions.to(config.device)
    with torch.no_grad():
        if not isinstance(network, SymPE | StraightThroughSymPE):
            return shown | {"mean": network(x, generator=keys).tanh()}
        g = network.kernel(x, generator=keys)  # the first draw, as in the forward above
        pose = torch.cat([g.n, g.h[:, None]], dim=1)
        encoding = network.encoding.encoding if isinstance(network.encoding, LiftedEncoding) else network.encoding
        return shown | {"mean": network(x, g).tanh(), "code": encoding(g, x), "pose": pose}


def _write_curve(run: RunFolder, row: str, curve: tuple[dict[str, float], ...], reference: float) -> None:
    lines = ["epoch,temperature,train_loss,validation_fraction"]
    for seen in curve:
        fraction = seen["validation_energy"] / reference
        lines.append(f"{int(seen['epoch'])},{seen['temperature']!r},{seen['train_loss']!r},{fraction!r}")
    run.write_text(f"rows/{row}/curve.csv", "\n".join(lines) + "\n")


@torch.no_grad()
def _forward_seconds(network: nn.Module, conditions: Tensor, repeats: int = 7) -> float:
    """Median wall time of a forward pass on a batch, draws included."""
    seconds = []
    for _ in range(repeats):
        keys = SampleKeys(torch.arange(len(conditions), device=conditions.device), seed=0)
        start = time.perf_counter()
        network(conditions, generator=keys).sum().item()  # the number waits for the device
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


# --- the run ------------------------------------------------------------------------------------------------------


def run(config: IsingConfig, folder: Path, *, resume: bool = False, workers: int = 2) -> Path:
    """Computes every row and writes `result.json`; returns the folder.

    Args:
        config: what to compute.
        folder: of the results, absent or empty, unless `resume`.
        resume: take up an interrupted run; it ends with the same numbers.
        workers: processes, of one thread each.
    """
    check_device(config.device)
    conditions_of(config, "test")  # a file that cannot be used is refused before anything is written
    out = RunFolder.create(folder, {"paper": "ising", **asdict(config)}, seed=config.seed, resume=resume)
    source = write_ground(out, config)
    jobs = []
    for seed in range(config.seed, config.seed + config.seeds):
        for method in METHODS:
            if config.methods and method.name not in config.methods:
                continue
            for loss, settings in method.settings(config.sign):
                row = Row(method.name, loss, replace(config, seed=seed, seeds=1), settings, str(folder), resume)
                jobs.append(Job(f"{method.name} {loss} {seed}", config.epochs, row))
    rows = run_jobs(jobs, make_row, workers=workers)
    out.write_result(
        {
            "rows": rows,
            "reference": _reference(folder, config) | {"source": source},
            "published": _published() if config.task == "constant" and not config.conditions else [],
        }
    )
    return folder


def _reference(folder: Path, config: IsingConfig) -> dict[str, float]:
    """The ground state, and the best uniform magnetization: the ceiling of an equivariant map on constant input."""
    ground = float(ground_of(folder, config, "test").mean())
    reference = {"ground_energy_id": ground, "ground_energy_ood": ground}
    if config.task == "constant" and not config.conditions:
        jx, jy, h = conditions_of(config, "test")[:, :, 0, 0].double().unbind(1)
        floor = float(uniform_energy(jx, jy, h, config.sign).mean())
        reference |= {"uniform_energy_id": floor, "uniform_energy_ood": floor, "uniform_fraction": floor / ground}
    return reference


def _published() -> list[dict[str, object]]:
    """The rows of the paper's table, which is on constant parameters."""
    rows = []
    for method in METHODS:
        if method.name in PUBLISHED:
            inside, outside, parameters = PUBLISHED[method.name]
            rows.append(
                {
                    "method": method.name,
                    "label": method.label,
                    "energy_id": inside,
                    "energy_ood": outside,
                    "fraction_id": inside / PUBLISHED_GROUND + 0.0,  # no negative zero
                    "fraction_ood": outside / PUBLISHED_GROUND + 0.0,
                    "parameters": parameters,
                }
            )
    return rows
