"""Clusters of atoms whose central ion shifts, and the laws of the shift: by a field, by chance, or by both."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from symbreak.actions import Pointwise
from symbreak.groups import Orthogonal, Source, normal, uniform
from symbreak.kernels import PointInversion
from symbreak.representations import Vector
from symbreak.training import atomic

ATOMS = 8  # of the largest cluster; smaller ones have rows of zeros behind
O3 = Orthogonal(3)
POSES, TEST_POSES = 16, 32  # drawn for each cluster, to train and to test
_RADII = 0.8, 1.2
_PARTS = ("positions", "shape", "radius", "poses")


@dataclass(frozen=True)
class Shape:
    """A symmetric cluster about an ion at the origin, its atoms at distance 1.

    Args:
        name: of the shape.
        group: its point group.
        order: of the group.
        outcomes: how many of its atoms, the first ones, the ion may shift to; the group takes each to every other.
    """

    name: str
    group: str
    order: int
    outcomes: int

    def atoms(self) -> Tensor:
        """float64 `(n, 3)`."""
        return _atoms(self.name)


SHAPES = (
    Shape("tetrahedron", "Td", 24, 4),
    Shape("octahedron", "Oh", 48, 6),
    Shape("cube", "Oh", 48, 8),
    Shape("pyramid", "C4v", 8, 4),  # with an axis of its own, which no shift follows
)


def _atoms(name: str) -> Tensor:
    eye = torch.eye(3, dtype=torch.float64)
    corners = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 3) / math.sqrt(3)
    match name:
        case "tetrahedron":
            return corners[corners.prod(1) > 0]
        case "octahedron":
            return torch.cat([eye, -eye])
        case "cube":
            return corners
        case _:
            angle = math.pi / 2 * torch.arange(4, dtype=torch.float64)
            base = torch.stack([angle.cos(), angle.sin()], dim=1) * math.sqrt(3) / 2
            return torch.cat([torch.cat([base, torch.full((4, 1), -0.5, dtype=torch.float64)], dim=1), eye[2:]])


@dataclass(frozen=True, eq=False)
class Clusters:
    """Turned clusters of several sizes, with poses drawn from their inversion kernels.

    Shapes:
        positions float64 `(B, 8, 3)` about the ion, with zeros behind the last atom; shape int64 `(B,)`, a number in
        `SHAPES`; radius float64 `(B,)`; poses float64 `(B, D, 3, 3)`, D independent draws for each cluster.
    """

    positions: Tensor
    shape: Tensor
    radius: Tensor
    poses: Tensor

    @property
    def shift(self) -> Tensor:
        """float64 `(B,)`: how far the ion shifts, the square of the radius."""
        return self.radius.square()

    def rows(self, index: Tensor) -> "Clusters":
        """Some of the clusters."""
        return Clusters(self.positions[index], self.shape[index], self.radius[index], self.poses[index])

    def moved(self, g: Tensor) -> "Clusters":
        """The clusters turned by `g`, `(3, 3)` or `(B, 3, 3)`, and their poses with them."""
        if g.dim() == 2:
            g = g.expand(len(self.positions), 3, 3)
        return replace(self, positions=self.positions @ g.mT, poses=g[:, None] @ self.poses)


def clusters(each: int, draws: int, *, generator: Source = None) -> Clusters:
    """As many clusters of every shape, Haar-turned and mirrored, of radii between 0.8 and 1.2.

    The poses come from `PointInversion`, which sees nothing but the positions of the atoms.

    Example:
        >>> some = clusters(2, 4, generator=torch.Generator().manual_seed(0))
        >>> some.positions.shape, some.poses.shape
        (torch.Size([8, 8, 3]), torch.Size([8, 4, 3, 3]))
    """
    positions, poses, radii = [], [], []
    low, high = _RADII
    for shape in SHAPES:
        radius = low + (high - low) * uniform((each,), generator=generator, dtype=torch.float64)
        turn = O3.sample((each,), generator=generator, dtype=torch.float64)
        x = radius[:, None, None] * shape.atoms() @ turn.mT
        positions.append(torch.nn.functional.pad(x, (0, 0, 0, ATOMS - x.shape[1])))
        poses.append(drawn_poses(x, draws, generator=generator))
        radii.append(radius)
    number = torch.arange(len(SHAPES)).repeat_interleave(each)
    return Clusters(torch.cat(positions), number, torch.cat(radii), torch.cat(poses))


def drawn_poses(x: Tensor, draws: int, *, generator: Source = None) -> Tensor:
    """Poses of clusters of one size, from the inversion kernel: `(B, n, 3) -> (B, draws, 3, 3)`."""
    kernel = PointInversion(Pointwise(Vector(O3)))
    return kernel(x.repeat_interleave(draws, dim=0), generator=generator).unflatten(0, (len(x), draws))


@dataclass(frozen=True)
class Setting:
    """Which law the shifts follow.

    Args:
        name: "explicit", the field alone; "spontaneous", an own axis by chance; "both", chance that the field weighs.
        strength: h of both, the energy of the field over the temperature.
    """

    name: str
    strength: float = 0.0

    @property
    def key(self) -> str:
        """Fit for a folder."""
        return f"{self.name}-{self.strength:g}" if self.name == "both" else self.name


@dataclass(frozen=True, eq=False)
class Law:
    """The law of the shift of each cluster: finitely many outcomes and their probabilities.

    Shapes:
        outcomes float64 `(B, K, 3)`, probability float64 `(B, K)`; outcomes that are none have probability 0.
    """

    outcomes: Tensor
    probability: Tensor

    def draw(self, *, generator: Source = None) -> Tensor:
        """One shift for each cluster: `(B, 3)`."""
        level = uniform((len(self.outcomes), 1), generator=generator, dtype=torch.float64)
        number = (self.probability.cumsum(1) < level).sum(1).clamp(max=self.outcomes.shape[1] - 1)
        return self.outcomes[torch.arange(len(number)), number]


def law(setting: Setting, some: Clusters, field: Tensor) -> Law:
    """The law of the shift `y` of clusters in a field along `n`.

        explicit:     y = s n
        spontaneous:  y = s a,  a uniform among the directions of the atoms that are alike
        both:         y = s a,  with probability proportional to exp(h a · n)

    with the shift s of the cluster. Only the first knows a direction that the cluster does not have; `both` is the
    second at h = 0.

    Shapes:
        field `(3,)`, of length 1.

    Example:
        >>> some = clusters(1, 1, generator=torch.Generator().manual_seed(0))
        >>> law(Setting("spontaneous"), some, torch.eye(3, dtype=torch.float64)[2]).probability[0]
        tensor([0.2500, 0.2500, 0.2500, 0.2500, 0.0000, 0.0000, 0.0000, 0.0000], dtype=torch.float64)
    """
    if setting.name == "explicit":
        outcomes = (some.shift[:, None] * field)[:, None]
        return Law(outcomes, torch.ones_like(outcomes[..., 0]))
    number = torch.tensor([shape.outcomes for shape in SHAPES])[some.shape]
    there = torch.arange(ATOMS) < number[:, None]
    axes = some.positions / some.radius[:, None, None]
    weight = (setting.strength * axes @ field).masked_fill(~there, -math.inf)
    return Law(some.shift[:, None, None] * axes, weight.softmax(1))


def random_field(generator: Source) -> Tensor:
    """A direction of the field, uniform on the sphere: float64 `(3,)`."""
    n = normal((3,), generator=generator, dtype=torch.float64)
    return n / n.norm()


@dataclass(frozen=True, eq=False)
class DataSet:
    """The clusters of one seed, and the direction `(3,)` of its field."""

    train: Clusters
    test: Clusters
    field: Tensor

    def arrays(self) -> dict[str, Tensor]:
        """By name, for a file."""
        both = {"train": self.train, "test": self.test}
        return {"field": self.field} | {
            f"{a}.{b}": value for a, some in both.items() for b, value in vars(some).items()
        }

    @classmethod
    def read(cls, path: Path) -> "DataSet":
        """From a file of `write_arrays`."""
        from safetensors.torch import load_file

        parts = load_file(path)
        train, test = ({b: parts[f"{a}.{b}"] for b in _PARTS} for a in ("train", "test"))
        return cls(Clusters(**train), Clusters(**test), parts["field"])


def data_set(train: int, test: int, seed: int) -> DataSet:
    """So many clusters of each shape, and a field: everything but the shifts, which each law draws."""
    generator = torch.Generator().manual_seed(seed)
    field = random_field(generator)
    some = clusters(train, POSES, generator=generator)
    return DataSet(some, clusters(test, TEST_POSES, generator=generator), field)


def write_arrays(path: Path, arrays: dict[str, Tensor]) -> None:
    """A file of safetensors, whole or not at all."""
    from safetensors.torch import save_file

    with atomic(path) as temporary:
        save_file({name: array.contiguous() for name, array in arrays.items()}, temporary)
