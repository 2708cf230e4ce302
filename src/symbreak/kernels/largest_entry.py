"""The pose of a lattice field by its largest entry, where that is the only one of its size."""

import torch
from torch import Tensor, nn

from symbreak.actions import Lattice
from symbreak.groups import SemidirectElement

_SEARCHED = 8192  # entries that the second may be chosen from


class LargestEntry(nn.Module):
    """The pose that carries the largest entry to the first place, and of those the one with the largest second entry,

        g(x) = argmax of ((g⁻¹x)_0, (g⁻¹x)_n)  in lexicographic order,

    if one element alone has it; then no other fixes `x`, and `g(h x) = h g(x)`. Of a field of distinct values that is
    so unless the lattice is tiny. It reads each value once, and the pose stays while small changes of the field leave
    its two largest entries largest. The first place is in the first channel; the second is one to which the elements
    that keep the first carry as many entries as they can.

    Shapes:
        x `(B, C, *sizes)` -> the number of an element `(B,)`, and bool `(B,)`: whether it is the only one.

    Example:
        >>> from symbreak.actions import Scalar
        >>> from symbreak.groups import p4
        >>> x = torch.zeros(2, 1, 5, 5)
        >>> x[:, 0, 3, 1] = 2.0
        >>> x[1, 0, 3, 2] = 1.0  # without it all four turns about the site keep the field
        >>> number, alone = LargestEntry(Lattice(p4(5), (Scalar(),)))(x)
        >>> alone
        tensor([False,  True])
    """

    number: Tensor
    seen: Tensor
    may: Tensor
    planes: Tensor

    def __init__(self, action: Lattice):
        super().__init__()
        group, point, torus = action.group, action.group.acting, action.group.normal
        p = torch.arange(point.order)
        back = group.inverse(SemidirectElement(torus.identity((point.order,)), point.element(p)))
        entries = torch.arange(action.width * torus.order).reshape(1, action.width, *action.sizes)
        source = action.act(back, entries).flatten(1)[:, :_SEARCHED]  # (|P|, N): of (g⁻¹x)_n, for g = (0, p)
        plane, start = source // torus.order, torus.element(source % torus.order)
        step = torus.index(torus.compose(start, torus.inverse(start[:, :1])))  # from the first entry to that of n
        path = ((plane[:, :1] * action.width + plane) * torus.order + step).sort(0).values
        self.second = int((path.diff(dim=0) != 0).sum(0).argmax())

        planes, slot = plane[:, 0].unique(return_inverse=True)
        r = torus.element(torch.arange(torus.order))[:, None]
        t = torus.compose(r, torus.inverse(start[:, 0]))  # (sites, |P|, d): g = (t, p) carries the first place to r
        number = group.index(SemidirectElement(t, point.element(p.expand(len(t), -1))))
        seen = plane[:, self.second] * torus.order + torus.index(torus.compose(t, start[:, self.second]))
        whose = slot == torch.arange(len(planes))[:, None]  # (planes, |P|)
        may = whose[:, None].expand(-1, len(t), -1)
        for name, value in (("number", number), ("seen", seen), ("may", may)):  # a row for each entry to carry there
            rows = value.expand(len(planes), -1, -1).flatten(0, 1).contiguous()  # DDP writes to buffers
            self.register_buffer(name, rows, persistent=False)
        self.register_buffer("planes", planes, persistent=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        if x.dtype == torch.bool:
            x = x.to(torch.uint8)
        rows = x.index_select(1, self.planes).flatten(1, -2)  # (B, R, L_d): the largest row first, then its entry
        row, first = _only_largest(rows.amax(-1))
        column, alone = _only_largest(rows.gather(1, row[:, None, None].expand(-1, -1, rows.shape[-1]))[:, 0])
        place = row * rows.shape[-1] + column
        nothing = -torch.inf if x.is_floating_point() else torch.iinfo(x.dtype).min  # ties with itself
        second = x.flatten(1).gather(1, self.seen[place]).where(self.may[place], nothing)  # (B, |P|)
        p, settled = _only_largest(second)
        return self.number[place].gather(1, p[:, None])[:, 0], first & alone & settled


def _only_largest(values: Tensor) -> tuple[Tensor, Tensor]:
    """Where the largest entry of each row `(B, N)` is, and whether it is the only one; a NaN never is."""
    if values.shape[1] == 1:
        return torch.zeros_like(values[:, 0], dtype=torch.int64), values[:, 0] == values[:, 0]
    largest, place = values.topk(2)
    return place[:, 0], largest[:, 0] > largest[:, 1]
