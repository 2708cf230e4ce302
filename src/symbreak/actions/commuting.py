"""Several actions at once that do not mind each other."""

from dataclasses import dataclass
from typing import Any

from symbreak.actions.action import Action
from symbreak.groups import Element, Product, Source


@dataclass(frozen=True)
class Commuting(Action):
    """The direct product of groups whose actions on the same data commute.

        (g_1, ..., g_k) · x = g_1 · (... (g_k · x))

    Permutations of points and turns of space, S_n × O(3), act on sets of points. That the actions commute is taken on
    trust; `check_action` shows when they do not.

    Args:
        parts: two actions or more, on data of one kind.

    Raises:
        ValueError: if the parts are not a tuple of two actions at least.

    Example:
        >>> import torch
        >>> from symbreak.actions import Pointwise, Slots
        >>> from symbreak.groups import Orthogonal
        >>> from symbreak.representations import Vector
        >>> both = Commuting((Slots(), Pointwise(Vector(Orthogonal(2)))))
        >>> swap, quarter = torch.tensor([[1, 0]]), torch.tensor([[[0.0, -1.0], [1.0, 0.0]]])
        >>> both.act((swap, quarter), torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])).tolist()
        [[[-2.0, 0.0], [0.0, 1.0]]]
    """

    parts: tuple[Action, ...]

    def __post_init__(self):
        if (
            not isinstance(self.parts, tuple)
            or len(self.parts) < 2
            or not all(isinstance(part, Action) for part in self.parts)
        ):
            raise ValueError(
                f"The parts are {self.parts!r}, but a product of actions has a tuple of at least two: try "
                "(Slots(), Pointwise(Vector(Orthogonal(3))))."
            )

    @property
    def group(self) -> Product:
        return Product(tuple(part.group for part in self.parts))

    def act(self, g: tuple[Element, ...], x: Any) -> Any:
        for part, h in zip(reversed(self.parts), reversed(g), strict=True):
            x = part.act(h, x)
        return x

    def haar(self, x: Any, *, generator: Source = None) -> tuple[Element, ...]:
        return tuple(part.haar(x, generator=generator) for part in self.parts)
