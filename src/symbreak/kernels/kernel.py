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
    """A kernel on a finite group, given by its masses; it can be listed, so expectations over it are exact."""

    group: FiniteGroup

    @abstractmethod
    def mass(self, x: Any) -> Tensor:
        """`(B, |G|)`: proportional to `h(g | x)`, over the elements in the order of their numbers; bool if uniform."""

    def probability(self, x: Any) -> Tensor:
        """float64 `(B, |G|)`: `h(g | x)`."""
        mass = self.mass(x).to(torch.float64)
        return mass / mass.sum(-1, keepdim=True)

    def forward(self, x: Any, *, generator: Source = None) -> Element:
        return self.group.element(categorical(self.mass(x), generator=generator))

    def entropy(self, x: Any) -> Tensor:
        return torch.special.entr(self.probability(x)).sum(-1)

    def support_size(self, x: Any) -> Tensor:
        """int64 `(B,)`: the number of poses of positive probability; of an inversion kernel `|G_x|`."""
        return (self.mass(x) > 0).sum(-1)


def categorical(mass: Tensor, *, generator: Source = None) -> Tensor:
    """int64 `(B,)`: one index for each row of `(B, K)`, drawn in proportion to its mass; one uniform number a row.

    Masks are counted in integers, all else is summed in float64. Each row has to have some mass: that is not checked,
    since it would wait for the device.

    Example:
        >>> categorical(torch.tensor([[0.0, 3.0, 0.0], [0.0, 0.0, 0.5]]))
        tensor([1, 2])
        >>> categorical(torch.tensor([[False, True, False]]))
        tensor([1])
    """
    return quantile(mass, uniform((len(mass),), generator=generator, dtype=torch.float64, device=mass.device))


def quantile(mass: Tensor, level: Tensor) -> Tensor:
    """int64 `(B,)`: the first index of each row up to which more than the part `level` of its mass lies.

    Args:
        mass: `(B, K)`.
        level: float64 `(B,)`, in [0, 1).

    Example:
        >>> quantile(torch.tensor([[1.0, 1.0, 2.0]] * 2), torch.tensor([0.4, 0.5], dtype=torch.float64))
        tensor([1, 2])
    """
    cumulative = mass.cumsum(-1, dtype=torch.int32 if mass.dtype == torch.bool else torch.float64)
    total = cumulative[:, -1:].to(torch.float64)
    threshold = torch.minimum(level[:, None] * total, total.nextafter(torch.zeros_like(total)))  # never all of it
    # How many are below or at the threshold; a count is at or below a number if it is so of its whole part.
    number = torch.searchsorted(cumulative, threshold.to(cumulative.dtype), right=True)[:, 0]
    return number.clamp(max=mass.shape[-1] - 1)
