"""Outputs with a vector for each node."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups import Element, Product, Symmetric, unsqueeze
from symbreak.groups.group import check_size
from symbreak.representations import Representation
from symbreak.representations.representation import batch_shape


@dataclass(frozen=True)
class SiteRepresentation(Representation):
    """One vector for each node: an element `(h, p)` turns the vectors by `h` and carries them along by `p`.

        (h y)[p[i]] = ρ(h) y[i]

    Forces of n atoms are `SiteRepresentation(Vector(Orthogonal(3)), n)`; logits of n nodes of a graph are
    `SiteRepresentation(Trivial(Symmetric(n), classes), n)`. A vector has the nodes one after another.

    Args:
        local: how the vector of one node moves.
        nodes: how many.
    Raises:
        ValueError: if `nodes` is no integer of at least 0.

    Example:
        >>> from symbreak.groups import Orthogonal
        >>> from symbreak.representations import Vector
        >>> half = torch.tensor([[-1.0, 0.0], [0.0, -1.0]])
        >>> forces = SiteRepresentation(Vector(Orthogonal(2)), 2)
        >>> forces.act((half, torch.tensor([1, 0])), torch.tensor([1.0, 2.0, 3.0, 4.0])).tolist()
        [-3.0, -4.0, -1.0, -2.0]
    """

    local: Representation
    nodes: int

    def __post_init__(self):
        check_size("SiteRepresentation", self.nodes, least=0)

    @property
    def group(self) -> Product:
        return Product((self.local.group, Symmetric(self.nodes)))

    @property
    def dim(self) -> int:
        return self.nodes * self.local.dim

    def act(self, g: tuple[Element, Tensor], x: Tensor) -> Tensor:
        self.check(x)
        h, p = g
        h = unsqueeze(h, len(batch_shape(self.local.group, h)))
        moved = self.local.act(h, x.unflatten(-1, (self.nodes, self.local.dim)))  # (..., nodes, d)
        source = torch.broadcast_to(Symmetric().inverse(p), moved.shape[:-1])[..., None]
        moved, source = torch.broadcast_tensors(moved, source)
        return moved.gather(-2, source).flatten(-2)
