"""`symbreak run charged-particle`: options that mirror `ChargedParticleConfig`, and where its results go."""

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from .report import show_report
from .resumed_run import stored_options

RESULTS = Path("results") / "charged-particle"  # where a run goes that is given no folder

Seed = Annotated[int | None, typer.Option(min=0, max=2**31 - 1, help="The first one.", show_default="0")]
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
Workers = Annotated[int, typer.Option(help="Processes; the numbers do not depend on it.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The result folder.", show_default="results/charged-particle/<UTC time>"),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")]


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
    given = {"seed": seed, "seeds": seeds, "samples": samples, "steps": steps, "rate": rate}
    asked: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if only:
        asked["only"] = tuple(only)
    if resume and out is None:
        raise ValueError("--resume was given without --out. Give the folder of the run.")
    folder = out if out is not None else RESULTS / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")

    from symbreak.papers.charged_particle import ChargedParticleConfig, run

    config = ChargedParticleConfig(**(stored_options(folder, "charged-particle") | asked if resume else asked))
    print(f"Results go to {folder}", file=sys.stderr)
    try:
        run(config, folder, resume=resume, workers=workers)
    except KeyboardInterrupt:
        command = f"symbreak run charged-particle --resume --out {shlex.quote(str(folder))}"
        print(f"Interrupted. Go on with: {command}", file=sys.stderr)
        raise typer.Exit(130) from None
    show_report(folder)
