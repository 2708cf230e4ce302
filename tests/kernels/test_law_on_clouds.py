"""Every kernel of clouds on every cloud of known symmetry: 20,000 poses, each of a coset as often, and one form.

A stabilizer with a continuous part is cut into its components and intervals of the angle, or into intervals of each
coordinate. The canonical forms are one, to 1e-10 in float64, for all poses of a cloud and of all it can be moved to.
"""

import math

import pytest
import torch

from symbreak.actions import (
    Commuting,
    Pointwise,
    Rigid,
    Slots,
)
from symbreak.groups import Orthogonal
from symbreak.kernels import (
    DirectionSort,
    FrameInversion,
    GramSchmidt,
    PointInversion,
    WeightedFrame,
)
from symbreak.representations import DirectSum, Trivial, Vector
from symbreak.symmetry.points import point_stabilizer
from symbreak.testing import (
    check_counts,
    check_uniform,
    cloud_oracles,
)

DRAWS, EXACT = 20_000, 1e-10
O3, SO3 = Orthogonal(3), Orthogonal(3, special=True)
GROUPS = pytest.mark.parametrize("group", (O3, SO3), ids=("O3", "SO3"))
CLOUDS = cloud_oracles()
NAMED = {oracle.name: oracle for oracle in CLOUDS}


def each(oracles):
    return pytest.mark.parametrize("oracle", oracles, ids=lambda oracle: oracle.name)


def keys():
    return torch.Generator().manual_seed(0)


def assert_uniform(s, components, axis, dimension, name=""):
    """Maps `(K, 3, 3)` are uniform on a group: that of some components, with a connected part of a dimension."""
    if dimension == 3:
        sign = (torch.linalg.det(s) > 0).long()
        check_uniform(sign if len(components) > 1 else 1 - sign, len(components), name=name)
        for i in range(3):
            for j in range(3):  # each coordinate of a point on the sphere
                check_uniform(((s[:, i, j] + 1) * 15).long().clamp(0, 29), 30, name=name)
        return
    number = torch.zeros(len(s), dtype=torch.int64)
    if dimension == 1:
        e = torch.linalg.cross(axis, torch.eye(3).double()[int(axis.abs().argmin())], dim=0)
        e = e / e.norm()
        f = torch.linalg.cross(axis, e, dim=0)
        assert ((s @ axis - axis).norm(dim=1).minimum((s @ axis + axis).norm(dim=1))).max() < EXACT, name
        # The component of a map tells whether it turns the axis and the hand, and the angle where it sends e.
        kind = torch.stack([torch.einsum("i,kij,j->k", axis, s, axis), torch.linalg.det(s)], 1).sign()
        known = torch.stack([torch.einsum("i,kij,j->k", axis, components, axis), torch.linalg.det(components)], 1)
        number = (kind[:, None] == known.sign()).all(-1).int().argmax(1)
        assert (kind == known.sign()[number]).all(), name
        angle = torch.atan2((s @ e) @ f, (s @ e) @ e) / (2 * math.pi) + 0.5
        check_uniform(16 * number + (16 * angle).long().clamp(0, 15), 16 * len(components), name=name)
        return
    apart, number = (s[:, None] - components).abs().amax((2, 3)).min(1)
    assert apart.max() < EXACT, name
    check_uniform(number, len(components), name=name)


def stabilizer(oracle, group):
    """Components, axis, and dimension of the connected part."""
    both = torch.stack([torch.eye(3), -torch.eye(3)]).double()[: 1 if group.special else 2]
    if not len(oracle.positions):
        return both, None, 3
    found = point_stabilizer(oracle.positions, group=group, tolerance=1e-9)
    return found.rotations, found.axis, len(found.continuous)


def of_lists(oracle, group):
    """The same, of the maps that keep every single point: by the rank of the points."""
    eye, x = torch.eye(3).double(), oracle.positions
    rank = int(torch.linalg.matrix_rank(x, rtol=1e-9)) if len(x) else 0
    V = torch.linalg.svd(torch.cat([x, torch.zeros(3, 3)])).Vh
    if rank == 0:
        return torch.stack([eye, -eye])[: 1 if group.special else 2], None, 3
    mirror = eye - 2 * torch.outer(V[2], V[2])
    with_mirror = torch.stack([eye, mirror])[: 1 if group.special else 2]
    return (with_mirror, V[0], 1) if rank == 1 else (with_mirror if rank == 2 else eye[None], None, 0)


def assert_cloud_law(kernel, oracle, group, known):
    g = kernel(oracle.positions.expand(DRAWS, -1, -1), generator=keys())
    assert_uniform(g @ g[0].mT, *known(oracle, group), oracle.name)


@GROUPS
@each(CLOUDS)
def test_sets_of_points(oracle, group):
    assert_cloud_law(PointInversion(Pointwise(Vector(group))), oracle, group, stabilizer)


@GROUPS
@each(CLOUDS)
def test_lists_of_points(oracle, group):
    assert_cloud_law(FrameInversion(Pointwise(Vector(group))), oracle, group, of_lists)


@pytest.mark.parametrize("name", ("nothing", "CO2", "square", "methane"))
@GROUPS
def test_vectors(name, group):
    """The frame of the points themselves; the tolerance is that of rounding."""
    assert_cloud_law(GramSchmidt(group, lambda x: x), NAMED[name], group, of_lists)


