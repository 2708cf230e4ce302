"""`symbreak run shape-deformation`: options that mirror `ShapeDeformationConfig`."""

from typing import Annotated

import typer

from .experiment_run import Out, Resume, Seed, Workers, run_experiment

Shapes = Annotated[
    list[str] | None,
    typer.Option("--shape", metavar="NAME", help="cube, prism or random; may be repeated.", show_default="all"),
]
Methods = Annotated[
    list[str] | None,
    typer.Option("--method", metavar="NAME", help="A row of the table; may be repeated.", show_default="all"),
]
Steps = Annotated[int | None, typer.Option(help="Of training, for each row.", show_default="2000")]
Degree = Annotated[int | None, typer.Option("--l-relaxed", help="The largest degree of θ.", show_default="4")]
Seeds = Annotated[int | None, typer.Option(help="How many.", show_default="5")]


def shape_deformation(
    shapes: Shapes = None,
    methods: Methods = None,
    steps: Steps = None,
    l_relaxed: Degree = None,
    seed: Seed = None,
    seeds: Seeds = None,
    workers: Workers = 2,
    out: Out = None,
    resume: Resume = False,
) -> None:
    """A cube deformed by relaxed convolutions: the first experiment of Hofgard et al. (2024).

    Without options: every row of the table. A resumed run has the options that it was started with.
    """
    from symbreak.papers.shape_deformation import ShapeDeformationConfig, run

    given = {"shapes": shapes, "methods": methods, "steps": steps, "l_relaxed": l_relaxed, "seed": seed, "seeds": seeds}
    run_experiment("shape-deformation", ShapeDeformationConfig, run, given, workers=workers, out=out, resume=resume)
