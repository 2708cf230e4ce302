"""Learned fields on a periodic lattice, for the `v` of a `FieldEncoding`."""

import torch
from torch import Tensor, nn

from symbreak.actions import Lattice


class PixelField(nn.Module):
    """A free value for each channel and site.

    Shapes:
        `()` -> `(C, *sizes)`.
    """

    def __init__(self, action: Lattice, generator: torch.Generator | None = None):
        super().__init__()
        self.values = nn.Parameter(torch.randn(action.width, *action.sizes, generator=generator))

    def forward(self) -> Tensor:
        return self.values


class PeriodicField(nn.Module):
    """One free tile for each channel, repeated over the lattice; each channel has a period of its own.

    With periods up to the side of the lattice, the field names no length: `periods=(2, 4, 8, 16)` holds every
    period that a lattice of side 16 can double. With a single short period the field is invariant under the
    translations by it, and breaks only the rest. A tile starts at a standard deviation of the shortest period over
    its own, so that the long ones, which are noise to begin with, do not drown the short ones. Scalar tiles of side
    1 or 2 are invariant under the mirrors of both axes besides.

    Args:
        action: how the field moves.
        periods: of the copies of each kind of channel, in order; they divide the side of the lattice.

    Shapes:
        `()` -> `(C, *sizes)`.
    """

    def __init__(self, action: Lattice, periods: tuple[int, ...], generator: torch.Generator | None = None):
        super().__init__()
        copies = [kind.slots(action.group) for kind in action.channels for _ in range(kind.copies)]
        if len(copies) != len(periods):
            raise ValueError(
                f"{len(periods)} periods {periods} were given for {len(copies)} copies of channels {action.channels}: "
                "name one period for each copy."
            )
        for period in periods:
            if period < 1 or any(size % period for size in action.sizes):
                raise ValueError(f"The period {period} does not divide the lattice {action.sizes}: choose a divisor.")
        dimensions = len(action.sizes)
        self.tiles = nn.ParameterList(
            torch.randn(slots, *[period] * dimensions, generator=generator) * (min(periods) / period)
            for slots, period in zip(copies, periods, strict=True)
        )
        self.repeats = tuple(tuple(size // period for size in action.sizes) for period in periods)

    def forward(self) -> Tensor:
        return torch.cat([tile.repeat(1, *repeat) for tile, repeat in zip(self.tiles, self.repeats, strict=True)])


class HartleyField(nn.Module):
    """A free amplitude for each channel and wave vector, in the real (Hartley) Fourier basis.

    The transform is orthogonal, so the field is as free as a `PixelField`; but a single parameter is a wave over the
    whole lattice, and gradient descent finds ordered patterns of any wavelength without walls between domains.

    Shapes:
        `()` -> `(C, *sizes)`.
    """

    def __init__(self, action: Lattice, generator: torch.Generator | None = None):
        super().__init__()
        self.amplitudes = nn.Parameter(torch.randn(action.width, *action.sizes, generator=generator))

    def forward(self) -> Tensor:
        axes = tuple(range(1, self.amplitudes.dim()))
        spectrum = torch.fft.fftn(self.amplitudes, dim=axes, norm="ortho")
        return spectrum.real - spectrum.imag
