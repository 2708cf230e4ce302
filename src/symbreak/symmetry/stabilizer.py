"""The stabilizer of a sample within a finite group."""

import torch
from torch import Tensor

from symbreak.actions import Action
from symbreak.groups import Element, FiniteGroup, batch_size, take


def stabilizer(action: Action, x: Tensor, *, atol: float = 0.0, elements: Element | None = None) -> Tensor:
    """Which elements of a finite group leave each item as it is: `G_x = {g : g x = x}`.

    Args:
        action: of a finite group on dense data.
        x: `(B, ...)`.
        atol: largest difference of an entry that still counts as equal. With a tolerance the result need not be closed
            under composition when differences pile up; with 0 it is a subgroup, exactly.
        elements: the ones to try, of batch shape `(K,)`; all of the group's, in the order of their numbers, if None.

    Shapes:
        x `(B, ...)` -> bool `(K, B)`.

    Raises:
        ValueError: if the group is not finite, or `x` holds a NaN, which equals nothing.

    Example:
        >>> from symbreak.actions import Pointwise
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular
        >>> stabilizer(Pointwise(Regular(Cyclic(4))), torch.tensor([[1.0, 0.0, 1.0, 0.0]]))[:, 0]
        tensor([ True, False,  True, False])
    """
    if elements is None:
        if not isinstance(action.group, FiniteGroup):
            raise ValueError(
                f"The stabilizer in {action.group!r} was asked for, but only a finite group can be tried element by "
                "element. Pass the elements to try, or restrict the action to a finite subgroup."
            )
        elements = action.group.elements(x.device)
    if x.is_floating_point() and bool(x.isnan().any()):
        where = tuple(x.isnan().nonzero()[0].tolist())
        raise ValueError(f"x{list(where)} is NaN, which equals nothing, so x has no stabilizer. Clean the data first.")
    K, B = batch_size(elements), len(x)
    number = torch.arange(K, device=x.device).repeat_interleave(B)
    moved = action.act(take(elements, number), x.repeat(K, *[1] * (x.dim() - 1)))
    still = (moved - x.repeat(K, *[1] * (x.dim() - 1))).abs() <= atol
    return still.flatten(1).all(-1).unflatten(0, (K, B))
