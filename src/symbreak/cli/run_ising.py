"""`symbreak run ising`: options that mirror `IsingConfig`, and where its results go."""

import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .report import show_report
from .resumed_run import newest_unfinished, stored_options

if TYPE_CHECKING:
    from symbreak.papers.ising import IsingConfig

RESULTS = Path("results") / "ising"  # where a run goes that is given no folder

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
Seed = Annotated[int | None, typer.Option(min=0, max=2**31 - 1, help="The first one.", show_default="0")]
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
Workers = Annotated[int, typer.Option(help="Processes; the numbers do not depend on it.")]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="The result folder.", show_default="results/ising/<UTC time>")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the run in --out, or with the newest unfinished one.")
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
    asked = {
        "methods": tuple(methods) if methods else None,
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
    asked = {name: value for name, value in asked.items() if value is not None}
    if resume:
        folder = out if out is not None else newest_unfinished(RESULTS)
        config = _config(stored_options(folder, "ising") | asked)
    else:
        folder = out if out is not None else RESULTS / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        config = _config(asked)

    from symbreak.papers.ising import run

    print(f"Results go to {folder}", file=sys.stderr)
    try:
        run(config, folder, resume=resume, workers=workers)
    except KeyboardInterrupt:
        print(f"Interrupted. Go on with: symbreak run ising --resume --out {shlex.quote(str(folder))}", file=sys.stderr)
        raise typer.Exit(130) from None
    show_report(folder)


def _config(options: dict[str, Any]) -> "IsingConfig":
    from symbreak.papers.ising import IsingConfig
    from symbreak.training import check_device

    config = IsingConfig(**options)
    check_device(config.device)
    return config
