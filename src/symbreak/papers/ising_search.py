"""Chooses the settings of every row of the Ising table on validation sets, with the same number of trials for each.

    python -m symbreak.papers.ising_search --out results/ising-search

The seed is one that no table uses, and no test grid is looked at. `search.json` lists every trial; the best ones stand
in `ising_methods.py`.
"""

import argparse
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from symbreak.papers.ising import Row, train
from symbreak.papers.ising_methods import METHODS, IsingConfig, Settings
from symbreak.training import Job, RunFolder, run_jobs

SEED = 1000
RATES = {"mlp": (3e-4, 1e-3), "mlp-augmented": (3e-4, 1e-3)}
GCNN_RATES = (2e-3, 5e-3)
PLAIN = ((16, 0.0, 0.0, False), (64, 0.0, 0.0, False))  # batch, hot, ramp, natural
ANNEALED = ((16, 1.2, 0.8, False), (16, 1.2, 0.8, True))


def trial(argument: tuple[int, Row], report: Callable[[int, str], None]) -> dict:
    """Trains one candidate; returns its settings and its fraction on the validation set."""
    number, row = argument
    method = next(method for method in METHODS if method.name == row.method)
    fraction = train(row, method, report)[2]
    found = {
        "method": row.method,
        "loss": row.loss,
        "trial": number,
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
    config = IsingConfig(seed=SEED, sign=given.sign)
    out = RunFolder.create(given.out, asdict(config), seed=SEED, resume=given.resume)
    jobs = []
    for method in METHODS:
        for loss, candidates, wanted in (("plain", PLAIN, method.plain), ("annealed", ANNEALED, method.annealed)):
            skipped = (given.method and method.name not in given.method) or (given.loss and loss != given.loss)
            if wanted is None or skipped:
                continue
            trials = [(rate, *rest) for rate in RATES.get(method.name, GCNN_RATES) for rest in candidates]
            for number, trial_settings in enumerate(trials):
                folder = out.row(f"{method.name}-{loss}-trial{number}")
                row = Row(method.name, loss, config, Settings(*trial_settings), str(folder), given.resume)
                jobs.append(Job(folder.name, config.epochs, (number, row)))
    out.write_json("search.json", run_jobs(jobs, trial, workers=given.workers))


if __name__ == "__main__":
    main()
