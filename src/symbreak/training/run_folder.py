"""The folder of one run: what was asked, by which versions, and every result."""

import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .atomic import TEMPORARY, atomic

RESULT_SCHEMA = 1  # of `result.json`
_PACKAGES = ("symbreak", "torch", "lightning", "numpy")


@dataclass(frozen=True)
class RunFolder:
    """A folder that holds one run; `create` makes it or takes it up again.

    `config.json` says how the run was made, `rows/<name>/` holds what belongs to one row of the result, the
    files beside them the results. Every file is written whole or not at all.

    Args:
        path: of the folder.
    """

    path: Path

    @classmethod
    def create(cls, path: Path, config: Mapping[str, Any], *, seed: int, resume: bool = False) -> "RunFolder":
        """Makes a new folder, or takes up an unfinished one.

        Args:
            path: absent or empty, unless `resume`.
            config: what the numbers depend on, as JSON can hold it; a resumed run must be given the same.
            seed: of the run.
            resume: take up the folder; without it a folder that holds anything is refused.
        """
        folder = cls(Path(path))
        given = json.loads(json.dumps(dict(config)))  # as it reads back: tuples are lists
        try:
            if resume:
                folder._check_resumable(given)
            else:
                folder._check_new()
            folder.path.mkdir(parents=True, exist_ok=True)
            if resume:
                for leftover in folder.path.rglob(TEMPORARY):
                    leftover.unlink(missing_ok=True)
            if not (folder.path / "config.json").exists():
                folder.write_json(
                    "config.json",
                    {
                        "config": given,
                        "seed": seed,
                        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
                        "started": datetime.now(UTC).isoformat(timespec="seconds"),
                        "versions": _versions(),
                        "python": platform.python_version(),
                        "machine": platform.platform(),
                        "git": git_hash(),
                    },
                )
        except OSError as error:
            raise ValueError(
                f"The result folder {folder.path} cannot be written: {error.strerror}. "
                "Give --out a folder that you may write."
            ) from error
        return folder

    def row(self, name: str) -> Path:
        """The folder `rows/<name>` of one row of the result, made if need be."""
        if not name or name != Path(name).name or name.startswith("."):
            raise ValueError(
                f"A row is named {name!r}, but its name is that of a folder. Leave out slashes and leading dots."
            )
        path = self.path / "rows" / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def write_text(self, name: str, text: str) -> Path:
        """Writes a text file of the folder, whole or not at all."""
        path = self.path / name
        with atomic(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
        return path

    def write_json(self, name: str, value: Any) -> Path:
        """Writes a JSON file of the folder, whole or not at all. NaN and infinity, which JSON lacks, raise."""
        return self.write_text(name, json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")

    def write_result(self, entries: Mapping[str, Any]) -> Path:
        """Writes `result.json`: its schema, what `config.json` says of the run, the time, and the entries.

        Args:
            entries: what the experiment found, as JSON can hold it.
        """
        made = self.read_json("config.json")
        options = dict(made["config"])
        head = {"schema": RESULT_SCHEMA, "paper": options.pop("paper"), "config": options}
        head |= {"versions": made["versions"], "git": made["git"]}
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        return self.write_json("result.json", {**head, "finished": finished, **entries})

    def read_json(self, name: str) -> Any:
        """The value of a JSON file of the folder."""
        path = self.path / name
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ValueError(f"{self.path} holds no {name}: it is not the folder of a run, or not yet.") from error
        except (OSError, ValueError) as error:
            raise ValueError(f"{path} cannot be read ({error}). Delete it and run again with --resume.") from error

    def _check_new(self) -> None:
        if not self.path.exists():
            return
        held = sorted(os.listdir(self.path))
        if held:
            shown = ", ".join(held[:3]) + (f" and {len(held) - 3} more" if len(held) > 3 else "")
            raise ValueError(
                f"The result folder {self.path} already holds {shown}. "
                "Give another --out; to take a `symbreak run` up again, give --resume."
            )

    def _check_resumable(self, given: dict[str, Any]) -> None:
        if not self.path.is_dir():
            raise ValueError(
                f"There is no folder {self.path} to resume. Give --out the folder of an unfinished run, "
                "or leave out --resume to start a new one."
            )
        if not (self.path / "config.json").exists():
            held = sorted(set(os.listdir(self.path)) - {file.name for file in self.path.glob(TEMPORARY)})
            if held:
                raise ValueError(
                    f"The folder {self.path} holds {held[0]} but no config.json, so it is not that of a run. "
                    "Give --out another folder."
                )
            return  # killed before its first file: starts from nothing
        stored = self.read_json("config.json")
        differing = _differences(stored["config"], given)
        if differing:
            raise ValueError(
                f"The run in {self.path} was started otherwise: {differing}. "
                "Resume it with the same options, or give another --out without --resume."
            )
        differing = _differences(stored["versions"], _versions())
        if differing:
            raise ValueError(
                f"The run in {self.path} was started by other versions: {differing}. Its numbers would not be those "
                "of an unbroken run. Install those versions, or give another --out without --resume."
            )


def _differences(stored: dict[str, Any], given: dict[str, Any]) -> str:
    absent = object()

    def shown(value: object) -> str:
        return "absent" if value is absent else json.dumps(value, ensure_ascii=False)

    pairs = {key: (stored.get(key, absent), given.get(key, absent)) for key in [*stored, *given]}
    return "; ".join(f"{key} was {shown(a)}, now {shown(b)}" for key, (a, b) in pairs.items() if a != b)


def _versions() -> dict[str, str | None]:
    return {package: _version(package) for package in _PACKAGES}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # symbreak read from its source tree
        return None


def git_hash() -> str | None:
    """The commit of the source tree, with `-dirty` if files differ from it; None unless git tracks the package."""
    package = Path(__file__).parents[1]
    try:
        _git(package, "ls-files", "--error-unmatch", "__init__.py")  # not a venv inside somebody's checkout
        return _git(package, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    result = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=10)
    return result.stdout.strip()
