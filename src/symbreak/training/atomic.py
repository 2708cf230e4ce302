"""Files that are either the old ones or the new ones, whenever the process is killed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TEMPORARY = ".*.tmp"  # what a killed process may leave behind; no reader takes it for a result


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Lends a path beside `path` to write to, and renames it to `path` at the end.

    A reader, or a run after `kill -9` or a power cut, finds the old content or the new one, never a part.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with atomic(Path(folder, "note.txt")) as temporary:
        ...         _ = temporary.write_text("whole")
        ...     Path(folder, "note.txt").read_text()
        'whole'
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    if os.name == "posix":  # the new name itself must reach the disk; elsewhere a folder cannot be opened
        _flush(path.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
