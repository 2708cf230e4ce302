"""Ising ground states of large lattices by simulated annealing; see `hamiltonian`."""

import torch
from torch import Tensor

from symbreak.data.ising.checks import check_conditions, check_sign
from symbreak.data.ising.hamiltonian import energy, local_field


def simulated_annealing(
    conditions: Tensor,
    generator: torch.Generator,
    sign: int = 1,
    sweeps: int = 400,
    replicas: int = 16,
    hot: float = 2.0,
    cold: float = 0.05,
) -> tuple[Tensor, Tensor]:
    """Low-energy configurations by heat-bath dynamics on a falling temperature; the best replica is kept.

    Each sweep redraws one colour of the checkerboard, then the other, from P(s_i = 1) = 1 / (1 + exp(-2 f_i
    / T)), with f_i the local field. T falls geometrically from `hot` to `cold`, in units of each sample's
    own scale, the mean of |J_x| + |J_y| + |h|. Spins that lower the energy are then flipped until none is
    left.

    Returns the energies per site, in float64, and their spins. The energies bound the ground state from
    above; a single flip lowers none of them, but nothing guarantees the minimum: compare with `transfer_matrix`
    on small lattices.

    Args:
        conditions: channels (J_x, J_y, h) on a lattice of even side, which has a checkerboard.
        generator: source of all randomness, on the device of the conditions.
        sign: +1 if J > 0 favours aligned spins, -1 if it favours opposite ones.
        sweeps: temperatures, one sweep at each.
        replicas: independent runs for each sample, all held at once.
        hot: first temperature; near or above 2 spins are almost free.
        cold: last temperature; near 0 spins are almost frozen.
    Shapes:
        conditions `(B, 3, L, L)` -> `(B,)` and `(B, 1, L, L)`.
    Example:
        >>> conditions = torch.tensor([1.0, -2.0, 0.5]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
        >>> simulated_annealing(conditions, torch.Generator().manual_seed(0), sweeps=50)[0]
        tensor([-3.], dtype=torch.float64)

    Reference:
        Kirkpatrick, Gelatt, Vecchi (1983), Optimization by simulated annealing.
    """
    check_sign(sign)
    check_conditions(conditions)
    size = conditions.shape[-1]
    if size % 2:
        raise ValueError(
            f"conditions live on a {size}×{size} lattice, but the checkerboard updates need an even side. "
            "Use an even side, or transfer_matrix up to L=10."
        )
    if sweeps < 1 or replicas < 1:
        raise ValueError(f"sweeps={sweeps} and replicas={replicas}, but both must be at least 1. Raise them.")
    if not 0 < cold <= hot:
        raise ValueError(f"hot={hot} and cold={cold}, but cooling needs 0 < cold <= hot. Swap or raise them.")

    site = torch.arange(size, device=conditions.device)
    even = (site[:, None] + site) % 2 == 0  # (L, L)
    colours = (even, ~even)
    scale = conditions.abs().sum(1, keepdim=True).mean((-2, -1), keepdim=True)  # (B, 1, 1, 1)
    scale = scale.clamp_min(torch.finfo(scale.dtype).tiny)
    reduced = conditions / scale
    shape = (replicas, len(conditions), 1, size, size)

    def draw() -> Tensor:  # uniform on [-1, 1)
        return 2 * torch.rand(shape, generator=generator, device=conditions.device, dtype=conditions.dtype) - 1

    spins = _signs(draw())
    for t in torch.logspace(0, 1, sweeps, base=cold / hot, dtype=torch.float64).mul(hot).tolist():
        noise = draw()
        for colour in colours:
            drawn = _signs(torch.tanh(local_field(reduced, spins, sign) / t) - noise)
            spins = torch.where(colour, drawn, spins)
    spins = _descend(reduced.double(), spins.double(), sign, colours)

    energies = energy(conditions.double(), spins, sign)  # (replicas, B)
    best = energies.min(0)
    return best.values, spins[best.indices, torch.arange(len(conditions), device=spins.device)].to(conditions.dtype)


def _signs(x: Tensor) -> Tensor:
    """±1, with +1 at zero."""
    return torch.where(x < 0, -1, 1).to(x.dtype)


def _descend(conditions: Tensor, spins: Tensor, sign: int, colours: tuple[Tensor, Tensor]) -> Tensor:
    """Flips the spins opposite to their local field, one colour at a time, until there are none.

    Flips within rounding error of free are left alone: each one made then lowers the energy, so this ends.
    """
    flipped = True
    while flipped:
        flipped = False
        for colour in colours:
            opposite = colour & (local_field(conditions, spins, sign) * spins < -1e-9)
            spins = torch.where(opposite, -spins, spins)
            flipped = flipped or bool(opposite.any())
    return spins
