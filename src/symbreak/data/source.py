"""Files as streams of samples: chunks for several processes, and errors that name file and line."""

import codecs
from abc import ABC, abstractmethod
from collections.abc import Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from symbreak.data.samples import Refused, Sample

T = TypeVar("T")


class SampleSource(ABC):
    """A file that is read a chunk at a time, so that memory does not grow with it.

    A source is a frozen dataclass of plain values: it goes to another process whole. One process cuts the file,

        for chunk in source.chunks(size): ...

    and any of them parses, `source.parse(chunk)`. A chunk is plain data (numbers, lines of text, arrays) and its
    content the source's own affair. Nothing is skipped: every entry of the file is a sample or a `Refused`.

    Raises:
        ValueError: from `chunks` and from iteration, if the file itself is unreadable, empty, cut off or of another
            format, with its name, the line and the likely fix.
    """

    path: Path

    @abstractmethod
    def chunks(self, size: int) -> Iterator[Any]:
        """The file in pieces of at most `size` entries, in order."""

    @abstractmethod
    def parse(self, chunk: Any) -> list[Sample | Refused]:
        """The samples of a piece, in order."""

    def __iter__(self) -> Iterator[Sample | Refused]:
        for chunk in self.chunks(64):
            yield from self.parse(chunk)


def file_error(path: Path, what: str, fix: str, line: int | None = None) -> ValueError:
    """An error about a file.

    Example:
        >>> print(file_error(Path("a.xyz"), "the file is empty", "Write it again", 1))
        a.xyz, line 1: the file is empty. Write it again.
    """
    place = f"{path}, line {line}" if line is not None else str(path)
    return ValueError(f"{place}: {what}. {fix}.")


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text file without their ends, with their numbers from 1."""
    number, line = 0, b""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if number == 1:
                    line = line.removeprefix(codecs.BOM_UTF8)
                yield number, line.rstrip(b"\r\n").decode()
    except UnicodeDecodeError as error:
        what = f"the line is no UTF-8 text (byte {error.start}: {error.reason})"
        raise file_error(path, what, "Save the file as UTF-8", number) from None
    except OSError as error:
        what = f"the file cannot be read ({error.strerror})"
        raise file_error(path, what, "Check its name and permissions") from None


def batched(items: Iterator[T], size: int) -> Iterator[list[T]]:
    """Lists of `size` items; the last may be shorter.

    Example:
        >>> list(batched(iter("abc"), 2))
        [['a', 'b'], ['c']]
    """
    if size < 1:
        raise ValueError(f"size is {size}, but a chunk has at least one entry. Use a size of at least 1.")
    while chunk := list(islice(items, size)):
        yield chunk


def optional(module: str, package: str, path: Path) -> Any:
    """A module of a package that only some readers need."""
    try:
        return import_module(module)
    except ModuleNotFoundError:
        raise ImportError(f"Reading {path} takes the package {package}: python -m pip install {package}") from None


def said(error: Exception) -> str:
    """An exception of another package in a line.

    Example:
        >>> said(KeyError("A"))
        "KeyError: 'A'"
    """
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200].rstrip(": .")
