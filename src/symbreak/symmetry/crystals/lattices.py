"""Integer arithmetic of a lattice and its sublattices."""

from math import gcd

import torch
from torch import Tensor


def whole(matrix: Tensor) -> Tensor:
    """int64: a matrix whose entries are integers but for rounding."""
    return matrix.round().to(torch.int64)


def determinant(M: Tensor) -> int:
    """The exact determinant of an integer matrix `(3, 3)`."""
    (a, b, c), (d, e, f), (g, h, i) = M.tolist()
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)


def adjugate(M: Tensor) -> Tensor:
    """int64 `(3, 3)`: `adj(M)` with `adj(M) M = det(M) 1`."""
    rows = [torch.linalg.cross(M[(i + 1) % 3], M[(i + 2) % 3]) for i in range(3)]
    return torch.stack(rows, dim=1)


def keeps(W: Tensor, M: Tensor) -> Tensor:
    """bool `(k,)`: which integer matrices, on columns, take the lattice of the rows of `M` onto itself."""
    turned = M @ W.mT @ adjugate(M)  # row i: (W M_i) in the basis of the rows, times det(M)
    return (turned % abs(determinant(M)) == 0).flatten(1).all(1)


def generated(vectors: Tensor) -> Tensor:
    """int64 `(3, 3)`: a triangular basis, as rows, of the lattice that integer vectors `(n, 3)` of rank 3 generate.

    Example:
        >>> generated(torch.tensor([[2, 0, 0], [0, 2, 0], [0, 0, 2], [1, 1, 0]])).tolist()
        [[1, 1, 0], [0, 2, 0], [0, 0, 2]]
    """
    rows = [row for row in vectors.tolist() if any(row)]
    basis = []
    for axis in range(3):
        pivot = None
        rest = []
        for row in rows:
            if not row[axis]:
                rest.append(row)
                continue
            while pivot is not None and row[axis]:  # Euclid
                times = pivot[axis] // row[axis]
                pivot, row = row, [p - times * r for p, r in zip(pivot, row, strict=True)]
            if pivot is None:
                pivot = row
            elif any(row):
                rest.append(row)
        if pivot is None:
            raise ValueError(f"The vectors span no lattice of rank 3: none is independent along axis {axis}.")
        basis.append(pivot if pivot[axis] > 0 else [-p for p in pivot])
        rows = rest
    return torch.tensor(basis)


def dual_fractions(M: Tensor) -> tuple[Tensor, int]:
    """The wave vectors that waves in a supercell have, modulo those of the lattice.

    For the supercell whose vectors are the rows of `M` in the basis of the lattice, these are the `q` with `M q` whole.

    Returns:
        int64 `(|det M|, 3)`, numerators, zero first, and the common denominator.

    Example:
        >>> q, denominator = dual_fractions(torch.tensor([[1, 1, 0], [-1, 1, 0], [0, 0, 1]]))
        >>> q.tolist(), denominator
        ([[0, 0, 0], [1, 1, 0]], 2)
    """
    D = abs(determinant(M))
    found = torch.zeros(1, 3, dtype=torch.int64)
    for column in adjugate(M).T:  # M⁻¹ = adj(M) / det(M): its columns generate
        order = D // gcd(D, *column.tolist())
        multiples = torch.arange(order)[:, None] * column
        found = ((found[:, None] + multiples) % D).flatten(0, 1).unique(dim=0)
    common = gcd(D, *found.flatten().tolist())
    return found // common, D // common
