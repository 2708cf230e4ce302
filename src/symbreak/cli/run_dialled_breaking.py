"""`symbreak run dialled-breaking`: options that mirror `DialledBreakingConfig`."""

from typing import Annotated

import typer

from .experiment_run import Out, Resume, Seed, Workers, run_experiment

Seeds = Annotated[
    int | None, typer.Option(help="How many, each with its own molecules held out and its own field.", show_default="3")
]
Steps = Annotated[int | None, typer.Option(help="Of training, for each row.", show_default="200")]
Rate = Annotated[float | None, typer.Option(help="Of the optimizer.", show_default="0.03")]
Samples = Annotated[int | None, typer.Option(help="Turned molecules for training.", show_default="960")]
Studies = Annotated[
    list[str] | None,
    typer.Option(
        "--study",
        metavar="NAME",
        help="dials, penalties, schedules, sizes, closed or fields; may be repeated.",
        show_default="all",
    ),
]
Dials = Annotated[
    list[float] | None,
    typer.Option("--dial", help="0, 0.25, 0.5, 0.75 or 1; may be repeated.", show_default="all"),
]


def dialled_breaking(
    seed: Seed = None,
    seeds: Seeds = None,
    steps: Steps = None,
    rate: Rate = None,
    samples: Samples = None,
    studies: Studies = None,
    dials: Dials = None,
    workers: Workers = 2,
    out: Out = None,
    resume: Resume = False,
) -> None:
    """Molecules in a field whose breaking of the symmetry is dialled: relaxed networks learn how much there is.

    Without options: every row of the tables. A resumed run has the options that it was started with.
    """
    from symbreak.papers.dialled_breaking import DialledBreakingConfig, run

    given = {"seed": seed, "seeds": seeds, "steps": steps, "rate": rate, "samples": samples}
    given |= {"studies": studies, "dials": dials}
    run_experiment("dialled-breaking", DialledBreakingConfig, run, given, workers=workers, out=out, resume=resume)
