"""The contract of a kernel: it draws the pose of a sample."""

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from symbreak.groups import Element, FiniteGroup, Group, Source, uniform


class Kernel(nn.Module, ABC):
    """`h(g | x)`: draws one group element for each item of `x`, equivariantly in law.

    The contract is `kernel(h · x) ~ h kernel(x)`. The element is a pose: `x = g · canonical(x)`. An *inversion kernel*
    is uniform on one coset `G_x g₀` of the stabilizer; no equivariant kernel has less entropy than its `log |G_x|`.
    """

    group: Group

    @abstractmethod
    def forward(self, x: Any, *, generator: Source = None) -> Element:
        """One element for each item of `x`."""

    @abstractmethod
    def entropy(self, x: Any) -> Tensor:
        """`(B,)`: the entropy of `h(· | x)` in nats, infinite where the law is continuous."""


class FiniteKernel(Kernel, ABC):
    """A kernel on a finite group, given by its probabilities; it can be listed, so expectations over it are exact."""

    group: FiniteGroup

    @abstractmethod
    def probability(self, x: Any) -> Tensor:
        """`(B, |G|)`: `h(g | x)` of the elements in the order of their numbers."""

    def forward(self, x: Any, *, generator: Source = None) -> Element:
        return self.group.element(categorical(self.probability(x), generator=generator))

    def entropy(self, x: Any) -> Tensor:
        return torch.special.entr(self.probability(x)).sum(-1)


def categorical(probability: Tensor, *, generator: Source = None) -> Tensor:
    """int64 `(B,)`: one index for each row of `(B, K)`, drawn by its probability; one uniform number a row.

    Example:
        >>> categorical(torch.tensor([[0.0, 1.0, 0.0]]))
        tensor([1])
    """
    cumulative = probability.to(torch.float64).cumsum(-1)
    level = uniform((len(probability),), generator=generator, dtype=torch.float64, device=probability.device)
    total = cumulative[:, -1:]
    threshold = torch.minimum(level[:, None] * total, total.nextafter(torch.zeros_like(total)))  # never all of it
    number = torch.searchsorted(cumulative, threshold, right=True)[:, 0]  # how many are below or at the threshold
    return number.clamp(max=probability.shape[-1] - 1)
