"""Symmetry breaking by noise at the input."""

import torch
from torch import Tensor, nn

from symbreak.groups import Source, normal


class Noise(nn.Module):
    """An equivariant network that is given independent normal numbers beside its input.

        f(x) = network(x ⊕ z),    z ~ N(0, 1) for each point and channel

    The law of the noise is invariant under permutations of the points, and so under every symmetry that permutes them.
    It has far more entropy than a pose, and all of it reaches the network.

    Args:
        network: equivariant jointly in data and noise.
        copies: number of noise channels.
        axis: the channel axis; 1 for fields `(B, C, *sizes)`, -1 for points `(B, *points, d)`.

    Shapes:
        x `(B, ..., C, ...)` -> as the network's for `C + copies` channels. `z`, if given, is used instead of a draw.

    Example:
        >>> Noise(nn.Identity(), 2, axis=1)(torch.zeros(5, 3, 4, 4)).shape
        torch.Size([5, 5, 4, 4])

    Reference:
        Satorras, Hoogeboom, Welling (2021), E(n) equivariant graph neural networks, the noise baseline.
    """

    def __init__(self, network: nn.Module, copies: int, *, axis: int):
        super().__init__()
        self.network, self.copies, self.axis = network, copies, axis

    def forward(self, x: Tensor, z: Tensor | None = None, *, generator: Source = None) -> Tensor:
        if z is None:
            shape = list(x.shape)
            shape[self.axis] = self.copies
            z = normal(tuple(shape), generator=generator, dtype=x.dtype, device=x.device)
        return self.network(torch.cat([x, z], dim=self.axis))
