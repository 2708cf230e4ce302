"""What every `symbreak run` verb does with its options: a folder, a run that can be taken up again, a report."""

import json
import shlex
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from .report import show_report

RESULTS = Path("results")  # holds a folder for each experiment, with the runs that were given none

Seed = Annotated[int | None, typer.Option(min=0, max=2**31 - 1, help="The first one.", show_default="0")]
Workers = Annotated[int, typer.Option(help="Processes; the numbers do not depend on it.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The result folder.", show_default="results/<experiment>/<UTC time>"),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the run in --out, or with the newest unfinished one.")
]


def run_experiment(
    paper: str,
    configure: Callable[..., Any],
    run: Callable[..., Path],
    given: dict[str, Any],
    *,
    workers: int,
    out: Path | None,
    resume: bool,
) -> None:
    """Runs an experiment and shows its report.

    Args:
        paper: the name of the experiment.
        configure: makes its config of the options that were given.
        run: computes it.
        given: the options, None where one was left out: the config has its default, or that of the resumed run.
        workers: processes.
        out: the result folder; a new one in `results/<paper>` by default.
        resume: go on with the run in `out`, or with the newest unfinished one.
    """
    asked = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    asked = {name: value for name, value in asked.items() if value not in (None, ())}
    if resume:
        folder = out if out is not None else newest_unfinished(RESULTS / paper)
        config = configure(**(stored_options(folder, paper) | asked))
    else:
        folder = out if out is not None else RESULTS / paper / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        config = configure(**asked)
    print(f"Results go to {folder}", file=sys.stderr)
    try:
        run(config, folder, resume=resume, workers=workers)
    except KeyboardInterrupt:
        command = f"symbreak run {paper} --resume --out {shlex.quote(str(folder))}"
        print(f"Interrupted. Go on with: {command}", file=sys.stderr)
        raise typer.Exit(130) from None
    show_report(folder)


def stored_options(folder: Path, paper: str) -> dict[str, Any]:
    """The options with which the run in a folder was started; none if it was killed before it noted them.

    Lists, which JSON makes of the tuples of a config, are tuples again.

    Raises:
        ValueError: if they cannot be read, or are those of another paper.
    """
    path = folder / "config.json"
    try:
        options = json.loads(path.read_text(encoding="utf-8"))["config"]
        found = options.pop("paper")
        options = {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
    except (FileNotFoundError, NotADirectoryError):
        return {}  # the run itself says what is wrong with the folder
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} is corrupt ({error}), so the run cannot be resumed. Start it in another --out."
        ) from error
    if found != paper:
        raise ValueError(f"{folder} holds a run of {found}, not of {paper}. Give --out another folder.")
    return options


def newest_unfinished(results: Path) -> Path:
    """The folder in `results` that was started last and has no result yet."""
    started = [path for path in results.glob("*/config.json") if not (path.parent / "result.json").exists()]
    if not started:
        raise ValueError(
            f"There is no unfinished run in {results}. Leave out --resume to start one, or give its --out."
        )
    return max(started, key=lambda path: (path.stat().st_mtime_ns, path)).parent
