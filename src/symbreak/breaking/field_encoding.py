"""Encodings of the pose of a lattice field."""

import torch
from torch import Tensor, nn

from symbreak.actions import Lattice
from symbreak.breaking.encoding import Encoding, beside
from symbreak.groups import SemidirectElement, take
from symbreak.symmetry import stabilizer


class FieldEncoding(Encoding):
    """A learned field `v` on the lattice, moved like the data and set beside its channels.

    Args:
        action: how `v` moves; its channels are new to the network, its group is the kernel's.
        field: a module that returns `v`, `(C, *sizes)`: `PixelField`, `PeriodicField`, `HartleyField` or one's own.
        keeps: bool `(|G|,)`, the subgroup that `v` is to be left invariant under; the trivial one if None.

    Shapes:
        data `(B, C₀, *sizes)` -> joined `(B, C₀ + C, *sizes)`.

    Raises:
        ValueError: if the field's shape is not the action's, or its stabilizer is not the asked-for one.

    Example:
        >>> from symbreak.actions import Scalar
        >>> from symbreak.breaking import PixelField
        >>> from symbreak.groups import p4
        >>> action = Lattice(p4(4), (Scalar(),))
        >>> encoding = FieldEncoding(action, PixelField(action, torch.Generator().manual_seed(0)))
        >>> x = torch.zeros(2, 3, 4, 4)
        >>> encoding.join(x, encoding(action.haar(x[:, :1]), x)).shape
        torch.Size([2, 4, 4, 4])
    """

    keeps: Tensor

    def __init__(self, action: Lattice, field: nn.Module, keeps: Tensor | None = None):
        super().__init__()
        self.action, self.field = action, field
        trivial = torch.arange(action.group.order) == 0
        self.register_buffer("keeps", trivial if keeps is None else keeps, persistent=False)
        shape, given = (action.width, *action.sizes), tuple(field().shape)
        if given != shape:
            raise ValueError(
                f"The field returns shape {given}, but the action {action!r} moves {shape}: build the "
                "field from the same action."
            )
        self.check()

    def forward(self, g: SemidirectElement, x: Tensor) -> Tensor:
        return self.action.act(g, self.field()[None])

    def join(self, x: Tensor, code: Tensor) -> Tensor:
        return beside(x, code, dim=1)

    def check(self) -> None:
        v = self.field()[None].detach()
        found = torch.cat([stabilizer(self.action, v, elements=part) for part in _parts(self.action, v.device)])[:, 0]
        if not found.equal(self.keeps):
            raise ValueError(
                f"The stabilizer of v has order {int(found.sum())}, but one of order {int(self.keeps.sum())} was asked "
                "for. Start v from other values, or name the subgroup that it should keep by keeps=."
            )


def _parts(action: Lattice, device: torch.device):
    """The elements of the group, the translations of one point element at a time, to bound the memory."""
    elements, size = action.group.elements(device), action.group.normal.order
    for p in range(action.group.acting.order):
        yield take(elements, torch.arange(p * size, (p + 1) * size, device=device))
