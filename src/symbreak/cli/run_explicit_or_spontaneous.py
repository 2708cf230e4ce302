"""`symbreak run explicit-or-spontaneous`: options that mirror `ExplicitOrSpontaneousConfig`."""

from typing import Annotated

import typer

from .experiment_run import Out, Resume, Seed, Workers, run_experiment

Methods = Annotated[
    list[str] | None,
    typer.Option("--method", metavar="NAME", help="A row of the table; may be repeated.", show_default="all"),
]
Dial = Annotated[
    list[float] | None,
    typer.Option("--dial", metavar="H", help="A strength of the field, besides 2; repeatable.", show_default="1 and 4"),
]
Clusters = Annotated[int | None, typer.Option(help="Of each shape, to train on.", show_default="512")]
Tests = Annotated[int | None, typer.Option(help="Of each shape, to test on.", show_default="32")]
Steps = Annotated[int | None, typer.Option(help="Of the optimizer.", show_default="300")]
Rate = Annotated[float | None, typer.Option(help="Of the optimizer; 0 for that of each row.", show_default="0.0")]
Seeds = Annotated[int | None, typer.Option(help="How many, each with its own clusters and field.", show_default="5")]


def explicit_or_spontaneous(
    methods: Methods = None,
    dial: Dial = None,
    clusters: Clusters = None,
    tests: Tests = None,
    steps: Steps = None,
    rate: Rate = None,
    seed: Seed = None,
    seeds: Seeds = None,
    workers: Workers = 2,
    out: Out = None,
    resume: Resume = False,
) -> None:
    """One direction for all samples or one for each: relaxed weights and SymPE on each other's data.

    Without options: every row of the table. A resumed run has the options that it was started with.
    """
    from symbreak.papers.explicit_or_spontaneous import ExplicitOrSpontaneousConfig, run

    given = {"methods": methods, "dial": dial, "clusters": clusters, "tests": tests, "steps": steps, "rate": rate}
    given |= {"seed": seed, "seeds": seeds}
    run_experiment(
        "explicit-or-spontaneous",
        ExplicitOrSpontaneousConfig,
        run,
        given,
        workers=workers,
        out=out,
        resume=resume,
    )
