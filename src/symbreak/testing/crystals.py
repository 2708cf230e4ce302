"""Crystals with known symmetry, and what it means that two batches hold the same ones."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class CrystalOracle:
    """A crystal with the number of operations that keep it and its cell's lattice, modulo that lattice.

    Args:
        name: what it is.
        cell: `(3, 3)`, float64, rows, in Å.
        positions: `(n, 3)`, float64, in Å.
        species: int64 `(n,)`, the atomic numbers.
        number: of its space group type.
        order: how many operations there are: those of the point group, as many times as the cell has centrings.
        rotations: how many of them are rotations and screws.
    """

    name: str
    cell: Tensor
    positions: Tensor
    species: Tensor
    number: int
    order: int
    rotations: int


def crystal_oracles() -> tuple[CrystalOracle, ...]:
    """Known crystals: primitive, centred and super cells, chiral ones, one atom, and one without symmetry.

    Example:
        >>> {oracle.name: oracle.order for oracle in crystal_oracles()}["rock salt"]
        192
    """
    cube, half = torch.eye(3), torch.full((1, 3), 0.5)
    origin, face = torch.zeros(1, 3), _rows((0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0))
    faces, pair = torch.cat([origin, face]), torch.cat([origin, half])
    triclinic = _rows((4.1, 0, 0), (0.7, 5.2, 0), (-0.9, 1.1, 6.3))
    general = _rows((0.1, 0.2, 0.3), (0.55, 0.3, 0.8), (0.4, 0.83, 0.6))
    polar = _rows((0, 0, 0), (0.5, 0.5, 0.52), (0.5, 0.5, 0.97), (0.5, 0, 0.48), (0, 0.5, 0.48))
    packed = _rows((1 / 3, 2 / 3, 0.25), (2 / 3, 1 / 3, 0.75))
    silica, atoms, mirror = _hexagonal(4.91, 5.41), [14] * 3 + [8] * 6, _rows((1, 1, -1))
    corners = torch.cartesian_prod(*[torch.tensor([0.0, 0.5])] * 3)
    return (
        _oracle("polonium", 3.35 * cube, origin, [84], 221, 48, 24),
        _oracle("caesium chloride", 4.12 * cube, pair, [55, 17], 221, 48, 24),
        _oracle("iron", 2.87 * cube, pair, [26, 26], 229, 96, 48),
        _oracle("copper", 3.61 * cube, faces, [29] * 4, 225, 192, 96),
        _oracle("copper, one atom", 3.61 * face, origin, [29], 225, 48, 24),
        _oracle("rock salt", 5.64 * cube, torch.cat([faces, faces + half]), [11] * 4 + [17] * 4, 225, 192, 96),
        _oracle("rock salt, two atoms", 5.64 * face, pair, [11, 17], 225, 48, 24),
        _oracle("diamond", 3.57 * cube, torch.cat([faces, faces + half / 2]), [6] * 8, 227, 192, 96),
        _oracle("diamond, two atoms", 3.57 * face, pair / 2, [6, 6], 227, 48, 24),
        _oracle("zincblende", 5.41 * face, pair / 2, [30, 16], 216, 24, 12),
        _oracle("perovskite", 4.06 * cube, torch.cat([pair, face]), [19, 30, 9, 9, 9], 221, 48, 24),
        _oracle("barium titanate", _rows((3.99, 0, 0), (0, 3.99, 0), (0, 0, 4.1)), polar, [56, 22, 8, 8, 8], 99, 8, 4),
        _oracle("magnesium", _hexagonal(3.21, 5.21), packed, [12, 12], 194, 24, 12),
        _oracle("quartz", silica, _quartz(), atoms, 152, 6, 6),
        _oracle("quartz of the other hand", silica, _quartz() * mirror, atoms, 154, 6, 6),
        _oracle("a vacancy", 6.7 * cube, corners[1:], [84] * 7, 221, 48, 24),
        _oracle("two cells", 3.35 * _rows((2, 0, 0), (0, 1, 0), (0, 0, 1)), corners[[0, 4]], [84, 84], 221, 32, 16),
        _oracle("one atom", triclinic, general[:1], [18], 2, 2, 1),
        _oracle("two atoms", triclinic, general[:2], [18, 18], 2, 2, 1),
        _oracle("no symmetry", triclinic, general, [1, 7, 7], 1, 1, 1),
    )


def _oracle(
    name: str, cell: Tensor, scaled: Tensor, species: list[int], number: int, order: int, rotations: int
) -> CrystalOracle:
    cell = cell.to(torch.float64)
    return CrystalOracle(name, cell, scaled.to(torch.float64) @ cell, torch.tensor(species), number, order, rotations)


def _rows(*points: tuple[float, ...]) -> Tensor:
    return torch.tensor(points, dtype=torch.float64)


def _hexagonal(a: float, c: float) -> Tensor:
    return _rows((a, 0, 0), (-a / 2, math.sqrt(0.75) * a, 0), (0, 0, c))


def _quartz() -> Tensor:
    """Three silicons and six oxygens of P3₁21."""
    x, y, z = 0.4135, 0.2669, 0.7858
    silicons = _rows((0.4697, 0, 1 / 3), (0, 0.4697, 2 / 3), (-0.4697, -0.4697, 0))
    turned = _rows((x, y, z), (-y, x - y, z + 1 / 3), (y - x, -x, z + 2 / 3))
    back = _rows((y, x, -z), (x - y, -y, 2 / 3 - z), (-x, y - x, 1 / 3 - z))
    return torch.cat([silicons, turned, back])


def crystal_gap(x: Any, y: Any, *, position: str = "pos", cell: str = "cell") -> float:
    """How far two batches are from holding the same crystals, each as an endless set of atoms with a lattice.

    The basis of a lattice, the order of the atoms, and which of their images are listed make no difference. Other
    fields with a row for each atom are compared where they stand, those of integers exactly.

    Args:
        position: the field of the positions.
        cell: the field of the cells, `(B, 3, 3)`.

    Returns:
        The largest distance of a vector of a cell of `y` from the lattice in `x`, of an atom from its partner, or of
        an entry of a field; infinite if the crystals have no such relation.

    Example:
        >>> from torch_geometric.data import Batch, Data
        >>> cube = Data(pos=torch.tensor([[0.0, 0, 0], [2, 2, 2]]), cell=4 * torch.eye(3)[None])
        >>> skew = 4 * torch.tensor([[[1.0, 1, 0], [0, 1, 0], [0, 0, -1]]])
        >>> same = Data(pos=torch.tensor([[2.0, 2, -2], [0, 4, 0]]), cell=skew)
        >>> crystal_gap(Batch.from_data_list([cube]), Batch.from_data_list([same]))
        0.0
    """
    size = x.ptr.diff()
    if not torch.equal(size, y.ptr.diff()):
        return math.inf
    worst = 0.0
    for n in size.unique().tolist():
        item = (size == n).nonzero()[:, 0]
        rows = x.ptr[item][:, None] + torch.arange(n)
        worst = max(worst, _distance(x, y, item, rows, position, cell))
    return worst


def _distance(x: Any, y: Any, item: Tensor, rows: Tensor, position: str, cell: str) -> float:
    """Of the crystals of one size: item `(K,)`, rows `(K, n)`."""
    A, B = (batch[cell][item].to(torch.float64) for batch in (x, y))
    back = torch.linalg.inv(A)
    whole = (B @ back).round()
    if not bool((torch.linalg.det(whole).abs().round() == 1).all()):
        return math.inf
    one, two = (batch[position][rows].to(torch.float64) for batch in (x, y))
    step = (one[:, :, None] - two[:, None]) @ back[:, None]
    apart = ((step - step.round()) @ A[:, None]).norm(dim=-1)  # (K, n, n)
    names = _names(x, position, cell)
    values = [tuple(batch[name].reshape(len(x.batch), -1)[rows] for batch in (x, y)) for name in names]
    alike = torch.ones_like(apart, dtype=torch.bool)
    for u, v in values:
        if not u.is_floating_point():
            alike = alike & (u[:, :, None] == v[:, None]).all(-1)
    near, partner = apart.where(alike, math.inf).min(-1)
    if not bool((partner.sort(1).values == torch.arange(partner.shape[1])).all()):
        return math.inf
    worst = [(B - whole @ A).norm(dim=-1).flatten(), near.flatten()]
    for u, v in values:
        if u.is_floating_point():
            worst.append((u - v.gather(1, partner[:, :, None].expand_as(v))).abs().to(torch.float64).flatten())
    return float(torch.cat(worst).max())


def _names(x: Any, position: str, cell: str) -> list[str]:
    """The other fields with a row for each atom."""
    fields = {name: value for name, value in x.to_dict().items() if isinstance(value, Tensor)}
    known = (position, cell, "batch", "ptr")
    return [n for n, v in fields.items() if n not in known and "edge" not in n and v.dim() and len(v) == len(x.batch)]
