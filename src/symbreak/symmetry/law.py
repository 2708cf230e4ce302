"""How far a random map is from being equivariant, in law."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symbreak.actions import Action
from symbreak.groups import Element
from symbreak.symmetry.entries import entries
from symbreak.symmetry.equivariance import check_actions


@dataclass(frozen=True)
class LawError:
    """A two-sample test that `f(h x)` and `h f(x)` have one law."""

    statistic: float
    """The energy coefficient, between 0 (equal laws, many draws) and 1."""
    p_value: float
    """How often relabelled draws lie as far apart: a small one refutes equivariance, a large one proves nothing."""
    draws: int


def law_error(
    f: Callable[..., Any],
    action_in: Action,
    action_out: Action,
    x: Any,
    *,
    generator: torch.Generator,
    h: Element | None = None,
    draws: int = 128,
    permutations: int = 999,
    rtol: float = 1e-5,
) -> LawError:
    """Tests equivariance in law, `f(h x) ~ h f(x)`, by the energy distance of draws of both.

        E² = 2 E|X - Y| - E|X - X'| - E|Y - Y'|,    X ~ f(h x),  Y ~ h f(x)

    is 0 if and only if the laws are equal. The p-value is that of the permutation test: exact for any number of
    draws. The statistic is `E² / 2 E|X - Y|`. All the entries of an output are compared as one vector: the test is
    sharpest for a batch of one item. The result is a function of the generator's state alone.

    Args:
        f: called as `f(x, generator=generator)`.
        action_in: how `x` moves.
        action_out: how the output moves.
        x: a batch, best of one item.
        generator: of the element, the draws and the permutations.
        h: one element for each item; drawn from the Haar measure if None.
        draws: number of outputs on each side.
        permutations: of the test; no p-value is below `1 / (permutations + 1)`.
        rtol: outputs whose distance is less than this part of their largest norm are equal. Where the law is on few
            points, a rounding error would tell the sides apart otherwise.
    Raises:
        ValueError: if the actions are of different groups, or there are too few draws or permutations.

    Example:
        >>> from symbreak.actions import Pointwise
        >>> from symbreak.groups import Cyclic, normal
        >>> from symbreak.representations import Regular
        >>> action, x = Pointwise(Regular(Cyclic(3))), torch.tensor([[3.0, 4.0, 0.0]])
        >>> noisy = lambda x, generator: x + normal((1, 3), generator=generator)
        >>> law_error(noisy, action, action, x, generator=torch.Generator().manual_seed(0)).p_value > 0.01
        True

    Reference:
        Székely, Rizzo (2013), Energy statistics: a class of statistics based on distances.
    """
    check_actions(action_in, action_out)
    if draws < 2 or permutations < 1:
        raise ValueError(
            f"draws={draws} and permutations={permutations} were given, but the test needs at least two draws and one "
            "permutation: try draws=128, permutations=999."
        )
    with torch.no_grad():
        h = action_in.haar(x, generator=generator) if h is None else h
        moved = action_in.act(h, x)
        first = [entries(f(moved, generator=generator)) for _ in range(draws)]
        second = [entries(action_out.act(h, f(x, generator=generator))) for _ in range(draws)]
        pooled = torch.stack(first + second)
        distance = torch.cdist(pooled, pooled, compute_mode="donot_use_mm_for_euclid_dist")
        distance = distance.where(distance > rtol * pooled.norm(dim=-1).max(), 0.0)
        side = torch.ones(2 * draws, dtype=pooled.dtype, device=pooled.device)
        side[draws:] = -1
        across = 2 * distance[:draws, draws:].mean()
        noise = torch.rand(permutations, 2 * draws, generator=generator, device=generator.device)
        shuffled = side[noise.to(side.device).argsort(-1)]
        observed, permuted = _energy(side[None], distance)[0], _energy(shuffled, distance)
        as_far = (permuted >= observed - 1e-9 * across).sum()
    statistic = float((observed / across).clamp(0, 1)) if across > 0 else 0.0
    return LawError(statistic, (1 + int(as_far)) / (1 + permutations), draws)


def _energy(side: Tensor, distance: Tensor) -> Tensor:
    """`E²` between the halves of a sample `(P, 2n)` of signs: `-sᵀ D s / n²`."""
    return -((side @ distance) * side).sum(-1) / (len(distance) / 2) ** 2
