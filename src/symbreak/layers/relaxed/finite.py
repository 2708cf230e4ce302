"""Whether all numbers of a tensor are finite, where that can be asked."""

import math

import torch
from torch import Tensor


def finite(x: Tensor) -> bool:
    """False if a number is nan or infinite; True of what is compiled or under vmap, where no value can decide.

    Example:
        >>> finite(torch.tensor([1.0, 2.0])), finite(torch.tensor([1.0, float("nan")]))
        (True, False)
    """
    if torch.compiler.is_compiling():
        return True
    try:  # one pass, unless a sum overflows
        return math.isfinite(x.detach().sum().item()) or bool(x.isfinite().all())
    except RuntimeError:
        return True
