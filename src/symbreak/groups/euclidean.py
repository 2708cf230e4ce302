"""The Euclidean groups."""

from dataclasses import dataclass

from torch import Tensor

from symbreak.groups.orthogonal import Orthogonal
from symbreak.groups.semidirect import Semidirect
from symbreak.groups.translation import Translation


def matvec(g: Tensor, x: Tensor) -> Tensor:
    """`(..., m, n), (..., n) -> (..., m)`."""
    return (g @ x[..., None])[..., 0]


@dataclass(frozen=True)
class Turning:
    """φ of the Euclidean groups: `φ_R(t) = R t`."""

    def __call__(self, g: Tensor, t: Tensor) -> Tensor:
        return matvec(g, t)


def euclidean(n: int, special: bool = False) -> Semidirect:
    """E(n) = R^n ⋊ O(n), or SE(n). The element `(t, R)` moves a point `x` to `R x + t`.

    Example:
        >>> import torch
        >>> from symbreak.groups import SemidirectElement
        >>> quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
        >>> g = SemidirectElement(torch.tensor([1.0, 0.0]), quarter)
        >>> euclidean(2).compose(g, g).n  # turn (1, 0) to (0, 1), then add (1, 0)
        tensor([1., 1.])
    """
    return Semidirect(Translation(n), Orthogonal(n, special), Turning())
