"""A multilayer perceptron on the flattened lattice: no symmetry at all."""

import torch
from torch import Tensor, nn


class LatticeMLP(nn.Module):
    """Fully connected network from lattice fields to one logit for each site.

    Args:
        channels: of the input.
        size: L of the `L × L` lattice.
        width: of the hidden layers.
        depth: number of hidden layers.
        scale: for each channel, the size of typical values; the network sees `x / scale`.

    Shapes:
        `(B, channels, L, L)` -> `(B, 1, L, L)`.

    Example:
        >>> LatticeMLP(3, 4, width=8)(torch.zeros(2, 3, 4, 4)).shape
        torch.Size([2, 1, 4, 4])
    """

    rate: Tensor

    def __init__(
        self, channels: int, size: int, *, width: int = 1024, depth: int = 3, scale: tuple[float, ...] | None = None
    ):
        super().__init__()
        rate = 1 / torch.tensor((1.0,) * channels if scale is None else scale)
        if len(rate) != channels:
            raise ValueError(f"scale has {len(rate)} entries, but there are {channels} channels to scale.")
        self.register_buffer("rate", rate[:, None, None], persistent=False)
        widths = [channels * size**2] + [width] * depth
        hidden = [part for a, b in zip(widths, widths[1:], strict=False) for part in (nn.Linear(a, b), nn.SiLU())]
        self.body = nn.Sequential(nn.Flatten(), *hidden)
        self.readout = nn.Linear(width, size**2)
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        return self.readout(self.body(x * self.rate)).unflatten(1, (1, self.size, self.size))
