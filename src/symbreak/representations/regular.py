"""The regular representation of a finite group."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups import Element, FiniteGroup, unsqueeze
from symbreak.representations.representation import Representation


@dataclass(frozen=True)
class Regular(Representation):
    """Functions on a finite group: `(g f)(h) = f(g⁻¹ h)`, with `f(h)` in the place numbered `index(h)`.

    The action gathers and never builds a matrix.

    Raises:
        ValueError: if the group is not finite.

    Example:
        >>> from symbreak.groups import Cyclic
        >>> step = torch.tensor(1)
        >>> Regular(Cyclic(4)).act(step, torch.tensor([7.0, 8.0, 0.0, 0.0]))  # what sat at h now sits at gh
        tensor([0., 7., 8., 0.])
    """

    group: FiniteGroup

    def __post_init__(self):
        if not isinstance(self.group, FiniteGroup):
            raise ValueError(
                f"Regular was given the group {self.group!r}, but a vector has one entry for each element, "
                "so the group must be finite: try Regular(Cyclic(4)), or FiniteProduct in place of Product."
            )

    @property
    def dim(self) -> int:
        return self.group.order

    def act(self, g: Element, x: Tensor) -> Tensor:
        self.check(x)
        G = self.group
        number = G.index(g)
        back = unsqueeze(G.inverse(g), number.dim())
        source = G.index(G.compose(back, G.elements(number.device)))  # (..., order): the number of g⁻¹ h
        x, source = torch.broadcast_tensors(x, source)
        return x.gather(-1, source)
