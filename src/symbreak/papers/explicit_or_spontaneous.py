"""Explicit or spontaneous: one experiment that tells a broken law from a broken outcome.

The central ion of a symmetric cluster shifts: along a field, the same for all clusters (*explicit*); along one of the
cluster's own axes, each as likely (*spontaneous*); or along an own axis with probabilities that a field sets (*both*).
Relaxed weights θ hold one direction for the data set, `SymPE` draws one for each sample. Each network is trained and
judged by a proper score of the law that it draws from, beside the least that its kind can reach, which is exact.

Reference:
    Hofgard, Wang, Walters, Smidt (2024), Relaxed equivariant graph neural networks; Lawrence, Portilheiro, Zhang, Kaba
    (2025), Improving equivariant networks with probabilistic symmetry breaking.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from symbreak.groups import integers
from symbreak.papers.explicit_or_spontaneous_closed import closed_row
from symbreak.papers.explicit_or_spontaneous_data import Clusters, DataSet, Setting, data_set, law, write_arrays
from symbreak.papers.explicit_or_spontaneous_diagnosis import diagnosed
from symbreak.papers.explicit_or_spontaneous_judging import draws, judged, shown
from symbreak.papers.explicit_or_spontaneous_networks import METHODS, Method, Told, double, optimizer
from symbreak.papers.explicit_or_spontaneous_scores import energy_score, floors
from symbreak.papers.explicit_or_spontaneous_theta import read_theta
from symbreak.training import Job, RunFolder, run_jobs

STRENGTH = 2.0  # of both, in the table
DIALLED = ("relaxed", "sympe", "relaxed-sympe")  # at the other strengths
BATCH, DRAWS = 32, 8  # labels in a step, and draws for each
_WARM_UP = 20


@dataclass(frozen=True)
class ExplicitOrSpontaneousConfig:
    """What to compute.

    Args:
        methods: names; all if empty.
        dial: strengths of the field, besides 2, at which the networks with θ and SymPE are trained.
        clusters: of each of the four shapes, to train on; each has one shift.
        tests: of each shape, to test on.
        steps: of the optimizer.
        rate: of the optimizer; that of each row if 0.
        seed, seeds: the first seed, and how many; each has its own clusters, field and weights.
    """

    methods: tuple[str, ...] = ()
    dial: tuple[float, ...] = (1.0, 4.0)
    clusters: int = 512
    tests: int = 32
    steps: int = 300
    rate: float = 0.0
    seed: int = 0
    seeds: int = 5

    def __post_init__(self):
        known = [method.name for method in METHODS]
        if unknown := [name for name in self.methods if name not in known]:
            raise ValueError(f"There is no method {unknown[0]!r}. Known: {', '.join(known)}.")
        for name in ("clusters", "tests", "steps", "seeds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, but at least 1 is needed.")
        if wrong := [h for h in self.dial if not 0 <= h < math.inf or h == STRENGTH]:
            raise ValueError(
                f"The dial has {wrong[0]}, but a strength is finite, not negative, and not {STRENGTH:g}, which the "
                "table has: give others, such as 1 and 4."
            )
        if not 0 <= self.rate < math.inf:
            raise ValueError(f"The rate is {self.rate}, but steps go downhill: give a positive number, such as 0.01.")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed is {self.seed}, but a seed is from 0 to 2³¹ - 1.")


def settings(config: ExplicitOrSpontaneousConfig) -> tuple[Setting, ...]:
    """The data sets: those of the table, then those of the dial."""
    table = (Setting("explicit"), Setting("spontaneous"), Setting("both", STRENGTH))
    return *table, *(Setting("both", h) for h in config.dial)


@dataclass(frozen=True)
class Row:
    """What a worker needs for one job: "data", "diagnosis", "closed", or one row of the table."""

    kind: str
    setting: Setting
    method: str
    config: ExplicitOrSpontaneousConfig  # with the seed of the row
    folder: str
    resume: bool

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.setting.key}-{self.method}-seed{self.config.seed}"


def train(
    method: Method,
    setting: Setting,
    data: DataSet,
    config: ExplicitOrSpontaneousConfig,
    report: Callable[[int, str], None] = lambda step, text: None,
) -> Told:
    """A trained network: float64, minibatches, one shift for each cluster."""
    torch.manual_seed(config.seed)
    generator = torch.Generator().manual_seed(config.seed + 1)
    with double():
        model = method.build()
    right = law(setting, data.train, data.field)
    shift = right.draw(generator=generator)
    adam = optimizer(model, config.rate or method.rate)

    def rate(step: int) -> float:
        return min(1.0, (step + 1) / _WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / config.steps))

    schedule = torch.optim.lr_scheduler.LambdaLR(adam, rate)
    for step in range(config.steps):
        index = integers(len(shift), (BATCH,), generator=generator)
        some, y = data.train.rows(index), shift[index]
        drawn = draws(model, some, DRAWS if method.random and method.loss == "score" else 1, generator)
        match method.loss:
            case "score":
                loss = energy_score(drawn, y).mean()
            case "squared":
                loss = (drawn[:, 0] - y).square().sum(-1).mean()
            case _:
                apart = (drawn - right.outcomes[index]).square().sum(-1)
                loss = apart.masked_fill(right.probability[index] == 0, math.inf).amin(1).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()
        if step % 50 == 0:
            report(step, f"{float(loss.detach()):.3f}")
    return model


def make_row(row: Row, report: Callable[[int, str], None]) -> dict[str, Any]:
    """One job; its files are in `rows/<name>/`, `row.json` the last of them."""
    run, config = RunFolder(Path(row.folder)), row.config
    folder = run.row(row.name)
    if row.resume and (folder / "row.json").exists():
        report(config.steps, "done before")
        return run.read_json(f"rows/{row.name}/row.json")
    start = time.process_time()
    found: dict[str, Any] = {"kind": row.kind, "set": row.setting.name, "strength": row.setting.strength}
    found |= {"seed": config.seed, "folder": f"rows/{row.name}"}
    match row.kind:
        case "data":
            made = data_set(config.clusters, config.tests, config.seed)
            write_arrays(run.path / f"data-seed{config.seed}.safetensors", made.arrays())
        case "diagnosis":
            data = DataSet.read(run.path / f"data-seed{config.seed}.safetensors")
            found |= diagnosed(row.setting, data.train, data.field, folder, seed=config.seed)
        case "closed":
            found |= closed_row(row.method, row.setting, config.seed, report=report)
        case _:
            found |= _trained(row, DataSet.read(run.path / f"data-seed{config.seed}.safetensors"), folder, report)
    found["cpu_seconds"] = time.process_time() - start
    run.write_json(f"rows/{row.name}/row.json", found)
    report(config.steps, f"{found['distance']:.3f}" if "distance" in found else "done")
    return found


def _trained(row: Row, data: DataSet, folder: Path, report: Callable[[int, str], None]) -> dict[str, Any]:
    method, setting = _method(row.method), row.setting
    model = train(method, setting, data, row.config, report)
    with torch.no_grad():
        found = {"method": method.name, "label": method.label, "floor_of": method.floor, "random": method.random}
        found |= judged(model, method, setting, data, row.config.seed)
        found |= read_theta(model, data.field)
    found["parameters"] = sum(p.numel() for p in model.parameters() if p.requires_grad)
    write_arrays(folder / "shown.safetensors", shown(model, method, setting, data.field, row.config.seed))
    return found


def _method(name: str) -> Method:
    return next(method for method in METHODS if method.name == name)


# --- the run ------------------------------------------------------------------------------------------------------


def run(config: ExplicitOrSpontaneousConfig, folder: Path, *, resume: bool = False, workers: int = 2) -> Path:
    """Computes every row and writes `result.json`; returns the folder.

    Args:
        config: what to compute.
        folder: of the results, absent or empty, unless `resume`.
        resume: take up an interrupted run; it ends with the same numbers. Rows that were done are kept.
        workers: processes, of one thread each.
    """
    out = RunFolder.create(
        folder, {"paper": "explicit-or-spontaneous", **asdict(config)}, seed=config.seed, resume=resume
    )
    start = time.perf_counter()
    seeds = [replace(config, seed=seed, seeds=1) for seed in range(config.seed, config.seed + config.seeds)]
    first = settings(config)[0]
    run_jobs(_jobs([Row("data", first, "all", one, str(folder), resume) for one in seeds]), make_row, workers=workers)
    rows = run_jobs(_jobs(list(_rows(config, seeds, str(folder), resume))), make_row, workers=workers)
    data = DataSet.read(folder / f"data-seed{config.seed}.safetensors")
    result = {
        "seconds": time.perf_counter() - start,
        "rows": [row for row in rows if row["kind"] == "network"],
        "diagnosis": [row for row in rows if row["kind"] == "diagnosis"],
        "closed": [row for row in rows if row["kind"] == "closed"],
        "curves": curves(data.test, data.field),
    }
    out.write_result(result)
    return folder


def curves(test: Clusters, field: Tensor) -> list[dict[str, float]]:
    """The floors over the strength of the field, on the test clusters of one seed."""
    found = []
    for h in [0.25 * k for k in range(25)]:
        setting = Setting("both", h)
        right = law(setting, test, field)
        found.append({"strength": h} | floors(setting, test, right).mean(test.shift))
    return found


def _rows(
    config: ExplicitOrSpontaneousConfig, seeds: list[ExplicitOrSpontaneousConfig], folder: str, resume: bool
) -> Iterator[Row]:
    """The jobs that need the clusters: networks, closed data sets, and diagnoses of the first seed."""
    chosen = [method for method in METHODS if not config.methods or method.name in config.methods]
    for one in seeds:
        for setting in settings(config):
            in_table = setting.strength == STRENGTH or setting.name != "both"
            for method in chosen:
                if method.only in ("", setting.name) and (in_table or method.name in DIALLED):
                    yield Row("network", setting, method.name, one, folder, resume)
        for method in ("relaxed", "relaxed-sympe"):
            if method in [known.name for known in chosen]:
                yield Row("closed", Setting("spontaneous"), method, one, folder, resume)
    for setting in settings(config):
        yield Row("diagnosis", setting, "all", seeds[0], folder, resume)


def _jobs(rows: list[Row]) -> list[Job]:
    return [Job(row.name, row.config.steps, row) for row in rows]
