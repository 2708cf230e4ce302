"""Ising ground states on a periodic square lattice: the Hamiltonian, its closed forms and data sets.

    H(s) = -sign · Σ_(x,y) (J_x[x,y] s[x,y] s[x+1,y] + J_y[x,y] s[x,y] s[x,y+1]) - Σ_(x,y) h[x,y] s[x,y]

Energies are per site, H / L². A *conditions* tensor `(B, 3, L, L)` holds the channels (J_x, J_y, h), a
*spins* tensor `(B, 1, L, L)` holds ±1; the lattice axes are (x, y). With sign=+1 a positive J favours
aligned spins.

Reference:
    Lawrence, Portilheiro, Zhang, Kaba (2025), Improving Equivariant Networks with Probabilistic Symmetry
    Breaking, Table 3. The paper's lattice size and normalisation are not known to us: compare fractions of
    the ground-state energy, not energies.
"""

import math

import torch
from torch import Tensor

_CHANNELS = ("J_x", "J_y", "h")


def energy(conditions: Tensor, spins: Tensor, sign: int = 1) -> Tensor:
    """Energy per site of spins, or of independent spins with the given expectations.

    E(s) = H(s) / L². H is linear in each spin, so E(m) with m ∈ [-1, 1] is the mean of E(s) over
    independent spins with E[s_i] = m_i. It is not the mean energy of *correlated* spins with those
    expectations.

    Args:
        conditions: channels (J_x, J_y, h).
        spins: ±1, or expectations in [-1, 1]; the range is not checked.
        sign: +1 if J > 0 favours aligned spins, -1 if it favours opposite ones.
    Shapes:
        conditions `(B, 3, L, L)`, spins `(*samples, B, 1, L, L)` -> `(*samples, B)`.
    Example:
        >>> conditions = torch.tensor([1.0, -2.0, 0.5]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
        >>> energy(conditions, torch.ones(1, 1, 4, 4))  # -(1 - 2) - 0.5
        tensor([0.5000])
        >>> energy(conditions, torch.full((1, 1, 4, 4), 0.25))  # -(1 - 2)/16 - 0.5/4
        tensor([-0.0625])
    """
    _check_pair(conditions, spins, sign)
    jx, jy, h = conditions.unbind(1)  # (B, L, L)
    s = spins.squeeze(-3)  # (*samples, B, L, L)
    aligned = jx * s.roll(-1, -2) + jy * s.roll(-1, -1)
    return -(s * (sign * aligned + h)).mean((-2, -1))


def local_field(conditions: Tensor, spins: Tensor, sign: int = 1) -> Tensor:
    """The field each spin feels from its four neighbours and from h.

    f_i = sign · Σ_j J_ij s_j + h_i = -L² ∂E/∂s_i; flipping the spin i changes L² E by 2 f_i s_i.

    Args:
        conditions: channels (J_x, J_y, h).
        spins: ±1, or expectations in [-1, 1].
        sign: +1 if J > 0 favours aligned spins, -1 if it favours opposite ones.
    Shapes:
        conditions `(B, 3, L, L)`, spins `(*samples, B, 1, L, L)` -> `(*samples, B, 1, L, L)`.
    Example:
        >>> conditions = torch.zeros(1, 3, 3, 3)
        >>> conditions[0, 0, 0, 1] = 2.0  # J_x couples (0, 1) and (1, 1)
        >>> local_field(conditions, torch.ones(1, 1, 3, 3))[0, 0]
        tensor([[0., 2., 0.],
                [0., 2., 0.],
                [0., 0., 0.]])
    """
    _check_pair(conditions, spins, sign)
    jx, jy, h = conditions.split(1, 1)  # (B, 1, L, L)
    ahead = jx * spins.roll(-1, -2) + jy * spins.roll(-1, -1)
    behind = jx.roll(1, -2) * spins.roll(1, -2) + jy.roll(1, -1) * spins.roll(1, -1)
    return sign * (ahead + behind) + h


