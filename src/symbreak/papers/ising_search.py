"""Chooses the settings of every row of the Ising table on validation sets, with the same number of trials for each.

    python -m symbreak.papers.ising_search --out results/ising-search

The seed is one that no table uses, and no test grid is looked at. `search.json` lists every trial; the best ones stand in
`ising_methods.py`.
"""

import argparse
from dataclasses import asdict
from pathlib import Path

from symbreak.papers.ising import Row, train
from symbreak.papers.ising_methods import METHODS, IsingConfig, Settings
from symbreak.training import Job, RunFolder, run_jobs

SEED = 1000
RATES = {"mlp": (3e-4, 1e-3), "mlp-augmented": (3e-4, 1e-3)}
GCNN_RATES = (2e-3, 5e-3)
PLAIN = ((16, 0.0, 0.0), (64, 0.0, 0.0))  # batch, hot, ramp
ANNEALED = ((16, 1.2, 0.8), (16, 2.0, 0.0))


def trial(argument: tuple[int, Row], report) -> dict:
    """Trains one candidate; returns its settings and its fraction on the validation set."""
    number, row = argument
    method = next(method for method in METHODS if method.name == row.method)
    fraction = train(row, method, report)[2]
    found = {"method": row.method, "loss": row.loss, "trial": number, **asdict(row.settings), "fraction": fraction}
    RunFolder(Path(row.folder)).write_json("trial.json", found)
    return found


def main() -> None:
    """Runs all trials and writes `search.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("results/ising-search"))
    parser.add_argument("--sign", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--resume", action="store_true")
    given = parser.parse_args()
    config = IsingConfig(seed=SEED, sign=given.sign)
    out = RunFolder.create(given.out, asdict(config), seed=SEED, resume=given.resume)
    jobs = []
    for method in METHODS:
        for loss, candidates, wanted in (("plain", PLAIN, method.plain), ("annealed", ANNEALED, method.annealed)):
            if wanted is None:
                continue
            trials = [(rate, *rest) for rate in RATES.get(method.name, GCNN_RATES) for rest in candidates]
            for number, (rate, batch, hot, ramp) in enumerate(trials):
                folder = out.row(f"{method.name}-{loss}-trial{number}")
                row = Row(method.name, loss, config, Settings(rate, batch, hot, ramp), str(folder), given.resume)
                jobs.append(Job(folder.name, config.epochs, (number, row)))
    out.write_json("search.json", run_jobs(jobs, trial, workers=given.workers))


if __name__ == "__main__":
    main()
