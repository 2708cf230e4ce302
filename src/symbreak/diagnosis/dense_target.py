"""Floors of targets in memory: what the mean over a stabilizer takes away."""

import numpy as np
import torch
from torch import Tensor

from symbreak.actions import Action
from symbreak.data.targets import Per
from symbreak.diagnosis.case import Case, is_restricted, worst_of
from symbreak.diagnosis.direction_sums import DirectionSums, Kept, capacity, selected
from symbreak.diagnosis.finding import Finding
from symbreak.diagnosis.order import Order
from symbreak.diagnosis.target_counts import TargetCounts
from symbreak.groups import FiniteGroup

NAME = "target"
_ENTRIES = 1 << 24  # that are held at once
_BROKEN = 1e-4  # of |y|: how far an element may move it without breaking it


def dense_target(
    action: Action, group: FiniteGroup, kept: Tensor, y: Tensor, start: int, seed: int
) -> tuple[TargetCounts, Tensor]:
    """The sums over some items, and which elements of a stabilizer move the target of some of them, bool `(|G|,)`.

    Args:
        action: how the targets move.
        group: of both actions.
        kept: the stabilizers of the inputs, bool `(B, |G|)`.
        y: the targets, `(B, ...)`.
        start: the number of the first item.
        seed: of the direction test.
    Raises:
        ValueError: if a target is not finite.
    """
    if not bool(y.isfinite().all()):
        where = y.isfinite().logical_not().nonzero()[0].tolist()
        raise ValueError(f"The target{where} is not finite, so no floor is. Leave that item out.")
    y = y.to(torch.float64)
    mean, broken = torch.zeros_like(y), torch.zeros(group.order, dtype=torch.bool)
    item, element = kept.nonzero(as_tuple=True)
    scale = y.flatten(1).norm(dim=1)
    for part in torch.arange(len(item)).split(max(1, _ENTRIES // max(1, y[:1].numel()))):
        b, k = item[part], element[part]
        moved = action.act(group.element(k), y[b])
        mean.index_add_(0, b, moved)
        broken[k[(moved - y[b]).flatten(1).norm(dim=1) > _BROKEN * scale[b]]] = True
    mean = mean / kept.sum(1).reshape(-1, *[1] * (y.dim() - 1))
    rows, rest = (z.flatten(1).numpy() for z in (y, y - mean))
    floors, squares = (rest**2).sum(1), (rows**2).sum(1)
    restricted = is_restricted(floors, squares)
    cases = [
        Case(Finding(start + b, "", Order.of(int(order))), rows[b : b + 1], Per.SAMPLE)
        for b, order in enumerate(kept.sum(1))
    ]
    counts = TargetCounts(
        NAME,
        "sample",
        f"{rows.shape[1]} entries",
        len(y),
        rows.size,
        float(squares.sum()),
        float(floors.sum()),
        int(restricted.sum()),
        direction=_direction(action, group, kept, y - mean, restricted, start, seed),
        worst=worst_of(cases, floors, squares, rows, rest),
    )
    return counts, broken


def _direction(
    action: Action, group: FiniteGroup, kept: Tensor, rest: Tensor, restricted: np.ndarray, start: int, seed: int
) -> DirectionSums:
    d, chosen = rest[0].numel(), []
    number = np.flatnonzero(restricted).tolist()
    for key, b in zip(selected([start + b for b in number], seed), number, strict=True):
        elements = kept[b].nonzero()[:, 0]
        if len(elements) > capacity(d):
            generator = torch.Generator().manual_seed(key % (1 << 63))
            pick = torch.randint(len(elements), (capacity(d) - 1,), generator=generator)
            elements = torch.cat([elements[:1], elements[pick]])
        moved = action.act(group.element(elements), rest[b].expand(len(elements), *rest.shape[1:]))
        chosen.append(Kept(key, start + b, rest[b].flatten().numpy(), moved.flatten(1).numpy()))
    return DirectionSums.of(rest.flatten(1).numpy(), float(len(rest)), None, chosen)
