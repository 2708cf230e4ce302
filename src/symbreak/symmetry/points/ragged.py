"""Ragged arrays: segments of different lengths, end to end."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def ranges(start: Ints, size: Ints) -> Ints:
    """`start_0, ..., start_0 + size_0 - 1, start_1, ...`, int64 `(Σ size,)`.

    Example:
        >>> ranges(np.array([5, 0]), np.array([2, 3])).tolist()
        [5, 6, 0, 1, 2]
    """
    end = size.cumsum()
    total = int(end[-1]) if len(end) else 0
    return np.arange(total) + (start - end + size).repeat(size)


def numbers(size: Ints) -> Ints:
    """The segment of each entry: `0` as often as `size_0` says, then `1`."""
    return np.arange(len(size)).repeat(size)


def starts(size: Ints) -> Ints:
    """Where each segment begins."""
    return size.cumsum() - size


def portions(cost: Ints, limit: int) -> Iterator[slice]:
    """Runs of neighbouring items that cost at most `limit` together, or are one item.

    Example:
        >>> list(portions(np.array([3, 3, 9, 1]), 6))
        [slice(0, 2, None), slice(2, 3, None), slice(3, 4, None)]
    """
    end, first = np.cumsum(cost), 0
    while first < len(cost):
        spent = end[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(end, spent + limit, side="right")))
        yield slice(first, last)
        first = last
