"""`symbreak run charged-particle`: options that mirror `ChargedParticleConfig`."""

from typing import Annotated

import typer

from .experiment_run import Out, Resume, Seed, Workers, run_experiment

Seeds = Annotated[
    int | None, typer.Option(help="How many, each with its own directions of the fields.", show_default="5")
]
Samples = Annotated[int | None, typer.Option(help="For training, images included.", show_default="288")]
Steps = Annotated[int | None, typer.Option(help="Of the optimizer, on all samples at once.", show_default="600")]
Rate = Annotated[float | None, typer.Option(help="Of the optimizer.", show_default="0.1")]
Only = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="A row of the tables; may be repeated.", show_default="all"),
]


def charged_particle(
    seed: Seed = None,
    seeds: Seeds = None,
    samples: Samples = None,
    steps: Steps = None,
    rate: Rate = None,
    only: Only = None,
    workers: Workers = 2,
    out: Out = None,
    resume: Resume = False,
) -> None:
    """Fields found by relaxed weights: a charged particle in uniform E and B (Hofgard et al. 2024).

    Without options: every row of the tables. A resumed run has the options that it was started with.
    """
    from symbreak.papers.charged_particle import ChargedParticleConfig, run

    given = {"seed": seed, "seeds": seeds, "samples": samples, "steps": steps, "rate": rate, "only": only}
    run_experiment("charged-particle", ChargedParticleConfig, run, given, workers=workers, out=out, resume=resume)
