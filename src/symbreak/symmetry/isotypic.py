"""The irreps inside any representation of O(3) or SO(3), by name."""

from functools import lru_cache

import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.representations import Representation
from symbreak.symmetry.derivative import derivative


def isotypic_projectors(rep: Representation) -> dict[str, Tensor]:
    """The projector on the vectors of each irrep, all its copies together: `{"0e": (dim, dim), "1o": ...}`.

    The Casimir operator `-Σ dρ(L_i)²` is `l (l + 1)` on the vectors of degree l, and the inversion is their parity;
    so sums, products and duals are taken apart like `Irreps`, and e3nn is not needed. Under SO(3), where parity has no
    effect, the names are `"0"`, `"1"`, ... Representations of other groups have no named irreps here.

    Args:
        rep: orthogonal.
    Returns:
        By degree and parity, float64, on the CPU; empty for other groups. They are computed once for a representation:
        do not write into them.

    Example:
        >>> from symbreak.representations import TensorProduct, Vector
        >>> V = Vector(Orthogonal(3))
        >>> {name: round(float(Q.trace())) for name, Q in isotypic_projectors(TensorProduct(V, V)).items()}
        {'0e': 1, '1e': 3, '2e': 5}
    """
    return dict(_projectors(rep))


@lru_cache(maxsize=64)
@torch.inference_mode(False)
def _projectors(rep: Representation) -> tuple[tuple[str, Tensor], ...]:
    group = rep.group
    if not isinstance(group, Orthogonal) or group.n != 3 or not rep.dim:
        return ()
    cross = torch.linalg.cross(torch.eye(3, dtype=torch.float64)[:, None], torch.eye(3, dtype=torch.float64)[None])
    casimir = -(derivative(rep, cross) @ derivative(rep, cross)).sum(0)
    parity = torch.zeros_like(casimir)
    if not group.special:
        parity = rep.matrix(-torch.eye(3, dtype=torch.float64))
    values, vectors = torch.linalg.eigh(casimir + parity / 4)  # the two commute; l (l + 1) is even, so all stay apart
    number = (4 * values).round().long()
    found = []
    for value in number.unique().tolist():
        degree = round(((1 + value + (1 if value % 8 == 7 else -1 if value % 8 == 1 else 0)) ** 0.5 - 1) / 2)
        letter = {1: "e", 7: "o", 0: ""}[value % 8]
        block = vectors[:, number == value]
        found.append((f"{degree}{letter}", block @ block.T))
    return tuple(found)
