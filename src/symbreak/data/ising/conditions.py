"""Data sets of conditions: constant ones, random or on a grid, and disordered ones."""

import math

import torch
from torch import Tensor

from symbreak.data.ising.checks import CHANNELS, check_shape, check_side
from symbreak.data.ising.closed_forms import parameters


def lattice_conditions(jx: Tensor | float, jy: Tensor | float, h: Tensor | float, size: int) -> Tensor:
    """Constant conditions on a lattice, as an expanded view that stores one number per channel.

    All sites share that number, so writing to one writes to all: take `.contiguous()`, a copy, first.

    Shapes:
        jx, jy, h broadcast to `(B,)` -> `(B, 3, size, size)`.
    Example:
        >>> conditions = lattice_conditions(1.0, torch.tensor([-3.0, 3.0]), 0.5, size=4)
        >>> conditions.shape, conditions[1, :, 2, 3]
        (torch.Size([2, 3, 4, 4]), tensor([1.0000, 3.0000, 0.5000]))
    """
    check_side(size)
    values = torch.stack(parameters(jx, jy, h), -1)
    return values.view(-1, 3, 1, 1).expand(-1, 3, size, size)


def constant_conditions(
    n: int,
    size: int,
    generator: torch.Generator,
    jx: float = 1.0,
    jy_range: tuple[float, float] = (-3.0, 3.0),
    h_range: tuple[float, float] = (0.0, 2.0),
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Random constant conditions: J_x = jx, J_y and h uniform on their ranges, one draw per sample.

    The draws are made in float64 and rounded to `dtype`, on the generator's device. The result is a view,
    as in `lattice_conditions`.

    Shapes:
        `(n, 3, size, size)`.
    Example:
        >>> constant_conditions(2, 4, torch.Generator().manual_seed(0))[:, :, 0, 0]
        tensor([[1.0000, 2.8203, 0.9188],
                [1.0000, 1.2469, 1.8415]])

    Reference:
        Lawrence et al. (2025), training set of Table 3.
    """
    jy = _uniform((n,), generator, "jy_range", jy_range)
    h = _uniform((n,), generator, "h_range", h_range)
    return lattice_conditions(jx, jy.to(dtype), h.to(dtype), size)


def grid_conditions(
    size: int,
    side: int = 100,
    jx: float = 1.0,
    jy_range: tuple[float, float] = (-3.0, 3.0),
    h_range: tuple[float, float] = (0.0, 2.0),
    dtype: torch.dtype = torch.float32,
) -> tuple[Tensor, Tensor]:
    """Constant conditions on a regular `side`×`side` grid of (J_y, h), end points included; h varies fastest.

    Returns the conditions, a view as in `lattice_conditions`, and the pairs (J_y, h).

    Shapes:
        `(side², 3, size, size)` and `(side², 2)`.
    Example:
        >>> conditions, values = grid_conditions(size=4, side=2)
        >>> values.tolist()
        [[-3.0, 0.0], [-3.0, 2.0], [3.0, 0.0], [3.0, 2.0]]
        >>> conditions[1, :, 0, 0]
        tensor([ 1., -3.,  2.])

    Reference:
        Lawrence et al. (2025), test set of Table 3: 10,000 regularly spaced values.
    """
    if side < 2:
        raise ValueError(f"side={side}, but a grid that includes both end points needs side >= 2.")
    axes = []
    for name, bounds in (("jy_range", jy_range), ("h_range", h_range)):
        _check_range(name, bounds)
        axes.append(torch.linspace(*bounds, side, dtype=torch.float64))
    values = torch.cartesian_prod(*axes).to(dtype)  # (side², 2)
    return lattice_conditions(jx, values[:, 0], values[:, 1], size), values


def rotate_conditions(conditions: Tensor) -> Tensor:
    """Constant conditions turned by 90°: exchanges J_x and J_y and keeps h.

    Only constant conditions turn this way. In general sites move too, and a bond that the turn reverses
    changes its site of record; non-constant conditions are refused.

    Shapes:
        `(B, 3, L, L)` -> `(B, 3, L, L)`, a view as in `lattice_conditions`.
    Example:
        >>> rotate_conditions(lattice_conditions(1.0, -2.0, 0.5, size=4))[0, :, 0, 0]
        tensor([-2.0000,  1.0000,  0.5000])

    Reference:
        Lawrence et al. (2025), out-of-distribution test set of Table 3.
    """
    check_shape(conditions)
    corner = conditions[..., :1, :1]  # (B, 3, 1, 1)
    varying = (conditions != corner).flatten(2).any(2).nonzero()
    if len(varying):
        sample, channel = varying[0].tolist()
        raise ValueError(
            f"conditions[{sample}] has a {CHANNELS[channel]} that varies over the lattice, but exchanging "
            "J_x and J_y is a rotation for constant conditions only. Turn a disordered one as a bond field."
        )
    return corner[:, [1, 0, 2]].expand_as(conditions)


def disordered_conditions(
    n: int,
    size: int,
    generator: torch.Generator,
    j_range: tuple[float, float] = (-3.0, 3.0),
    h_range: tuple[float, float] = (0.0, 2.0),
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Conditions drawn independently at every bond and site: a spin glass in a random field.

    J_x[x,y], J_y[x,y] ~ U(j_range), of both signs by default, and h[x,y] ~ U(h_range). The law is symmetric
    under translations and quarter turns; a single draw almost surely is not. No closed form is known for
    the ground state: see `transfer_matrix` and `simulated_annealing`. Drawn in float64, rounded to `dtype`.

    Shapes:
        `(n, 3, size, size)`.
    Example:
        >>> disordered_conditions(1, 2, torch.Generator().manual_seed(0))[0, :2, 0, 1]
        tensor([1.2469, 1.7469])
    """
    check_side(size)
    bonds = _uniform((n, 2, size, size), generator, "j_range", j_range)
    fields = _uniform((n, 1, size, size), generator, "h_range", h_range)
    return torch.cat([bonds, fields], 1).to(dtype)


def _uniform(shape: tuple[int, ...], generator: torch.Generator, name: str, bounds: tuple[float, float]) -> Tensor:
    _check_range(name, bounds)
    low, high = bounds
    unit = torch.rand(shape, generator=generator, device=generator.device, dtype=torch.float64)
    return low + (high - low) * unit


def _check_range(name: str, bounds: tuple[float, float]) -> None:
    if not -math.inf < bounds[0] <= bounds[1] < math.inf:
        raise ValueError(f"{name}={bounds}, but a range is (low, high) with finite low <= high. Swap or fix it.")
