"""The contract of an action: how a batch of data moves."""

from abc import ABC, abstractmethod
from typing import Any

from symbreak.groups import Element, Group, Source


class Action(ABC):
    """How a group moves a batch of data, one element for each item; a frozen and hashable value.

    A representation moves one vector; an action moves a batch: a field on a lattice, a cloud of points, a PyG batch.
    It is never in place and it is total: data that it was not told how to move is an error, not left alone.
    """

    group: Group

    @abstractmethod
    def act(self, g: Element, x: Any) -> Any:
        """`g · x`, with `act(g, act(h, x)) == act(gh, x)`."""

    @abstractmethod
    def haar(self, x: Any, *, generator: Source = None) -> Element:
        """One element for each item of `x`, drawn from the Haar measure, on the device of `x`."""
