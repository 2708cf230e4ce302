"""Relaxed group convolution on a periodic lattice."""

import torch
from torch import Tensor, nn

from symbreak.actions import Channels
from symbreak.groups import FiniteSemidirect, Torus
from symbreak.layers.group_conv import GroupConv
from symbreak.layers.relaxed_group_conv.regular import check_counts


class RelaxedGroupConv(nn.Module):
    """Group convolution whose filters are mixed differently at every element of the group.

    With `K` filter banks,

        y(g) = Σ_k w_k(g) ⟨g ψ_k, x⟩ + b.

    A constant `w` is the exact layer; the banks start at `w_k(g) = 1/K + spread · noise`. Once `w` varies over
    sites and orientations the layer is not equivariant: the breaking is learned from the data and is the same for
    every input. With `orientations=False` one weight serves all orientations at a site, so only translations are
    relaxed; with `sites=False` one serves all sites, so only the point group is.

    The layer is jointly equivariant in `(w, x)`, with `(h · w)(g) = w(h⁻¹ g)`. The group only permutes the entries of
    `w`, so Adam, which treats all alike, keeps `w` in the subspace that the symmetry of the data allows, where the
    spread is 0 and each step sees data closed under that symmetry.

    Args:
        group: fixes the lattice, since `w` has one value for each of its elements.
        channels: what the input channels are.
        copies: number of output copies.
        banks: K.
        spread: standard deviation of the starting weights about 1/K.
        sites, orientations: whether `w` may differ from site to site, and between the orientations at a site.

    Shapes:
        `(B, C, L, L)` -> `(B, copies · |P|, L, L)`; `mixing` `(K, 1, |P|, L, L)`, 1 for what is not relaxed.

    Raises:
        ValueError: as `GroupConv`; for a field on another lattice.

    Example:
        >>> from symbreak.actions import Scalar
        >>> from symbreak.groups import p4
        >>> translations = RelaxedGroupConv(p4(6), (Scalar(),), copies=2, orientations=False)
        >>> tuple(translations.mixing.shape), translations(torch.zeros(1, 1, 6, 6)).shape
        ((2, 1, 1, 6, 6), torch.Size([1, 8, 6, 6]))

    Reference:
        Wang, Walters, Yu (2022), Approximately equivariant networks; Wang et al. (2024), Discovering symmetry breaking
        in physical systems with relaxed group convolution.
    """

    def __init__(
        self,
        group: FiniteSemidirect,
        channels: tuple[Channels, ...],
        copies: int,
        kernel_size: int = 3,
        banks: int = 2,
        spread: float = 0.0,
        sites: bool = True,
        orientations: bool = True,
    ):
        super().__init__()
        check_counts(copies=copies, banks=banks)
        self.banks = GroupConv(group, channels, banks * copies, kernel_size, bias=False)
        assert isinstance(group.normal, Torus)
        self.sizes = group.normal.sizes
        P = group.acting.order if orientations else 1
        noise = torch.randn(banks, 1, P, *(self.sizes if sites else (1,) * len(self.sizes)))
        self.mixing = nn.Parameter(1 / banks + spread * noise)
        self.bias = nn.Parameter(torch.zeros(copies, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[2:] != self.sizes:
            raise ValueError(
                f"The field has shape {tuple(x.shape)}, but the weights are those of a lattice of sides "
                f"{self.sizes}: make the layer for the field's lattice."
            )
        y = self.banks(x)
        y = y.unflatten(1, (self.mixing.shape[0], len(self.bias), -1))  # (B, K, copies, |P|, L, L)
        return ((y * self.mixing).sum(1) + self.bias).flatten(1, 2)
