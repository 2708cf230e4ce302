"""Dense batches of vectors, points and images without translations."""

from dataclasses import dataclass

from torch import Tensor

from symbreak.actions.action import Action
from symbreak.groups import Element, Group, Source, unsqueeze
from symbreak.representations import Representation


@dataclass(frozen=True)
class Pointwise(Action):
    """A dense batch `(B, *points, dim)` in which every point of an item moves the same way.

    Args:
        rep: how each vector moves.

    Example:
        >>> import torch
        >>> from symbreak.groups import Orthogonal
        >>> from symbreak.representations import Vector
        >>> quarter = torch.tensor([[[0.0, -1.0], [1.0, 0.0]]])
        >>> Pointwise(Vector(Orthogonal(2))).act(quarter, torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])).tolist()
        [[[0.0, 1.0], [-2.0, 0.0]]]
    """

    rep: Representation

    @property
    def group(self) -> Group:
        return self.rep.group

    def act(self, g: Element, x: Tensor) -> Tensor:
        self.check(x)
        for _ in range(x.dim() - 2):
            g = unsqueeze(g, 1)
        return self.rep.act(g, x)

    def haar(self, x: Tensor, *, generator: Source = None) -> Element:
        self.check(x)
        return self.group.sample((len(x),), generator=generator, dtype=x.dtype, device=x.device)

    def check(self, x: Tensor) -> None:
        """Refuses data of another width."""
        if x.dim() < 2 or x.shape[-1] != self.rep.dim:
            raise ValueError(
                f"The data has shape {tuple(x.shape)}, but {self.rep!r} moves (B, ..., {self.rep.dim}): the batch "
                "comes first and the vector last."
            )
