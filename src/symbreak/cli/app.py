"""The console script: its verbs, and how an error is told."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from .diagnose import diagnose
from .names import Experiments, Verbs
from .papers import cite, list_papers
from .report import report
from .run_charged_particle import charged_particle
from .run_dialled_breaking import dialled_breaking
from .run_explicit_or_spontaneous import explicit_or_spontaneous
from .run_ising import ising
from .run_perovskite import perovskite
from .run_shape_deformation import shape_deformation
from .run_smoke_plume import smoke_plume
from .run_symmetry_discovery import symmetry_discovery

_UsageError: Any = typer.BadParameter.__mro__[1]  # of click, or of the copy of click that newer typer carries

app = typer.Typer(cls=Verbs, add_completion=False)
run = typer.Typer(cls=Experiments)
app.add_typer(run, name="run")
run.command("ising")(ising)
run.command("symmetry-discovery")(symmetry_discovery)
run.command("charged-particle")(charged_particle)
run.command("shape-deformation")(shape_deformation)
run.command("explicit-or-spontaneous")(explicit_or_spontaneous)
run.command("smoke-plume")(smoke_plume)
run.command("dialled-breaking")(dialled_breaking)
run.command("perovskite")(perovskite)
app.command("diagnose")(diagnose)
app.command("list")(list_papers)
app.command("cite")(cite)
app.command("report")(report)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code: 0, 2 for a bad input, 130 for Ctrl-C.

    A bad input, that is a ValueError, a usage error or a file that cannot be had, is told in one line on stderr. Any
    other exception is a defect and keeps its traceback.

    Args:
        argv: the arguments without the program's name; those of the process by default.
    """
    try:
        code = app(list(sys.argv[1:] if argv is None else argv), prog_name="symbreak", standalone_mode=False)
    except _UsageError as error:
        return _refuse(error.format_message())
    except ValueError as error:
        return _refuse(str(error))
    except OSError as error:
        if error.filename is None:
            raise
        return _refuse(f"{error.filename}: {error.strerror}.")
    return code if isinstance(code, int) else 0


def _refuse(message: str) -> int:
    print("symbreak: error:", " ".join(message.split()), file=sys.stderr)
    return 2


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print("symbreak", version("symbreak"))
        except PackageNotFoundError:
            print("symbreak, from its source tree")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Breaking symmetry in equivariant networks."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@run.callback(invoke_without_command=True)
def _start_run(context: typer.Context) -> None:
    """Reproduce the experiment of a paper."""
    if context.invoked_subcommand is None:
        print(context.get_help())
