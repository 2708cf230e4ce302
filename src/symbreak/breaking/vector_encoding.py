"""Encodings of a pose by vectors."""

from typing import Any

import torch
from torch import Tensor, nn

from symbreak.breaking.encoding import Encoding, beside
from symbreak.groups import Element, FiniteGroup, unsqueeze
from symbreak.representations import Representation
from symbreak.symmetry import vector_stabilizer


class VectorEncoding(Encoding):
    """Learned vectors `v` of a representation, moved by the pose and set beside the features of every point.

    For a finite group take `Regular(group)`, in which almost every vector has a trivial stabilizer; for SO(3) two
    copies of `Vector`, for O(3) three, or irreps such as `"2x1o + 1x2e"`.

    Args:
        rep: how each of the vectors moves.
        copies: how many.
        order: of the stabilizer that `v` is to have: 1 to break everything, more for partial breaking.
        field: of a PyG batch, the node field that the vectors join; it is made if there is none.
        generator: for the starting values.

    Shapes:
        data `(B, *points, d)` -> joined `(B, *points, d + copies · rep.dim)`; of a PyG batch of N nodes, the field
        `(N, d)` -> `(N, d + copies · rep.dim)`.

    Raises:
        ValueError: if the stabilizer of `v` is not of the asked-for order.

    Example:
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular
        >>> encoding = VectorEncoding(Regular(Cyclic(4)), 1)
        >>> x = torch.zeros(2, 5, 3)
        >>> encoding.join(x, encoding(torch.tensor([0, 1]), x)).shape
        torch.Size([2, 5, 7])
    """

    def __init__(
        self,
        rep: Representation,
        copies: int,
        *,
        order: int = 1,
        field: str = "x",
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.rep, self.order, self.field = rep, order, field
        self.v = nn.Parameter(torch.randn(copies, rep.dim, generator=generator))
        self.check()

    def forward(self, g: Element, x: Any) -> Tensor:
        v = self.v.to(g.dtype) if isinstance(g, Tensor) and g.is_floating_point() else self.v
        return self.rep.act(unsqueeze(g, 1), v).flatten(1)  # (B, copies · dim)

    def join(self, x: Any, code: Tensor) -> Any:
        if not isinstance(x, Tensor):
            joined, code = x.clone(), code[x.batch]
            joined[self.field] = beside(x[self.field], code, dim=-1) if self.field in x else code
            return joined
        code = code.reshape(len(code), *[1] * (x.dim() - 2), code.shape[-1])
        return beside(x, code.expand(*x.shape[:-1], -1), dim=-1)

    def check(self) -> None:
        found = vector_stabilizer(self.rep, self.v.detach())
        if found != self.order:
            kind = "infinitely many" if found is None else str(found)
            finite = isinstance(self.rep.group, FiniteGroup)
            raise ValueError(
                f"{kind} elements of {self.rep.group!r} leave the {len(self.v)} vectors v as they are, but a "
                f"stabilizer of order {self.order} was asked for. "
                + ("Use Regular(group), which has free vectors." if finite else "Add copies, or irreps of odd parity.")
            )
