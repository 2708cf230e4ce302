"""The defining representation of O(n)."""

from dataclasses import dataclass

from torch import Tensor

from symbreak.groups import Orthogonal, matvec
from symbreak.representations.representation import Representation


@dataclass(frozen=True)
class Vector(Representation):
    """Vectors of R^n under O(n) or SO(n): the matrix `g` acts on the column `x`.

    Raises:
        ValueError: if the group is not an `Orthogonal`.

    Example:
        >>> import torch
        >>> quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
        >>> Vector(Orthogonal(2)).act(quarter, torch.tensor([1.0, 0.0]))
        tensor([0., 1.])
    """

    group: Orthogonal

    def __post_init__(self):
        if not isinstance(self.group, Orthogonal):
            raise ValueError(
                f"Vector was given the group {self.group!r}, but the elements must be matrices that act on "
                "vectors: try Vector(Orthogonal(3))."
            )

    @property
    def dim(self) -> int:
        return self.group.n

    def act(self, g: Tensor, x: Tensor) -> Tensor:
        self.check(x)
        return matvec(g, x)
