"""The permutation representation of the symmetric group."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups import Symmetric, Young
from symbreak.representations.representation import Representation


@dataclass(frozen=True)
class Permutation(Representation):
    """Vectors with one entry for each slot: `(g x)[g[i]] = x[i]`.

    Raises:
        ValueError: if the group is not `Symmetric(n)` or `Young(sizes)`.

    Example:
        >>> g = torch.tensor([2, 0, 1])  # slot 0 goes to slot 2, 1 to 0, 2 to 1
        >>> Permutation(Symmetric(3)).act(g, torch.tensor([10.0, 11.0, 12.0]))
        tensor([11., 12., 10.])
    """

    group: Symmetric | Young

    def __post_init__(self):
        if not isinstance(self.group, Symmetric | Young):
            raise ValueError(
                f"Permutation was given the group {self.group!r}, but the elements must permute slots: try "
                "Permutation(Symmetric(5)), or Regular for functions on a finite group."
            )
        if isinstance(self.group, Symmetric) and self.group.n is None:
            raise ValueError(
                "Permutation was given Symmetric(), which has no size, but a representation has a dimension. "
                "Name the size, as in Permutation(Symmetric(5)); an action moves ragged batches of graphs."
            )

    @property
    def dim(self) -> int:
        return sum(self.group.sizes) if isinstance(self.group, Young) else self.group.n or 0  # never None

    def act(self, g: Tensor, x: Tensor) -> Tensor:
        self.check(x)
        x, source = torch.broadcast_tensors(x, self.group.inverse(g))
        return x.gather(-1, source)
