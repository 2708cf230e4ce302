"""`symbreak run symmetry-discovery`: options that mirror `DiscoveryConfig`, and where its results go."""

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from .report import show_report
from .resumed_run import stored_options

RESULTS = Path("results") / "symmetry-discovery"  # where a run goes that is given no folder

Seed = Annotated[int | None, typer.Option(min=0, max=2**31 - 1, help="The first one.", show_default="0")]
Seeds = Annotated[int | None, typer.Option(help="How many, for images and the pendulum.", show_default="10")]
CrystalSeeds = Annotated[
    int | None,
    typer.Option(help="How many, for the crystals in SYMBREAK_DATA; 0 leaves them out.", show_default="1"),
]
Grid = Annotated[int | None, typer.Option(help="Voxels along the edge of a crystal's cell, odd.", show_default="15")]
Steps = Annotated[int | None, typer.Option(help="Of Adam, in each fit.", show_default="100")]
CrystalSteps = Annotated[int | None, typer.Option(help="The same, of a crystal.", show_default="300")]
Workers = Annotated[int, typer.Option(help="Processes; the numbers do not depend on it.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The result folder.", show_default="results/symmetry-discovery/<UTC time>"),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")]


def symmetry_discovery(
    seed: Seed = None,
    seeds: Seeds = None,
    crystal_seeds: CrystalSeeds = None,
    grid: Grid = None,
    steps: Steps = None,
    crystal_steps: CrystalSteps = None,
    workers: Workers = 2,
    out: Out = None,
    resume: Resume = False,
) -> None:
    """Which symmetry the data break, read from relaxed group convolutions (Wang et al. 2024): images, BaTiO3, time.

    A resumed run has the options that it was started with.
    """
    given = {
        "seed": seed,
        "seeds": seeds,
        "crystal_seeds": crystal_seeds,
        "grid": grid,
        "steps": steps,
        "crystal_steps": crystal_steps,
    }
    asked = {name: value for name, value in given.items() if value is not None}
    if resume and out is None:
        raise ValueError("--resume was given without --out. Give the folder of the run.")
    folder = out if out is not None else RESULTS / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")

    from symbreak.papers.symmetry_discovery import DiscoveryConfig, run

    config = DiscoveryConfig(**(stored_options(folder, "symmetry-discovery") | asked if resume else asked))
    print(f"Results go to {folder}", file=sys.stderr)
    try:
        run(config, folder, resume=resume, workers=workers)
    except KeyboardInterrupt:
        command = f"symbreak run symmetry-discovery --resume --out {shlex.quote(str(folder))}"
        print(f"Interrupted. Go on with: {command}", file=sys.stderr)
        raise typer.Exit(130) from None
    show_report(folder)
