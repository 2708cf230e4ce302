"""Cosets `G_x g₀` of the stabilizers of clouds, and uniform draws from them."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from symbreak.groups import Orthogonal, Source, uniform, uniform_ragged


@dataclass(frozen=True, eq=False)
class PointCosets:
    """The cosets of U clouds of n_u points, `{(g_k, R_k A) · (order, frame)}`, with `A` in the connected part of the
    stabilizer; and which of them each of B items has.

    Args:
        which: of the U clouds, for each item.
        size, count: how many points, and how many components of the stabilizer.
        rotations, permutations: one element `(R_k, g_k)` of each component, one after the other.
        continuous: the dimension of the stabilizer: 0, 1 for turns about `axis`, or 3.
        axis: or zero.
        frame, order: `g₀`: the canonical point `r` of a cloud is in slot `order[r]`, and the frame turns it there.
        places: equal numbers for slots of a cloud that nothing tells apart, which may be exchanged at will.

    Shapes:
        which int64 `(B,)`; size, count, continuous int64 `(U,)`; axis float64 `(U, 3)`; frame float64 `(U, 3, 3)`;
        rotations float64 `(Σ count, 3, 3)`; permutations int64 `(Σ count · size,)`; order, places int64 `(Σ size,)`.
    """

    which: Tensor
    size: Tensor
    count: Tensor
    rotations: Tensor
    permutations: Tensor
    continuous: Tensor
    axis: Tensor
    frame: Tensor
    order: Tensor
    places: Tensor

    def to(self, device: torch.device) -> "PointCosets":
        """The same on a device."""
        return replace(self, **{name: tensor.to(device) for name, tensor in vars(self).items()})

    def entropy(self, *, permutations: bool) -> Tensor:
        """float64 `(B,)`: the logarithm of the number of elements, as pairs with permutations or as matrices."""
        log = self.count.to(torch.float64).log()
        if permutations:
            cloud = torch.repeat_interleave(self.size)
            alike = torch.bincount(self.places + _starts(self.size)[cloud], minlength=len(cloud))
            log = log.index_add(0, cloud, torch.lgamma(alike.to(torch.float64) + 1))
        return log.masked_fill(self.continuous > 0, math.inf)[self.which]

    def draw(self, *, generator: Source = None) -> tuple[Tensor, Tensor]:
        """One element `R` of each coset, uniform: float64 `(B, 3, 3)`; and the number of its component, `(B,)`."""
        device, B, u = self.which.device, len(self.which), self.which
        level, angle = (uniform((B,), generator=generator, dtype=torch.float64, device=device) for _ in range(2))
        haar = Orthogonal(3, special=True).sample((B,), generator=generator, dtype=torch.float64, device=device)
        number = (level * self.count[u]).long()
        R = self.rotations[_starts(self.count)[u] + number]
        A = haar.where((self.continuous[u] == 3)[:, None, None], _turns(self.axis[u], 2 * math.pi * angle))
        return R @ A @ self.frame[u], number

    def draw_permutations(self, number: Tensor, *, generator: Source = None) -> Tensor:
        """The permutations that belong to components, with alike slots exchanged at random: int64 `(N,)`, all slots."""
        u, size = self.which, self.size[self.which]
        begin, item = _starts(size), torch.repeat_interleave(size)
        slot = torch.arange(len(item), device=item.device) - begin[item]  # within the cloud
        row = _starts(self.size)[u][item]
        table = (_starts(self.count * self.size)[u] + number * size)[item]
        sent = self.permutations[table + self.order[row + slot]] + begin[item]
        place = self.places[row + slot] + begin[item]
        chance = uniform_ragged(item, begin, generator=generator).argsort()
        shuffled = chance[place[chance].argsort(stable=True)]  # by place, and within it by chance
        return torch.empty_like(sent).index_put((place.argsort(stable=True),), shuffled)[sent]


def _starts(size: Tensor) -> Tensor:
    return size.cumsum(0) - size


def _turns(axis: Tensor, angle: Tensor) -> Tensor:
    """The rotations about unit vectors, or the identity where the vector is zero: `(B, 3), (B,) -> (B, 3, 3)`."""
    zero = torch.zeros_like(angle)
    x, y, z = axis.unbind(-1)
    A = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], dim=-1).unflatten(-1, (3, 3))
    eye = torch.eye(3, dtype=axis.dtype, device=axis.device)
    return eye + angle.sin()[:, None, None] * A + (1 - angle.cos())[:, None, None] * (A @ A)
