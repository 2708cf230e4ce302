"""Assertions about modules: equivariant, equivariant given the pose, and really breaking symmetry."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from symbreak.actions import Action
from symbreak.groups import Element
from symbreak.kernels import Kernel
from symbreak.symmetry import entries, equivariance_error, stabilizer


def assert_equivariant(
    f: Callable[[Any], Any],
    action_in: Action,
    action_out: Action,
    x: Any,
    *,
    generator: Generator | None = None,
    draws: int = 8,
    rtol: float | None = None,
) -> None:
    """Asserts that `f(h x) = h f(x)` for elements drawn from the Haar measure.

    Args:
        f: deterministic, such as `lambda x: module(x)` after `module.eval()`.
        action_in: how `x` moves.
        action_out: how `f(x)` moves.
        x: a batch; it or `f(x)` must not be symmetric, or there is nothing to see.
        generator: of the elements; by default a fresh one with seed 0.
        draws: number of elements for each item.
        rtol: largest relative error of the batch; by default 1000 units in the last place of the dtype of `f(x)`.
    Raises:
        AssertionError: with the error and the element, or if neither `x` nor `f(x)` moved.

    Example:
        >>> from symbreak.actions import Pointwise
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular
        >>> action = Pointwise(Regular(Cyclic(3)))
        >>> assert_equivariant(torch.relu, action, action, torch.tensor([[1.0, -2.0, 3.0]]))
    """
    generator = Generator().manual_seed(0) if generator is None else generator
    with torch.no_grad():
        y = f(x)
    rtol = _tolerance(y) if rtol is None else rtol
    error = equivariance_error(f, action_in, action_out, x, generator=generator, draws=draws)
    if not error.max <= rtol:
        raise AssertionError(
            f"f(h x) differs from h f(x) by {error.max:.2g} of |f(x)|, more than {rtol:.2g}, for h = {error.worst}."
        )
    for _ in range(draws):
        h = action_in.haar(x, generator=generator)
        if _moves(action_in, h, x, rtol) or _moves(action_out, h, y, rtol):
            return
    raise AssertionError(
        "No element that was drawn moves x or f(x), so nothing was tested: give an x with less symmetry."
    )


def assert_pathwise_equivariant(
    f: Callable[[Any, Element], Any],
    action_in: Action,
    action_out: Action,
    x: Any,
    kernel: Kernel,
    *,
    generator: Generator | None = None,
    draws: int = 8,
    rtol: float | None = None,
) -> None:
    """Asserts that a module given its pose is equivariant outright: `f(h x, h g) = h f(x, g)`.

    Both poses of the kernel and poses drawn from the Haar measure, which have nothing to do with `x`, are tried.

    Args:
        f: `SymPE`, `Canonicalize`, or any module called as `f(x, g)`.
        action_in: how `x` moves.
        action_out: how the output moves.
        x: a batch, symmetric or not.
        kernel: of the poses; its group composes them.
        generator: of poses and elements; by default a fresh one with seed 0.
        draws: number of poses and elements of either kind.
        rtol: largest relative error of the batch; by default 1000 units in the last place of the output's dtype.
    Raises:
        AssertionError: with the error, the element and the pose, or if the output never moved.
    """
    generator = Generator().manual_seed(0) if generator is None else generator
    moved = False
    with torch.no_grad():
        for k in range(2 * draws):
            g = action_in.haar(x, generator=generator) if k % 2 else kernel(x, generator=generator)
            h = action_in.haar(x, generator=generator)
            y = f(x, g)
            limit = _tolerance(y) if rtol is None else rtol
            expected = entries(action_out.act(h, y))
            got = entries(f(action_in.act(h, x), kernel.group.compose(h, g)))
            error = float((got - expected).norm() / expected.norm().clamp(min=1e-300))
            if not error <= limit:
                raise AssertionError(
                    f"f(h x, h g) differs from h f(x, g) by {error:.2g} of its norm, more than {limit:.2g}, for "
                    f"h = {h} and g = {g}."
                )
            moved = moved or _moves(action_out, h, y, limit)
    if not moved:
        raise AssertionError("No element moved the output, so nothing was tested: it is symmetric for every pose.")


def assert_breaks(
    f: Callable[[Any], Any],
    action_in: Action,
    action_out: Action,
    x: Tensor,
    *,
    elements: Element | None = None,
    order: int = 1,
    rtol: float | None = None,
) -> None:
    """Asserts that symmetric inputs have less symmetric outputs: `|G_x ∩ G_f(x)|` is `order`, and `|G_x|` is more.

    Args:
        f: a module with its generator or pose filled in, as `lambda x: module(x, generator=generator)`; called once.
        action_in: how `x` moves.
        action_out: how the output moves.
        x: a batch of symmetric items.
        elements: the ones to look at, of batch shape `(K,)`, the identity among them; all of a finite group if None.
        order: how many of them are to leave an output as it is: 1 unless the breaking is partial.
        rtol: largest change, relative to the largest entry, that counts as none.
    Raises:
        AssertionError: if an item is not symmetric, or its output has another symmetry than that.

    Example:
        >>> from symbreak.actions import Pointwise
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular
        >>> action = Pointwise(Regular(Cyclic(3)))
        >>> assert_breaks(lambda x: x.cumsum(-1), action, action, torch.ones(1, 3))
    """
    with torch.no_grad():
        y = f(x)

    def still(action: Action, z: Tensor) -> Tensor:
        part = 100 * _tolerance(z) if rtol is None else rtol
        return stabilizer(action, z, atol=part * float(z.abs().max()), elements=elements)

    before, after = still(action_in, x), still(action_out, y)
    symmetry, left = before.sum(0), (before & after).sum(0)
    for item, (had, has) in enumerate(zip(symmetry.tolist(), left.tolist(), strict=True)):
        if had <= order:
            raise AssertionError(
                f"Item {item} of x is left as it is by {had} elements, so there is nothing to break down to {order}: "
                "give a symmetric x."
            )
        if has != order:
            raise AssertionError(
                f"Of the {had} elements that leave item {item} of x as it is, {has} leave f(x) as it is, not {order}."
            )


def _tolerance(y: Any) -> float:
    """1000 units in the last place of the coarsest floating point dtype in `y`; 0 if there is none."""
    fields = [y] if isinstance(y, Tensor) else [y[name] for name in y.keys()]
    kinds = [field.dtype for field in fields if isinstance(field, Tensor) and field.is_floating_point()]
    return 1000 * max((torch.finfo(kind).eps for kind in kinds), default=0.0)


def _moves(action: Action, h: Element, x: Any, rtol: float) -> bool:
    before = entries(x)
    return bool((entries(action.act(h, x)) - before).norm() > 10 * rtol * before.norm())
