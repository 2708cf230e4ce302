"""What small turns do to the vectors of a representation."""

import torch
from torch import Tensor

from symbreak.representations import Representation


def derivative(rep: Representation, tangents: Tensor) -> Tensor:
    """`dρ(X)`, the derivative of `ρ(exp(t X))` at `t = 0`.

    Args:
        rep: of a group of matrices.
        tangents: X, `(m, n, n)`, antisymmetric.
    Shapes:
        -> float64 `(m, rep.dim, rep.dim)`.

    Example:
        >>> from symbreak.groups import Orthogonal
        >>> from symbreak.representations import TensorProduct, Vector
        >>> V, X = Vector(Orthogonal(2)), torch.tensor([[[0.0, -1.0], [1.0, 0.0]]])
        >>> derivative(TensorProduct(V, V), X)[0, :, 1].tolist()  # x ⊗ y goes to y ⊗ y - x ⊗ x
        [-1.0, 0.0, 0.0, 1.0]
    """
    X = tangents.to(torch.float64)
    row, column = torch.tril_indices(X.shape[-1], X.shape[-1], -1, device=X.device)
    plane = X.new_zeros(len(row), *X.shape[1:])
    plane[range(len(row)), row, column] = 1.0
    plane = plane - plane.mT

    def matrix(t: Tensor) -> Tensor:
        return rep.matrix(torch.linalg.matrix_exp((t[:, None, None] * plane).sum(0)), dtype=torch.float64)

    with torch.no_grad():
        slopes = torch.func.jacfwd(matrix)(X.new_zeros(len(row)))  # (dim, dim, planes); the map is linear in X
    return torch.einsum("mp,ijp->mij", X[:, row, column], slopes)
