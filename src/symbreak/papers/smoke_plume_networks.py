"""The networks of the smoke plume: one layout, with relaxed, strict or plain convolutions."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from symbreak.actions import Orientation
from symbreak.groups import p4
from symbreak.layers import RelaxedPointConv

_SIDES = 4  # orientations of p4
_FIELDS = 3  # smoke, u_x, u_y
BANKS = 3  # of filters, also where their weights are tied: then the relaxed network starts as the strict one


@dataclass(frozen=True)
class Method:
    """A row of the table.

    Args:
        name: of a row's folder.
        label: in tables.
        kind: "relaxed", "strict" or "plain".
        copies: of the regular representation on the fine grid; a plain network has four channels for each.
        rate: of Adam, chosen by `smoke_plume_search`.
        main: only at the main level.
    """

    name: str
    label: str
    kind: str
    copies: int
    rate: float
    main: bool = False


METHODS = (
    Method("relaxed", "relaxed group conv.", "relaxed", 4, 5e-3),
    Method("strict", "strict group conv.", "strict", 4, 5e-3),
    Method("plain", "plain conv., same width", "plain", 4, 2e-2),
    Method("plain-narrow", "plain conv., half the width", "plain", 2, 2e-2, main=True),
)


class PlumeNetwork(nn.Module):
    """From a few frames to the change of the last one, in units of the data.

    Convolutions of 3 × 3 with zeros outside, three of them on a grid half as fine; SiLU. Group convolutions act on the
    regular representation of C4, one plane for each orientation: a vector is lifted to its components along the four
    directions, and smoke to four equal planes; out of it the same directions make a vector, and a mean smoke. With
    equal weights at all orientations the network commutes with the quarter turns of the box, its side being even.

    Args:
        kind: "relaxed" learns a weight for each bank and orientation in each layer, "strict" keeps them equal, "plain"
            has ordinary convolutions with as many channels.
        copies: of the regular representation on the fine grid, twice as many on the coarse one.
        given: frames.

    Shapes:
        `(B, given, 3, N, N)` -> `(B, 3, N, N)`.
    Raises:
        ValueError: for another kind, or a field of another shape.

    Example:
        >>> network = PlumeNetwork("strict", copies=2, given=2)
        >>> network(torch.zeros(5, 2, 3, 8, 8)).shape
        torch.Size([5, 3, 8, 8])
    """

    directions: Tensor

    def __init__(self, kind: str, copies: int, given: int):
        super().__init__()
        if kind not in ("relaxed", "strict", "plain"):
            raise ValueError(f"The kind is {kind!r}, but there are 'relaxed', 'strict' and 'plain'.")
        self.kind, self.given = kind, given
        plain = kind == "plain"
        fine = _SIDES * copies if plain else copies
        coarse = 2 * fine
        self.enter = self._layer((_FIELDS if plain else 2) * given, fine)
        self.down = self._layer(fine, coarse)
        self.inner = self._layer(coarse, coarse)
        self.up = self._layer(coarse, fine)
        self.join = self._layer(fine, fine)
        self.leave = self._layer(fine, _FIELDS if plain else 2)
        turns = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])  # R^p e_x
        self.register_buffer("directions", turns, persistent=False)

    def _layer(self, inputs: int, outputs: int) -> nn.Module:
        if self.kind == "plain":
            return nn.Conv2d(inputs, outputs, 3, padding=1)
        layer = RelaxedPointConv(p4(3), Orientation(inputs), outputs, 3, BANKS, periodic=False)
        layer.mixing.requires_grad_(self.kind == "relaxed")
        return layer

    def forward(self, frames: Tensor) -> Tensor:
        if frames.dim() != 5 or frames.shape[1:3] != (self.given, _FIELDS) or frames.shape[3] % 2:
            raise ValueError(
                f"The frames have shape {tuple(frames.shape)}, but this network takes (B, {self.given}, 3, N, N) with "
                "N even: smoke, u_x and u_y in each."
            )
        fine = F.silu(self.enter(self.lift(frames)))
        coarse = F.silu(self.down(F.avg_pool2d(fine, 2)))
        coarse = coarse + F.silu(self.inner(coarse))
        coarse = self.up(coarse)
        fine = F.silu(fine + coarse.repeat_interleave(2, 2).repeat_interleave(2, 3))
        fine = fine + F.silu(self.join(fine))
        return self.project(self.leave(fine))

    def lift(self, frames: Tensor) -> Tensor:
        """To oriented channels, `(B, given · 2 · 4, N, N)`; of a plain network to the fields themselves."""
        if self.kind == "plain":
            return frames.flatten(1, 2)
        smoke = frames[:, :, :1, None].expand(-1, -1, -1, _SIDES, -1, -1)
        velocity = torch.einsum("pk,btkxy->btpxy", self.directions, frames[:, :, 1:])[:, :, None]
        return torch.cat([smoke, velocity], 2).flatten(1, 3)

    def project(self, y: Tensor) -> Tensor:
        """From oriented channels `(B, 2 · 4, N, N)` to smoke and a vector."""
        if self.kind == "plain":
            return y
        smoke, vector = y.unflatten(1, (2, _SIDES)).unbind(1)
        velocity = torch.einsum("pk,bpxy->bkxy", self.directions, vector) / 2
        return torch.cat([smoke.mean(1, keepdim=True), velocity], 1)

    def mixing(self) -> list[Tensor]:
        """The weights of banks and orientations of each layer, `(BANKS, 4)`; of a plain network none."""
        return [layer.mixing for layer in self.modules() if isinstance(layer, RelaxedPointConv)]


def multiplications(network: PlumeNetwork, size: int) -> int:
    """Of all convolutions, for one frame of `size × size` cells."""
    coarse = {network.down, network.inner, network.up}
    total = 0
    for layer in (network.enter, network.down, network.inner, network.up, network.join, network.leave):
        cells = (size // 2) ** 2 if layer in coarse else size**2
        if isinstance(layer, nn.Conv2d):
            total += cells * layer.weight.numel()
        else:
            assert isinstance(layer, RelaxedPointConv)
            banks, copies, inputs, slots, window = layer.filters.shape
            total += cells * copies * _SIDES * inputs * slots * window
    return total
