"""Whether symmetry is broken in one fixed direction over a data set."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.symmetry.curie.floor import check_finite

_ENTRIES = 1 << 24  # that are held at once


@dataclass(frozen=True, eq=False)
class DirectionTest:
    """A test that the unreachable parts of the targets have no direction in common. See `direction_test`."""

    statistic: float
    """`|mean r|² / mean |r|²`: 1 if all are the same vector, about `1 / samples` if they have nothing in common."""
    p_value: float
    """How often random outcomes have as much in common: a small one shows a direction, a large one shows nothing."""
    direction: Tensor
    """float64 `(d,)`, the mean of the unreachable parts."""
    samples: int
    """How many of them are not 0; the others say nothing and are left out."""


def direction_test(
    unreachable: Tensor,
    *,
    generator: torch.Generator,
    outcomes: Sequence[Tensor] | None = None,
    draws: int = 999,
    atol: float = 0.0,
) -> DirectionTest:
    """Tests whether the parts that no equivariant model reaches point one way over a data set.

    If the data arose by a law that is equivariant, an outcome `r_i` was as likely as each `h r_i`, h in the symmetry of
    its input, and the mean is 0 but for chance. If the data prefer a direction (a field, a substrate, a labelling
    rule), the mean stays, and a constant vector or relaxed weights can learn it. The statistic `|mean r|² / mean |r|²`
    is compared with that of data in which each `r_i` is replaced by one of its outcomes at random: an exact test for
    any number of samples. Without the outcomes, signs are flipped at random, which is exact if `-r` is as likely as
    `r` (as for a mirror or an inversion, not for a threefold axis).

    A test on n samples and outcomes `±r` has no p-value below `2^(1 - n)`: six samples are the least to show anything.

    Args:
        unreachable: `(B, d)`, `CurieFloor.unreachable` with each item's components as one vector, in a common frame.
        generator: of the random outcomes.
        outcomes: for each sample `(K_i, d)`, the `h r_i` for all h; `rep.act(symmetry.elements, r)`.
        draws: how many random data sets; no p-value is below `1 / (draws + 1)`.
        atol: parts of at most this norm are 0.
    Raises:
        ValueError: if there are no samples (or none that is not 0), the shapes differ, or a number is not finite.

    Example:
        >>> up = torch.tensor([[0.0, 1.0], [0.1, 1.0], [-0.1, 1.0], [0.0, 0.9], [0.1, 1.1], [0.0, 1.0], [0.0, 1.2]])
        >>> test = direction_test(up, generator=torch.Generator().manual_seed(0))
        >>> round(test.statistic, 2), test.p_value < 0.05
        (0.99, True)
    """
    if unreachable.dim() != 2:
        raise ValueError(
            f"The unreachable parts have shape {tuple(unreachable.shape)}, but there is one vector for each sample, "
            "(B, d): flatten the nodes of an item, and leave items of other sizes out."
        )
    check_finite("unreachable parts", unreachable)
    if draws < 1:
        raise ValueError(f"draws is {draws}, but the p-value is counted on at least one: try draws=999.")
    r = unreachable.to(torch.float64)
    some = r.norm(dim=1) > atol
    if not bool(some.any()):
        raise ValueError(
            f"All of the {len(r)} unreachable parts are 0, so nothing is broken in any direction. No remedy is needed."
        )
    r, scale = r[some], (r[some] ** 2).sum(1).mean()
    if outcomes is None:
        table, first, count = torch.cat([r, -r]), torch.arange(len(r)), torch.full((len(r),), 2)
        stride = len(r)
    else:
        if len(outcomes) != len(some) or any(o.dim() != 2 or o.shape[1] != r.shape[1] or not len(o) for o in outcomes):
            raise ValueError(
                f"There are {len(outcomes)} lists of outcomes for {len(some)} samples of {r.shape[1]} components, but "
                "each sample has one list (K, d) with K at least 1: all h r, the identity's among them."
            )
        own = [o for o, keep in zip(outcomes, some.tolist(), strict=True) if keep]
        table, stride = torch.cat([o.to(r) for o in own]), 1
        count = torch.tensor([len(o) for o in own])
        first = count.cumsum(0) - count
    observed = r.mean(0).square().sum()
    as_far = 0
    step = max(1, _ENTRIES // max(1, r.numel()))
    for start in range(0, draws, step):
        noise = torch.rand(min(step, draws - start), len(r), generator=generator, device=generator.device).cpu()
        pick = first + stride * (noise * count).long().minimum(count - 1)
        means = table[pick.to(table.device)].mean(1)
        as_far += int((means.square().sum(1) >= observed * (1 - 1e-9)).sum())
    return DirectionTest(float(observed / scale), (1 + as_far) / (1 + draws), r.mean(0), len(r))
