"""`symbreak run ising`: options that mirror `IsingConfig`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .experiment_run import Out, Resume, Seed, Workers, run_experiment

if TYPE_CHECKING:
    from symbreak.papers.ising import IsingConfig

Methods = Annotated[
    list[str] | None,
    typer.Option("--method", metavar="NAME", help="A row of the table; may be repeated.", show_default="all"),
]
Task = Annotated[
    str | None, typer.Option(help="Parameters: constant or disordered over the lattice.", show_default="constant")
]
Sign = Annotated[int | None, typer.Option(help="1: J > 0 favours aligned spins; -1: opposite ones.", show_default="1")]
Size = Annotated[int | None, typer.Option(help="Side of the lattice, even.", show_default="16")]
Epochs = Annotated[int | None, typer.Option(help="Of training, for each row.", show_default="14")]
Seeds = Annotated[int | None, typer.Option(help="How many; the table then has mean and deviation.", show_default="1")]
Samples = Annotated[int | None, typer.Option(help="For training; as many for validation.", show_default="1024")]
Side = Annotated[int | None, typer.Option(help="The test grid has SIDE × SIDE points.", show_default="100")]
Device = Annotated[str | None, typer.Option(help="cpu, cuda, cuda:<number> or mps.", show_default="cpu")]
Conditions = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="Test on these fields: a NumPy file (B, 3, L, L) of J_x, J_y, h.", show_default="a grid"
    ),
]


def ising(
    methods: Methods = None,
    task: Task = None,
    sign: Sign = None,
    size: Size = None,
    epochs: Epochs = None,
    seed: Seed = None,
    seeds: Seeds = None,
    samples: Samples = None,
    side: Side = None,
    device: Device = None,
    conditions: Conditions = None,
    workers: Workers = 2,
    out: Out = None,
    resume: Resume = False,
) -> None:
    """Ising ground states by symmetry breaking: the third experiment of SymPE (Lawrence et al. 2025).

    Without options: every row of the table, at one seed. A resumed run has the options that it was started with.
    """
    from symbreak.papers.ising import run

    given = {
        "methods": methods,
        "task": task,
        "sign": sign,
        "size": size,
        "epochs": epochs,
        "seed": seed,
        "seeds": seeds,
        "samples": samples,
        "side": side,
        "device": device,
        "conditions": conditions,
    }
    run_experiment("ising", _config, run, given, workers=workers, out=out, resume=resume)


def _config(**options: Any) -> "IsingConfig":
    from symbreak.papers.ising import IsingConfig
    from symbreak.training import check_device

    config = IsingConfig(**options)
    check_device(config.device)
    return config
