"""Direct products."""

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

from symbreak.groups.elements import Element
from symbreak.groups.group import FiniteGroup, Group
from symbreak.groups.randomness import Shape, Source


@dataclass(frozen=True)
class Product(Group):
    """G_1 × ... × G_k. An element is a tuple with one entry for each factor.

    Example:
        >>> from symbreak.groups import Cyclic
        >>> G = Product((Cyclic(2), Cyclic(3)))
        >>> G.compose((torch.tensor(1), torch.tensor(2)), (torch.tensor(1), torch.tensor(2)))
        (tensor(0), tensor(1))
    """

    factors: tuple[Group, ...]

    def __post_init__(self):
        _check_factors(self.factors, Group)

    def identity(
        self, shape: Shape = (), *, dtype: torch.dtype | None = None, device: torch.device | None = None
    ) -> tuple[Element, ...]:
        return tuple(G.identity(shape, dtype=dtype, device=device) for G in self.factors)

    def compose(self, g: tuple[Element, ...], h: tuple[Element, ...]) -> tuple[Element, ...]:
        return tuple(G.compose(a, b) for G, a, b in zip(self.factors, g, h, strict=True))

    def inverse(self, g: tuple[Element, ...]) -> tuple[Element, ...]:
        return tuple(G.inverse(a) for G, a in zip(self.factors, g, strict=True))

    def sample(
        self,
        shape: Shape = (),
        *,
        generator: Source = None,
        dtype: torch.dtype | None = None,
        device: torch.device | None = None,
    ) -> tuple[Element, ...]:
        return tuple(G.sample(shape, generator=generator, dtype=dtype, device=device) for G in self.factors)

    def distance(self, g: tuple[Element, ...], h: tuple[Element, ...]) -> Tensor:
        each = [G.distance(a, b) for G, a, b in zip(self.factors, g, h, strict=True)]
        return torch.stack(torch.broadcast_tensors(*each)).amax(0)


@dataclass(frozen=True)
class FiniteProduct(FiniteGroup):
    """G_1 × ... × G_k of finite groups, numbered with the last factor fastest.

    Example:
        >>> from symbreak.groups import Cyclic
        >>> FiniteProduct((Cyclic(2), Cyclic(3))).index((torch.tensor(1), torch.tensor(2)))
        tensor(5)
    """

    factors: tuple[FiniteGroup, ...]

    def __post_init__(self):
        _check_factors(self.factors, FiniteGroup)

    @property
    def order(self) -> int:
        return prod([G.order for G in self.factors])

    def element(self, index: Tensor) -> tuple[Element, ...]:
        parts = []
        for G in reversed(self.factors):
            parts.append(G.element(index % G.order))
            index = index // G.order
        return tuple(parts[::-1])

    def index(self, g: tuple[Element, ...]) -> Tensor:
        index = self.factors[0].index(g[0])
        for G, a in zip(self.factors[1:], g[1:], strict=True):
            index = index * G.order + G.index(a)
        return index

    def compose(self, g: tuple[Element, ...], h: tuple[Element, ...]) -> tuple[Element, ...]:
        return tuple(G.compose(a, b) for G, a, b in zip(self.factors, g, h, strict=True))

    def inverse(self, g: tuple[Element, ...]) -> tuple[Element, ...]:
        return tuple(G.inverse(a) for G, a in zip(self.factors, g, strict=True))


def _check_factors(factors: tuple[Group, ...], kind: type) -> None:
    if not isinstance(factors, tuple) or not factors or not all(isinstance(G, kind) for G in factors):
        raise ValueError(
            f"The factors are {factors!r}, but a product has a tuple of at least one {kind.__name__}: try "
            "(Cyclic(2), Cyclic(3)), or Cyclic(1) for the trivial group."
        )
