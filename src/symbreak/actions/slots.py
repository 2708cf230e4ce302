"""Dense batches of points without an order."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.actions.action import Action
from symbreak.groups import Source, Symmetric, uniform


@dataclass(frozen=True)
class Slots(Action):
    """Permutations of the points of a dense batch `(B, n, ...)`, `(g x)[b, g[b, i]] = x[b, i]`: sets of n vectors.

    Shapes:
        g int64 `(B, n)`.

    Example:
        >>> Slots().act(torch.tensor([[2, 0, 1]]), torch.tensor([[[10.0], [11.0], [12.0]]]))[0, :, 0]
        tensor([11., 12., 10.])
    """

    group: Symmetric = Symmetric()

    def act(self, g: Tensor, x: Tensor) -> Tensor:
        self._check(x)
        if g.shape != x.shape[:2]:
            raise ValueError(
                f"g has shape {tuple(g.shape)}, but data of shape {tuple(x.shape)} have {x.shape[1]} points in each of "
                f"{len(x)} items: {tuple(x.shape[:2])}."
            )
        return x[torch.arange(len(x), device=x.device)[:, None], self.group.inverse(g)]

    def haar(self, x: Tensor, *, generator: Source = None) -> Tensor:
        self._check(x)
        return uniform(tuple(x.shape[:2]), generator=generator, dtype=torch.float64, device=x.device).argsort(-1)

    def _check(self, x: Tensor) -> None:
        if x.dim() < 2:
            raise ValueError(f"The data has shape {tuple(x.shape)}, but Slots permutes the points of (B, n, ...).")
