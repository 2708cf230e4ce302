"""Relaxed convolution on images and voxel grids, with one weight for each element of the point group."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from symbreak.actions import Orientation, Scalar
from symbreak.groups import FiniteSemidirect, LatticeTurn
from symbreak.layers.relaxed_group_conv.regular import check_counts, quotients

_CONV = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


class RelaxedPointConv(nn.Module):
    """Group convolution in one, two or three dimensions, scaled at each element of the point group.

    With `K` filter banks, at site `t` and orientation `p`,

        y(t, p) = Σ_k w_k(p) ⟨(t, p) ψ_k, x⟩ + b.

    A constant `w` is the exact layer, and `w_k(p) = 1/K` the start. Translations stay exact. Filters live on a window
    about a site, which the point group permutes: nothing is interpolated. A *separable* filter is a mixing of the
    channels, `(C S)` numbers for each copy, times a filter in space: so a network over the 48 elements of the cube can
    be afforded.

    The layer is jointly equivariant in `(w, x)` always, with `(h · w)(p) = w(h⁻¹ p)`. As `h` permutes the entries of
    `w`, Adam keeps `w` in the subspace that the symmetry of the data allows; see `RelaxedRegular`.

    Args:
        group: `p4`, `p4m`, `p432`, `pm3m`, `inversions` or another `lattice_group`; its point group is used, and the
            layer fits grids of any size.
        inputs: what the input channels are, `Scalar(C)` or `Orientation(C)`.
        copies: number of output copies; the output is an `Orientation(copies)`.
        kernel_size: odd.
        banks: K.
        separable: see above.
        periodic: whether the grid is; zeros stand outside otherwise, and then the layer is exact about the centre of
            the grid only.

    Shapes:
        `(B, C S, ...)` -> `(B, copies · |P|, ...)`, with `S = 1` or `|P|`; `mixing` `(K, |P|)`.

    Raises:
        ValueError: for an even window, channels of another kind, or a field of another shape.

    Example:
        >>> from symbreak.groups import pm3m
        >>> layer = RelaxedPointConv(pm3m(5), Scalar(2), copies=3)
        >>> layer(torch.zeros(1, 2, 5, 5, 5)).shape
        torch.Size([1, 144, 5, 5, 5])

    Reference:
        Wang et al. (2024), Discovering symmetry breaking in physical systems with relaxed group convolution.
    """

    window: Tensor
    back: Tensor

    def __init__(
        self,
        group: FiniteSemidirect,
        inputs: Scalar | Orientation,
        copies: int,
        kernel_size: int = 3,
        banks: int = 1,
        separable: bool = False,
        periodic: bool = True,
    ):
        super().__init__()
        if not isinstance(inputs, Scalar | Orientation):
            raise ValueError(f"The input channels are {inputs!r}, but filters are known for Scalar and Orientation.")
        if not isinstance(group, FiniteSemidirect) or not isinstance(group.phi, LatticeTurn):
            raise ValueError(f"The group is {group!r}, but this layer needs that of a lattice: try p4m(9) or pm3m(15).")
        check_counts(copies=copies, banks=banks)
        self.kernel_size, self.separable, self.periodic = kernel_size, separable, periodic
        self.dimensions = len(group.phi.matrices[0])
        self.register_buffer("window", window_sources(group.phi, kernel_size), persistent=False)  # (|P|, k^d)
        P, k_d = self.window.shape
        slots = P if isinstance(inputs, Orientation) else 1
        back = quotients(group.acting) if slots > 1 else torch.zeros(P, 1, dtype=torch.int64)
        self.register_buffer("back", back, persistent=False)  # (|P|, S)
        self.width = inputs.copies * slots
        shape = (banks, copies, inputs.copies, slots)
        if separable:
            self.filters = nn.Parameter(torch.randn(shape) * self.width**-0.5)
            self.spatial = nn.Parameter(torch.randn(banks, copies, k_d) * k_d**-0.5)
        else:
            self.filters = nn.Parameter(torch.randn(*shape, k_d) * (self.width * k_d) ** -0.5)
        self.mixing = nn.Parameter(torch.full((banks, P), 1 / banks))
        self.bias = nn.Parameter(torch.zeros(copies))

    def forward(self, x: Tensor) -> Tensor:
        half = self.kernel_size // 2
        if x.dim() != 2 + self.dimensions or x.shape[1] != self.width or min(x.shape[2:]) < max(half, 1):
            raise ValueError(
                f"The field has shape {tuple(x.shape)}, but this layer takes (B, {self.width}"
                f"{', L' * self.dimensions}) with L at least {max(half, 1)}, half its window."
            )
        return self._separable(x) if self.separable else self._dense(x)

    def _dense(self, x: Tensor) -> Tensor:
        k = (self.kernel_size,) * self.dimensions
        turned = self.filters[:, :, :, self.back[:, :, None], self.window[:, None, :]]  # (K, copies, C, |P|, S, k^d)
        weight = torch.einsum("kp,kocpsr->opcsr", self.mixing, turned).reshape(-1, self.width, *k)
        bias = self.bias.repeat_interleave(len(self.window))
        return _CONV[self.dimensions](self._padded(x), weight, bias)

    def _separable(self, x: Tensor) -> Tensor:
        banks, P = self.mixing.shape
        k, ones = (self.kernel_size,) * self.dimensions, (1,) * self.dimensions
        mix = self.filters[:, :, :, self.back].transpose(2, 3).reshape(-1, self.width, *ones)
        y = _CONV[self.dimensions](x, mix)  # (B, K copies |P|, ...)
        turned = self.spatial[:, :, self.window] * self.mixing[:, None, :, None]  # (K, copies, |P|, k^d)
        spatial = turned.reshape(-1, *k)
        if self.periodic and min(x.shape[2:]) >= self.kernel_size and len(x):  # no transform of nothing
            y = _correlated(y, spatial)
        else:
            y = _CONV[self.dimensions](self._padded(y), spatial[:, None], groups=y.shape[1])
        y = y.unflatten(1, (banks, -1)).sum(1)
        return y + self.bias.repeat_interleave(P).reshape(-1, *ones)

    def _padded(self, x: Tensor) -> Tensor:
        half = self.kernel_size // 2
        return (
            F.pad(x, (half,) * (2 * self.dimensions), mode="circular" if self.periodic else "constant") if half else x
        )


def _correlated(x: Tensor, filters: Tensor) -> Tensor:
    """Each channel of a periodic field with a filter of its own, by Fourier transforms: the gradient of a convolution
    with as many groups as channels takes several times as long.
    """
    sizes, k, axes = x.shape[2:], filters.shape[-1], tuple(range(-filters.dim() + 1, 0))
    padding = [side for size in reversed(sizes) for side in (0, size - k)]
    spectrum = torch.fft.rfftn(F.pad(filters, padding), dim=axes).conj()
    y = torch.fft.irfftn(torch.fft.rfftn(x, dim=axes) * spectrum, s=sizes, dim=axes)
    return y.roll((k // 2,) * len(axes), axes)


def window_sources(turn: LatticeTurn, kernel_size: int) -> Tensor:
    """int64 `(|P|, k^d)`: the number of `p⁻¹ r` for each place `r` of an odd window, the centre in the middle.

    Raises:
        ValueError: for an even window.
    """
    if isinstance(kernel_size, bool) or kernel_size % 2 == 0 or kernel_size < 1:
        raise ValueError(f"kernel_size is {kernel_size}, but a window about a site is odd: try {kernel_size + 1}.")
    matrices, half = torch.tensor(turn.matrices), kernel_size // 2
    axis = torch.arange(-half, half + 1)
    r = torch.cartesian_prod(*[axis] * matrices.shape[-1]).reshape(-1, matrices.shape[-1])
    back = (matrices.mT[:, None] @ r[None, :, :, None])[..., 0] + half  # p⁻¹ = pᵀ
    places = kernel_size ** torch.arange(matrices.shape[-1] - 1, -1, -1)
    return (back * places).sum(-1)
