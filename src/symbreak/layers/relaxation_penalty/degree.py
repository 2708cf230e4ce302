"""The degree of equivariance of any map, as a number."""

from collections.abc import Callable
from typing import Any

from symbreak.actions import Action
from symbreak.groups import Source
from symbreak.symmetry import equivariance_error


def degree_of_equivariance(
    f: Callable[[Any], Any],
    action_in: Action,
    action_out: Action,
    x: Any,
    *,
    generator: Source = None,
    draws: int = 16,
) -> float:
    """How far a map is from equivariance on average, over the Haar measure and the data:

        E_g |f(g x) - g f(x)|² / E |f(x)|².

    It is 0 for an equivariant map. For a linear map and white noise it is `2 Σ_{L ≠ 0e} |θ_L|² / |W|²`, which
    `RelaxedLinear.degree_of_equivariance` has in closed form, without the denominator.

    Args:
        f, action_in, action_out, x, generator: as for `symbreak.symmetry.equivariance_error`.
        draws: of elements, for each item.
    Raises:
        ValueError: as `equivariance_error` does.

    Example:
        >>> import torch
        >>> from symbreak.actions import Pointwise
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular
        >>> action, x = Pointwise(Regular(Cyclic(2))), torch.tensor([[1.0, -1.0]])
        >>> degree_of_equivariance(torch.tanh, action, action, x)
        0.0
        >>> first = lambda x: x * torch.tensor([1.0, 0.0])  # f(gx) = (-1, 0), g f(x) = (0, 1), where g is not 1
        >>> degree_of_equivariance(first, action, action, x.expand(1000, 2), generator=torch.Generator().manual_seed(0))
        1.0...
    """
    if draws < 1:
        raise ValueError(f"draws is {draws}, but a mean is over at least one: try draws=16.")
    errors = [equivariance_error(f, action_in, action_out, x, generator=generator, draws=1).mean for _ in range(draws)]
    return sum(error**2 for error in errors) / draws
