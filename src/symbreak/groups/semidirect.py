"""Semidirect products."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from symbreak.groups.elements import Element
from symbreak.groups.group import FiniteGroup, Group
from symbreak.groups.randomness import Shape, Source


class SemidirectElement(NamedTuple):
    """`(n, h)`: as an action, `h` comes first and `n` follows."""

    n: Element
    h: Element


def _compose(G: "Semidirect | FiniteSemidirect", g: SemidirectElement, h: SemidirectElement) -> SemidirectElement:
    return SemidirectElement(G.normal.compose(g.n, G.phi(g.h, h.n)), G.acting.compose(g.h, h.h))


def _inverse(G: "Semidirect | FiniteSemidirect", g: SemidirectElement) -> SemidirectElement:
    back = G.acting.inverse(g.h)
    return SemidirectElement(G.phi(back, G.normal.inverse(g.n)), back)


@dataclass(frozen=True)
class Semidirect(Group):
    """N ⋊ H, with `(n, h)(m, k) = (n · φ_h(m), h k)`.

    Args:
        normal: N.
        acting: H.
        phi: `phi(h, n)`, the action of H on N by automorphisms. A frozen dataclass with `__call__`, or a module-level
            function, so that equal groups compare equal.
    """

    normal: Group
    acting: Group
    phi: Callable[[Element, Element], Element]

    def identity(
        self, shape: Shape = (), *, dtype: torch.dtype | None = None, device: torch.device | None = None
    ) -> SemidirectElement:
        return SemidirectElement(
            self.normal.identity(shape, dtype=dtype, device=device),
            self.acting.identity(shape, dtype=dtype, device=device),
        )

    def compose(self, g: SemidirectElement, h: SemidirectElement) -> SemidirectElement:
        return _compose(self, g, h)

    def inverse(self, g: SemidirectElement) -> SemidirectElement:
        return _inverse(self, g)

    def sample(
        self,
        shape: Shape = (),
        *,
        generator: Source = None,
        dtype: torch.dtype | None = None,
        device: torch.device | None = None,
    ) -> SemidirectElement:
        return SemidirectElement(
            self.normal.sample(shape, generator=generator, dtype=dtype, device=device),
            self.acting.sample(shape, generator=generator, dtype=dtype, device=device),
        )

    def distance(self, g: SemidirectElement, h: SemidirectElement) -> Tensor:
        return torch.maximum(self.normal.distance(g.n, h.n), self.acting.distance(g.h, h.h))


@dataclass(frozen=True)
class FiniteSemidirect(FiniteGroup):
    """N ⋊ H of finite groups, numbered with N fastest: `index = |N| index(h) + index(n)`."""

    normal: FiniteGroup
    acting: FiniteGroup
    phi: Callable[[Element, Element], Element]

    @property
    def order(self) -> int:
        return self.normal.order * self.acting.order

    def element(self, index: Tensor) -> SemidirectElement:
        size = self.normal.order
        return SemidirectElement(self.normal.element(index % size), self.acting.element(index // size))

    def index(self, g: SemidirectElement) -> Tensor:
        return self.acting.index(g.h) * self.normal.order + self.normal.index(g.n)

    def compose(self, g: SemidirectElement, h: SemidirectElement) -> SemidirectElement:
        return _compose(self, g, h)

    def inverse(self, g: SemidirectElement) -> SemidirectElement:
        return _inverse(self, g)
