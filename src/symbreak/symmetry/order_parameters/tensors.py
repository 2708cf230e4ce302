"""Irreps that turn together, many turns at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.representations.irreps import Irreps
from symbreak.symmetry.derivative import derivative
from symbreak.symmetry.order_parameters.irrep_block import IrrepBlock

_SO3 = Orthogonal(3, special=True)
_COARSE = 0.42  # radians over l: the distance of neighbours among the axes that are tried


@dataclass(frozen=True, eq=False)
class Tensors:
    """The vectors of some blocks as one, about to be turned and inverted.

    Args:
        blocks: not all of degree 0.
    """

    blocks: Sequence[IrrepBlock]

    @cached_property
    def vector(self) -> Tensor:
        """`(dim,)`"""
        return torch.cat([block.values.flatten() for block in self.blocks])

    @cached_property
    def rep(self) -> Irreps:
        return Irreps(_SO3, " + ".join(f"{len(block.values)}x{block.degree}e" for block in self.blocks))

    @cached_property
    def inversion(self) -> Tensor:
        """What the inversion multiplies each entry by: `(dim,)`."""
        return torch.cat([torch.full((b.values.numel(),), float(b.parity)).double() for b in self.blocks])

    @cached_property
    def degree(self) -> int:
        return max(block.degree for block in self.blocks)

    @cached_property
    def wave(self) -> Tensor:
        """How often each entry goes round as space turns about the y axis once: int64 `(dim,)`."""
        waves = [(torch.arange(2 * b.degree + 1) - b.degree).abs().repeat(len(b.values)) for b in self.blocks]
        return torch.cat(waves)

    def scaled(self, least: float) -> "Tensors":
        """Those with a norm above the least, each divided by it: the exact symmetry of all of them is the same."""
        kept = [b for b in self.blocks if b.norm > least]
        return Tensors([IrrepBlock(b.degree, b.parity, b.values / b.norm) for b in kept])

    def moved(self, R: Tensor, improper: Tensor) -> Tensor:
        """The vector under `R`, or under `-R` where improper: `(S, 3, 3), (S,) -> (S, dim)`."""
        return self.rep.act(R, self.vector) * torch.where(improper[:, None], self.inversion, 1.0)

    def slopes(self, x: Tensor) -> Tensor:
        """What small turns about the three axes do to vectors: `(S, dim) -> (S, 3, dim)`."""
        parts = []
        for block, part in zip(self.blocks, x.split([b.values.numel() for b in self.blocks], dim=-1), strict=True):
            piece = part.unflatten(-1, block.values.shape)
            parts.append(torch.einsum("kij,scj->skci", turn_generators(block.degree), piece).flatten(2))
        return torch.cat(parts, dim=-1)

    def seen(self, frames: Tensor) -> Tensor:
        """The vector in frames with the axis as y: `(N, 3, 3) -> (N, dim)`."""
        return self.rep.act(frames.mT, self.vector)

    def power(self) -> tuple[Tensor, Tensor]:
        """The square of each wave about each of the axes tried, of even and of odd tensors: two `(N, l + 1)`."""
        even = torch.zeros(len(trial_axes(self.degree)), self.degree + 1, dtype=torch.float64)
        odd = even.clone()
        for block in self.blocks:
            turned = torch.einsum("nij,ci->ncj", _trial_matrices(block.degree, self.degree), block.values)
            square = turned.square().sum(1)  # (N, 2l+1)
            l = block.degree
            total = even if block.parity == 1 else odd
            total[:, 0] += square[:, l]
            total[:, 1 : l + 1] += square[:, l + 1 :] + square[:, :l].flip(1)
        return even, odd


@lru_cache(maxsize=32)
def turn_generators(degree: int) -> Tensor:
    """What the generators of the turns about x, y and z are in an irrep: `(3, 2l+1, 2l+1)`."""
    cross = torch.linalg.cross(torch.eye(3, dtype=torch.float64)[:, None], torch.eye(3, dtype=torch.float64)[None])
    if not degree:
        return torch.zeros(3, 1, 1, dtype=torch.float64)
    return derivative(Irreps(_SO3, f"1x{degree}e"), cross.mT)


def frames(axis: Tensor) -> Tensor:
    """Rotations that send y to unit vectors: `(N, 3) -> (N, 3, 3)`."""
    least = torch.nn.functional.one_hot(axis.abs().argmin(-1), 3).to(axis)
    across = torch.linalg.cross(axis, least)
    across = across / across.norm(dim=-1, keepdim=True)
    return torch.stack([across, axis, torch.linalg.cross(across, axis)], dim=-1)


@lru_cache(maxsize=16)
def trial_axes(degree: int) -> Tensor:
    """Axes `(N, 3)`, evenly over half a sphere and closer together than tensors of this degree vary."""
    n = max(100, round(2 * torch.pi / (_COARSE / max(degree, 1)) ** 2))
    i = torch.arange(n, dtype=torch.float64) + 0.5
    z, turn = i / n, i * torch.pi * (5**0.5 - 1)
    across = (1 - z * z).sqrt()
    return torch.stack([across * turn.cos(), across * turn.sin(), z], dim=-1)


@lru_cache(maxsize=16)
def trial_neighbours(degree: int) -> Tensor:
    """The eight axes nearest to each of those tried: int64 `(N, 8)`."""
    u = trial_axes(degree)
    return (u @ u.T).abs().fill_diagonal_(0.0).topk(8).indices


@lru_cache(maxsize=64)
def _trial_matrices(degree: int, largest: int) -> Tensor:
    """`D(Q_u)` of the frames about the axes tried, `(N, 2l+1, 2l+1)`."""
    Q = frames(trial_axes(largest))
    return Irreps(_SO3, f"1x{degree}e").matrix(Q) if degree else torch.ones(len(Q), 1, 1, dtype=torch.float64)
