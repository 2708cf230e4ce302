"""Closed forms for constant conditions in numpy: phases, their boundaries, the uniform optimum.

The same formulas as `symbreak.data.ising`, where they are derived, without torch.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

PHASES = ("ferromagnet", "checkerboard", "stripes", "stripes")  # stripes along x, (-1)^y, and along y, (-1)^x


def phase_energies(jx: ArrayLike, jy: ArrayLike, h: ArrayLike, sign: int) -> NDArray:
    """Energy per site of the four candidate ground states, in the order of `PHASES`.

    Shapes:
        jx, jy, h broadcast to `(*batch)` -> `(4, *batch)`.
    Example:
        >>> phase_energies(1.0, -2.0, 0.5, sign=1)
        array([ 0.5, -1. , -3. ,  3. ])
    """
    a, b, field = np.broadcast_arrays(sign * np.asarray(jx), sign * np.asarray(jy), np.abs(h))
    return np.stack([-(a + b) - field, a + b, b - a, a - b])


def phase(jx: ArrayLike, jy: ArrayLike, h: ArrayLike, sign: int) -> tuple[NDArray, NDArray]:
    """The phase, as a position in `PHASES`, and the gap to the next one in energy per site.

    Example:
        >>> phase(1.0, np.array([-2.0, 2.0]), 0.5, sign=1)
        (array([2, 0]), array([2. , 2.5]))
    """
    energies = phase_energies(jx, jy, h, sign)
    lowest = np.sort(energies, 0)
    return energies.argmin(0), lowest[1] - lowest[0]


def uniform_energy(jx: ArrayLike, jy: ArrayLike, h: ArrayLike, sign: int) -> NDArray:
    """The lowest energy per site of a uniform magnetization: min over m ∈ [-1, 1] of -c m² - |h| m.

    Example:
        >>> uniform_energy(1.0, np.array([2.0, -3.0]), 1.0, sign=1)
        array([-4.   , -0.125])
    """
    c, field = np.broadcast_arrays(sign * (np.asarray(jx) + np.asarray(jy)), np.abs(h))
    inside = field < -2 * c
    return np.where(inside, field**2 / (4 * np.where(inside, c, 1)), -c - field)


def ground_spins(jx: float, jy: float, h: float, size: int, sign: int) -> NDArray:
    """One ground state, indexed `[x, y]`; translations, and the flip for h = 0, give others.

    Example:
        >>> ground_spins(1.0, -2.0, 0.5, size=2, sign=1)
        array([[ 1, -1],
               [ 1, -1]])
    """
    alternating = 1 - 2 * (np.arange(size) % 2)
    x, y = np.broadcast_arrays(alternating[:, None], alternating[None, :])
    patterns = (np.ones((size, size), int), x * y, y, x)
    return (-1 if h < 0 else 1) * patterns[int(phase(jx, jy, h, sign)[0])]


def boundaries(jx: float, jy: NDArray, h: NDArray, sign: int) -> list[NDArray]:
    """Functions of (J_y, h) whose zero lines are the phase boundaries, on a grid `(len(jy), len(h))`.

    For each phase but the first that occurs: its energy minus the lowest of the others.

    Example:
        >>> boundaries(1.0, np.array([-2.0, 2.0]), np.array([0.5]), sign=1)
        [array([[-2. ],
               [ 4.5]])]
    """
    energies = phase_energies(jx, jy[:, None], h[None, :], sign)
    margins = [energies[k] - np.delete(energies, k, 0).min(0) for k in range(4)]
    return [margin for margin in margins if margin.min() < -1e-9][1:]