def dense(oracle):
    return torch.cat([oracle.positions, oracle.species[:, None].double()], dim=1)[None]


@GROUPS
@pytest.mark.parametrize("translations", (False, True), ids=("origin", "anywhere"))
def test_canonical_forms_of_clouds(group, translations):
    """As lists, by pairs of a permutation and a map; the order of what nothing tells apart makes no difference."""
    points = Pointwise(DirectSum((Vector(group), Trivial(group))))
    action = Commuting((Slots(), Rigid(points) if translations else points))
    kernel = PointInversion(action, tolerance=1e-6)
    for oracle in CLOUDS[1:]:
        x = dense(oracle).expand(4, -1, -1)
        moved = action.act(action.haar(x, generator=keys()), x)
        forms = [action.act(action.group.inverse(kernel(y, generator=keys())), y) for y in (x, moved)]
        assert (torch.cat(forms) - forms[0][:1]).abs().max() < EXACT, oracle.name


@each([oracle for oracle in CLOUDS if oracle.order < math.inf])
def test_pairs_of_a_permutation_and_a_map(oracle):
    """Of a finite stabilizer in S_n × O(3) each pair is drawn as often, exchanges of points at one place included."""
    action = Commuting((Slots(), Pointwise(DirectSum((Vector(O3), Trivial(O3))))))
    x = dense(oracle).expand(DRAWS, -1, -1)
    p, R = PointInversion(action)(x, generator=keys())
    rows = torch.cat([p[:, :5].double(), R.flatten(1)], dim=1)  # five points and the map tell pairs apart, or nearly
    cells = int(oracle.order) * oracle.swaps
    check_uniform(rows, cells, name=oracle.name)


def distinct(rows):
    """int64 `(K,)`: rows of numbers that are equal but for rounding have one number."""
    return (rows * 1e3 + 0.123).round().unique(dim=0, return_inverse=True)[1]  # away from halves


@pytest.mark.parametrize("name", ("square", "ammonia", "benzene", "cube", "twins", "disordered"))
def test_weighted_frames(name):
    """A mixture of uniform laws on cosets: the list has one probability along each, and the draws follow it."""
    oracle, kernel = NAMED[name], WeightedFrame(Pointwise(Vector(O3)))
    x = oracle.positions[None]
    g, _, probability = kernel.support(x)
    key = distinct(g.flatten(1))
    mass = torch.zeros(int(key.max()) + 1).double().index_add(0, key, probability)
    for s in point_stabilizer(oracle.positions, tolerance=1e-9).rotations:
        both = distinct(torch.cat([g, s @ g]).flatten(1))
        here, there = both.split(len(g))
        a, b = (torch.zeros(int(both.max()) + 1).double().index_add(0, part, probability) for part in (here, there))
        torch.testing.assert_close(a, b, rtol=0, atol=1e-9)
    drawn = kernel(x.expand(DRAWS, -1, -1), generator=keys())
    both = distinct(torch.cat([g, drawn]).flatten(1))
    here, there = both.split([len(g), DRAWS])
    expected = DRAWS * torch.zeros(int(both.max()) + 1).double().index_add(0, here, probability)
    counts = torch.bincount(there, minlength=len(expected)).double()
    assert len(mass) == len(expected)
    usual = expected >= 10
    check_counts(counts[usual], expected[usual])


def test_equal_vectors_of_a_sort():
    """Three equal vectors of five: their order is uniform, whatever the order of the rest."""
    x = torch.tensor([[0.3, 1.0], [2.0, 0.1], [0.3, 1.0], [-1.0, 0.4], [0.3, 1.0]]).double()
    g = DirectionSort()(x.expand(DRAWS, -1, -1), generator=keys())
    place = g.argsort(-1)[:, [0, 2, 4]]
    check_uniform(place.argsort(-1), 6)
    line = DirectionSort()(x[:, :1].expand(DRAWS, -1, -1), generator=keys())
    check_uniform(line, 6)


class FirstComponent(PointInversion):
    """Turns about an axis, and none of the flips."""

    def forward(self, x, *, generator=None):
        cosets = self._cosets(x)[1]
        cosets.count.clamp_(max=1)
        return cosets.draw(generator=generator)[0]


class HalfTurns(PointInversion):
    """Of the turns about an axis only the half."""

    def forward(self, x, *, generator=None):
        R = super().forward(x, generator=generator)
        cosets = self._cosets(x)[1]
        axis = cosets.axis[0]
        turn = 2 * torch.outer(axis, axis) - torch.eye(3).double()
        first = cosets.frame[0]
        return torch.where((R[:, :1, :1] > 0), first, turn @ first)


def test_broken_kernels_of_clouds_fail():
    points = Pointwise(Vector(O3))
    for broken, name in (
        (FirstComponent(points), "CO2"),
        (FirstComponent(points), "cube"),
        (HalfTurns(points), "HCN"),
        (FrameInversion(points), "cube"),
        (PointInversion(Pointwise(Vector(SO3))), "atom"),
    ):
        with pytest.raises(AssertionError):
            assert_cloud_law(broken, NAMED[name], O3, stabilizer)
