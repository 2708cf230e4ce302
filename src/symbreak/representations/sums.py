"""Direct sums and tensor products of representations."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups import Element, Group, unsqueeze
from symbreak.representations.representation import Representation, batch_shape, check_same_group


@dataclass(frozen=True)
class DirectSum(Representation):
    """Vectors end to end, each moved by its own part: `g (x ⊕ y) = g x ⊕ g y`.

    Raises:
        ValueError: if there are no parts, or they represent different groups.

    Example:
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular, Trivial
        >>> rep = DirectSum((Regular(Cyclic(3)), Trivial(Cyclic(3))))
        >>> rep.act(torch.tensor(1), torch.tensor([1.0, 2.0, 3.0, 4.0]))
        tensor([3., 1., 2., 4.])
    """

    parts: tuple[Representation, ...]

    def __post_init__(self):
        if not self.parts:
            raise ValueError("DirectSum was given no parts, but its group is theirs: try Trivial(group, 0).")
        for part in self.parts[1:]:
            check_same_group("DirectSum", self.parts[0], part)

    @property
    def group(self) -> Group:
        return self.parts[0].group

    @property
    def dim(self) -> int:
        return sum(part.dim for part in self.parts)

    def act(self, g: Element, x: Tensor) -> Tensor:
        self.check(x)
        pieces = x.split([part.dim for part in self.parts], dim=-1)
        return torch.cat([part.act(g, piece) for part, piece in zip(self.parts, pieces, strict=True)], dim=-1)


@dataclass(frozen=True)
class TensorProduct(Representation):
    """Products of vectors: `g (x ⊗ y) = g x ⊗ g y`, with `x_i y_j` at `i · right.dim + j`.

    The matrix is the Kronecker product; the action moves rows and columns in turn and does not build it.

    Raises:
        ValueError: if the factors represent different groups.

    Example:
        >>> from symbreak.groups import Orthogonal
        >>> from symbreak.representations import Vector
        >>> V = Vector(Orthogonal(2))
        >>> quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
        >>> xy = torch.tensor([0.0, 1.0, 0.0, 0.0])
        >>> TensorProduct(V, V).act(quarter, xy).tolist()  # x ⊗ y goes to y ⊗ -x
        [0.0, 0.0, -1.0, 0.0]
    """

    left: Representation
    right: Representation

    def __post_init__(self):
        check_same_group("TensorProduct", self.left, self.right)

    @property
    def group(self) -> Group:
        return self.left.group

    @property
    def dim(self) -> int:
        return self.left.dim * self.right.dim

    def act(self, g: Element, x: Tensor) -> Tensor:
        self.check(x)
        g = unsqueeze(g, len(batch_shape(self.group, g)))
        table = x.unflatten(-1, (self.left.dim, self.right.dim))  # (..., left, right)
        table = self.right.act(g, table).mT
        return self.left.act(g, table).mT.flatten(-2)
