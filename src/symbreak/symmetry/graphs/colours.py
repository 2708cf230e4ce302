"""Colours: integers that are equal where values are."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def colours(columns: Sequence[NDArray], owner: NDArray, atol: float = 0.0) -> NDArray:
    """One integer for each row, equal for rows whose values are equal in all columns, and in the order of the values.

    NaN is the largest value, equal to itself. With a tolerance, values of one owner are equal if they are closer than
    that, through chains of neighbours, and the colours count from 0 in each owner: they compare within it only.

    Args:
        columns: numbers `(R,)`.
        owner: int64 `(R,)`, the graph of each row.
        atol: the tolerance.

    Shapes:
        -> int64 `(R,)`.

    Raises:
        ValueError: if the tolerance is negative or NaN.

    Example:
        >>> colours([np.array([2.5, np.nan, 2.5, np.nan])], np.zeros(4, dtype=np.int64))
        array([0, 1, 0, 1])
        >>> colours([np.array([0.0, 0.1, 0.2, 5.0])], np.zeros(4, dtype=np.int64), atol=0.15)
        array([0, 0, 0, 1])
    """
    if not atol >= 0:
        raise ValueError(f"atol is {atol}, but a tolerance is not negative. Use 0 for exact equality.")
    ranks = [_clusters(c, owner, atol) if atol and c.dtype.kind == "f" else _ranks(c) for c in columns]
    if len(ranks) == 1:
        return ranks[0]
    colour, most = np.zeros(len(owner), dtype=np.int64), 1
    for rank in ranks:
        size = int(rank.max(initial=0)) + 1
        if most * size >= 1 << 62:
            colour = _ranks(colour)
            most = int(colour.max(initial=0)) + 1
        colour, most = colour * size + rank, most * size
    return colour


def field_columns(name: str, value: Any, rows: int, what: str) -> list[NDArray]:
    """The columns of a field with a row for each of `rows` nodes or edges."""
    if not isinstance(value, Tensor) or value.dim() == 0 or len(value) != rows:
        given = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else f"type {type(value).__name__}"
        raise ValueError(
            f"The field {name!r} has {given}, but the batch has {rows} {what}s: a field of {what}s is a tensor with a "
            "row for each."
        )
    if value.dtype != torch.int64:
        value = torch.view_as_real(value) if value.is_complex() else value
        value = value.to(torch.float64 if value.is_floating_point() else torch.int64)
    array = value.detach().cpu().numpy()
    return list(array.reshape(rows, -1).T) if rows else []


def attribute_column(values: Sequence[Any]) -> NDArray:
    """Numbers as they are; of anything else the rank of `(type, repr)`, so that its order does not depend on ours."""
    if all(isinstance(value, (bool, int, np.integer, np.bool_)) for value in values):
        if all(-(1 << 63) <= value < 1 << 63 for value in values):
            return np.array(values, dtype=np.int64)
    elif all(isinstance(value, (bool, int, float, np.number, np.bool_)) for value in values):
        if all(isinstance(value, (float, np.floating)) or abs(value) <= 1 << 53 for value in values):
            return np.array(values, dtype=np.float64)
    for value in values:
        if isinstance(value, (np.ndarray, Tensor)):
            raise ValueError(
                f"An attribute is of type {type(value).__name__}, but attributes are numbers, strings or tuples of "
                "such: store an array as a tuple, or each of its entries as an attribute."
            )
    names = [(type(value).__name__, repr(value)) for value in values]
    rank = {name: k for k, name in enumerate(sorted(set(names)))}
    return np.array([rank[name] for name in names], dtype=np.int64)


def _ranks(value: NDArray) -> NDArray:
    """The rank of each number among the distinct ones; by counting where integers are close together."""
    if value.dtype == np.int64 and len(value):
        low, high = int(value.min()), int(value.max())
        if high - low <= 4 * len(value):
            there, place = np.zeros(high - low + 1, dtype=np.bool_), value - low
            there[place] = True
            return (np.cumsum(there) - 1)[place]
    return np.unique(value, return_inverse=True)[1].reshape(-1)


def _clusters(value: NDArray, owner: NDArray, atol: float) -> NDArray:
    order = np.lexsort((value, owner))
    v, o = value[order], owner[order]
    with np.errstate(invalid="ignore"):
        apart = (v[1:] != v[:-1]) & ~(v[1:] - v[:-1] <= atol) & ~(np.isnan(v[1:]) & np.isnan(v[:-1]))
    new = o[1:] != o[:-1]
    count = np.concatenate([[0], np.cumsum(apart | new)])[: len(v)]
    first = np.maximum.accumulate(np.concatenate([[0], np.where(new, count[1:], 0)])[: len(v)])
    rank = np.empty(len(v), dtype=np.int64)
    rank[order] = count - first
    return rank
