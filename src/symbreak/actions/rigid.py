"""Motions of space: points that turn and are shifted."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symbreak.actions.action import Action
from symbreak.actions.graph import Fields
from symbreak.actions.points import Pointwise
from symbreak.groups import Orthogonal, Semidirect, SemidirectElement, Source, euclidean
from symbreak.representations import DirectSum, Vector


@dataclass(frozen=True)
class Rigid(Action):
    """Points under E(n) or SE(n): what turns under O(n) turns, and the positions are shifted besides.

        (t, R) · x = R x + t

    Args:
        linear: how the data turn: `Pointwise` with the positions in the first n columns, `Vector(G)` or a `DirectSum`
            that begins with it; or `Fields`.
        position: the field of a batch that holds the positions; it moves by `Vector(G)`.

    Raises:
        ValueError: if the linear action is not one of `Orthogonal(n)`, or does not move the positions as vectors.

    Example:
        >>> quarter = torch.tensor([[[0.0, -1.0], [1.0, 0.0]]])
        >>> g = SemidirectElement(torch.tensor([[5.0, 0.0]]), quarter)
        >>> Rigid(Pointwise(Vector(Orthogonal(2)))).act(g, torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])).tolist()
        [[[5.0, 1.0], [3.0, 0.0]]]
    """

    linear: Pointwise | Fields
    position: str = "pos"

    def __post_init__(self):
        if not isinstance(self.linear.group, Orthogonal):
            raise ValueError(
                f"Rigid was given {self.linear!r} of {self.linear.group!r}, but the points of E(n) turn by matrices: "
                "try Rigid(Pointwise(Vector(Orthogonal(3))))."
            )
        if isinstance(self.linear, Fields):
            rep = dict(self.linear.moves).get(self.position)
        else:
            rep = self.linear.rep.parts[0] if isinstance(self.linear.rep, DirectSum) else self.linear.rep
        if not isinstance(rep, Vector):
            where = f"the field {self.position!r}" if isinstance(self.linear, Fields) else "the first columns"
            raise ValueError(
                f"{where} of the data moves by {rep!r}, but positions are vectors: let it be "
                f"Vector({self.linear.group!r}), or name the field of the positions."
            )

    @property
    def group(self) -> Semidirect:
        linear = self.linear.group
        assert isinstance(linear, Orthogonal)
        return euclidean(linear.n, linear.special)

    def act(self, g: SemidirectElement, x: Any) -> Any:
        moved = self.linear.act(g.h, x)
        if not isinstance(moved, Tensor):
            moved[self.position] = moved[self.position] + g.n[moved.batch]
            return moved
        shift = torch.nn.functional.pad(g.n, (0, moved.shape[-1] - g.n.shape[-1]))
        return moved + shift.reshape(len(shift), *[1] * (moved.dim() - 2), -1)

    def haar(self, x: Any, *, generator: Source = None) -> SemidirectElement:
        like = x if isinstance(x, Tensor) else x[self.position]
        count = len(x) if isinstance(x, Tensor) else x.num_graphs
        return self.group.sample((count,), generator=generator, dtype=like.dtype, device=like.device)
