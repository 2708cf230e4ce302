"""The labels that are as right as the given one."""

from typing import NamedTuple

import torch
from torch import Tensor

from symbreak.actions import Action
from symbreak.groups import FiniteGroup, take


class LabelOrbit(NamedTuple):
    """Candidates for the label, and which of them are right for which item."""

    labels: Tensor
    """`(K, B, ...)`"""
    mask: Tensor
    """bool `(K, B)`"""


def label_orbit(action_out: Action, y: Tensor, mask: Tensor) -> LabelOrbit:
    """All labels `u · y` that are as right as `y`, for the `u` that leave the input as it is.

    If `u x = x`, the label `y` of `x` was one of the outcomes `{u y : u in G_x}`, which the law of an equivariant
    process makes equally likely. Compare the prediction with all of them, and reduce by `orbit_minimum`, `orbit_em` or
    `marginal`. A candidate that is right for no item of the batch is left out, so a batch without symmetry costs what
    it cost before.

    Args:
        action_out: how the label moves, under a finite group.
        y: the labels, `(B, ...)`.
        mask: bool `(|G|, B)`, the stabilizers of the inputs: `stabilizer(action_in, x)`.
    Shapes:
        y `(B, ...)`, mask `(|G|, B)` -> labels `(K, B, ...)`, mask `(K, B)`, with K at most `|G|`.
    Raises:
        ValueError: if the group is not finite, or the mask has another shape or lacks the identity.

    Example:
        >>> from symbreak.actions import Pointwise
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular
        >>> from symbreak.symmetry import stabilizer
        >>> action = Pointwise(Regular(Cyclic(4)))
        >>> x, y = torch.tensor([[1.0, 0.0, 1.0, 0.0]]), torch.tensor([[1.0, 0.0, 0.0, 0.0]])
        >>> labels, mask = label_orbit(action, y, stabilizer(action, x))
        >>> labels[:, 0]
        tensor([[1., 0., 0., 0.],
                [0., 0., 1., 0.]])
    """
    group = action_out.group
    if not isinstance(group, FiniteGroup):
        raise ValueError(
            f"The labels move under {group!r}, but only the orbit under a finite group can be listed. Restrict the "
            "action to a finite subgroup, or draw several poses and use marginal."
        )
    if mask.dtype != torch.bool or mask.shape != (group.order, len(y)):
        raise ValueError(
            f"mask is {mask.dtype} of shape {tuple(mask.shape)}, but it says for each of the {group.order} elements of "
            f"{group!r} and each of the {len(y)} labels whether the element leaves the input as it is: use "
            "stabilizer(action_in, x)."
        )
    if not bool(mask[0].all()):
        raise ValueError(
            f"mask leaves out the identity for item {int((~mask[0]).nonzero()[0])}, but the identity leaves every "
            "input as it is: use stabilizer(action_in, x)."
        )
    number = mask.any(1).nonzero()[:, 0]
    K, B = len(number), len(y)
    g = take(group.elements(y.device), number.repeat_interleave(B))
    labels = action_out.act(g, y.repeat(K, *[1] * (y.dim() - 1)))
    return LabelOrbit(labels.unflatten(0, (K, B)), mask[number])
