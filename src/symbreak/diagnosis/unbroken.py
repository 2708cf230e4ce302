"""A subgroup that data do not break."""

import torch
from torch import Tensor

from symbreak.groups import FiniteGroup


def unbroken(group: FiniteGroup, allowed: Tensor) -> Tensor:
    """A subgroup within a set of elements that cannot be enlarged there: bool `(|G|,)`.

    Elements are taken one after another, as long as what they generate stays in the set. There may be larger subgroups
    that begin otherwise.

    Args:
        group: whose elements are numbered.
        allowed: bool `(|G|,)`, with the identity.

    Example:
        >>> from symbreak.groups import Cyclic
        >>> allowed = torch.tensor([True, True, True, False, True, True])  # all turns of C6 but the half turn
        >>> unbroken(Cyclic(6), allowed).nonzero()[:, 0].tolist()
        [0, 2, 4]
    """
    found = torch.zeros(group.order, dtype=torch.bool)
    found[0] = True
    for number in allowed.nonzero()[:, 0].tolist():
        if not found[number]:
            larger = _generated(group, found, number, allowed)
            found = found if larger is None else larger
    return found


def _generated(group: FiniteGroup, subgroup: Tensor, number: int, allowed: Tensor) -> Tensor | None:
    """What a subgroup and one more element generate; None if that leaves the allowed set."""
    found = subgroup.clone()
    fresh = torch.tensor([number])
    found[fresh] = True
    generators = subgroup.nonzero()[:, 0]
    generators = torch.cat([generators[1:], torch.tensor([number])])
    while len(fresh):
        products = group.compose(group.element(fresh[:, None]), group.element(generators[None, :]))
        images = group.index(products).flatten().unique()
        fresh = images[~found[images]]
        if not bool(allowed[fresh].all()):
            return None
        found[fresh] = True
    return found
