"""Ground states and Curie floors of constant conditions, in closed form."""

import torch
from torch import Tensor

from symbreak.data.ising.checks import check_sign


def ground_energy(jx: Tensor | float, jy: Tensor | float, h: Tensor | float, sign: int = 1) -> Tensor:
    """Exact ground-state energy per site for constant parameters on a periodic lattice of even side.

    With a = sign · J_x and b = sign · J_y, the minimum over four configurations:

        all aligned with h   -(a + b) - |h|        checkerboard (-1)^(x+y)   a + b
        stripes (-1)^y       -a + b                stripes (-1)^x            a - b

    They suffice: H is a sum over the 2×2 plaquettes, and a plaquette with one spin opposite to the other
    three has at best the energy -|h|/2, halfway between the aligned and the checkerboard plaquette, so
    never below both. Odd sides frustrate the last three: use `transfer_matrix` there.

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
    jx, jy, h = parameters(jx, jy, h, sign)
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
    jx, jy, h = parameters(jx, jy, h, sign)
    c = sign * (jx + jy)
    inside = h.abs() < -2 * c
    return torch.where(inside, h**2 / (4 * torch.where(inside, c, 1)), -c - h.abs())


def _candidates(jx: Tensor | float, jy: Tensor | float, h: Tensor | float, sign: int) -> Tensor:
    """Energies `(4, *batch)` of the aligned state, the checkerboard, stripes (-1)^y and stripes (-1)^x."""
    jx, jy, h = parameters(jx, jy, h, sign)
    a, b = sign * jx, sign * jy
    return torch.stack([-(a + b) - h.abs(), a + b, b - a, a - b])


def parameters(jx: Tensor | float, jy: Tensor | float, h: Tensor | float, sign: int = 1) -> list[Tensor]:
    """The three parameters as floating-point tensors of one shape, on the device of the first with axes."""
    check_sign(sign)
    device = next((v.device for v in (jx, jy, h) if isinstance(v, Tensor) and v.ndim), None)
    values = [torch.as_tensor(value, device=device) for value in (jx, jy, h)]
    dtype = (1.0 * values[0] + values[1] + values[2]).dtype
    return list(torch.broadcast_tensors(*(value.to(dtype) for value in values)))
