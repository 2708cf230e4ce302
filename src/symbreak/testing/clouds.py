"""Molecules and other clouds of points with known symmetry."""

import itertools
import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor


@dataclass(frozen=True, eq=False)
class CloudOracle:
    """A cloud of points with species about its centroid, which is the origin, and its symmetry as a set.

    Args:
        name: what it is.
        positions: `(n, 3)`, float64; of molecules in Å.
        species: int64 `(n,)`, the atomic numbers.
        schoenflies: the name of its point group.
        order: the number of maps in O(3) that keep it, infinite for a line, a point, or nothing.
        rotations: in SO(3).
        swaps: how many permutations of alike points at one place there are: the stabilizer in S_n × O(3) has `order ·
            swaps` elements.
        listed: the number of maps in O(3) that keep every single point, so the stabilizer of the ordered list.
    """

    name: str
    positions: Tensor
    species: Tensor
    schoenflies: str
    order: float
    rotations: float
    swaps: int = 1
    listed: float = 1


def cloud_oracles() -> tuple[CloudOracle, ...]:
    """Known clouds, from nothing to the buckyball, with finite, axial and full stabilizers, and chiral ones.

    Example:
        >>> {oracle.name: oracle.schoenflies for oracle in cloud_oracles()}["benzene"]
        'D6h'
    """
    line, place = (math.inf, math.inf, 1, math.inf), (math.inf, math.inf, 1, math.inf)
    corners = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 3)
    tetrahedron = corners[corners.prod(1) > 0]
    twins = _rows((1, 0, 0), (1, 0, 0), (-1, 0, 0), (-1, 0, 0), (0, 2, 0), (0, -2, 0))
    return (
        _oracle("nothing", torch.zeros(0, 3), [], "Kh", *place),
        _oracle("atom", torch.zeros(1, 3), [18], "Kh", *place),
        _oracle("two species at one place", torch.zeros(2, 3), [11, 17], "Kh", *place),
        _oracle("CO2", _rows((0, 0, 0), (0, 0, 1.16), (0, 0, -1.16)), [6, 8, 8], "D∞h", *line),
        _oracle("HCN", _rows((0, 0, -1.07), (0, 0, 0), (0, 0, 1.16)), [1, 6, 7], "C∞v", *line),
        _oracle("line", _rows((0, 0, 0), (1, 2, 2), (2, 4, 4), (3, 6, 6)), 0, "D∞h", *line),
        _oracle("water", _rows((0, 0, 0.12), (0, 0.76, -0.48), (0, -0.76, -0.48)), [8, 1, 1], "C2v", 4, 2, 1, 2),
        _oracle("ammonia", torch.cat([_polygon(3, 0.94), _rows((0, 0, 0.38))]), [1, 1, 1, 7], "C3v", 6, 3),
        _oracle("scalene plane", _rows((0, 0, 0), (1, 0, 0), (0.3, 2, 0)), 0, "Cs", 2, 1, 1, 2),
        _oracle("square", _polygon(4, 1.0), 0, "D4h", 16, 8, 1, 2),
        _oracle("pentagon", _polygon(5, 1.3), 0, "D5h", 20, 10, 1, 2),
        _oracle("heptagon", _polygon(7, 2.0), 0, "D7h", 28, 14, 1, 2),
        _oracle("benzene", torch.cat([_polygon(6, 1.39), _polygon(6, 2.48)]), [6] * 6 + [1] * 6, "D6h", 24, 12, 1, 2),
        _oracle("staggered ethane", _ethane(math.pi / 3), [6, 6] + [1] * 6, "D3d", 12, 6),
        _oracle("twisted ethane", _ethane(0.4), [6, 6] + [1] * 6, "D3", 6, 6),
        _oracle("methane", torch.cat([torch.zeros(1, 3), 0.63 * tetrahedron]), [6, 1, 1, 1, 1], "Td", 24, 12),
        _oracle("tetrahedron", tetrahedron, 0, "Td", 24, 12),
        _oracle("octahedron", torch.cat([torch.eye(3), -torch.eye(3)]), 0, "Oh", 48, 24),
        _oracle("cube", corners, 0, "Oh", 48, 24),
        _oracle("cube of ions", corners, (10 + corners.prod(1)).long().tolist(), "Td", 24, 12),
        _oracle("chiral orbit", _orbit((0.3, 0.9, 1.7)), 0, "T", 12, 12),
        _oracle("chiral molecule", corners[:4] * _rows((1, 1, 1), (1.3, 1, 1), (1, 1, 2), (1, 2.2, 1)), 0, "C1", 1, 1),
        _oracle("buckyball", _buckyball(), 6, "Ih", 120, 60),
        _oracle("twins", twins, 0, "D2h", 8, 4, 4, 2),
        _oracle("disordered", torch.randn(9, 3, generator=Generator().manual_seed(0)), 0, "C1", 1, 1),
    )


def _oracle(
    name: str,
    positions: Tensor,
    species: list[int] | int,
    schoenflies: str,
    order: float,
    rotations: float,
    swaps: int = 1,
    listed: float = 1,
) -> CloudOracle:
    x = positions.to(torch.float64)
    x = x - x.mean(0) if len(x) else x
    z = torch.tensor([species] * len(x) if isinstance(species, int) else species, dtype=torch.int64)
    return CloudOracle(name, x, z, schoenflies, order, rotations, swaps, listed)


def _rows(*points: tuple[float, ...]) -> Tensor:
    return torch.tensor(points, dtype=torch.float64)


def _polygon(sides: int, radius: float, start: float = 0.0, height: float = 0.0) -> Tensor:
    angle = start + 2 * math.pi / sides * torch.arange(sides, dtype=torch.float64)
    return torch.stack([radius * angle.cos(), radius * angle.sin(), torch.full_like(angle, height)], dim=1)


def _ethane(twist: float) -> Tensor:
    carbons = _rows((0, 0, 0.77), (0, 0, -0.77))
    return torch.cat([carbons, _polygon(3, 1.02, 0.0, 1.16), _polygon(3, 1.02, twist, -1.16)])


def _orbit(point: tuple[float, float, float]) -> Tensor:
    """The images of a point under the rotations of a tetrahedron."""
    a, b, c = point
    signs = _rows((1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1))
    return torch.cat([signs * _rows(p) for p in ((a, b, c), (b, c, a), (c, a, b))])


def _buckyball() -> Tensor:
    """The even permutations of three rows of coordinates, with all signs: a truncated icosahedron."""
    golden = (1 + math.sqrt(5)) / 2
    points = set()
    for a, b, c in ((0, 1, 3 * golden), (1, 2 + golden, 2 * golden), (golden, 2, 2 * golden + 1)):
        for s, t, u in itertools.product((1, -1), repeat=3):
            points |= {(s * a, t * b, u * c), (u * c, s * a, t * b), (t * b, u * c, s * a)}
    return 0.72 * _rows(*sorted((x + 0.0, y + 0.0, z + 0.0) for x, y, z in points))
