"""The arrays of .npy and .npz files, mapped into memory where they are not compressed."""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from symbreak.data.samples import Array
from symbreak.data.source import file_error

_LENGTHS_AT = 26  # in a member's own header in the zip, the lengths of its name and of its extra field
_AGAIN = "Write or copy it again"


@dataclass(frozen=True)
class StoredArray:
    """An array in a file, of which the header has been read.

    Args:
        path: of the file.
        name: in a .npz file; "" in a .npy file.
        shape, dtype: of the array.
        fortran: whether the first index varies fastest.
        offset: where in the file its numbers begin; None if they are compressed.
    """

    path: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    fortran: bool
    offset: int | None

    def __str__(self) -> str:
        return f"the array {self.name!r}" if self.name else "the array"

    def load(self) -> Array:
        """The array, read-only: a map of the file, or decompressed."""
        if self.offset is None:
            return next(self._blocks(max(self.shape[:1], default=1)))
        try:
            return np.memmap(self.path, self.dtype, "r", self.offset, self.shape, "F" if self.fortran else "C")
        except (ValueError, OSError) as error:
            raise file_error(self.path, f"{self} is cut off: {error}", _AGAIN) from None

    def pieces(self, rows: int) -> Iterator[Array]:
        """The array, some rows at a time; one that is compressed in Fortran's order, which stores no rows, is held."""
        if self.offset is None and not self.fortran:
            yield from self._blocks(rows)
            return
        values = self.load()
        for begin in range(0, max(self.shape[:1], default=1), rows):
            yield values[begin : begin + rows] if self.shape else values

    def _blocks(self, rows: int) -> Iterator[Array]:
        """A compressed array as it is decompressed; all rows at once in Fortran's order."""
        n, rest = self.shape[0] if self.shape else 1, self.shape[1:]
        rows = n if self.fortran else rows
        try:
            with zipfile.ZipFile(self.path) as file, file.open(f"{self.name}.npy") as stream:
                _header(stream)
                for begin in range(0, n, rows):
                    shape = (min(rows, n - begin), *rest) if self.shape else ()
                    content = stream.read(int(np.prod(shape)) * self.dtype.itemsize)
                    yield np.frombuffer(content, self.dtype).reshape(shape, order="F" if self.fortran else "C")
                stream.read(1)  # the end, where the checksum is compared
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError) as error:
            raise file_error(self.path, f"{self} is damaged: {error}", _AGAIN) from None


def stored_arrays(path: Path) -> list[StoredArray]:
    """The arrays of a .npy or .npz file, in its order.

    Raises:
        ValueError: if it is no such file, or holds no array.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     np.savez(Path(folder, "f.npz"), a=np.zeros((2, 3)), b=np.arange(4))
        ...     [(array.name, array.shape, float(array.load().sum())) for array in stored_arrays(Path(folder, "f.npz"))]
        [('a', (2, 3), 0.0), ('b', (4,), 6.0)]
    """
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                file.seek(0)
                shape, fortran, dtype = _header(file)
                return [StoredArray(path, "", shape, dtype, fortran, file.tell())]
            arrays = []
            with zipfile.ZipFile(file) as members:
                for info in members.infolist():
                    if info.filename.endswith(".npy"):
                        arrays.append(_member(path, file, members, info))
    except (ValueError, zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
        raise file_error(
            path, f"no file of NumPy, or cut off: {error}", "Write it again by np.save or np.savez"
        ) from None
    if not arrays:
        raise file_error(path, "there is no array in it", "Write it by np.savez(path, name=array)")
    return arrays


def _member(path: Path, file: IO[bytes], members: zipfile.ZipFile, info: zipfile.ZipInfo) -> StoredArray:
    with members.open(info) as stream:
        shape, fortran, dtype = _header(stream)
        header = stream.tell()
    offset = None
    if info.compress_type == zipfile.ZIP_STORED:
        file.seek(info.header_offset + _LENGTHS_AT)
        lengths = int(np.frombuffer(file.read(4), dtype="<u2").sum())
        offset = file.tell() + lengths + header
    return StoredArray(path, info.filename.removesuffix(".npy"), shape, dtype, fortran, offset)


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = npy.read_magic(stream)
    return (npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0)(stream)
