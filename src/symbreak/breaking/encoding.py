"""How a pose is shown to a network: a learned vector `v`, moved to `g · v` and joined to the data."""

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from symbreak.groups import Element


class Encoding(nn.Module, ABC):
    """A learned `v`, one for the whole data set, and where `g · v` goes.

    An equivariant network takes vectors, not group elements. If the stabilizer of `v` is trivial, `g -> g · v` loses
    nothing; if it is a subgroup H, the network may still not break the conjugates of H (partial breaking).
    """

    @abstractmethod
    def forward(self, g: Element, x: Any) -> Tensor:
        """`g · v`, one for each item of `x`."""

    @abstractmethod
    def join(self, x: Any, code: Tensor) -> Any:
        """`x ⊕ code`: the data with the encoding beside its features; `x` itself is left as it was."""

    @abstractmethod
    def check(self) -> None:
        """Refuses a `v` whose stabilizer is not the asked-for one.

        Raises:
            ValueError: naming the stabilizer found and the one asked for.
        """


def beside(x: Tensor, code: Tensor, *, dim: int) -> Tensor:
    """`x ⊕ code` along an axis, at the precision of `x`; refuses integers, to which the code would be cut down."""
    return torch.cat([x, at_precision_of(x, code)], dim=dim)


def at_precision_of(x: Tensor, code: Tensor) -> Tensor:
    """The code, to join `x`.

    Raises:
        ValueError: if `x` holds integers, to which the code would be cut down.
    """
    if not x.is_floating_point():
        raise ValueError(f"An encoding was to join data of dtype {x.dtype}, but it is not of integers: call x.float().")
    return code.to(x.dtype)
