"""Tables of a group, made once for each device and kept out of the group."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec

import torch
from torch import Tensor

P = ParamSpec("P")


def table(make: Callable[P, Tensor]) -> Callable[P, Tensor]:
    """Remembers the tensors that a function makes, by its hashable arguments: a group and a device, say.

    A compiler traces `make` itself instead, since it cannot look into a cache.
    """
    cached = lru_cache(maxsize=64)(make)

    @wraps(make)
    def read(*args: P.args, **kwargs: P.kwargs) -> Tensor:
        if torch.compiler.is_compiling():
            return make(*args, **kwargs)
        with torch.inference_mode(False):  # what is kept must serve in training too
            return cached(*args, **kwargs)

    return read
