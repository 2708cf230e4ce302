"""Group convolution on a periodic lattice."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from symbreak.actions import Channels, Lattice, Orientation, Scalar
from symbreak.groups import FiniteSemidirect, LatticeTurn, SemidirectElement, Torus


class GroupConv(nn.Module):
    """Equivariant convolution from scalar and oriented channels to oriented channels, exact and periodic.

    With a learned filter `ψ` for each output copy,

        y(g) = ⟨g ψ, x⟩ + b,    g = (t, p),

    so the output at site `t` and orientation `p` is the correlation of `x` with the transformed filter. The filter
    lives on a `kernel_size × kernel_size` window about the origin, on which the point group acts by permutations:
    nothing is interpolated.

    Args:
        group: the lattice group, such as `p4m(16)`; the layer itself fits lattices of any size.
        channels: what the input channels are, `Scalar` and `Orientation` only.
        copies: number of output copies; the output has `copies · |P|` channels, an `Orientation(copies)`.
        kernel_size: odd.

    Shapes:
        `(B, C, L, L)` -> `(B, copies · |P|, L, L)`.

    Raises:
        ValueError: for an even window, channels whose filters do not fit a window, no channels or copies, or a group
            that is not that of a lattice.

    Example:
        >>> from symbreak.groups import p4m
        >>> GroupConv(p4m(8), (Scalar(3),), copies=2)(torch.zeros(1, 3, 8, 8)).shape
        torch.Size([1, 16, 8, 8])

    Reference:
        Cohen, Welling (2016), Group equivariant convolutional networks.
    """

    source: Tensor

    def __init__(
        self,
        group: FiniteSemidirect,
        channels: tuple[Channels, ...],
        copies: int,
        kernel_size: int = 3,
        bias: bool = True,
    ):
        super().__init__()
        if isinstance(copies, bool) or not isinstance(copies, int) or copies < 1:
            raise ValueError(f"copies is {copies!r}, but it counts from 1.")
        source = filter_sources(group, channels, kernel_size)  # (|P|, C k k)
        self.copies, self.kernel_size, self.orientations = copies, kernel_size, group.acting.order
        self.register_buffer("source", source, persistent=False)
        self.width = source.shape[1] // kernel_size**2
        self.filters = nn.Parameter(torch.randn(copies, source.shape[1]) * source.shape[1] ** -0.5)
        self.bias = nn.Parameter(torch.zeros(copies)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        k = self.kernel_size
        if x.dim() != 4 or x.shape[1] != self.width or min(x.shape[2:]) < k // 2:
            raise ValueError(
                f"The field has shape {tuple(x.shape)}, but this layer takes (B, {self.width}, L, L) with L at least "
                f"{k // 2}, half its window."
            )
        weight = self.filters[:, self.source].reshape(-1, self.width, k, k)  # (copies |P|, C, k, k)
        bias = None if self.bias is None else self.bias.repeat_interleave(self.orientations)
        return F.conv2d(F.pad(x, (k // 2,) * 4, mode="circular") if k > 1 else x, weight, bias)


def filter_sources(group: FiniteSemidirect, channels: tuple[Channels, ...], kernel_size: int) -> Tensor:
    """int64 `(|P|, C k k)`: for each point element, where each entry of a transformed filter is read from."""
    if kernel_size % 2 == 0 or kernel_size < 1:
        raise ValueError(f"kernel_size is {kernel_size}, but a window about a site is odd: try {kernel_size + 1}.")
    if not isinstance(group, FiniteSemidirect) or not isinstance(group.phi, LatticeTurn):
        raise ValueError(f"The group is {group!r}, but this layer needs that of a lattice: try p4(8) or p4m(8).")
    if not channels:
        raise ValueError("There are no input channels, so there is nothing to convolve: try (Scalar(),).")
    for kind in channels:
        if not isinstance(kind, Scalar | Orientation):
            raise ValueError(
                f"The input channels {kind!r} have no filters on a window about a site. Use Scalar or Orientation; "
                "bonds become oriented channels by BondToOrientation."
            )
    # An odd window is a torus of its own size, with the origin in the corner.
    window = Torus((kernel_size, kernel_size))
    small = Lattice(FiniteSemidirect(window, group.acting, LatticeTurn(window, group.phi.matrices)), channels)
    entries = torch.arange(small.width * window.order).reshape(1, small.width, kernel_size, kernel_size)
    half = kernel_size // 2
    centred = entries.roll((-half, -half), (2, 3))
    p = torch.arange(group.acting.order)
    still = SemidirectElement(window.identity((len(p),)), group.acting.element(p))
    return small.act(still, centred).roll((half, half), (2, 3)).flatten(1)


class BondToOrientation(nn.Module):
    """Bond couplings as one oriented channel for each: at `r` and orientation `p`, the bond from `r` along `p e_x`.

    Linear, injective and equivariant; it has no parameter.

    Shapes:
        `(B, 2 copies, L, L)` -> `(B, |P| copies, L, L)`.
    """

    def __init__(self, group: FiniteSemidirect):
        super().__init__()
        assert isinstance(group.phi, LatticeTurn)
        self.steps = tuple((matrix[0][0], matrix[1][0]) for matrix in group.phi.matrices)  # p e_x

    def forward(self, bonds: Tensor) -> Tensor:
        B, C, *sizes = bonds.shape
        jx, jy = bonds.reshape(B, C // 2, 2, *sizes).unbind(2)
        along = {(1, 0): jx, (0, 1): jy, (-1, 0): jx.roll(1, -2), (0, -1): jy.roll(1, -1)}
        return torch.stack([along[step] for step in self.steps], dim=2).flatten(1, 2)
