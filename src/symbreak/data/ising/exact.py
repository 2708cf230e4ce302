"""Exact Ising ground states of small lattices, for any couplings and fields (see `hamiltonian`)."""

import torch
from torch import Tensor

from symbreak.data.ising.checks import check_conditions, check_sign

_BATCH_ENTRIES = 2**20  # numbers per working array; `transfer_matrix` takes samples in chunks of this size


def brute_force(conditions: Tensor, sign: int = 1) -> tuple[Tensor, Tensor]:
    """Exact ground states by looking at all 2^(L²) configurations; the oracle for `transfer_matrix`.

    min over s of E(s), where E is linear in (J_x, J_y, h) once the products s_i s_j are tabulated.

    Returns the energies per site, in float64, and one minimiser. Limited to L <= 4.

    Shapes:
        conditions `(B, 3, L, L)` -> `(B,)` and `(B, 1, L, L)`.
    Example:
        >>> conditions = torch.tensor([1.0, -2.0, 0.5]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
        >>> brute_force(conditions)[0]
        tensor([-3.], dtype=torch.float64)
    """
    check_sign(sign)
    check_conditions(conditions)
    size = conditions.shape[-1]
    if size > 4:
        raise ValueError(
            f"conditions live on a {size}×{size} lattice, but brute force visits 2^(L²) states and stops "
            "at L=4. Use transfer_matrix up to L=10, simulated_annealing above."
        )
    states = _spin_table(size**2, conditions.device).view(-1, size, size)  # (2^(L²), L, L)
    terms = torch.stack([sign * states * states.roll(-1, -2), sign * states * states.roll(-1, -1), states], 1)
    terms = terms.flatten(1)  # (2^(L²), 3 L²)
    energies, minimisers = [], []
    for chunk in conditions.double().split(64):
        lowest = (terms @ chunk.flatten(1).T).max(0)
        energies.append(-lowest.values / size**2)
        minimisers.append(states[lowest.indices])
    return torch.cat(energies), torch.cat(minimisers).unsqueeze(1).to(conditions.dtype)


def transfer_matrix(conditions: Tensor, sign: int = 1) -> tuple[Tensor, Tensor]:
    """Exact ground states on the torus by a transfer matrix in the min-plus semiring, one site at a time.

    V_a(σ) is the lowest energy of the rows 0..x given that row 0 is `a` and that the frontier, the last spin
    decided in each column, is `σ`. A new spin t at (x, y) replaces the spin u of its column:

        V_a(σ with σ_y = t) <- min over u of [V_a(σ with σ_y = u) - sign · J_x[x-1, y] u t] + (terms of t)

    and the bonds from the last row to `a` close the torus. This costs O(L² 4^L) operations per sample and
    is exact up to float64 rounding. The minimiser is traced back in a second sweep, with the best first row
    alone.

    Returns the energies per site, in float64, and one minimiser. Any L from 2 to 10, odd ones included.

    Shapes:
        conditions `(B, 3, L, L)` -> `(B,)` and `(B, 1, L, L)`.
    Example:
        >>> conditions = torch.tensor([-1.0, -1.0, 0.0]).view(1, 3, 1, 1).expand(1, 3, 3, 3)
        >>> transfer_matrix(conditions)[0]  # an odd side frustrates: 6 of the 18 bonds are unsatisfied
        tensor([-0.6667], dtype=torch.float64)

    Reference:
        Kramers, Wannier (1941), Statistics of the two-dimensional ferromagnet, for the matrix; its zero
        temperature limit replaces (+, ×) by (min, +).
    """
    check_sign(sign)
    check_conditions(conditions)
    size = conditions.shape[-1]
    if size > 10:
        raise ValueError(
            f"conditions live on a {size}×{size} lattice, but the transfer matrix holds 4^L numbers and "
            "stops at L=10. Use simulated_annealing, which is not exact."
        )
    energies, minimisers = [], []
    for chunk in conditions.double().split(max(1, _BATCH_ENTRIES // 4**size)):
        rows = torch.arange(2**size, device=chunk.device).expand(len(chunk), -1)
        first = _sweep(chunk, sign, rows).amin(1).argmin(1)  # (B,)
        choices: list[Tensor] = []
        final = _sweep(chunk, sign, first[:, None], choices)[..., 0].min(1)
        energies.append(final.values / size**2)
        minimisers.append(_trace_back(final.indices, choices, size))
    return torch.cat(energies), torch.cat(minimisers).unsqueeze(1).to(conditions.dtype)


def _spin_table(n: int, device: torch.device) -> Tensor:
    """The spins `(2^n, n)` of every state; bit i of the state's number is 1 where spin i is up."""
    states = torch.arange(2**n, device=device)
    return ((states[:, None] >> torch.arange(n, device=device) & 1) * 2 - 1).double()


def _sweep(conditions: Tensor, sign: int, first: Tensor, choices: list[Tensor] | None = None) -> Tensor:
    """Lowest energies `(B, 2^L, R)`, not per site, given the last row (axis 1) and the first row `(B, R)`.

    Appends to `choices`, for each site after row 0, whether the spin it replaced was up `(B, 2^L, R)`.
    """
    jx, jy, h = (sign * conditions[:, 0], sign * conditions[:, 1], conditions[:, 2])  # (B, L, L)
    batch, size = jx.shape[:2]
    spins = _spin_table(size, conditions.device)  # (2^L, L)
    row = torch.arange(2**size, device=conditions.device)[:, None]
    fields = -(h @ spins.T) - jy @ (spins * spins.roll(-1, 1)).T  # (B, L, 2^L): energy of each row by itself
    cost = torch.where(row == first[:, None, :], fields[:, 0, :, None], torch.inf)  # (B, 2^L, R)
    for x in range(1, size):
        for y in range(size):
            down, up = cost.view(batch, 2 ** (size - 1 - y), 2, -1).unbind(2)  # (B, high, low · R): old spin
            coupling = jx[:, x - 1, y].view(-1, 1, 1)
            to_down = torch.minimum(down - coupling, up + coupling)
            to_up = torch.minimum(down + coupling, up - coupling)
            if choices is not None:
                choice = torch.stack([up + coupling < down - coupling, up - coupling < down + coupling], 2)
                choices.append(choice.view_as(cost))
            cost = torch.stack([to_down, to_up], 2).view_as(cost)
        cost = cost + fields[:, x, :, None]
    closing = (jx[:, -1, None, :] * spins) @ spins.T  # (B, 2^L, 2^L): last row, first row
    return cost - closing.gather(2, first[:, None, :].expand(-1, 2**size, -1))


def _trace_back(frontier: Tensor, choices: list[Tensor], size: int) -> Tensor:
    """Spins `(B, L, L)` from the last row `(B,)` and the choices that a sweep with one first row recorded."""
    spins = torch.empty(len(frontier), size, size, dtype=torch.int64, device=frontier.device)
    for site in reversed(range(size**2)):
        x, y = divmod(site, size)
        spins[:, x, y] = (frontier >> y & 1) * 2 - 1
        if x > 0:
            replaced = choices[site - size][..., 0].gather(1, frontier[:, None])[:, 0].long()
            frontier = frontier & ~(1 << y) | replaced << y
    return spins
