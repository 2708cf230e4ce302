"""`symbreak run perovskite`: options that mirror `PerovskiteConfig`."""

from typing import Annotated

import typer

from .experiment_run import Out, Resume, Seed, Workers, run_experiment

Only = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="A row of the table; may be repeated.", show_default="all"),
]
Steps = Annotated[int | None, typer.Option(help="Of training, for each row.", show_default="150")]
Epsilon = Annotated[float | None, typer.Option(help="Of the optimizer of the order parameter.", show_default="0.01")]
Penalty = Annotated[float | None, typer.Option(help="Its factor, in the row that has one.", show_default="0.001")]
Seeds = Annotated[int | None, typer.Option(help="How many.", show_default="3")]


def perovskite(
    only: Only = None,
    steps: Steps = None,
    epsilon: Epsilon = None,
    penalty: Penalty = None,
    seed: Seed = None,
    seeds: Seeds = None,
    workers: Workers = 2,
    out: Out = None,
    resume: Resume = False,
) -> None:
    """The order parameter of a phase transition, learned: a perovskite of SYMBREAK_DATA (Smidt et al. 2021).

    Without options: every row of the table. A resumed run has the options that it was started with.
    """
    from symbreak.papers.perovskite import PerovskiteConfig, run

    given = {"only": only, "steps": steps, "epsilon": epsilon, "penalty": penalty, "seed": seed, "seeds": seeds}
    run_experiment("perovskite", PerovskiteConfig, run, given, workers=workers, out=out, resume=resume)
