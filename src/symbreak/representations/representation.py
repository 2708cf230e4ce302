"""The contract of a representation: how one vector moves."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from symbreak.groups import Element, Group, unsqueeze


class Representation(ABC):
    """How a group moves one vector, linearly; a frozen and hashable value that holds no tensor.

    A representation moves one vector; an action moves a batch of data. A leaf says how with `act`; all else
    follows.

    Example:
        >>> from dataclasses import dataclass
        >>> from symbreak.groups import Dihedral
        >>> @dataclass(frozen=True)
        ... class Sign(Representation):  # a turn leaves the number alone, a mirror changes its sign
        ...     group: Dihedral
        ...     dim: int = 1
        ...     def act(self, g, x):
        ...         return torch.where(g >= self.group.n, -1, 1)[..., None] * x
        >>> Sign(Dihedral(3)).matrix(torch.tensor([1, 4])).tolist()
        [[[1.0]], [[-1.0]]]
    """

    group: Group
    dim: int

    @abstractmethod
    def act(self, g: Element, x: Tensor) -> Tensor:
        """`g · x`, with `act(g, act(h, x)) == act(gh, x)`.

        Shapes:
            g with batch shape `(...)`, x `(..., dim)` -> `(..., dim)`: the batch shape of `g` and the leading
            dimensions of `x` broadcast.
        """

    def matrix(self, g: Element, *, dtype: torch.dtype | None = None) -> Tensor:
        """`(..., dim, dim)`, with the images of the basis vectors as columns: `act(g, x) = matrix(g) x`.

        The dtype is by default that of a floating point `g`, else torch's default.
        """
        leaves = tree_leaves(g)
        natural = next((leaf.dtype for leaf in leaves if leaf.is_floating_point()), dtype)
        basis = torch.eye(self.dim, dtype=natural, device=leaves[0].device)
        batch = batch_shape(self.group, g)
        return self.act(unsqueeze(g, len(batch)), basis).mT.to(dtype=dtype)

    def check(self, x: Tensor) -> None:
        """Refuses vectors of another size."""
        if x.shape[-1:] != (self.dim,):
            raise ValueError(
                f"The vector has shape {tuple(x.shape)}, but {self!r} moves vectors of shape "
                f"(..., {self.dim}): batch dimensions lead and the vector comes last."
            )


def batch_shape(group: Group, g: Element) -> torch.Size:
    """The batch shape of an element, which is by contract that of a distance."""
    return group.distance(g, g).shape


def check_same_group(name: str, first: Representation, second: Representation) -> None:
    """Refuses two representations of different groups."""
    if first.group != second.group:
        raise ValueError(
            f"{name} was given {first!r} of the group {first.group!r} and {second!r} of the group "
            f"{second.group!r}, but both must represent one group. Build both from the same group, "
            "or restrict one of them."
        )
