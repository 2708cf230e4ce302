"""How far a map is from being equivariant, in value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symbreak.actions import Action
from symbreak.groups import Element, Source
from symbreak.symmetry.entries import entries


@dataclass(frozen=True)
class EquivarianceError:
    """Relative errors over the draws, and the elements of the draw where the error was largest."""

    mean: float
    max: float
    worst: Element
    """One element for each item, as `action_in.haar(x)` draws them."""


def equivariance_error(
    f: Callable[[Any], Any],
    action_in: Action,
    action_out: Action,
    x: Any,
    *,
    generator: Source = None,
    draws: int = 8,
) -> EquivarianceError:
    """The relative error of `f(g x) = g f(x)`, over elements drawn from the Haar measure.

        ‖f(g x) - g f(x)‖ / ‖f(x)‖

    The norms run over the whole batch, in which each item has an element of its own; for one number for each
    item, give the items one by one. The measure is one of values: a random `f` has to be given its pose or its
    noise first, as in `lambda x: f(x, g)`, or be compared in law, by `law_error`.

    Args:
        f: deterministic, from data that `action_in` moves to data that `action_out` moves.
        action_in: how `x` moves.
        action_out: how `f(x)` moves.
        x: a batch.
        generator: of the elements.
        draws: number of elements for each item.
    Raises:
        ValueError: if the actions are of different groups, `draws` is not positive, or `f(x)` is not the same
            twice.

    Example:
        >>> from symbreak.actions import Pointwise
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular
        >>> action, x = Pointwise(Regular(Cyclic(3))), torch.tensor([[3.0, 4.0, 0.0]])
        >>> equivariance_error(torch.tanh, action, action, x).max
        0.0
        >>> equivariance_error(lambda x: x.cumsum(-1), action, action, x).max > 0.1
        True
    """
    check_actions(action_in, action_out)
    if draws < 1:
        raise ValueError(f"draws is {draws}, but an error is measured on at least one: try draws=8.")
    with torch.no_grad():
        y = f(x)
        reference = entries(y)
        again = entries(f(x))
        if not torch.equal(again, reference):
            raise ValueError(
                f"f(x) was computed twice and differs by {float((again - reference).abs().max()):.2g}, but the error "
                "is one of values. Call eval(), fix the pose as in `lambda x: f(x, g)`, or use law_error."
            )
        scale = reference.norm().clamp(min=torch.finfo(torch.float64).tiny)
        errors, elements = [], []
        for _ in range(draws):
            g = action_in.haar(x, generator=generator)
            errors.append(_distance(entries(f(action_in.act(g, x))), entries(action_out.act(g, y))) / scale)
            elements.append(g)
    error = torch.stack(errors)
    return EquivarianceError(float(error.mean()), float(error.max()), elements[int(error.argmax())])


def _distance(one: Tensor, two: Tensor) -> Tensor:
    if one.shape != two.shape:
        raise ValueError(
            f"f(g x) has {len(one)} entries and g f(x) has {len(two)}, but both are outputs: let f return the "
            "same shape for all inputs, and action_out be the action on it."
        )
    return (one - two).norm()


def check_actions(action_in: Action, action_out: Action) -> None:
    """Refuses two actions of different groups."""
    if action_in.group != action_out.group:
        raise ValueError(
            f"The input moves under {action_in.group!r} and the output under {action_out.group!r}, but one element "
            "moves both: build both actions from the same group."
        )
