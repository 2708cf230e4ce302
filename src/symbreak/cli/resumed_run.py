"""Which run is taken up again, and the options that it was started with."""

import json
from pathlib import Path
from typing import Any


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
