"""Bases of a lattice that are determined by its geometry: reduced ones, and among these all of one shape."""

import torch
from torch import Tensor

_SHORTER = 1e-12  # of a square: rounding shortens vectors by as much, without end
_TIE = 1e-6  # of a length or an inner product: closer ones may be equal but for rounding
# Weights of the inner products of a basis, in general position: no two shapes have one score but by accident.
_SHAPE = (1.0, 0.83929, 0.61803)


def reduced_basis(cell: Tensor) -> Tensor:
    """A right-handed basis of shortest vectors, each as short as those before it allow (Minkowski).

    Args:
        cell: float64 `(3, 3)`, rows.

    Shapes:
        -> int64 `(3, 3)`, rows, in the basis of the cell.

    Example:
        >>> skew = torch.tensor([[1.0, 0, 0], [5, 1, 0], [7, -3, 2]], dtype=torch.float64)
        >>> (reduced_basis(skew).double() @ skew).tolist()
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0]]

    Reference:
        Semaev (2001), A 3-dimensional lattice reduction algorithm.
    """
    N = torch.eye(3, dtype=torch.int64)
    while True:
        A = N.double() @ cell
        N = N[A.norm(dim=1).argsort(stable=True)]
        pair = _shortened(N, cell, 1)
        if pair is None:
            triple = _shortened(N, cell, 2)
            if triple is None:
                break
            N[2] = triple
        else:
            N[1] = pair
    return N * torch.linalg.det(N.double() @ cell).sign().long()


def _shortened(N: Tensor, cell: Tensor, k: int) -> Tensor | None:
    """The shortest of vector `k` plus combinations of those before it; None if it is the shortest already."""
    A = N.double() @ cell
    times = torch.linalg.lstsq(A[:k].T, A[k]).solution.round()
    near = torch.cartesian_prod(*[torch.arange(-1, 2)] * k).reshape(-1, k)  # of the nearest, by rounding; one is best
    trials = N[k] - (times.long() + near) @ N[:k]
    square = (trials.double() @ cell).square().sum(1)
    best = int(square.argmin())
    return trials[best] if float(square[best]) < (1 - _SHORTER) * float(A[k].square().sum()) else None


def shortest_bases(cell: Tensor) -> Tensor:
    """All bases of three shortest vectors, of either hand, that have the least shape of them.

    The shape is the Gram matrix. The bases of one shape are images of each other under the point group of the lattice:
    there are at most 48 of them, unless shapes differ by so little that rounding could be the reason. The same bases,
    as vectors in space, come of each cell of the lattice.

    Args:
        cell: float64 `(3, 3)`, rows; as `reduced_basis` gives it.

    Shapes:
        -> int64 `(K, 3, 3)`, rows, in the basis of the cell.

    Example:
        >>> shortest_bases(torch.diag(torch.tensor([1.0, 1.0, 3.0], dtype=torch.float64))).shape  # 4/mmm
        torch.Size([16, 3, 3])
    """
    v = torch.cartesian_prod(*[torch.arange(-2, 3)] * 3)  # those of a reduced cell have coefficients of size 1
    length = (v.double() @ cell).norm(dim=1)
    a, b, c = (v[(length / edge - 1).abs() <= _TIE] for edge in cell.norm(dim=1).sort().values)
    i, j, k = torch.cartesian_prod(*[torch.arange(len(part)) for part in (a, b, c)]).unbind(1)
    N = torch.stack([a[i], b[j], c[k]], dim=1)
    A = N.double() @ cell
    whole = (torch.linalg.det(N.double()).abs() - 1).abs() < 0.5
    N, A = N[whole], A[whole]
    G = A @ A.mT / cell.norm(dim=1).max() ** 2
    score = G[:, 0, 1] * _SHAPE[0] + G[:, 0, 2] * _SHAPE[1] + G[:, 1, 2] * _SHAPE[2]
    return N[score <= score.min() + _TIE]
