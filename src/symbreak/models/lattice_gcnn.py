"""A p4 or p4m group-convolutional network on a periodic lattice, all of it in this file but its layers.

Conditions (bond couplings and scalar fields) come in, one logit for each site comes out.

Reference:
    Cohen, Welling (2016), Group equivariant convolutional networks.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from symbreak.actions import Bond, Channels, Lattice, Orientation, Scalar
from symbreak.groups import FiniteSemidirect
from symbreak.layers import BondToOrientation, GroupConv


class LatticeGCNN(nn.Module):
    """Equivariant map from lattice fields to a scalar field: `f(g x) = g f(x)`, exactly.

        y₀ = conv(x),    y_{k+1} = y_k + conv(silu(y_k)),    logit(r) = a · mean_p silu(y_K)(r, p) + b

    Args:
        group: the lattice group, such as `p4m(16)`. The weights fit lattices of any size.
        bonds: number of bond couplings, the first `2 bonds` channels of the input.
        scalars: number of scalar channels that follow them.
        extra: further channels after these: an encoding, or noise.
        copies: width; each layer has `copies · |P|` channels.
        hidden: number of residual layers.
        scale: for each bond and scalar, the size of typical values; the network sees `x / scale`.
        conv: makes the layers, with the signature `conv(group, channels, copies)`; `GroupConv` if None.

    Shapes:
        `(B, 2 bonds + scalars + extra, L, L)` -> `(B, 1, L, L)`.

    Raises:
        ValueError: if the input has another number of channels, or a lattice that is not square.

    Example:
        >>> from symbreak.groups import p4m
        >>> net = LatticeGCNN(p4m(8), copies=2)
        >>> uniform = torch.ones(1, 3, 8, 8)
        >>> float(net(uniform).detach().std()) < 1e-6  # a uniform lattice can only get one logit
        True
    """

    rate: Tensor

    def __init__(
        self,
        group: FiniteSemidirect,
        *,
        bonds: int = 1,
        scalars: int = 1,
        extra: tuple[Channels, ...] = (),
        copies: int = 6,
        hidden: int = 2,
        scale: tuple[float, ...] | None = None,
        conv: Callable[[FiniteSemidirect, tuple[Channels, ...], int], nn.Module] | None = None,
    ):
        super().__init__()
        conv = GroupConv if conv is None else conv
        self.bonds, self.scalars = 2 * bonds, scalars
        self.action = Lattice(group, (Bond(bonds), Scalar(scalars), *extra))
        sizes = (1.0,) * (bonds + scalars) if scale is None else scale
        if len(sizes) != bonds + scalars:
            raise ValueError(
                f"scale has {len(sizes)} entries, but there are {bonds} bonds and {scalars} scalars to scale."
            )
        each = [size for size in sizes[:bonds] for _ in range(2)] + list(sizes[bonds:])
        self.register_buffer("rate", 1 / torch.tensor(each)[:, None, None], persistent=False)
        self.bond_to_orientation = BondToOrientation(group)
        self.lift = conv(group, (Orientation(bonds), Scalar(scalars), *extra), copies)
        self.trunk = Trunk([conv(group, (Orientation(copies),), copies) for _ in range(hidden)], copies)

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() != 4 or x.shape[1] != self.action.width or x.shape[2] != x.shape[3]:
            raise ValueError(
                f"The input has shape {tuple(x.shape)}, but this network takes (B, {self.action.width}, L, L): "
                f"{self.bonds} channels of bonds, {self.scalars} scalars and "
                f"{self.action.width - self.bonds - self.scalars} of an encoding or noise."
            )
        given = self.bonds + self.scalars
        conditions = x[:, :given] * self.rate
        bonds = self.bond_to_orientation(conditions[:, : self.bonds])
        return self.trunk(self.lift(torch.cat([bonds, conditions[:, self.bonds :], x[:, given:]], dim=1)))


class Trunk(nn.Module):
    """What follows the lift: `(B, copies · |P|, L, L)` -> `(B, 1, L, L)`; a `LiftedEncoding` joins before it."""

    def __init__(self, body: list[nn.Module], copies: int):
        super().__init__()
        self.body, self.copies = nn.ModuleList(body), copies
        self.readout = nn.Conv2d(copies, 1, 1)

    def forward(self, y: Tensor) -> Tensor:
        for layer in self.body:
            y = y + layer(F.silu(y))
        return self.readout(F.silu(y).unflatten(1, (self.copies, -1)).mean(2))
