"""The numbers of an output, whatever its kind."""

from typing import Any

import torch
from torch import Tensor


def entries(y: Any) -> Tensor:
    """The entries of a tensor, or of the floating point fields of a PyG batch by name: float64 `(N,)`.

    Raises:
        ValueError: if there is nothing of the kind in `y`.

    Example:
        >>> entries(torch.tensor([[1, 2], [3, 4]])).tolist()
        [1.0, 2.0, 3.0, 4.0]
    """
    if isinstance(y, Tensor):
        return y.detach().flatten().to(torch.float64)
    if hasattr(y, "keys"):
        fields = [y[name] for name in sorted(y.keys())]
        numbers = [entries(f) for f in fields if isinstance(f, Tensor) and f.is_floating_point()]
        if numbers:
            return torch.cat(numbers)
    raise ValueError(
        f"The output is a {type(y).__name__}, but outputs are compared by their numbers: return a tensor, or a "
        "batch with floating point fields."
    )
