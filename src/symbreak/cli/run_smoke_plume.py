"""`symbreak run smoke-plume`: options that mirror `SmokePlumeConfig`."""

from typing import Annotated

import typer

from .experiment_run import Out, Resume, Seed, Workers, run_experiment

Seeds = Annotated[int | None, typer.Option(help="How many, each with its own simulations.", show_default="3")]
Size = Annotated[int | None, typer.Option(help="Cells along a side of the box, even.", show_default="24")]
Orbits = Annotated[int | None, typer.Option(help="Plumes for training, each from four sides.", show_default="8")]
Others = Annotated[int | None, typer.Option(help="The same, for the test.", show_default="4")]
Epochs = Annotated[int | None, typer.Option(help="Of training.", show_default="20")]
Batch = Annotated[int | None, typer.Option(help="Orbits a step.", show_default="4")]
Window = Annotated[int | None, typer.Option(help="Frames of a window of training.", show_default="2")]
Level = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="A level of breaking; may be repeated.", show_default="all"),
]
Method = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="A row of the tables; may be repeated.", show_default="all"),
]


def smoke_plume(
    seed: Seed = None,
    seeds: Seeds = None,
    size: Size = None,
    orbits: Orbits = None,
    others: Others = None,
    epochs: Epochs = None,
    batch: Batch = None,
    window: Window = None,
    level: Level = None,
    method: Method = None,
    workers: Workers = 2,
    out: Out = None,
    resume: Resume = False,
) -> None:
    """A plume driven from four sides unequally: relaxed, strict and plain convolutions (Wang et al. 2022).

    Without options: every row of the tables. A resumed run has the options that it was started with.
    """
    from symbreak.papers.smoke_plume import SmokePlumeConfig, run

    given = {
        "seed": seed,
        "seeds": seeds,
        "size": size,
        "orbits": orbits,
        "others": others,
        "epochs": epochs,
        "batch": batch,
        "window": window,
        "level": level,
        "method": method,
    }
    run_experiment("smoke-plume", SmokePlumeConfig, run, given, workers=workers, out=out, resume=resume)
