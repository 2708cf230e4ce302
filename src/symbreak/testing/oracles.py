"""Objects with known symmetry: fields on a lattice, sets of points, graphs."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor


@dataclass(frozen=True, eq=False)
class LatticeOracle:
    """A scalar field on a periodic square lattice, with the order of its stabilizer.

    Args:
        name: what it is.
        field: `(L, L)`, float64.
        p4: the order in `p4(L)`.
        p4m: the order in `p4m(L)`.
    """

    name: str
    field: Tensor
    p4: int
    p4m: int


def lattice_oracles(size: int) -> tuple[LatticeOracle, ...]:
    """The known fields that fit a lattice of a given side, at least 3: some need an even side, a multiple of 4, or 5.

    Example:
        >>> [(oracle.name, oracle.p4m) for oracle in lattice_oracles(3)]
        [('constant', 72), ('single site', 8), ('diagonal', 12), ('disordered', 1)]
    """
    if size < 3:
        raise ValueError(
            f"The side is {size}, but below 3 turns of the lattice coincide and no two fields here differ."
        )
    x, y = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    area = size**2
    fields = [
        ("constant", torch.zeros(size, size), 4 * area, 8 * area),
        ("single site", (x + y == 0), 4, 8),
        ("diagonal", (x == y), 2 * size, 4 * size),
        ("disordered", torch.randn(size, size, generator=Generator().manual_seed(0)), 1, 1),
    ]
    if size % 2 == 0:
        fields += [("stripes", x % 2, area, 2 * area), ("checkerboard", (x + y) % 2, 2 * area, 4 * area)]
    if size % 4 == 0:
        fields.append(("period (4, 2)", (x % 4 == 0) & (y % 2 == 0), area // 4, area // 2))
    if size >= 5:
        pinwheel, pair = torch.zeros(2, size, size)
        pinwheel[0, 0] = pair[0, 0] = 2
        for a, b in ((1, 2), (-2, 1), (-1, -2), (2, -1)):
            pinwheel[a, b] = 1
        pair[1, 2] = pair[-1, -2] = 1
        fields += [("pinwheel: quarter turns, no mirror", pinwheel, 4, 4), ("pair: a half turn", pair, 2, 2)]
    return tuple(LatticeOracle(name, field.to(torch.float64), a, b) for name, field, a, b in fields)


@dataclass(frozen=True, eq=False)
class PointOracle:
    """A set of points about the origin, with the number of orthogonal maps that take the set to itself.

    Args:
        name: what it is.
        points: `(N, n)`, float64, centred.
        order: in O(n); infinite for a line in space.
        rotations: in SO(n).
    """

    name: str
    points: Tensor
    order: float
    rotations: float


def point_oracles() -> tuple[PointOracle, ...]:
    """Known sets of points, in the plane and in space.

    Example:
        >>> [(oracle.name, oracle.order) for oracle in point_oracles() if oracle.points.shape[1] == 2]
        [('square', 8), ('pentagon', 10), ('rectangle', 4), ('line in the plane', 4), ('point in the plane', inf)]
    """
    corners = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 3)
    angle = 2 * math.pi / 5 * torch.arange(5, dtype=torch.float64)

    def rows(*points: tuple[float, ...]) -> Tensor:
        return torch.tensor(points, dtype=torch.float64)

    return (
        PointOracle("square", rows((1, 0), (0, 1), (-1, 0), (0, -1)), 8, 4),
        PointOracle("pentagon", torch.stack([angle.cos(), angle.sin()], dim=1), 10, 5),
        PointOracle("rectangle", rows((2, 1), (2, -1), (-2, 1), (-2, -1)), 4, 2),
        PointOracle("line in the plane", rows((1, 0), (-1, 0)), 4, 2),
        PointOracle("point in the plane", rows((0, 0)), math.inf, math.inf),
        PointOracle("cube", corners, 48, 24),
        PointOracle("octahedron", torch.cat([torch.eye(3), -torch.eye(3)]).to(torch.float64), 48, 24),
        PointOracle("tetrahedron", corners[corners.prod(1) > 0], 24, 12),
        PointOracle("square in space", rows((1, 0, 0), (0, 1, 0), (-1, 0, 0), (0, -1, 0)), 16, 8),
        PointOracle("line in space", rows((0, 0, 1), (0, 0, -1)), math.inf, math.inf),
        PointOracle("point in space", rows((0, 0, 0)), math.inf, math.inf),
    )


@dataclass(frozen=True)
class GraphOracle:
    """A graph without features, with the number of its automorphisms.

    Args:
        name: what it is.
        nodes: how many.
        edges: pairs of nodes, each once.
        automorphisms: how many permutations of the nodes keep the edges.
    """

    name: str
    nodes: int
    edges: tuple[tuple[int, int], ...]
    automorphisms: int

    @property
    def edge_index(self) -> Tensor:
        """int64 `(2, 2E)`, each edge both ways."""
        one_way = torch.tensor(self.edges, dtype=torch.int64).reshape(-1, 2).T
        return torch.cat([one_way, one_way.flip(0)], dim=1)


def graph_oracles() -> tuple[GraphOracle, ...]:
    """Known graphs, from the empty to the complete; one has no automorphism but the identity.

    Example:
        >>> {oracle.name: oracle.automorphisms for oracle in graph_oracles()}["Petersen"]
        120
    """

    def cycle(n: int, start: int = 0) -> tuple[tuple[int, int], ...]:
        return tuple((start + i, start + (i + 1) % n) for i in range(n))

    spokes = tuple((i, i + 5) for i in range(5))
    star = tuple((5 + i, 5 + (i + 2) % 5) for i in range(5))
    return (
        GraphOracle("no node", 0, (), 1),
        GraphOracle("one node", 1, (), 1),
        GraphOracle("empty", 4, (), 24),
        GraphOracle("path", 5, tuple((i, i + 1) for i in range(4)), 2),
        GraphOracle("cycle", 6, cycle(6), 12),
        GraphOracle("complete", 4, tuple((i, j) for i in range(4) for j in range(i)), 24),
        GraphOracle("star", 5, tuple((0, i) for i in range(1, 5)), 24),
        GraphOracle("two triangles", 6, cycle(3) + cycle(3, 3), 72),
        GraphOracle("Petersen", 10, cycle(5) + spokes + star, 120),
        GraphOracle("asymmetric", 6, ((0, 1), (1, 2), (2, 3), (3, 4), (1, 5), (2, 5)), 1),
    )
