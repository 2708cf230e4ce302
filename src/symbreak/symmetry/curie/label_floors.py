"""The floors of other losses, for numbers and labels on nodes and edges that symmetry exchanges."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.symmetry.curie.floor import check_finite
from symbreak.symmetry.orbits import NodeOrbits


@dataclass(frozen=True, eq=False)
class OrbitFloor:
    """The least loss if all nodes of an orbit must share one output; by inputs, by orbits, and the output itself."""

    total: Tensor
    """float64 `(items,)`: the sum over the nodes of each input (for the largest error: the maximum)."""
    per_orbit: Tensor
    """float64 `(R,)` or `(R, C)`."""
    best: Tensor
    """`(R, ...)`, the shared output that reaches it."""


def absolute_floor(values: Tensor, orbits: NodeOrbits) -> OrbitFloor:
    """The floor of the absolute error `Σ |f_i - y_i|`: the best shared value of an orbit is a median.

    For scalars on nodes or edges; a vector that turns has no such simple bound, except by `curie_floor` that
    `|f - y| >= |y - P y|` in the Euclidean norm.

    Args:
        values: `(N,)`, or `(N, C)` with a value of its own for each channel.
        orbits: of the N nodes, by `node_orbits`.
    Raises:
        ValueError: if there is not one row for each node, or a value is not finite.

    Example:
        >>> from symbreak.symmetry.orbits import node_orbits
        >>> from symbreak.symmetry.self_symmetry import Symmetry
        >>> turn = torch.tensor([[1, 2, 0]])
        >>> absolute_floor(torch.tensor([0.0, 1.0, 5.0]), node_orbits([Symmetry(turn, turn)])).total
        tensor([5.], dtype=torch.float64)
    """
    y, shape = _columns(values, orbits)
    order = y.argsort(dim=0, stable=True)
    order = order.gather(0, orbits.orbit[order].argsort(dim=0, stable=True))  # by orbit, and within it by value
    start = orbits.size.cumsum(0) - orbits.size
    best = y.gather(0, order[start + (orbits.size - 1) // 2])  # the lower median
    each = y.new_zeros(len(best), y.shape[1]).index_add(0, orbits.orbit, (y - best[orbits.orbit]).abs())
    return OrbitFloor(orbits.total(each.sum(1)), each.reshape(shape), best.reshape(shape))


def largest_error_floor(values: Tensor, orbits: NodeOrbits) -> OrbitFloor:
    """The floor of the largest error `max |f_i - y_i|`: the best shared value is half way between the extremes.

    Args:
        values: `(N,)` or `(N, C)`.
        orbits: of the N nodes.
    Raises:
        ValueError: as `absolute_floor` does.

    Example:
        >>> from symbreak.symmetry.orbits import node_orbits
        >>> from symbreak.symmetry.self_symmetry import Symmetry
        >>> turn = torch.tensor([[1, 2, 0]])
        >>> largest_error_floor(torch.tensor([0.0, 1.0, 5.0]), node_orbits([Symmetry(turn, turn)])).best
        tensor([2.5000], dtype=torch.float64)
    """
    y, shape = _columns(values, orbits)
    where = orbits.orbit[:, None].expand_as(y)
    empty = y.new_zeros(orbits.count, y.shape[1])
    high = empty.scatter_reduce(0, where, y, "amax", include_self=False)
    low = empty.scatter_reduce(0, where, y, "amin", include_self=False)
    each, owner = (high - low) / 2, orbits.owner[orbits.root]
    worst = each.amax(1) if each.shape[1] else each.sum(1)
    total = y.new_zeros(orbits.items).scatter_reduce(0, owner, worst, "amax")
    return OrbitFloor(total, each.reshape(shape), ((high + low) / 2).reshape(shape))


def cross_entropy_floor(labels: Tensor, orbits: NodeOrbits, *, classes: int | None = None) -> OrbitFloor:
    """The floor of the cross-entropy of labels: the best shared distribution of an orbit is that of its labels.

        Σ_i -log p_i(y_i)  >=  Σ_orbits m H(labels of the orbit),    H = -Σ_c q_c log q_c

    in nats, for a model that gives each node (or edge, with the labels 0 and 1) a distribution of its own, as node
    classifiers do. A joint distribution, such as that of a model that breaks symmetry at random, can do better.

    Args:
        labels: int64 or bool `(N,)`; or distributions, floating point `(N, C)` with rows that sum to 1.
        orbits: of the N nodes.
        classes: C, by default the largest label and one.
    Raises:
        ValueError: if there is not one label for each node, or a label or a distribution is none.

    Example:
        >>> from symbreak.symmetry.orbits import node_orbits
        >>> from symbreak.symmetry.self_symmetry import Symmetry
        >>> flip = torch.tensor([[2, 1, 0]])  # of a path: its ends share an output
        >>> cross_entropy_floor(torch.tensor([0, 1, 1]), node_orbits([Symmetry(flip, flip)])).total  # 2 log 2
        tensor([1.3863], dtype=torch.float64)
    """
    counts = _counts(labels, orbits, classes)
    mass = counts.sum(1)
    each = (torch.xlogy(mass, mass) - torch.xlogy(counts, counts).sum(1)).clamp(min=0)
    return OrbitFloor(orbits.total(each), each, counts / mass[:, None])


def misclassification_floor(labels: Tensor, orbits: NodeOrbits, *, classes: int | None = None) -> OrbitFloor:
    """The least number of wrong labels: on an orbit, all but those of the most frequent one.

    The best accuracy of an input is `1 - total / nodes`.

    Args:
        labels: as in `cross_entropy_floor`.
        orbits: of the N nodes.
        classes: C, by default the largest label and one.
    Raises:
        ValueError: as `cross_entropy_floor` does.

    Example:
        >>> from symbreak.symmetry.orbits import node_orbits
        >>> from symbreak.symmetry.self_symmetry import Symmetry
        >>> turn = torch.tensor([[1, 2, 0]])
        >>> floor = misclassification_floor(torch.tensor([2, 0, 2]), node_orbits([Symmetry(turn, turn)]))
        >>> floor.total, floor.best
        (tensor([1.], dtype=torch.float64), tensor([2]))
    """
    counts = _counts(labels, orbits, classes)
    most, best = counts.max(1) if len(counts) else (counts.sum(1), counts.sum(1).long())
    each = counts.sum(1) - most
    return OrbitFloor(orbits.total(each), each, best)


def _columns(values: Tensor, orbits: NodeOrbits) -> tuple[Tensor, tuple[int, ...]]:
    _check_rows(values, orbits)
    if values.dim() > 2:
        raise ValueError(f"The values have shape {tuple(values.shape)}, but there is (N,) or (N, channels) of them.")
    check_finite("values", values)
    columns = values if values.dim() == 2 else values[:, None]
    return columns.to(torch.float64), (orbits.count, *values.shape[1:])


def _counts(labels: Tensor, orbits: NodeOrbits, classes: int | None) -> Tensor:
    """float64 `(R, C)`: how often each orbit has each label."""
    _check_rows(labels, orbits)
    if labels.is_floating_point():
        check_finite("labels", labels)
        if labels.dim() != 2 or bool((labels < 0).any()) or bool(((labels.sum(1) - 1).abs() > 1e-4).any()):
            raise ValueError(
                f"The labels are {labels.dtype} of shape {tuple(labels.shape)}, which is read as distributions, "
                "(N, C), but they are not rows that are at least 0 and sum to 1. Pass classes as integers."
            )
        mass = labels.to(torch.float64)
        return mass.new_zeros(orbits.count, mass.shape[1]).index_add(0, orbits.orbit, mass)
    if labels.dim() != 1:
        raise ValueError(
            f"The labels have shape {tuple(labels.shape)}, but integers name one class for each node, (N,)."
        )
    number = labels.long()
    C = (int(number.max()) + 1 if len(number) else 1) if classes is None else classes
    if len(number) and not 0 <= int(number.min()) <= int(number.max()) < C:
        raise ValueError(
            f"The labels lie between {int(number.min())} and {int(number.max())}, but classes are 0 .. {C - 1}. Leave "
            "nodes without a label out, or give them a class of their own."
        )
    cell = orbits.orbit * C + number
    return torch.bincount(cell, minlength=orbits.count * C).reshape(orbits.count, C).to(torch.float64)


def _check_rows(values: Tensor, orbits: NodeOrbits) -> None:
    if values.dim() < 1 or len(values) != len(orbits.orbit):
        raise ValueError(
            f"The values have shape {tuple(values.shape)}, but the orbits are of {len(orbits.orbit)} nodes: give one "
            "row for each. For edges, take the orbits of symmetry.on_edges(edge_index)."
        )
