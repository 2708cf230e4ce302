"""The orthogonal groups O(n) and SO(n)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups.group import Group, check_size
from symbreak.groups.randomness import Shape, Source, normal


@dataclass(frozen=True)
class Orthogonal(Group):
    """O(n), or SO(n) with `special=True`. An element is a matrix `(..., n, n)` that acts on columns.

    Example:
        >>> quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
        >>> Orthogonal(2).compose(quarter, quarter).tolist()
        [[-1.0, 0.0], [0.0, -1.0]]
    """

    n: int
    special: bool = False

    def __post_init__(self):
        check_size("Orthogonal", self.n)

    def identity(
        self, shape: Shape = (), *, dtype: torch.dtype | None = None, device: torch.device | None = None
    ) -> Tensor:
        return torch.eye(self.n, dtype=dtype, device=device).expand(*shape, -1, -1)

    def compose(self, g: Tensor, h: Tensor) -> Tensor:
        return g @ h

    def inverse(self, g: Tensor) -> Tensor:
        return g.mT

    def sample(
        self,
        shape: Shape = (),
        *,
        generator: Source = None,
        dtype: torch.dtype | None = None,
        device: torch.device | None = None,
    ) -> Tensor:
        gaussian = normal((*shape, self.n, self.n), generator=generator, dtype=dtype, device=device)
        q, r = torch.linalg.qr(gaussian)
        q = q * r.diagonal(dim1=-2, dim2=-1).sign()[..., None, :]  # QR has a gauge; this one gives Haar
        if not self.special:
            return q
        return torch.cat([q[..., :-1], q[..., -1:] * torch.linalg.det(q)[..., None, None]], dim=-1)

    def distance(self, g: Tensor, h: Tensor) -> Tensor:
        return torch.linalg.vector_norm(g - h, dim=(-2, -1))
