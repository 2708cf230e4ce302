"""From end to end: a network that must name one direction of a tetrahedron."""

import pytest
import torch
from torch import nn

from symbreak.actions import Commuting, Pointwise, Slots
from symbreak.breaking import SymPE, VectorEncoding
from symbreak.groups import Orthogonal, Symmetric
from symbreak.kernels import PointInversion
from symbreak.representations import Trivial, Vector
from symbreak.symmetry import law_error
from symbreak.symmetry.points import point_stabilizer
from symbreak.testing import assert_breaks, assert_pathwise_equivariant, check_uniform, cloud_oracles

O3 = Orthogonal(3)
POINTS = Pointwise(Vector(O3))
CORNERS = next(oracle.positions for oracle in cloud_oracles() if oracle.name == "tetrahedron").float()
# S_4 × O(3), on clouds, and on one vector for each, which permutations leave alone.
SETS = Commuting((Slots(Symmetric(4)), POINTS))
DIRECTION = Commuting((Pointwise(Trivial(Symmetric(4), 3)), POINTS))


class Direction(nn.Module):
    """A sum over points and their vectors, weighted by invariants: O(3)-equivariant, blind to the order of points."""

    def __init__(self, vectors, width=16):
        super().__init__()
        self.weights = nn.Sequential(nn.Linear(vectors**2, width), nn.SiLU(), nn.Linear(width, vectors))

    def forward(self, x):
        u = x.unflatten(-1, (-1, 3))  # (B, n, vectors, 3)
        return (self.weights((u @ u.mT).flatten(-2))[..., None] * u).mean((1, 2))


def model():
    generator = torch.Generator().manual_seed(0)
    return SymPE(Direction(4), PointInversion(POINTS), VectorEncoding(Vector(O3), 3, generator=generator))


def tetrahedra(count, generator):
    h = O3.sample((count,), generator=generator)
    return POINTS.act(h, CORNERS.expand(count, -1, -1))


def misses(y, x):
    """One less the largest cosine between the outputs and the corners: `(B,)`."""
    return 1 - torch.cosine_similarity(y[:, None], x, dim=-1).amax(1)


def test_without_a_pose_there_is_no_direction():
    """A tetrahedron has no vector but zero: an equivariant network says nothing, whatever its weights."""
    x = CORNERS[None]
    assert Direction(1)(x).norm() < 1e-6
    assert Direction(1)(torch.randn(1, 4, 3)).norm() > 1e-3


def test_with_a_pose_the_symmetry_is_broken_and_the_law_equivariant(generator):
    f, x = model(), CORNERS[None]
    found = point_stabilizer(CORNERS)
    assert found.order == 24
    elements = (found.permutations, found.rotations.float())
    assert_breaks(lambda x: f(x, generator=generator), SETS, DIRECTION, x, elements=elements)
    with pytest.raises(AssertionError, match="24 leave f"):
        assert_breaks(lambda x: Direction(1)(x), SETS, DIRECTION, x, elements=elements, rtol=1e-5)
    error = law_error(f, SETS, DIRECTION, x, generator=generator, draws=64)
    assert error.p_value > 1e-3
    assert_pathwise_equivariant(f, POINTS, POINTS, torch.randn(3, 5, 3), PointInversion(POINTS), generator=generator)


def test_a_pose_that_is_not_equivariant_is_found_out(generator):
    class Fixed(PointInversion):
        def forward(self, x, *, generator=None):
            return torch.eye(3).expand(len(x), 3, 3)

    f = SymPE(Direction(4), Fixed(POINTS), VectorEncoding(Vector(O3), 3, generator=generator))
    assert law_error(f, SETS, DIRECTION, CORNERS[None], generator=generator, draws=32).p_value <= 1e-3


def test_it_learns_to_name_a_corner_and_names_each_as_often(generator):
    f = model()
    optimizer = torch.optim.Adam(f.parameters(), lr=1e-2)
    for _ in range(100):
        x = tetrahedra(1, generator).expand(16, -1, -1)
        loss = misses(f(x, generator=generator), x).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        x = tetrahedra(1, generator).expand(1_000, -1, -1)
        y = f(x, generator=generator)
        assert misses(y, x).max() < 0.05
        check_uniform(torch.cosine_similarity(y[:, None], x, dim=-1).argmax(1), 4)
