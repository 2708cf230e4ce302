"""Chooses the settings of every row of the Ising table on validation sets, with the same number of trials for each.

    python -m symbreak.papers.ising_search --out results/ising-search

A trial is a candidate on one of the seeds, which no table uses; no test grid is looked at. `search.json` lists every
trial; the candidates of the best mean over the seeds stand in `ising_methods.py`.
"""

import argparse
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from symbreak.papers.ising import Row, train
from symbreak.papers.ising_methods import METHODS, IsingConfig, Settings
from symbreak.training import Job, RunFolder, run_jobs

SEEDS = (1000, 1001)
MLP_RATES = {"plain": (3e-4, 1e-3), "annealed": (3e-4, 1e-3)}
GCNN_RATES = {"plain": (2e-3, 5e-3), "annealed": (1e-3, 2e-3)}
PLAIN = ((16, 0.0, 0.0, False), (64, 0.0, 0.0, False))  # batch, hot, ramp, natural
ANNEALED = ((8, 1.2, 0.8, False), (8, 1.2, 0.8, True))


def trial(argument: tuple[int, Row], report: Callable[[int, str], None]) -> dict:
    """Trains one candidate; returns its settings and its fraction on the validation set."""
    number, row = argument
    method = next(method for method in METHODS if method.name == row.method)
    fraction = train(row, method, report)[2]
    found = {
        "method": row.method,
        "loss": row.loss,
        "candidate": number,
        "seed": row.config.seed,
        **asdict(row.settings or Settings(0.0)),
        "fraction": fraction,
    }
    RunFolder(Path(row.folder)).write_json("trial.json", found)
    return found


def main() -> None:
    """Runs all trials and writes `search.json`."""
    parser = argparse.ArgumentParser(description="Chooses the settings of the Ising table.")
    parser.add_argument("--out", type=Path, default=Path("results/ising-search"))
    parser.add_argument("--sign", type=int, default=1)
    parser.add_argument("--method", action="append", help="these rows only; may be repeated")
    parser.add_argument("--loss", choices=("plain", "annealed"), help="this loss only")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--resume", action="store_true")
    given = parser.parse_args()
    config = IsingConfig(seed=SEEDS[0], sign=given.sign)
    out = RunFolder.create(given.out, asdict(config), seed=SEEDS[0], resume=given.resume)
    jobs = []
    for method in METHODS:
        for loss, candidates, wanted in (("plain", PLAIN, method.plain), ("annealed", ANNEALED, method.annealed)):
            skipped = (given.method and method.name not in given.method) or (given.loss and loss != given.loss)
            if wanted is None or skipped:
                continue
            rates = (MLP_RATES if method.name.startswith("mlp") else GCNN_RATES)[loss]
            for number, settings in enumerate((rate, *rest) for rate in rates for rest in candidates):
                for seed in SEEDS:
                    folder = out.row(f"{method.name}-{loss}-candidate{number}-seed{seed}")
                    row = Row(
                        method.name, loss, replace(config, seed=seed), Settings(*settings), str(folder), given.resume
                    )
                    jobs.append(Job(folder.name, config.epochs, (number, row)))
    out.write_json("search.json", run_jobs(jobs, trial, workers=given.workers))


if __name__ == "__main__":
    main()
