"""Lattice fields and images from .npy and .npz files, without loading them whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from symbreak.data.readers.array_files import StoredArray, stored_arrays
from symbreak.data.samples import Array, FieldSample, Refused, not_finite
from symbreak.data.source import SampleSource, file_error

Chunk = tuple[str, int, int, int, dict[str, Array]]  # array, number of the first sample, its rows, what is no map


@dataclass(frozen=True)
class FieldFile(SampleSource):
    """Fields from a .npy file, or from the arrays of a .npz file one after another.

    Arrays are mapped and not read, but for compressed ones, which are decompressed a chunk at a time. With `array`
    named, other arrays with as many rows are attributes of its samples, and may be targets.

    Args:
        path: of the file.
        array: the one array that holds fields; None for all.
        batched: whether the first axis counts samples; without, an array is one sample.
        channels: whether the next axis is that of the channels; without, there is one channel. Images with their
            channels last must be transposed first.

    Raises:
        ValueError: if an array is not real, or has no axis left for the lattice.

    Example:
        >>> import numpy as np
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     np.savez(Path(folder, "f.npz"), spins=np.ones((2, 1, 8, 8)), energy=np.array([-2.0, -1.5]))
        ...     first, second = FieldFile(Path(folder, "f.npz"), array="spins", batched=True)
        ...     second.array.shape, float(second.info["energy"])
        ((1, 8, 8), -1.5)
    """

    path: Path
    array: str | None = None
    batched: bool = False
    channels: bool = True

    def chunks(self, size: int) -> Iterator[Chunk]:
        if size < 1:
            raise ValueError(f"size is {size}, but a chunk has at least one entry. Use a size of at least 1.")
        stored = stored_arrays(self.path)
        chosen = [array for array in stored if self.array in (None, array.name)]
        if not chosen:
            names = [array.name for array in stored]
            raise file_error(self.path, f"it has the arrays {names}, but not {self.array!r}", "Name one of them")
        start = 0
        for array in chosen:
            self._check(array)
            rows = array.shape[0] if self.batched else 1
            blocks, beside = self._blocks(array, rows, size), self._beside(stored, rows, size)
            for (begin, end, block), more in zip(blocks, beside, strict=True):
                yield array.name, start + begin, begin, end, block | more
            start += rows

    def parse(self, chunk: Chunk) -> list[FieldSample | Refused]:
        name, start, begin, end, block = chunk
        values = block.get(name)
        if values is None:
            (stored,) = (array for array in stored_arrays(self.path) if array.name == name)
            values = stored.load()
            values = values[begin:end] if self.batched else values
        samples = []
        for k in range(end - begin):
            array = values[k] if self.batched else values
            array = array if self.channels else array[None]
            info = {other: rows[k] for other, rows in block.items() if other != name}
            reason = not_finite({name: array}, "the field") or not_finite(info, "the value")
            if reason:
                samples.append(Refused(start + k, reason, name=name))
            else:
                samples.append(FieldSample(array, info, start + k, name=name))
        return samples

    def _blocks(self, array: StoredArray, rows: int, size: int) -> Iterator[tuple[int, int, dict[str, Array]]]:
        """Rows from and to; with the numbers themselves if they are compressed."""
        if array.offset is None:
            begin = 0
            for block in array.pieces(size if self.batched else max(array.shape[0], 1)):
                end = begin + (len(block) if self.batched else 1)
                yield begin, end, {array.name: block}
                begin = end
            return
        for begin in range(0, rows, size):
            yield begin, min(begin + size, rows), {}

    def _check(self, array: StoredArray) -> None:
        if array.dtype.kind not in "biuf":
            raise file_error(
                self.path,
                f"{array} is of {array.dtype}, but a field is real",
                "Split a complex one into two channels, or name another array by array=",
            )
        leading = ["samples"] * self.batched + ["channels"] * self.channels
        if len(array.shape) <= len(leading) or 0 in array.shape:
            raise file_error(
                self.path,
                f"{array} has shape {array.shape}, but a field has axes for {', '.join([*leading, 'the lattice'])}, "
                "none of them empty",
                "Say otherwise by batched= and channels=, or name another array by array=",
            )

    def _beside(self, stored: list[StoredArray], rows: int, size: int) -> Iterator[dict[str, Array]]:
        """Other arrays with a row for each sample, as many rows at a time."""
        pieces = {
            array.name: array.pieces(size)
            for array in stored
            if self.array not in (None, array.name)
            and self.batched
            and array.shape[:1] == (rows,)
            and array.dtype.kind in "biufU"
        }
        for _ in range(0, rows, size):
            yield {name: next(piece) for name, piece in pieces.items()}
