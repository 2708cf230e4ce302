"""The dihedral group D_n."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups.group import FiniteGroup, check_size


@dataclass(frozen=True)
class Dihedral(FiniteGroup):
    """D_n, of order 2n. The element `r^k s^f` is the int64 `k + n f`.

    `r` turns by `2π/n`, `s` is the mirror `(x, y) -> (x, -y)`, and `s r = r⁻¹ s`.

    Example:
        >>> r, s = torch.tensor(1), torch.tensor(4)
        >>> D4 = Dihedral(4)
        >>> D4.compose(s, r), D4.compose(r, s)  # s r = r⁻¹ s = r³ s, and r s
        (tensor(7), tensor(5))
    """

    n: int

    def __post_init__(self):
        check_size("Dihedral", self.n)

    @property
    def order(self) -> int:
        return 2 * self.n

    def element(self, index: Tensor) -> Tensor:
        return index

    def index(self, g: Tensor) -> Tensor:
        return g

    def compose(self, g: Tensor, h: Tensor) -> Tensor:
        flipped = g >= self.n
        turn = torch.where(flipped, g - h, g + h) % self.n
        return turn + self.n * (flipped ^ (h >= self.n))

    def inverse(self, g: Tensor) -> Tensor:
        return torch.where(g >= self.n, g, -g % self.n)  # a mirror is its own inverse
