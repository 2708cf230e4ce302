"""Fields on a periodic lattice."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.actions.action import Action
from symbreak.groups import FiniteSemidirect, LatticeTurn, SemidirectElement, Source, Torus, table


class Channels(ABC):
    """How the channels of a field move with the point group: a permutation of (slot, site) pairs.

    `copies` channels of a kind stand side by side, each of `slots(...)` planes.
    """

    copies: int

    @abstractmethod
    def slots(self, group: FiniteSemidirect) -> int:
        """The number of planes of one copy."""

    @abstractmethod
    def sources(self, group: FiniteSemidirect, device: torch.device | None = None) -> Tensor:
        """int64 `(|P|, slots, sites)`: the number `slot · sites + site` of what `p` carries to each place."""


@dataclass(frozen=True)
class Scalar(Channels):
    """Scalar channels, such as spins, fields or grey values: `(g f)(r) = f(g⁻¹ r)`."""

    copies: int = 1

    def slots(self, group: FiniteSemidirect) -> int:
        return 1

    def sources(self, group: FiniteSemidirect, device: torch.device | None = None) -> Tensor:
        return _site_sources(group, device)[:, None, :]


@dataclass(frozen=True)
class Orientation(Channels):
    """Regular channels, one plane for each point element: `(g f)(r, h) = f(g⁻¹ r, p⁻¹ h)`."""

    copies: int = 1

    def slots(self, group: FiniteSemidirect) -> int:
        return group.acting.order

    def sources(self, group: FiniteSemidirect, device: torch.device | None = None) -> Tensor:
        point, sites = group.acting, group.normal.order
        p = torch.arange(point.order, device=device)
        back = point.index(point.compose(point.inverse(point.element(p))[:, None], point.element(p)[None, :]))
        return back[:, :, None] * sites + _site_sources(group, device)[:, None, :]


@dataclass(frozen=True)
class Bond(Channels):
    """Couplings of nearest neighbours: `d` planes, of which plane `a` at `r` couples `r` and `r + e_a`.

    Bonds move as bonds. A quarter turn exchanges the two axes of a square lattice; where a turn reverses a bond, its
    site of record becomes the neighbour's.
    """

    copies: int = 1

    def slots(self, group: FiniteSemidirect) -> int:
        return len(_torus(group).sizes)

    def sources(self, group: FiniteSemidirect, device: torch.device | None = None) -> Tensor:
        torus, point = _torus(group), group.acting
        p = torch.arange(point.order, device=device)
        sites = torus.element(torch.arange(torus.order, device=device))
        inverse = point.inverse(point.element(p))
        turn = _turn(group)
        start = turn(inverse[:, None, None], sites)  # (|P|, 1, sites, d): p⁻¹ r
        step = torch.tensor(turn.matrices, device=device)[point.index(inverse)].mT  # (|P|, d, d): row a is p⁻¹ e_a
        axis, reverse = step.abs().argmax(-1), step.sum(-1) < 0  # (|P|, d) each
        start = start + torch.where(reverse[:, :, None, None], step[:, :, None, :], 0)
        return axis[:, :, None] * torus.order + torus.index(torus.wrap(start))


def _torus(group: FiniteSemidirect) -> Torus:
    finite = isinstance(group, FiniteSemidirect)
    if not finite or not isinstance(group.normal, Torus) or not isinstance(group.phi, LatticeTurn):
        raise ValueError(
            f"A lattice field was given the group {group!r}, but its group must be the translations of a torus with a "
            "point group: try p4m(16)."
        )
    return group.normal


def _turn(group: FiniteSemidirect) -> LatticeTurn:
    _torus(group)
    return group.phi  # type: ignore[return-value]


def _site_sources(group: FiniteSemidirect, device: torch.device | None) -> Tensor:
    """int64 `(|P|, sites)`: the number of the site that `p` carries to each site, `p⁻¹ r`."""
    torus, point = _torus(group), group.acting
    inverse = point.inverse(point.element(torch.arange(point.order, device=device)))
    return torus.index(_turn(group)(inverse[:, None], torus.element(torch.arange(torus.order, device=device))))


@table
def _sources(group: FiniteSemidirect, channels: Channels, device: torch.device) -> Tensor:
    return channels.sources(group, device).flatten(1)  # (|P|, slots * sites)


@dataclass(frozen=True)
class Lattice(Action):
    """Fields `(B, C, L_1, ..., L_d)` on a periodic lattice, under translations and a point group.

    Every transformation is an exact permutation of the entries: no interpolation, no rounding.

    Args:
        group: such as `p4m(16)`; an element is `(t, p)`, sending the site `r` to `p r + t`.
        channels: what the `C` channels are, in order.

    Raises:
        ValueError: if a field does not have the lattice's shape or the declared number of channels.

    Example:
        >>> from symbreak.groups import p4
        >>> x = torch.arange(9.0).reshape(1, 1, 3, 3)
        >>> step = SemidirectElement(torch.tensor([[1, 0]]), torch.tensor([0]))
        >>> Lattice(p4(3), (Scalar(),)).act(step, x)[0, 0]
        tensor([[6., 7., 8.],
                [0., 1., 2.],
                [3., 4., 5.]])
    """

    group: FiniteSemidirect
    channels: tuple[Channels, ...]

    def __post_init__(self):
        _torus(self.group)
        if not isinstance(self.channels, tuple) or not all(isinstance(kind, Channels) for kind in self.channels):
            raise ValueError(
                f"The channels are {self.channels!r}, but they are a tuple of kinds: try (Bond(), Scalar()), or "
                "(Scalar(3),)."
            )

    @property
    def sizes(self) -> tuple[int, ...]:
        """The lattice, `(L_1, ..., L_d)`."""
        return _torus(self.group).sizes

    @property
    def width(self) -> int:
        """The number of channels, C."""
        return sum(kind.copies * kind.slots(self.group) for kind in self.channels)

    def act(self, g: SemidirectElement, x: Tensor) -> Tensor:
        """`(B, C, *sizes)`; `g` has batch shape `(B,)`, and `x` may have B = 1 to stand for all."""
        self.check(x)
        torus = _torus(self.group)
        batch = torch.broadcast_shapes(g.h.shape, x.shape[:1])
        sites = torus.element(torch.arange(torus.order, device=x.device))
        site = torus.index(torus.wrap(sites - g.n[:, None, :]))  # (B, sites): r - t
        point, flat = self.group.acting.index(g.h), x.flatten(2)
        moved, start = [], 0
        for kind in self.channels:
            slots = kind.slots(self.group)
            stop = start + kind.copies * slots
            slot = torch.arange(slots, device=x.device)[:, None] * torus.order
            source = _sources(self.group, kind, x.device)[point]  # (B, slots * sites)
            source = source.gather(1, (slot + site[:, None, :]).flatten(1))
            part = flat[:, start:stop].reshape(x.shape[0], kind.copies, -1)
            part = part.expand(*batch, -1, -1).gather(2, source[:, None].expand(*batch, kind.copies, -1))
            moved.append(part.reshape(*batch, stop - start, *self.sizes))
            start = stop
        return moved[0] if len(moved) == 1 else torch.cat(moved, dim=1)

    def haar(self, x: Tensor, *, generator: Source = None) -> SemidirectElement:
        self.check(x)
        return self.group.sample((len(x),), generator=generator, device=x.device)

    def check(self, x: Tensor) -> None:
        """Refuses a field of another shape."""
        if x.dim() != 2 + len(self.sizes) or x.shape[1:] != (self.width, *self.sizes):
            raise ValueError(
                f"The field has shape {tuple(x.shape)}, but this lattice action moves (B, {self.width}, "
                f"{', '.join(map(str, self.sizes))}): channels {self.channels} on the lattice {self.sizes}."
            )
