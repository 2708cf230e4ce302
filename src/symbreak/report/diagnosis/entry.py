"""JSON objects that say where a defect is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Entry:
    """An object of a JSON file.

    Args:
        where: the file, and the way to the object in it.
        data: its fields.

    Example:
        >>> Entry("a.json", {"x": [[0.0, 1.0]]}).array("x", (None, 2))
        array([[0., 1.]])
        >>> Entry("a.json", {"x": "left"}).array("x", (None, 2))
        Traceback (most recent call last):
        ...
        ValueError: a.json has x='left', but finite numbers of shape (n, 2) are expected. Diagnose the data again.
    """

    where: str
    data: dict[str, Any]

    @classmethod
    def of(cls, where: str, data: Any) -> "Entry":
        """Any value that should be an object."""
        if not isinstance(data, dict):
            raise ValueError(f"{where} is a {type(data).__name__}, but a JSON object is expected. {_AGAIN}")
        return cls(where, data)

    def has(self, name: str) -> bool:
        """Whether a field is there and not null."""
        return self.data.get(name) is not None

    def entry(self, name: str) -> "Entry":
        """A field that is an object."""
        return Entry.of(f"{self.where}, {name}", self._value(name))

    def entries(self, name: str) -> "list[Entry]":
        """A field that is a list of objects."""
        value = self._value(name)
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return [Entry.of(f"{self.where}, {name}[{i}]", item) for i, item in enumerate(value)]

    def table(self, name: str) -> "dict[str, Entry]":
        """A field that is a table of objects."""
        return {key: self.entry(name).entry(key) for key in self.entry(name).data}

    def counts(self, name: str) -> dict[str, int]:
        """A field that is a table of whole numbers."""
        value = self.entry(name).data
        if not all(type(count) is int for count in value.values()):
            raise self._wrong(name, "a table of whole numbers")
        return value

    def text(self, name: str) -> str:
        """A field that is text."""
        value = self._value(name)
        if not isinstance(value, str):
            raise self._wrong(name, "text")
        return value

    def texts(self, name: str) -> list[str]:
        """A field that is a list of text."""
        value = self._value(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(name, "a list of text")
        return value

    def number(self, name: str) -> float:
        """A field that is a finite number."""
        return float(self.array(name, ()))

    def whole(self, name: str) -> int:
        """A field that is a whole number."""
        value = self._value(name)
        if type(value) is not int:
            raise self._wrong(name, "a whole number")
        return value

    def array(self, name: str, shape: Sequence[int | None], *, whole: bool = False) -> NDArray:
        """A field that is numbers of a shape, in which None is any size.

        Args:
            name: of the field.
            shape: of the array.
            whole: whether the numbers are.
        """
        value = self._value(name)
        size = ", ".join("n" if n is None else str(n) for n in shape) + ("," if len(shape) == 1 else "")
        wanted = f"{'whole' if whole else 'finite'} numbers of shape ({size})"
        try:
            found = np.array(value, dtype=np.float64) if not _has_text(value) else None
        except (TypeError, ValueError, OverflowError):
            found = None
        if found is not None and not len(found.shape) and len(shape):
            found = None
        if found is not None and not found.size and len(shape) > 1:
            found = found.reshape([n or 0 for n in shape])
        if (
            found is None
            or found.ndim != len(shape)
            or any(n not in (None, m) for n, m in zip(shape, found.shape, strict=True))
            or not np.isfinite(found).all()
            or (whole and (found != np.round(found)).any())
        ):
            raise self._wrong(name, wanted)
        return found.astype(np.int64) if whole else found

    def _value(self, name: str) -> Any:
        if name not in self.data:
            raise ValueError(f"{self.where} has no {name!r}. {_AGAIN}")
        return self.data[name]

    def _wrong(self, name: str, wanted: str) -> ValueError:
        shown = repr(self.data[name])
        shown = shown if len(shown) < 60 else f"{shown[:60]}..."
        verb = "are" if "numbers of" in wanted else "is"
        return ValueError(f"{self.where} has {name}={shown}, but {wanted} {verb} expected. {_AGAIN}")


_AGAIN = "Diagnose the data again."


def _has_text(value: Any) -> bool:
    """Whether text or a truth value, which NumPy would read as a number, stands among nested lists."""
    if isinstance(value, list):
        return any(map(_has_text, value))
    return isinstance(value, (str, bool, dict))
