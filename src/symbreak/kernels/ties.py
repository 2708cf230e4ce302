"""Which numbers count as equal: tolerances, and NaN as a value like any other."""

import torch
from torch import Tensor


def rises(ordered: Tensor, atol: float) -> Tensor:
    """bool `(..., N - 1)`: where a sorted row goes up by more than `atol`. NaNs come last and are one value."""
    low, high = ordered[..., :-1], ordered[..., 1:]
    apart = low != high
    if atol:
        apart = apart & ~(high - low <= atol)
    if ordered.is_floating_point():
        apart = apart & ~(low.isnan() & high.isnan())
    return apart


def dense_rank(values: Tensor, atol: float) -> Tensor:
    """int64 `(B, N)`: the rank of each value among the distinct values of its row.

    Values closer than `atol` are one, through chains of neighbours.

    Example:
        >>> dense_rank(torch.tensor([[5.0, 1.0, 5.0, float("nan")]]), 0.0)
        tensor([[1, 0, 1, 2]])
    """
    if not atol and values.dtype in (torch.float32, torch.float16, torch.bfloat16):
        keys, order = _row_keys(values).sort(stable=True)  # one sort of integers is much faster than many of rows
        keys = keys.view_as(values)
        up = keys[:, 1:] != keys[:, :-1]
    else:
        ordered, order = values.sort(dim=-1)
        order = (order + values.shape[1] * torch.arange(len(values), device=values.device)[:, None]).flatten()
        up = rises(ordered, atol)
    rank = torch.nn.functional.pad(up.cumsum(-1), (1, 0))[:, : values.shape[1]]
    return torch.empty_like(order).scatter(0, order, rank.flatten()).view_as(rank)


def counted_rank(values: Tensor, most: int) -> Tensor | None:
    """`dense_rank` at no tolerance without a sort, or None: if a row has more than `most` distinct values, or a NaN.

    It waits for the device, at every value.

    Example:
        >>> counted_rank(torch.tensor([[5.0, 1.0, 5.0], [2.0, 2.0, 2.0]]), 2)
        tensor([[1, 0, 1],
                [0, 0, 0]])
        >>> counted_rank(torch.tensor([[5.0, 1.0, 4.0]]), 2)
    """
    rank = torch.zeros(values.shape, dtype=torch.int64, device=values.device)
    low, high = values.aminmax(dim=-1, keepdim=True)
    if bool((high != high).any()):
        return None
    for _ in range(most):
        above = values > low
        if not bool(above.any()):
            return rank
        rank += above
        low = values.where(above, high).amin(-1, keepdim=True)  # the next value of each row
    return None


def _row_keys(values: Tensor) -> Tensor:
    """int64 `(B N,)`: integers in the order of the rows, and in each row in the order of its values, NaN last."""
    values = values.to(torch.float32) + 0.0  # -0 is 0
    bits = values.where(~values.isnan(), torch.nan).view(torch.int32).to(torch.int64)
    ascending = torch.where(bits < 0, ~bits & 0xFFFFFFFF, bits + (1 << 31))
    return (ascending + (torch.arange(len(values), device=values.device) << 32)[:, None]).flatten()


def refine(cell: Tensor, value: Tensor, atol: float) -> Tensor:
    """int64 `(N,)`: the cells of an ordered partition of the rows, each split by value; numbered in order.

    Example:
        >>> refine(torch.tensor([0, 0, 1, 1]), torch.tensor([3.0, 2.0, 7.0, 7.0]), 0.0)
        tensor([1, 0, 2, 2])
    """
    order = value.argsort(stable=True)
    order = order[cell[order].argsort(stable=True)]
    new = (cell[order].diff() != 0) | rises(value[order], atol)
    rank = torch.nn.functional.pad(new.long().cumsum(-1), (1, 0))
    return torch.zeros_like(cell).scatter(0, order, rank)


def lowest(energy: Tensor, rtol: float) -> Tensor:
    """bool `(B, K)`: the least entries of each row, to within `rtol` of the largest finite size in it.

    A NaN counts as infinite, so it is lowest only where all are.

    Example:
        >>> lowest(torch.tensor([[2.0, 1.0, 1.0 + 1e-7, float("nan")]]), 1e-5)
        tensor([[False,  True,  True, False]])
    """
    energy = energy.nan_to_num(nan=torch.inf, posinf=torch.inf, neginf=-torch.inf)
    size = energy.abs()
    scale = size.where(size.isfinite(), 0.0).amax(-1, keepdim=True)
    return energy <= energy.amin(-1, keepdim=True) + rtol * scale


def check_tolerance(name: str, value: float) -> None:
    """Refuses a tolerance that is negative or NaN."""
    if not value >= 0:
        raise ValueError(f"{name} is {value}, but a tolerance is not negative. Use 0 for exact equality.")
