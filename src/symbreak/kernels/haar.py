"""The kernel that ignores the data."""

import math
from typing import Any

import torch
from torch import Tensor

from symbreak.actions import Action, Relabel
from symbreak.groups import Element, FiniteGroup, Group, Product, Semidirect, Source, Symmetric, Young
from symbreak.kernels.kernel import FiniteKernel, Kernel


class Haar(Kernel):
    """Draws from the Haar measure, whatever `x`: uniform symmetrization, augmentation, and noise in `SymPE`.

    The kernel of largest entropy, and the baseline for all others.

    Args:
        action: says how many items a batch has, and which group moves them.
    """

    def __init__(self, action: Action):
        super().__init__()
        self.action, self.group = action, action.group

    def forward(self, x: Any, *, generator: Source = None) -> Element:
        return self.action.haar(x, generator=generator)

    def entropy(self, x: Any) -> Tensor:
        if isinstance(self.action, Relabel):
            return torch.lgamma(x.ptr.diff().to(torch.float64) + 1)
        device = x.device if isinstance(x, Tensor) else None
        return torch.full((len(x),), _log_order(self.group), dtype=torch.float64, device=device)


class FiniteHaar(FiniteKernel):
    """The uniform law on a finite group, listed, so that averages over the whole group are exact."""

    def __init__(self, action: Action):
        super().__init__()
        if not isinstance(action.group, FiniteGroup):
            raise ValueError(
                f"FiniteHaar lists a finite group, but was given {action.group!r}. Use Haar to draw from it."
            )
        self.action, self.group = action, action.group

    def mass(self, x: Tensor) -> Tensor:
        return torch.ones(len(x), self.group.order, dtype=torch.bool, device=x.device)


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
