"""The diagnosis of data in memory, under a finite group."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

import torch
from torch import Tensor

from symbreak.actions import Action, Lattice
from symbreak.diagnosis.dense_target import dense_target
from symbreak.diagnosis.diagnosis import Diagnosis
from symbreak.diagnosis.finding import Finding
from symbreak.diagnosis.order import Order
from symbreak.diagnosis.part import Part
from symbreak.diagnosis.symmetry_counts import SymmetryCounts
from symbreak.diagnosis.tally import Tally
from symbreak.diagnosis.unbroken import unbroken
from symbreak.groups import FiniteGroup
from symbreak.symmetry import stabilizer
from symbreak.symmetry.lattice_stabilizer import lattice_stabilizer

_ITEMS = 64
_ENTRIES = 1 << 24  # that are held at once
_LISTED = 1 << 12  # the order up to which a smaller group is looked for

Dataset = Tensor | tuple[Tensor, Tensor] | Iterable[tuple[Tensor, Tensor]]


def diagnose(
    dataset: Dataset, action_in: Action, action_out: Action | None = None, *, atol: float = 0.0, seed: int = 0
) -> Diagnosis:
    """Which self-symmetries data have under a finite group, what they forbid, and what to do about it.

    Of each input the stabilizer is found element by element, on a lattice over all translations at once; of each target
    the part that no equivariant model reaches is what the mean over the stabilizer takes away.

    Args:
        dataset: inputs `(B, ...)`, or the pair of inputs and targets, or pairs `(x, y)` of single items, as a torch
            data set gives them.
        action_in: how the inputs move.
        action_out: how the targets move; needed if there are any.
        atol: largest difference of an entry of the input that counts as equal.
        seed: of the direction test.
    Raises:
        ValueError: if the group is not finite, the two groups differ, there is no item, or targets come without an
            action.

    Example:
        >>> from symbreak.actions import Pointwise
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular
        >>> ring = Pointwise(Regular(Cyclic(4)))
        >>> x = torch.tensor([[1.0, 0, 1, 0], [1, 2, 3, 4]])
        >>> y = torch.tensor([[1.0, 0, 0, 0], [1, 0, 0, 0]])  # of the first, only (½, 0, ½, 0) can be reached
        >>> found = diagnose((x, y), ring, ring)
        >>> found.symmetry.orders.largest(), found.target("target").counts.floor
        ([('1', 1), ('2', 1)], 0.5)
    """
    group = action_in.group
    if not isinstance(group, FiniteGroup):
        raise ValueError(
            f"The data move under {group!r}, but in memory only a finite group is tried element by element. For "
            "structures write a file and use diagnose_file, or call symbreak.symmetry.points.point_stabilizers."
        )
    if action_out is not None and action_out.group != group:
        raise ValueError(
            f"The inputs move under {group!r} and the targets under {action_out.group!r}, but one element moves both. "
            "Give two actions of one group."
        )
    part, start = Part(groups=Tally({_name(action_in, group): 1})), 0
    bad = torch.zeros(group.order, dtype=torch.bool)
    for x, y in _portions(dataset):
        if y is not None and action_out is None:
            raise ValueError("The data set has targets, but nothing says how they move. Give action_out.")
        kept = _stabilizers(action_in, group, x, atol)
        part = part.merge(_part(kept, start))
        if y is not None and action_out is not None:
            counts, broken = dense_target(action_out, group, kept, y, start, seed)
            part = part.merge(Part(targets={counts.name: counts}))
            bad |= broken
        start += len(x)
    if not start:
        raise ValueError("The data set is empty, so there is nothing to diagnose. Give one item or more.")
    counts = part.targets.get("target")
    if counts is not None and counts.restricted and group.order <= _LISTED:
        size = int(unbroken(group, ~bad).sum())
        if size > 1:
            smaller = {f"a subgroup of order {size} of {group.order}": 0.0}
            part = replace(part, targets={"target": replace(counts, subgroups=smaller)})
    kind = "field" if isinstance(action_in, Lattice) else "item"
    return Diagnosis.of(part, subject="data in memory", seed=seed, kind=kind)


def _name(action: Action, group: FiniteGroup) -> str:
    if isinstance(action, Lattice):
        return f"translations of {action.sizes} with {action.group.acting.order} point elements"
    return str(group)


def _portions(dataset: Dataset) -> Iterator[tuple[Tensor, Tensor | None]]:
    """A few items at a time."""
    if isinstance(dataset, Tensor):
        for x in dataset.split(_ITEMS):
            yield x, None
    elif isinstance(dataset, tuple) and isinstance(dataset[0], Tensor) and isinstance(dataset[1], Tensor):
        x, y = dataset[0], dataset[1]
        if len(x) != len(y):
            raise ValueError(f"There are {len(x)} inputs and {len(y)} targets, but each input has one target.")
        yield from zip(x.split(_ITEMS), y.split(_ITEMS), strict=True)
    else:
        items = iter(dataset)
        while some := list(islice(items, _ITEMS)):
            if any(not isinstance(item, tuple | list) or len(item) != 2 for item in some):
                raise ValueError("An item is not a pair of an input and its target. Give inputs alone as one tensor.")
            xs, ys = zip(*some, strict=True)
            yield torch.stack(xs), torch.stack(ys)


def _stabilizers(action: Action, group: FiniteGroup, x: Tensor, atol: float) -> Tensor:
    """bool `(B, |G|)`."""
    if isinstance(action, Lattice):
        return lattice_stabilizer(action, x, atol=atol)
    step = max(1, _ENTRIES // max(1, x.numel()))
    parts = torch.arange(group.order, device=x.device).split(step)
    return torch.cat([stabilizer(action, x, atol=atol, elements=group.element(part)) for part in parts]).T


def _part(kept: Tensor, start: int) -> Part:
    """The stabilizers of some items; "" is no name."""
    findings = [Finding(start + b, "", Order.of(int(order))) for b, order in enumerate(kept.sum(1))]
    symmetry = SymmetryCounts.of(findings)
    return Part(len(kept), Tally({"item": len(kept)}), symmetry=symmetry)
