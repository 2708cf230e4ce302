"""`symbreak diagnose`: which self-symmetries the data in a file have, and what they forbid."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .names import unknown
from .report import show_diagnosis_report

if TYPE_CHECKING:
    from symbreak.data.source import SampleSource
    from symbreak.diagnosis import Engine, Search

RESULTS = Path("results") / "diagnose"  # where a report goes that is given no folder

Data = Annotated[Path, typer.Argument(metavar="PATH", help="Structures, SMILES, SDF, graphs, .npz; one file.")]
Targets = Annotated[
    list[str] | None,
    typer.Option("--target", metavar="NAME", help="What a model predicts, as NAME or NAME=IRREPS; may be repeated."),
]
Irreps = Annotated[
    str | None,
    typer.Option("--as", metavar="IRREPS", help='How the one target moves, as "1x1o".', show_default="by name"),
]
Final = Annotated[
    Path | None, typer.Option(metavar="PATH", help="Structures after, in the same order: the target is the change.")
]
Group = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="e3, o3, se3, so3; p4m, p4, mirrors, inversions, translations, pm3m, p432; for images d4, c4, oh, o.",
        show_default="the widest",
    ),
]
Tolerance = Annotated[
    float | None, typer.Option(metavar="Å", help="Of positions; of values on a lattice.", show_default="0.01; 0")
]
Fields = Annotated[
    list[str] | None,
    typer.Option("--fields", metavar="NAME", help="Of atoms or nodes, that a model sees; may be repeated."),
]
Hydrogens = Annotated[
    bool | None, typer.Option("--hydrogens/--no-hydrogens", help="Molecules: as nodes or counted.", show_default="both")
]
Geometry = Annotated[bool | None, typer.Option("--geometry/--graph", help="SDF: its positions, or its bonds.")]
Column = Annotated[str | None, typer.Option(metavar="NAME", help="Of the SMILES in a table.")]
ArrayName = Annotated[str | None, typer.Option("--array", metavar="NAME", help="NumPy: the array of the fields.")]
Batched = Annotated[bool | None, typer.Option("--batched/--single", help="NumPy: the first axis counts samples.")]
Channels = Annotated[bool | None, typer.Option("--channels/--no-channels", help="NumPy: the next axis is channels.")]
Directed = Annotated[bool | None, typer.Option("--directed/--undirected", help="Edge lists.")]
Workers = Annotated[int, typer.Option(metavar="N", help="Processes; the numbers do not depend on it.")]
EngineName = Annotated[str, typer.Option("--engine", metavar="NAME", help="local or ray.")]
Address = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Of a Ray cluster; one is started if left out.")]
Budget = Annotated[
    int | None, typer.Option(metavar="STEPS", help="For each graph, before it is undecided.", show_default="50000000")
]
Limit = Annotated[int | None, typer.Option(metavar="N", help="Look at the first N entries.", show_default="all")]
Seed = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Of the direction tests.")]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="The result folder.", show_default="results/diagnose/<UTC time>")
]


def diagnose(
    path: Data,
    targets: Targets = None,
    irreps: Irreps = None,
    final: Final = None,
    group: Group = None,
    tolerance: Tolerance = None,
    fields: Fields = None,
    hydrogens: Hydrogens = None,
    geometry: Geometry = None,
    column: Column = None,
    array: ArrayName = None,
    batched: Batched = None,
    channels: Channels = None,
    directed: Directed = None,
    workers: Workers = 1,
    engine: EngineName = "local",
    address: Address = None,
    budget: Budget = None,
    limit: Limit = None,
    seed: Seed = 0,
    out: Out = None,
) -> None:
    """Say which self-symmetries data have, what no equivariant model can output for them, and what to do about it."""
    config = {name: _plain(value) for name, value in locals().items() if name != "out" and value is not None}
    reading = {
        "hydrogens": hydrogens,
        "geometry": geometry,
        "column": column,
        "array": array,
        "batched": batched,
        "channels": channels,
        "directed": directed,
    }
    folder = out if out is not None else RESULTS / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    try:
        import torch

        from symbreak.diagnosis.diagnose_file import with_hydrogens

        from .diagnose_report import write_diagnosis

        torch.set_num_threads(1)  # the processes are the workers
        source = _opened(path, reading)
        after = None if final is None else _opened(final, {})
        search = _search(targets, irreps, group, tolerance, fields, budget, seed)
        run = _engine(engine, workers, address)
        views = with_hydrogens(source) if hydrogens is None else []
        found = write_diagnosis(folder, config, source, search, final=after, views=views, limit=limit, engine=run)
    except ImportError as error:  # of a package that only some files or engines need
        raise ValueError(str(error)) from error
    except KeyboardInterrupt:
        kept = (folder / "report.json").exists()
        print(f"Interrupted: {'only report.html is missing' if kept else 'nothing was written'}.", file=sys.stderr)
        raise typer.Exit(130) from None
    from rich.console import Console

    from symbreak.diagnosis.tables import show

    show(found, Console())
    show_diagnosis_report(folder)


def _opened(path: Path, reading: dict[str, Any]) -> "SampleSource":
    """The file; atoms that are listed on several faces of a cell are one."""
    from symbreak.data import open_source
    from symbreak.data.structure_rules import StructureRules

    source: Any = open_source(path, **reading)
    rules = getattr(source, "rules", None)
    return replace(source, rules=replace(rules, merge_images=True)) if isinstance(rules, StructureRules) else source


def _search(
    targets: list[str] | None,
    irreps: str | None,
    group: str | None,
    tolerance: float | None,
    fields: list[str] | None,
    budget: int | None,
    seed: int,
) -> "Search":
    from symbreak.diagnosis import Quantity, Search

    def quantity(text: str) -> Quantity:
        name, _, moves = text.partition("=")
        return Quantity(name.strip(), moves.strip() or None)

    wanted = [quantity(text) for text in targets or ()]
    if irreps is not None:
        if len(wanted) != 1:
            raise ValueError(f"--as says how one target moves, but there are {len(wanted)}. Give --target NAME=IRREPS.")
        wanted = [replace(wanted[0], irreps=irreps)]
    options = {} if budget is None else {"budget": budget}
    return Search(
        None if group is None else _frame(group),
        tolerance,
        None if fields is None else tuple(quantity(text) for text in fields),
        tuple(wanted),
        seed=seed,
        **options,
    )


def _frame(name: str) -> Any:
    from symbreak.diagnosis import frame
    from symbreak.diagnosis.frame import LatticeFrame, SpaceFrame
    from symbreak.groups import Orthogonal, wallpaper

    rotations = Orthogonal(3, special=True)
    frames = {
        "e3": SpaceFrame(),
        "o3": SpaceFrame(translations=False),
        "se3": SpaceFrame(rotations),
        "so3": SpaceFrame(rotations, translations=False),
        "p4m": LatticeFrame(frame.p4m),
        "p4": LatticeFrame(frame.p4),
        "pm3m": LatticeFrame(frame.pm3m),
        "p432": LatticeFrame(frame.p432),
        "mirrors": LatticeFrame(wallpaper.mirrors),
        "inversions": LatticeFrame(wallpaper.inversions),
        "translations": LatticeFrame(wallpaper.translations),
        "d4": LatticeFrame(frame.p4m, translations=False),
        "c4": LatticeFrame(frame.p4, translations=False),
        "oh": LatticeFrame(frame.pm3m, translations=False),
        "o": LatticeFrame(frame.p432, translations=False),
    }
    if name.lower() not in frames:
        raise unknown("group", name, list(frames))
    return frames[name.lower()]


def _engine(name: str, workers: int, address: str | None) -> "Engine":
    from symbreak.diagnosis import Local, RayCluster

    if name not in ("local", "ray"):
        raise unknown("engine", name, ["local", "ray"])
    if name == "local" and address is not None:
        raise ValueError(f"The address {address} is that of a Ray cluster, but the engine is local. Give --engine ray.")
    return Local(workers) if name == "local" else RayCluster(address, None if workers == 1 else workers)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value
