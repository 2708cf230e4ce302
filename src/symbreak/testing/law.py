"""Whether draws follow a law, by chi-square with a computed threshold."""

import torch
from torch import Tensor


def chi_square_threshold(significance: float, degrees: int) -> float:
    """What a chi-square variable exceeds with a given probability, by bisection.

    Example:
        >>> round(chi_square_threshold(0.05, 1), 3)
        3.841
    """
    half = torch.tensor(degrees / 2, dtype=torch.float64)
    low, high = 0.0, 10.0 * (degrees + 100)
    for _ in range(80):
        middle = (low + high) / 2
        tail = float(torch.special.gammaincc(half, torch.tensor(middle / 2, dtype=torch.float64)))
        low, high = (middle, high) if tail > significance else (low, middle)
    return high


def check_counts(counts: Tensor, expected: Tensor | None = None, *, significance: float = 1e-6, name: str = "") -> None:
    """Asserts that `Σ (c_k - e_k)² / e_k` is not above what a right law exceeds with probability `significance`.

    Args:
        counts: how often each cell was drawn.
        expected: how often on average; all equally often if None. With the same sum, or it has a cell too many.
        significance: the probability that draws from the right law fail.
        name: of the object, for the message.
    Shapes:
        counts and expected `(cells,)`, any dtype.
    Raises:
        AssertionError: if the sum is above the threshold, or a cell is drawn that is never expected.

    Example:
        >>> check_counts(torch.tensor([260, 240, 250, 250]))
        >>> check_counts(torch.tensor([500, 500, 0, 0]))
        Traceback (most recent call last):
            ...
        AssertionError: chi-square is 1e+03, above 30.7 for 3 degrees of freedom
    """
    c = counts.double()
    e = c.mean().expand_as(c) if expected is None else expected.double()
    told = f"{name}: " if name else ""
    assert not bool(c[e <= 0].any()), f"{told}a cell is drawn that the law never draws"
    degrees = int((e > 0).sum()) - 1
    if degrees < 1:
        return
    statistic = float(((c - e).square() / e)[e > 0].sum())
    threshold = chi_square_threshold(significance, degrees)
    assert statistic <= threshold, (
        f"{told}chi-square is {statistic:.3g}, above {threshold:.3g} for {degrees} degrees of freedom"
    )


def check_uniform(draws: Tensor, cells: int, *, significance: float = 1e-6, name: str = "") -> None:
    """Asserts that each of some cells is drawn equally often.

    Args:
        draws: the number of a cell, for each draw; or a row of numbers, which are told apart to 1e-3.
        cells: how many there are.
        significance, name: as of `check_counts`.
    Shapes:
        draws int64 `(K,)`, or `(K, d)` of any dtype.
    Raises:
        AssertionError: if more cells are drawn than there are, or the counts are too far from equal.

    Example:
        >>> check_uniform(torch.tensor([[0.0, 1.0], [1.0, 0.0]]).repeat(50, 1), 2)
        >>> check_uniform(torch.arange(30) % 3, 2)
        Traceback (most recent call last):
            ...
        AssertionError: 3 cells are drawn, but there are 2
    """
    number = draws if draws.dim() == 1 else _numbered(draws)
    drawn = int(number.max()) + 1
    assert drawn <= cells, f"{name}: ".removeprefix(": ") + f"{drawn} cells are drawn, but there are {cells}"
    check_counts(torch.bincount(number, minlength=cells), significance=significance, name=name)


def _numbered(rows: Tensor) -> Tensor:
    if not rows.shape[1]:
        return torch.zeros(len(rows), dtype=torch.int64)
    return (rows.double() * 1e3 + 0.123).round().unique(dim=0, return_inverse=True)[1]  # away from halves
