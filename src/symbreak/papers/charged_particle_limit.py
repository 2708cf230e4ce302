"""How well noisy accelerations fix the directions of the fields: the limit of Cramér and Rao, and least squares."""

from math import sqrt

import torch
from torch import Tensor

from symbreak.data.charged_particle import Fields, Samples


def direction_limits(data: Samples, fields: Fields, sigma: float) -> tuple[float | None, float | None]:
    """The least root mean square error of the directions of E and B, in degrees, of any unbiased estimate.

    The law without gravity, `a = q (E + v × B) - γ v`, is linear in its seven numbers. With normal errors of deviation
    σ their covariance is at least `C = σ² (XᵀX)⁻¹`, which least squares reaches. Across a field F the error is then

        √tr(P C_F P) / |F|,    P = 1 - F Fᵀ / |F|²,

    of N charges ±1 about `√2 σ / (|E| √N)` for E.

    Args:
        data: the velocities and charges; the accelerations do not matter.
        fields: the true ones.
        sigma: σ, of each component of an acceleration.
    Returns:
        For E and B; None for a field that is 0.
    Raises:
        ValueError: if there is gravity.

    Example:
        >>> x, o = torch.tensor([0.8, 0.0, 0.0], dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
        >>> q = (1 - 2 * (torch.arange(288) % 2))[:, None].double()
        >>> v = torch.randn(288, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        >>> round(direction_limits(Samples(q, v, v), Fields(x, o, o), 0.3)[0], 2)  # √2 · 0.3 / (0.8 √288) = 1.79°
        1.79
    """
    if bool(fields.gravity.any()):
        raise ValueError(f"There is a gravity of {fields.gravity.tolist()}, but the limit is that of a law without it.")
    X = _design(data)
    C = sigma**2 * torch.linalg.inv(X.T @ X)
    found = []
    for field, part in ((fields.electric, slice(0, 3)), (fields.magnetic, slice(3, 6))):
        strength = float(field.norm())
        if not strength:
            found.append(None)
            continue
        across = torch.eye(3, dtype=C.dtype) - torch.outer(field, field) / strength**2
        rms = sqrt(float((across @ C[part, part] @ across).trace())) / strength
        found.append(float(torch.rad2deg(torch.tensor(rms, dtype=C.dtype))))
    return found[0], found[1]


def least_squares(data: Samples) -> Fields:
    """E, B and γ that fit the accelerations best, for one who knows the law, and that there is no gravity.

    Example:
        >>> fields = Fields(torch.tensor([0.8, 0.0, 0.0]), torch.tensor([0.0, 1.5, 0.0]), torch.zeros(3), 0.5)
        >>> q, v = torch.tensor([[1.0], [-1.0]]).repeat(8, 1), torch.randn(16, 3)
        >>> seen = least_squares(Samples(q, v, fields.acceleration(q, v)))
        >>> torch.allclose(seen.electric, fields.electric, atol=1e-4)
        True
    """
    beta = torch.linalg.lstsq(_design(data), data.accelerations.reshape(-1, 1)).solution[:, 0]
    return Fields(beta[:3], beta[3:6], torch.zeros_like(beta[:3]), max(float(beta[6]), 0.0))


def _design(data: Samples) -> Tensor:
    """`(3 N, 7)`: the accelerations for each of E, B and γ at 1."""
    q, v = data.charges, data.velocities
    eye = torch.eye(3, dtype=v.dtype)
    columns = [q * e for e in eye] + [q * torch.linalg.cross(v, e.expand_as(v)) for e in eye]
    return torch.stack([*columns, -v], dim=-1).reshape(-1, 7)
