"""The contract of a group: five operations on batches of elements."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from symbreak.groups.elements import Element
from symbreak.groups.randomness import Shape, Source, integers


class Group(ABC):
    """A group, as a frozen and hashable value that holds no tensor.

    Elements are tensors, or tuples of elements, with any batch dimensions in front. `compose(g, h)` is `gh`: the
    action of `h` comes first.
    """

    @abstractmethod
    def identity(
        self, shape: Shape = (), *, dtype: torch.dtype | None = None, device: torch.device | None = None
    ) -> Element:
        """The neutral element, `shape` times."""

    @abstractmethod
    def compose(self, g: Element, h: Element) -> Element:
        """`gh`, with batch shapes that broadcast."""

    @abstractmethod
    def inverse(self, g: Element) -> Element:
        """`g⁻¹`."""

    @abstractmethod
    def sample(
        self,
        shape: Shape = (),
        *,
        generator: Source = None,
        dtype: torch.dtype | None = None,
        device: torch.device | None = None,
    ) -> Element:
        """Independent draws from the Haar measure (or, on a group that is not compact, as the leaf says)."""

    @abstractmethod
    def distance(self, g: Element, h: Element) -> Tensor:
        """How far apart `g` and `h` are: 0 where equal. Its shape is the batch shape."""


class FiniteGroup(Group, ABC):
    """A group whose elements are numbered `0 .. order - 1`, the identity first.

    A leaf says how to count (`order`), to number (`index`, `element`) and to multiply (`compose`, `inverse`); the
    rest of the contract follows.
    """

    @property
    @abstractmethod
    def order(self) -> int:
        """The number of elements."""

    @abstractmethod
    def element(self, index: Tensor) -> Element:
        """The element of a given number, int64 `(...)`."""

    @abstractmethod
    def index(self, g: Element) -> Tensor:
        """The number of an element, int64 `(...)`."""

    def elements(self, device: torch.device | None = None) -> Element:
        """All elements in the order of their numbers, as one batch `(order,)`."""
        return self.element(torch.arange(self.order, device=device))

    def identity(
        self, shape: Shape = (), *, dtype: torch.dtype | None = None, device: torch.device | None = None
    ) -> Element:
        return self.element(torch.zeros(shape, dtype=torch.int64, device=device))

    def sample(
        self,
        shape: Shape = (),
        *,
        generator: Source = None,
        dtype: torch.dtype | None = None,
        device: torch.device | None = None,
    ) -> Element:
        return self.element(integers(self.order, shape, generator=generator, device=device))

    def distance(self, g: Element, h: Element) -> Tensor:
        return (self.index(g) != self.index(h)).to(torch.float64)


def check_size(name: str, n: int, least: int = 1) -> None:
    """Refuses a size that no group has."""
    if isinstance(n, bool) or not isinstance(n, int) or n < least:
        raise ValueError(f"{name} was given the size {n!r}, but a size is an integer of at least {least}.")
