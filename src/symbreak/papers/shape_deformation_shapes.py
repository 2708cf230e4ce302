"""The shapes that a cube is deformed into, and what a deformation is as a pair of input and target."""

from dataclasses import dataclass
from math import pi, sqrt

import torch
from e3nn import o3
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.representations import Irreps
from symbreak.symmetry.order_parameters import DataPair, DataSymmetry, data_symmetry
from symbreak.symmetry.points import PointField, point_stabilizer

IRREPS = "1x0e + 1x1o + 1x2e"  # of the targets
DEGREES = [0, 1, 2]


@dataclass(frozen=True)
class Ratio:
    """Two entries of an irrep of θ whose ratio the symmetry of the data fixes.

    Args:
        irrep: such as "4e".
        over, under: the entries, counted from 0 in the order of e3nn.
        exact: the ratio.
    """

    irrep: str
    over: int
    under: int
    exact: float


@dataclass(frozen=True)
class Shape:
    """What the cube is deformed into.

    Args:
        name: in the results.
        title: for people.
        vertices: where each of `corners()` goes.
        ratio: what to look for in θ.
        published_loss: where the authors' own run ends.
    """

    name: str
    title: str
    vertices: tuple[tuple[float, float, float], ...]
    ratio: Ratio | None
    published_loss: float

    def target(self) -> Tensor:
        """`(8, 9)`: for each vertex the signal that has its peak there."""
        return peaks(torch.tensor(self.vertices, dtype=torch.float64))

    def symmetry(self) -> DataSymmetry:
        """K, the joint symmetry of the cube and the target."""
        field = PointField(Irreps(Orthogonal(3), IRREPS), self.target())
        return data_symmetry([DataPair(corners(), targets=[field])])

    def floor(self) -> float:
        """The least loss of any network that is equivariant under O(3).

        The cube x has the stabilizer O_h, so the output of such a network is `P y`, a mean over O_h, at best:
        `min |f(x) - y|² = |y - P y|²`.

        Example:
            >>> [round(shape.floor(), 4) for shape in SHAPES]
            [0.0, 6.6323, 2.2467]
        """
        y, rep = self.target(), Irreps(Orthogonal(3), IRREPS)
        cube = point_stabilizer(corners())
        moved = torch.zeros_like(y)
        for g, sent in zip(cube.rotations, cube.permutations, strict=True):
            moved += torch.zeros_like(y).index_copy(0, sent, rep.act(g, y))
        return float((y - moved / len(cube.rotations)).square().sum())


def corners() -> Tensor:
    """`(8, 3)`: the vertices of the cube of side 1, the sign of z changing fastest."""
    return torch.cartesian_prod(*[torch.tensor([-0.5, 0.5], dtype=torch.float64)] * 3)


def peaks(vertices: Tensor) -> Tensor:
    """Signals on the sphere up to degree 2, each with its peak along a vertex and as high as the vertex is far.

        y = 4π/9 |v| (Y_0(v), Y_1(v), Y_2(v)),    so that Σ_l y_l · Y_l(v) = |v|

    Shapes:
        `(n, 3)` -> `(n, 9)`

    Example:
        >>> peaks(torch.tensor([[0.0, 0.0, 2.0]], dtype=torch.float64))[0, :4].round(decimals=4)
        tensor([0.7878, 0.0000, 0.0000, 1.3644], dtype=torch.float64)
    """
    Y = o3.spherical_harmonics(DEGREES, vertices, True, normalization="integral")
    return 4 * pi / 9 * vertices.norm(dim=1, keepdim=True) * Y


def _stretched(x: float, y: float, z: float) -> tuple[tuple[float, float, float], ...]:
    return tuple((a * x, b * y, c * z) for a, b, c in corners().tolist())


_X, _Y, _Z = 0.6, 0.75, 0.9
SHAPES = (
    Shape("cube", "cube → cube", _stretched(1.0, 1.0, 1.0), Ratio("4e", 8, 4, sqrt(5 / 7)), 0.0),
    Shape("prism", "cube → prism", _stretched(0.5, 0.5, 2.0), Ratio("2e", 4, 2, -sqrt(3)), 0.0),
    Shape(
        "random",
        "cube → random shape",
        (
            (-_X, -_Y, -_Z),
            (-0.7 * _X, -1.3 * _Y, _Z),
            (-1.2 * _X, 0.8 * _Y, -1.4 * _Z),
            (-_X, _Y, _Z),
            (_X, -_Y, -_Z),
            (1.3 * _X, -0.7 * _Y, 0.5 * _Z),
            (0.8 * _X, 1.2 * _Y, -0.6 * _Z),
            (_X, _Y, _Z),
        ),
        None,
        0.313,
    ),
)
