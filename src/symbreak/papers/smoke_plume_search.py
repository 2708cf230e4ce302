"""Chooses the rate of every row of the smoke plume, with the same number of trials for each.

    python -m symbreak.papers.smoke_plume_search --out results/smoke-plume-search

A trial is a rate on one of the seeds, which no table uses, at the main level, and is judged by the error on other
plumes at the times of the training. `search.json` lists every trial; the rates of the least mean over the seeds stand
in `smoke_plume_networks.py`.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from symbreak.papers.smoke_plume import Row, SmokePlumeConfig, simulations, train
from symbreak.papers.smoke_plume_data import LEVELS, MAIN
from symbreak.papers.smoke_plume_networks import METHODS
from symbreak.papers.smoke_plume_training import errors
from symbreak.training import Job, RunFolder, run_jobs

SEED = 1000
RATES = (2.5e-3, 5e-3, 1e-2, 2e-2)


def trial(row: Row, report: Callable[[int, str], None]) -> dict:
    """Trains one candidate; returns its rate and its error."""
    data = simulations(row.level, row.config)
    rollout, losses, _ = train(row, data, Path(row.folder), report)
    error = float(errors(rollout, data.domain()).square().mean().sqrt())
    report(row.config.epochs, f"{error:.4f}")
    seed = row.config.seed
    return {"method": row.method.name, "rate": row.method.rate, "seed": seed, "loss": losses[-1], "domain": error}


def main() -> None:
    """Runs all trials and writes `search.json`."""
    parser = argparse.ArgumentParser(description="Chooses the rates of the smoke plume.")
    parser.add_argument("--out", type=Path, default=Path("results/smoke-plume-search"))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--resume", action="store_true")
    given = parser.parse_args()
    level = next(level for level in LEVELS if level.name == MAIN)
    out = RunFolder.create(given.out, {"rates": RATES, "seeds": given.seeds}, seed=SEED, resume=given.resume)
    jobs = []
    for method in METHODS:
        for rate in RATES:
            for seed in range(SEED, SEED + given.seeds):
                config = SmokePlumeConfig(seed=seed)
                folder = out.row(f"{method.name}-rate{rate:g}-seed{seed}")
                row = Row(level, replace(method, rate=rate), config, str(folder), given.resume)
                jobs.append(Job(folder.name, config.epochs, row))
    out.write_json("search.json", run_jobs(jobs, trial, workers=given.workers))


if __name__ == "__main__":
    main()
