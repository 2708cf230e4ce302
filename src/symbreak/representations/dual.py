"""The dual of a representation."""

from dataclasses import dataclass

from torch import Tensor

from symbreak.groups import Element, Group, matvec
from symbreak.representations.representation import Representation


@dataclass(frozen=True)
class Dual(Representation):
    """Linear forms on the vectors of another representation: `(g y)(x) = y(g⁻¹ x)`.

    The matrix is the inverse transpose, so the pairing `y · x` is invariant. An orthogonal representation is
    its own dual; a shear, say, is not.

    Example:
        >>> import torch
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular
        >>> Dual(Regular(Cyclic(3))).act(torch.tensor(1), torch.tensor([1.0, 2.0, 3.0]))
        tensor([3., 1., 2.])
    """

    rep: Representation

    @property
    def group(self) -> Group:
        return self.rep.group

    @property
    def dim(self) -> int:
        return self.rep.dim

    def act(self, g: Element, x: Tensor) -> Tensor:
        self.check(x)
        return matvec(self.rep.matrix(self.group.inverse(g), dtype=x.dtype).mT, x)
