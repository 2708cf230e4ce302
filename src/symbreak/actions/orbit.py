"""All transforms of a sample under a finite group."""

import torch
from torch import Tensor

from symbreak.actions.action import Action
from symbreak.groups import FiniteGroup, take


def orbit(action: Action, x: Tensor) -> Tensor:
    """Every transform of every item: `(|G|, B, ...)`, with `orbit(action, x)[k] = g_k · x`.

    Memory and time grow with the order of the group; a lattice kernel avoids this by correlation.

    Args:
        action: of a finite group on dense tensors.
        x: `(B, ...)`.

    Raises:
        ValueError: if the group is not finite.
    """
    if not isinstance(action.group, FiniteGroup):
        raise ValueError(
            f"The orbit under {action.group!r} was asked for, but only that of a finite group can be listed."
        )
    order, B = action.group.order, len(x)
    number = torch.arange(order, device=x.device).repeat_interleave(B)
    moved = action.act(take(action.group.elements(x.device), number), x.repeat(order, *[1] * (x.dim() - 1)))
    return moved.unflatten(0, (order, B))
