"""The cyclic group C_n."""

from dataclasses import dataclass

from torch import Tensor

from symbreak.groups.group import FiniteGroup, check_size


@dataclass(frozen=True)
class Cyclic(FiniteGroup):
    """C_n. An element is an int64 `k`, the turn by `2πk/n`.

    Example:
        >>> import torch
        >>> Cyclic(4).compose(torch.tensor(3), torch.tensor(2))
        tensor(1)
    """

    n: int

    def __post_init__(self):
        check_size("Cyclic", self.n)

    @property
    def order(self) -> int:
        return self.n

    def element(self, index: Tensor) -> Tensor:
        return index

    def index(self, g: Tensor) -> Tensor:
        return g

    def compose(self, g: Tensor, h: Tensor) -> Tensor:
        return (g + h) % self.n

    def inverse(self, g: Tensor) -> Tensor:
        return -g % self.n
