"""Graph tasks on molecules whose breaking of O(3) is dialled from 0 to 1, and networks that learn how much there is.

The G2 molecules lie in random turns in a uniform field of the laboratory, which is the same for all. A score is the sum
of a part that no turn changes and of the energy in the field; λ is the part of its variance that the field has. It is
learned as a number (graph regression) or by labels drawn from it (graph and node classification). A network with one
relaxed weight θ for all its layers learns how strongly, and along which axis, the symmetry is broken.

Reference:
    The networks are those of Hofgard, Wang, Walters, Smidt (2024), Relaxed equivariant graph neural networks; the
    learned penalty is that of Manolache, Chamon, Niepert (2025), Learning (approximately) equivariant networks via
    constrained optimization, the schedule that of Pertigkiozoglou et al. (2024), Improving equivariant model training
    via constraint relaxation. The tasks are ours.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from symbreak.papers.dialled_breaking_data import error, floor
from symbreak.papers.dialled_breaking_law import TASKS, parts, true_breaking
from symbreak.papers.dialled_breaking_reading import (
    breaking_of,
    field_errors,
    haar_breaking,
    joint_error,
    read_theta,
    scored,
)
from symbreak.papers.dialled_breaking_settings import DIALS, SAMPLES, STUDIES, Setting, settings
from symbreak.papers.dialled_breaking_training import Report, fit, network, predicted, problem
from symbreak.training import Job, RunFolder, run_jobs

_LAST = 5  # points of the curve that make the training loss


@dataclass(frozen=True)
class DialledBreakingConfig:
    """What to compute.

    Args:
        seed: the first one.
        seeds: how many; each has its own molecules held out, turns, field and weights.
        steps: of the optimizer.
        rate: of the optimizer, along a cosine.
        samples: turned molecules to train on, of the rows that do not say how many.
        studies: which; all if empty.
        dials: which; all if empty.
    Raises:
        ValueError: if a number is out of range, or a name unknown.
    """

    seed: int = 0
    seeds: int = 3
    steps: int = 200
    rate: float = 0.03
    samples: int = SAMPLES
    studies: tuple[str, ...] = ()
    dials: tuple[float, ...] = ()

    def __post_init__(self):
        if self.seeds < 1 or self.steps < 1 or not 0 <= self.seed < 2**31:
            raise ValueError(
                f"There are {self.seeds} seeds from {self.seed} and {self.steps} steps, but all count from 1, and "
                "seeds from 0 to 2³¹ - 1."
            )
        if not 0 < self.rate < float("inf"):
            raise ValueError(f"The rate is {self.rate}, but steps go downhill: give a positive number, such as 0.03.")
        if self.samples < 48:
            raise ValueError(
                f"There are {self.samples} samples, but a set closed under O_h has 48 at least: give 48 or more."
            )
        if unknown := [study for study in self.studies if study not in STUDIES]:
            raise ValueError(f"There is no study {unknown[0]!r}. Known: {', '.join(STUDIES)}.")
        if unknown := [dial for dial in self.dials if dial not in DIALS]:
            raise ValueError(f"There is no dial {unknown[0]:g}. Known: {', '.join(f'{dial:g}' for dial in DIALS)}.")


@dataclass(frozen=True)
class Row:
    """What a worker needs to make one row of the result."""

    setting: Setting
    config: DialledBreakingConfig  # with the seed of the row
    folder: str
    resume: bool

    @property
    def name(self) -> str:
        return f"{self.setting.name}-seed{self.config.seed}"


def make_row(row: Row, report: Report) -> dict[str, Any]:
    """Trains and measures one network; its files are in `rows/<name>/`, `row.json` the last of them."""
    run, config, setting = RunFolder(Path(row.folder)), row.config, row.setting
    run.row(row.name)
    if row.resume and (run.path / "rows" / row.name / "row.json").exists():
        report(config.steps, "done before")
        return run.read_json(f"rows/{row.name}/row.json")
    start, seed = time.process_time(), config.seed
    torch.manual_seed(seed)
    with _double():
        data, model = problem(setting, seed), network(setting)
        curve = fit(model, setting, data, steps=config.steps, rate=config.rate, seed=seed, report=report)
        with torch.no_grad():
            told = predicted(model, data.test, data.task)
            f = scored(model, data.task)
        law = parts(data.task, data.test.molecules)
        right = ((told > 0) == (data.test.score > 0))[data.test.there]
        row_json = {
            "study": setting.study,
            "task": setting.task,
            "dial": setting.dial,
            "network": setting.network,
            "regime": setting.regime.name,
            "label": setting.regime.label,
            "samples": len(data.train),
            "closed": setting.closed,
            "optimizer": setting.optimizer,
            "seed": seed,
            "loss": sum(note["loss"] for note in curve[-_LAST:]) / len(curve[-_LAST:]),
            "error": error(data.task, data.test, told),
            "floor": floor(data.task, data.test),
            "accuracy": float(right.double().mean()) if data.task.labels else None,
            "breaking": None if setting.fields else breaking_of(told),
            "haar_breaking": None if setting.fields else haar_breaking(f, data.test.molecules, seed=seed),
            "true_breaking": true_breaking(law, setting.dial),
            "weight": curve[-1]["weight"],
            "theta": read_theta(model, data.field, setting.dial),
            "fields": field_errors(model, data, setting.dial, seed=seed) if setting.fields else [],
            "joint_error": joint_error(model, data, seed=seed) if setting.fields else None,
            "parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
            "cpu_seconds": time.process_time() - start,
            "folder": f"rows/{row.name}",
        }
    run.write_json(f"rows/{row.name}/curve.json", curve)
    run.write_json(f"rows/{row.name}/row.json", row_json)
    report(config.steps, f"{row_json['error']:.3f}")
    return row_json


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


def run(config: DialledBreakingConfig, folder: Path, *, resume: bool = False, workers: int = 2) -> Path:
    """Computes every row and writes `result.json`; returns the folder.

    Args:
        config: what to compute.
        folder: of the results, absent or empty, unless `resume`.
        resume: take up an interrupted run; it ends with the same numbers. Rows that were done are kept.
        workers: processes, of one thread each.
    """
    out = RunFolder.create(folder, {"paper": "dialled-breaking", **asdict(config)}, seed=config.seed, resume=resume)
    jobs = [
        Job(f"{setting.name} {seed}", config.steps, Row(setting, replace(config, seed=seed), str(folder), resume))
        for seed in range(config.seed, config.seed + config.seeds)
        for setting in chosen(config)
    ]
    start = time.perf_counter()
    rows = run_jobs(jobs, make_row, workers=workers)
    seconds = time.perf_counter() - start
    out.write_result({"seconds": seconds, "tasks": [asdict(task) for task in TASKS], "rows": rows})
    return folder


def chosen(config: DialledBreakingConfig) -> list[Setting]:
    """The rows of a config, but for the seeds."""
    kept = [
        setting
        for setting in settings()
        if (not config.studies or setting.study in config.studies)
        and (not config.dials or setting.dial in config.dials)
    ]
    return [replace(s, samples=config.samples) if s.samples == SAMPLES else s for s in kept]
