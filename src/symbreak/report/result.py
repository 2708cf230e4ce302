"""Reads the files of a run."""

import json
from pathlib import Path
from typing import Any

from symbreak.training.run_folder import RESULT_SCHEMA


def read_result(folder: Path, paper: str) -> dict[str, Any]:
    """The `result.json` of a folder.

    Args:
        folder: of the run.
        paper: the experiment that it must be a run of.
    Raises:
        ValueError: if there is none, it is no JSON object, or that of another experiment or schema.
    """
    path = Path(folder) / "result.json"
    data = read_json(path)
    found = (data.get("schema"), data.get("paper"))
    if found != (RESULT_SCHEMA, paper):
        raise ValueError(
            f"{path} has (schema, paper) = {found}, but this report reads {(RESULT_SCHEMA, paper)}. "
            "Run it again with this version, or report with the version that wrote it."
        )
    return data


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist, but a report starts from it. Give a run's folder.") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path} is not JSON ({error}). A run that was stopped while writing leaves such a file: run it again."
        ) from None
    if not isinstance(data, dict):
        raise ValueError(f"{path} holds a {type(data).__name__}, but a result is one JSON object.")
    return data
