"""Symmetries of a periodic lattice: a point group with all translations of the torus."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups.cyclic import Cyclic
from symbreak.groups.dihedral import Dihedral
from symbreak.groups.group import check_size
from symbreak.groups.semidirect import FiniteSemidirect
from symbreak.groups.tables import table
from symbreak.groups.translation import Torus

Matrix = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class LatticeTurn:
    """φ of a lattice group: the point element `p` turns a translation `t` into `M_p t` (mod L).

    `matrices[p]` is the signed permutation matrix of the point element numbered `p`; the group law, the action on
    sites, bonds and orientations all follow from these.
    """

    torus: Torus
    matrices: tuple[Matrix, ...]

    def __call__(self, p: Tensor, t: Tensor) -> Tensor:
        matrix = _matrices(self.matrices, t.device)[p]  # (..., d, d)
        return self.torus.wrap((matrix * t[..., None, :]).sum(-1))


@table
def _matrices(matrices: tuple[Matrix, ...], device: torch.device) -> Tensor:
    return torch.tensor(matrices, device=device)


def _turns(flips: tuple[int, ...]) -> tuple[Matrix, ...]:
    quarter, mirror = torch.tensor([[0, -1], [1, 0]]), torch.tensor([[1, 0], [0, -1]])
    products = [quarter.matrix_power(k) @ mirror.matrix_power(f) for f in flips for k in range(4)]
    return tuple(tuple(map(tuple, m.tolist())) for m in products)


def p4(size: int) -> FiniteSemidirect:
    """Translations and quarter turns of the `size × size` torus, of order `4 size²`.

    The element `(t, k)` moves the site `r` to `R^k r + t`, where `R` sends `(x, y)` to `(-y, x)`.

    Example:
        >>> from symbreak.groups import SemidirectElement
        >>> quarter = SemidirectElement(torch.tensor([0, 0]), torch.tensor(1))
        >>> step = SemidirectElement(torch.tensor([1, 0]), torch.tensor(0))
        >>> p4(8).compose(quarter, step).n  # a step along x, turned, is one along y
        tensor([0, 1])
    """
    check_size("p4", size)
    torus = Torus((size, size))
    return FiniteSemidirect(torus, Cyclic(4), LatticeTurn(torus, _turns((0,))))


def p4m(size: int) -> FiniteSemidirect:
    """Translations, quarter turns and mirrors of the `size × size` torus, of order `8 size²`.

    The element `(t, k + 4 f)` moves the site `r` to `R^k S^f r + t`, where `R` sends `(x, y)` to `(-y, x)` and `S`
    sends it to `(x, -y)`.

    Example:
        >>> p4m(16).order
        2048
    """
    check_size("p4m", size)
    torus = Torus((size, size))
    return FiniteSemidirect(torus, Dihedral(4), LatticeTurn(torus, _turns((0, 1))))