def check_conditions(conditions: Tensor) -> None:
    """Raises `ValueError` unless the conditions have the right shape and every value is finite.

    The energy functions check shapes only, since looking at values synchronises with the device; call this
    once where data enter.

    Shapes:
        conditions `(B, 3, L, L)` with L >= 2, floating point.
    Example:
        >>> conditions = torch.zeros(1, 3, 2, 2)
        >>> conditions[0, 2, 1, 0] = float("nan")
        >>> check_conditions(conditions)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: conditions[0, 2, 1, 0] (channel h) is nan, but every J_x, J_y and h must be finite. ...
    """
    _check_shape(conditions)
    if not conditions.is_floating_point():
        raise ValueError(
            f"conditions have dtype {conditions.dtype}, but couplings and fields are real numbers. "
            "Convert them, for example with conditions.float()."
        )
    bad = (~conditions.isfinite()).nonzero()
    if len(bad):
        index = bad[0].tolist()
        raise ValueError(
            f"conditions{index} (channel {_CHANNELS[index[1]]}) is {conditions[tuple(index)].item()}, but "
            f"every J_x, J_y and h must be finite. Drop or repair the {len(bad)} such values before training."
        )


def ground_energy(jx: Tensor | float, jy: Tensor | float, h: Tensor | float, sign: int = 1) -> Tensor:
    """Exact ground-state energy per site for constant parameters on a periodic lattice of even side.

    With a = sign · J_x and b = sign · J_y, the minimum over four configurations:

        all aligned with h   -(a + b) - |h|        checkerboard (-1)^(x+y)   a + b
        stripes (-1)^y       -a + b                stripes (-1)^x            a - b

    They suffice: H is a sum over the 2×2 plaquettes, and a plaquette with one spin opposite to the other
    three has at best the energy -|h|/2, halfway between the aligned and the checkerboard plaquette, so
    never below both. Odd sides frustrate the last three: use `ising_exact` there.

    Shapes:
        jx, jy, h broadcast to `(*batch)` -> `(*batch)`.
    Example:
        >>> ground_energy(1.0, torch.tensor([2.0, -2.0]), 0.5)  # aligned; stripes
        tensor([-3.5000, -3.0000])
    """
    return _candidates(jx, jy, h, sign).amin(0)


def ground_state(jx: Tensor | float, jy: Tensor | float, h: Tensor | float, size: int, sign: int = 1) -> Tensor:
    """One configuration that attains `ground_energy`; the first of its table when several do.

    This is one element of an orbit: translations (and, for h = 0, the global flip) give others. On the
    boundary between two phases there are many more, which no symmetry relates.

    Args:
        size: even side L of the lattice.
    Shapes:
        jx, jy, h broadcast to `(*batch)` -> `(*batch, 1, L, L)`.
    Example:
        >>> ground_state(1.0, -2.0, 0.5, size=2)
        tensor([[[ 1., -1.],
                 [ 1., -1.]]])
    """
    if size < 2 or size % 2:
        raise ValueError(
            f"size={size}, but stripes and checkerboards fit a periodic lattice only if its side is even. "
            "Use an even size, or transfer_matrix for an odd one."
        )
    jx, jy, h = _parameters(jx, jy, h, sign)
    first = _candidates(jx, jy, h, sign).argmin(0)
    alternating = 1 - 2 * (torch.arange(size, device=h.device) % 2)  # (L,): 1, -1, 1, -1, ...
    x, y = alternating[:, None].expand(size, size), alternating[None, :].expand(size, size)
    patterns = torch.stack([torch.ones_like(x), x * y, y, x]).to(h.dtype)  # (4, L, L)
    direction = torch.where(h < 0, -1, 1).to(h.dtype)[..., None, None]
    return (direction * patterns[first]).unsqueeze(-3)


