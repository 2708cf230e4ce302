"""`symbreak run shape-deformation`: options that mirror `ShapeDeformationConfig`, and where its results go."""

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from .report import show_report
from .resumed_run import newest_unfinished, stored_options

RESULTS = Path("results") / "shape-deformation"  # where a run goes that is given no folder

Shapes = Annotated[
    list[str] | None,
    typer.Option("--shape", metavar="NAME", help="cube, prism or random; may be repeated.", show_default="all"),
]
Methods = Annotated[
    list[str] | None,
    typer.Option("--method", metavar="NAME", help="A row of the table; may be repeated.", show_default="all"),
]
Steps = Annotated[int | None, typer.Option(help="Of training at most, for each row.", show_default="2000")]
Degree = Annotated[int | None, typer.Option("--l-relaxed", help="The largest degree of θ.", show_default="4")]
Seed = Annotated[int | None, typer.Option(min=0, max=2**31 - 1, help="The first one.", show_default="0")]
Seeds = Annotated[int | None, typer.Option(help="How many.", show_default="5")]
Workers = Annotated[int, typer.Option(help="Processes; the numbers do not depend on it.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The result folder.", show_default="results/shape-deformation/<UTC time>"),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the run in --out, or with the newest unfinished one.")
]


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
    given = {
        "shapes": tuple(shapes) if shapes else None,
        "methods": tuple(methods) if methods else None,
        "steps": steps,
        "l_relaxed": l_relaxed,
        "seed": seed,
        "seeds": seeds,
    }
    asked = {name: value for name, value in given.items() if value is not None}
    if out is not None:
        folder = out
    elif resume:
        folder = newest_unfinished(RESULTS)
    else:
        folder = RESULTS / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")

    from symbreak.papers.shape_deformation import ShapeDeformationConfig, run

    config = ShapeDeformationConfig(**(stored_options(folder, "shape-deformation") | asked if resume else asked))
    print(f"Results go to {folder}", file=sys.stderr)
    try:
        run(config, folder, resume=resume, workers=workers)
    except KeyboardInterrupt:
        command = f"symbreak run shape-deformation --resume --out {shlex.quote(str(folder))}"
        print(f"Interrupted. Go on with: {command}", file=sys.stderr)
        raise typer.Exit(130) from None
    show_report(folder)
