"""The Hamiltonian of the square lattice: energies per site and the fields that spins feel."""

from torch import Tensor

from symbreak.data.ising.checks import check_pair


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
        >>> import torch
        >>> conditions = torch.tensor([1.0, -2.0, 0.5]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
        >>> energy(conditions, torch.ones(1, 1, 4, 4))  # -(1 - 2) - 0.5
        tensor([0.5000])
        >>> energy(conditions, torch.full((1, 1, 4, 4), 0.25))  # -(1 - 2)/16 - 0.5/4
        tensor([-0.0625])
    """
    check_pair(conditions, spins, sign)
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
        >>> import torch
        >>> conditions = torch.zeros(1, 3, 3, 3)
        >>> conditions[0, 0, 0, 1] = 2.0  # J_x couples (0, 1) and (1, 1)
        >>> local_field(conditions, torch.ones(1, 1, 3, 3))[0, 0]
        tensor([[0., 2., 0.],
                [0., 2., 0.],
                [0., 0., 0.]])
    """
    check_pair(conditions, spins, sign)
    jx, jy, h = conditions.split(1, 1)  # (B, 1, L, L)
    ahead = jx * spins.roll(-1, -2) + jy * spins.roll(-1, -1)
    behind = jx.roll(1, -2) * spins.roll(1, -2) + jy.roll(1, -1) * spins.roll(1, -1)
    return sign * (ahead + behind) + h
