"""The trivial representation."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups import Element, Group
from symbreak.groups.group import check_size
from symbreak.representations.representation import Representation, batch_shape


@dataclass(frozen=True)
class Trivial(Representation):
    """Vectors of invariants: `g x = x`.

    Args:
        group: any.
        dim: how many invariants.
    Raises:
        ValueError: if `dim` is not an integer of at least 0.

    Example:
        >>> from symbreak.groups import Cyclic
        >>> g = torch.tensor([1, 3])  # a batch of two elements, and one vector
        >>> Trivial(Cyclic(4), 2).act(g, torch.tensor([5.0, 6.0]))
        tensor([[5., 6.],
                [5., 6.]])
    """

    group: Group
    dim: int = 1

    def __post_init__(self):
        check_size("Trivial", self.dim, least=0)

    def act(self, g: Element, x: Tensor) -> Tensor:
        self.check(x)
        return x.expand(*torch.broadcast_shapes(batch_shape(self.group, g), x.shape[:-1]), -1)