def uniform_energy(jx: Tensor | float, jy: Tensor | float, h: Tensor | float, sign: int = 1) -> Tensor:
    """The lowest energy per site that a spatially uniform magnetization reaches: the Curie floor.

    min over m ∈ [-1, 1] of e(m) = -c m² - h m, with c = sign · (J_x + J_y). It is h² / (4c), at
    m = -h / (2c), if |h| < -2c, and -c - |h|, at m = ±1, otherwise. A deterministic
    translation-equivariant network maps constant conditions to a constant m, so none does better on them.

    Shapes:
        jx, jy, h broadcast to `(*batch)` -> `(*batch)`.
    Example:
        >>> uniform_energy(1.0, torch.tensor([2.0, -3.0]), 1.0)  # m = 1; m = 1/4
        tensor([-4.0000, -0.1250])
    """
    jx, jy, h = _parameters(jx, jy, h, sign)
    c = sign * (jx + jy)
    inside = h.abs() < -2 * c
    return torch.where(inside, h**2 / (4 * torch.where(inside, c, 1)), -c - h.abs())


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
    _check_side(size)
    values = torch.stack(_parameters(jx, jy, h), -1)
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
    _check_shape(conditions)
    corner = conditions[..., :1, :1]  # (B, 3, 1, 1)
    varying = (conditions != corner).flatten(2).any(2).nonzero()
    if len(varying):
        sample, channel = varying[0].tolist()
        raise ValueError(
            f"conditions[{sample}] has a {_CHANNELS[channel]} that varies over the lattice, but exchanging "
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
    _check_side(size)
    bonds = _uniform((n, 2, size, size), generator, "j_range", j_range)
    fields = _uniform((n, 1, size, size), generator, "h_range", h_range)
    return torch.cat([bonds, fields], 1).to(dtype)


def _parameters(jx: Tensor | float, jy: Tensor | float, h: Tensor | float, sign: int = 1) -> list[Tensor]:
    """The three parameters as floating-point tensors of one shape, on the device of the first with axes."""
    _check_sign(sign)
    device = next((v.device for v in (jx, jy, h) if isinstance(v, Tensor) and v.ndim), None)
    values = [torch.as_tensor(value, device=device) for value in (jx, jy, h)]
    dtype = (1.0 * values[0] + values[1] + values[2]).dtype
    return list(torch.broadcast_tensors(*(value.to(dtype) for value in values)))


def _candidates(jx: Tensor | float, jy: Tensor | float, h: Tensor | float, sign: int) -> Tensor:
    """Energies `(4, *batch)` of the aligned state, the checkerboard, stripes (-1)^y and stripes (-1)^x."""
    jx, jy, h = _parameters(jx, jy, h, sign)
    a, b = sign * jx, sign * jy
    return torch.stack([-(a + b) - h.abs(), a + b, b - a, a - b])


def _uniform(shape: tuple[int, ...], generator: torch.Generator, name: str, bounds: tuple[float, float]) -> Tensor:
    _check_range(name, bounds)
    low, high = bounds
    unit = torch.rand(shape, generator=generator, device=generator.device, dtype=torch.float64)
    return low + (high - low) * unit


def _check_range(name: str, bounds: tuple[float, float]) -> None:
    if not -math.inf < bounds[0] <= bounds[1] < math.inf:
        raise ValueError(f"{name}={bounds}, but a range is (low, high) with finite low <= high. Swap or fix it.")


def _check_side(size: int) -> None:
    if size < 2:
        raise ValueError(f"size={size}, but a spin must not be its own neighbour. Use a side of at least 2.")


def _check_sign(sign: int) -> None:
    if sign not in (1, -1):
        raise ValueError(
            f"sign={sign!r}, but it only chooses the convention: +1 if J > 0 favours aligned spins, -1 if it "
            "favours opposite ones. Scale the conditions instead."
        )


def _check_shape(conditions: Tensor) -> None:
    shape = tuple(conditions.shape)
    if conditions.ndim != 4 or shape[1] != 3:
        raise ValueError(
            f"conditions have shape {shape}, but must be (B, 3, L, L) with channels (J_x, J_y, h) on axis 1. "
            "Add the batch axis or move the channels."
        )
    if shape[2] != shape[3]:
        raise ValueError(
            f"conditions live on a {shape[2]}×{shape[3]} lattice, but quarter turns need a square one. "
            "Crop or rebuild it as L×L."
        )
    _check_side(shape[2])


def _check_pair(conditions: Tensor, spins: Tensor, sign: int) -> None:
    _check_sign(sign)
    _check_shape(conditions)
    expected = (len(conditions), 1, *conditions.shape[2:])
    if tuple(spins.shape[-4:]) != expected:
        raise ValueError(
            f"spins have shape {tuple(spins.shape)}, but conditions of shape {tuple(conditions.shape)} need "
            f"(*samples, {', '.join(map(str, expected))}). Samples lead, and the spin is one channel."
        )
