"""The kernel that ignores the data."""

import math
from typing import Any

import torch
from torch import Tensor

from symbreak.actions import Action, Commuting, Relabel, Slots
from symbreak.groups import Element, FiniteGroup, Group, Product, Semidirect, Source, Symmetric, Young
from symbreak.kernels.kernel import FiniteKernel, Kernel


class Haar(Kernel):
    """Draws from the Haar measure, whatever `x`: uniform symmetrization, augmentation, and noise in `SymPE`.

    The kernel of largest entropy, and the baseline for all others.

    Args:
        action: says how many items a batch has, and which group moves them.

    Shapes:
        x of B items -> g of batch shape `(B,)`, as the action's `haar` draws it.

    Example:
        >>> Haar(Slots()).entropy(torch.zeros(2, 4, 3)).exp()  # all 4! orders of four points
        tensor([24.0000, 24.0000], dtype=torch.float64)
    """

    def __init__(self, action: Action):
        super().__init__()
        self.action, self.group = action, action.group

    def forward(self, x: Any, *, generator: Source = None) -> Element:
        return self.action.haar(x, generator=generator)

    def entropy(self, x: Any) -> Tensor:
        return _log_orders(self.action, x)


class FiniteHaar(FiniteKernel):
    """The uniform law on a finite group, listed, so that averages over the whole group are exact.

    Args:
        action: of a finite group on dense data.

    Raises:
        ValueError: if the group is not finite.

    Example:
        >>> from symbreak.actions import Pointwise
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular
        >>> FiniteHaar(Pointwise(Regular(Cyclic(4)))).probability(torch.zeros(1, 4))
        tensor([[0.2500, 0.2500, 0.2500, 0.2500]], dtype=torch.float64)
    """

    def __init__(self, action: Action):
        super().__init__()
        if not isinstance(action.group, FiniteGroup):
            raise ValueError(
                f"FiniteHaar lists a finite group, but was given {action.group!r}. Use Haar to draw from it."
            )
        self.action, self.group = action, action.group

    def mass(self, x: Tensor) -> Tensor:
        return torch.ones(len(x), self.group.order, dtype=torch.bool, device=x.device)


def _log_orders(action: Action, x: Any) -> Tensor:
    """float64 `(B,)`: the logarithm of the order of the group that moves each item, whose size the item may tell."""
    if isinstance(action, Commuting):
        return torch.stack([_log_orders(part, x) for part in action.parts]).sum(0)
    size = torch.full((len(x),), x.shape[1], device=x.device) if isinstance(x, Tensor) else x.ptr.diff()
    if isinstance(action, Relabel | Slots):
        return torch.lgamma(size.to(torch.float64) + 1)
    return torch.full_like(size, _log_order(action.group), dtype=torch.float64)


def _log_order(group: Group) -> float:
    match group:
        case FiniteGroup():
            return math.log(group.order)
        case Symmetric(n=int(n)):
            return math.lgamma(n + 1)
        case Young():
            return sum(math.lgamma(n + 1) for n in group.sizes)
        case Product():
            return sum(_log_order(factor) for factor in group.factors)
        case Semidirect():
            return _log_order(group.normal) + _log_order(group.acting)
    return math.inf
