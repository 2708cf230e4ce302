"""The 32 crystallographic point groups, told apart by the orders of their elements."""

from dataclasses import dataclass

import torch
from torch import Tensor

_ORTHOGONAL = 1e-3  # of an entry of Rᵀ R - 1
_TRACE = 0.1  # traces of crystallographic rotations are integers

_BY_TRACE = {3: 1, -1: 2, 0: 3, 1: 4, 2: 6}  # trace of a rotation -> its order

# How many rotations of order 2, 3, 4 and 6 the eleven groups of rotations have.
_PROPER = {
    (0, 0, 0, 0): "C1",
    (1, 0, 0, 0): "C2",
    (0, 2, 0, 0): "C3",
    (1, 0, 2, 0): "C4",
    (1, 2, 0, 2): "C6",
    (3, 0, 0, 0): "D2",
    (3, 2, 0, 0): "D3",
    (5, 0, 2, 0): "D4",
    (7, 2, 0, 2): "D6",
    (3, 8, 0, 0): "T",
    (9, 8, 6, 0): "O",
}
# H -> H with the inversion.
_CENTRED = {
    "C1": "Ci",
    "C2": "C2h",
    "C3": "C3i",
    "C4": "C4h",
    "C6": "C6h",
    "D2": "D2h",
    "D3": "D3d",
    "D4": "D4h",
    "D6": "D6h",
    "T": "Th",
    "O": "Oh",
}
# H and G -> H ∪ -(G \ H), for H of index 2 in G.
_MIXED = {
    ("C1", "C2"): "Cs",
    ("C2", "D2"): "C2v",
    ("C3", "D3"): "C3v",
    ("C4", "D4"): "C4v",
    ("C6", "D6"): "C6v",
    ("C2", "C4"): "S4",
    ("D2", "D4"): "D2d",
    ("C3", "C6"): "C3h",
    ("D3", "D6"): "D3h",
    ("T", "O"): "Td",
}
HERMANN_MAUGUIN = {
    "C1": "1",
    "C2": "2",
    "C3": "3",
    "C4": "4",
    "C6": "6",
    "D2": "222",
    "D3": "32",
    "D4": "422",
    "D6": "622",
    "T": "23",
    "O": "432",
    "Ci": "-1",
    "C2h": "2/m",
    "C3i": "-3",
    "C4h": "4/m",
    "C6h": "6/m",
    "D2h": "mmm",
    "D3d": "-3m",
    "D4h": "4/mmm",
    "D6h": "6/mmm",
    "Th": "m-3",
    "Oh": "m-3m",
    "Cs": "m",
    "C2v": "mm2",
    "C3v": "3m",
    "C4v": "4mm",
    "C6v": "6mm",
    "S4": "-4",
    "D2d": "-42m",
    "C3h": "-6",
    "D3h": "-6m2",
    "Td": "-43m",
}
"""Schoenflies -> Hermann-Mauguin, all 32."""


@dataclass(frozen=True)
class PointGroup:
    """A crystallographic point group by its names."""

    schoenflies: str
    order: int

    @property
    def hermann_mauguin(self) -> str:
        """The short symbol, such as `m-3m`; no orientation is meant: D3h is always `-6m2`, and D2d `-42m`."""
        return HERMANN_MAUGUIN[self.schoenflies]

    def __str__(self) -> str:
        return f"{self.hermann_mauguin} ({self.schoenflies})"


def point_group(rotations: Tensor) -> PointGroup:
    """The name of a group of orthogonal matrices, from how many of its elements have which order.

    The rotations of the group are one of eleven groups H. If it has other elements, `-R` for these and H form H again,
    where the group has the inversion, or a group G in which H has index 2: H and G name it.

    Args:
        rotations: the elements, each once, in any orientation.

    Shapes:
        rotations `(k, 3, 3)`.

    Raises:
        ValueError: if a matrix is not orthogonal, or the orders are not those of one of the 32 groups.

    Example:
        >>> point_group(torch.diag_embed(torch.tensor([[1.0, 1, 1], [1, 1, -1]]))).hermann_mauguin
        'm'
    """
    proper, order = rotation_orders(rotations)
    rotating, others, all_ = (_PROPER.get(_counts(part)) for part in (order[proper], order[~proper], order))
    if bool(proper.all()):
        name = rotating
    elif bool(((order == 1) & ~proper).any()):
        name = _CENTRED.get(rotating or "") if rotating == others else None
    else:
        name = _MIXED.get((rotating or "", all_ or ""))
    if name is None:
        raise ValueError(
            f"The {len(order)} matrices have orders {sorted(order.tolist())}, {int(proper.sum())} of them rotations, "
            "but no crystallographic point group does. List every element once; a group with axes of order 5, 7, 8 or "
            "more is that of a molecule."
        )
    return PointGroup(name, len(order))


def rotation_orders(rotations: Tensor) -> tuple[Tensor, Tensor]:
    """Whether each orthogonal matrix is a rotation, and the order of the rotation `det(R) R`: bool and int64, `(k,)`.

    Example:
        >>> rotation_orders(torch.diag_embed(torch.tensor([[1.0, 1, -1]])))  # a mirror: minus a half turn
        (tensor([False]), tensor([2]))
    """
    R = rotations.to(torch.float64)
    if R.dim() != 3 or R.shape[1:] != (3, 3) or not len(R):
        raise ValueError(f"The rotations have shape {tuple(R.shape)}, but they are matrices, (k, 3, 3), at least one.")
    eye = torch.eye(3, dtype=R.dtype, device=R.device)
    if not bool(((R.mT @ R - eye).abs() <= _ORTHOGONAL).all()):
        raise ValueError(
            "A matrix is not orthogonal: the entries of RᵀR - 1 reach "
            f"{float((R.mT @ R - eye).abs().max()):.2g}. Give rotations in Cartesian axes, not in those of the cell."
        )
    det = torch.linalg.det(R)
    trace = det.sign() * R.diagonal(dim1=1, dim2=2).sum(-1)
    whole = trace.round().long().clamp(-1, 3)
    if not bool(((trace - whole).abs() <= _TRACE).all()):
        wrong = float(trace[(trace - whole).abs() > _TRACE][0])
        raise ValueError(
            f"A rotation has the trace {wrong:.3g}, but in a crystal it is an integer: only axes of order 1, 2, 3, 4 "
            "and 6 fit a lattice."
        )
    order = torch.tensor([_BY_TRACE[t] for t in whole.tolist()], device=R.device)
    return det > 0, order


def _counts(order: Tensor) -> tuple[int, int, int, int]:
    """How many elements have order 2, 3, 4 and 6."""
    two, three, four, six = (int((order == n).sum()) for n in (2, 3, 4, 6))
    return two, three, four, six
