"""`symbreak run symmetry-discovery`: options that mirror `DiscoveryConfig`."""

from typing import Annotated

import typer

from .experiment_run import Out, Resume, Seed, Workers, run_experiment

Seeds = Annotated[int | None, typer.Option(help="How many, for images and the pendulum.", show_default="10")]
CrystalSeeds = Annotated[
    int | None,
    typer.Option(help="How many, for the crystals in SYMBREAK_DATA; 0 leaves them out.", show_default="2"),
]
Grid = Annotated[int | None, typer.Option(help="Voxels along the edge of a crystal's cell, odd.", show_default="15")]
Steps = Annotated[int | None, typer.Option(help="Of Adam, in each fit.", show_default="100")]
CrystalSteps = Annotated[int | None, typer.Option(help="The same, of a crystal.", show_default="300")]


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
    from symbreak.papers.symmetry_discovery import DiscoveryConfig, run

    given = {
        "seed": seed,
        "seeds": seeds,
        "crystal_seeds": crystal_seeds,
        "grid": grid,
        "steps": steps,
        "crystal_steps": crystal_steps,
    }
    run_experiment("symmetry-discovery", DiscoveryConfig, run, given, workers=workers, out=out, resume=resume)
