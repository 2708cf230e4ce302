"""The order of stabilizers of vectors, against point groups that are known."""

import math

import pytest
import torch
from e3nn import o3

from symbreak.groups import Cyclic, Dihedral, Orthogonal, Symmetric, p4m
from symbreak.representations import Permutation, Regular, TensorProduct, Trivial, Vector
from symbreak.representations.irreps import Irreps
from symbreak.symmetry import vector_stabilizer

O3, SO3 = Orthogonal(3), Orthogonal(3, special=True)

RANDOM = [  # irreps, order in O(3), order in SO(3), of random vectors
    ("0e", None, None),
    ("1o", None, None),
    ("1e", None, None),
    ("2x1o", 2, 1),
    ("2x1e", 2, 1),
    ("3x1o", 1, 1),
    ("0o + 2x1o", 1, 1),
    ("2e", 8, 4),  # a symmetric matrix of three eigenvalues: D2h
    ("2o", 4, 4),
    ("2e + 1o", 1, 1),
    ("3o", 1, 1),
    ("3e", 2, 1),
    ("4e", 2, 1),
]


@pytest.mark.parametrize("irreps, in_o3, in_so3", RANDOM, ids=[row[0] for row in RANDOM])
@pytest.mark.parametrize("seed", [0, 1])
def test_random_vectors(irreps, in_o3, in_so3, seed):
    v = torch.randn(1, o3.Irreps(irreps).dim, generator=torch.Generator().manual_seed(seed))
    assert vector_stabilizer(Irreps(SO3, irreps), v) == in_so3
    if seed == 0:
        assert vector_stabilizer(Irreps(O3, irreps), v) == in_o3


def polygon(n):
    turn = torch.arange(n) * 2 * math.pi / n
    return torch.stack([turn.cos(), turn.sin(), torch.zeros(n)], dim=1)


TETRAHEDRON = torch.tensor([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
OCTAHEDRON = torch.cat([torch.eye(3), -torch.eye(3)])
SHAPES = [  # points, degree, order in O(3)
    ("tetrahedron", TETRAHEDRON, "3o", 24),
    ("octahedron", OCTAHEDRON, "4e", 48),
    ("triangle", polygon(3), "3o", 12),
    ("square", polygon(4), "4e", 16),
    ("segment", polygon(2), "2e", None),
]


@pytest.mark.parametrize("name, points, irreps, order", SHAPES, ids=[row[0] for row in SHAPES])
def test_harmonics_of_shapes(name, points, irreps, order):
    v = o3.spherical_harmonics(int(irreps[0]), points, True).sum(0)[None]
    rep = Irreps(O3, irreps)
    turned = rep.act(O3.sample(generator=torch.Generator().manual_seed(1), dtype=torch.float32), v)
    assert vector_stabilizer(rep, turned) == order
    if order:
        assert vector_stabilizer(Irreps(SO3, irreps), turned) == order // 2


@pytest.mark.slow
def test_the_icosahedron():
    p = (1 + 5**0.5) / 2
    corners = torch.tensor([[0, s, t * p] for s in (-1, 1) for t in (-1, 1)])
    points = torch.cat([corners.roll(k, 1) for k in range(3)])
    v = o3.spherical_harmonics(6, points, True).sum(0)[None]
    assert vector_stabilizer(Irreps(O3, "6e"), v) == 120


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("special", [False, True])
def test_frames_of_vectors(n, special):
    rep = Vector(Orthogonal(n, special=special))
    for copies in range(n + 1):
        left = n - copies  # dimensions that the vectors leave free
        expected = 1 if left == 0 or (special and left == 1) else 2 if left == 1 else None
        assert vector_stabilizer(rep, torch.randn(copies, n)) == expected


def test_a_quadrupole_of_the_plane():
    V = Vector(Orthogonal(2))
    assert vector_stabilizer(TensorProduct(V, V), torch.tensor([[1.0, 0, 0, -1]])) == 4
    assert vector_stabilizer(TensorProduct(V, V), torch.tensor([[1.0, 0, 0, 1]])) is None


def test_scale_and_precision_do_not_matter():
    v = torch.randn(1, 5)
    for scale in (1e-20, 1e15):
        assert vector_stabilizer(Irreps(SO3, "2e"), v.double() * scale) == 4
    assert vector_stabilizer(Irreps(SO3, "2e"), v.bfloat16()) == 4
    assert vector_stabilizer(Vector(O3), torch.zeros(2, 3)) is None


def test_finite_groups():
    assert vector_stabilizer(Regular(p4m(4)), torch.randn(1, 128)) == 1
    assert vector_stabilizer(Regular(Cyclic(6)), torch.tensor([[1.0, 2, 1, 2, 1, 2]])) == 3
    assert vector_stabilizer(Trivial(Dihedral(5), 2), torch.randn(3, 2)) == 10


def test_refusals():
    with pytest.raises(ValueError, match=r"shape \(3,\).*\(copies, 3\)"):
        vector_stabilizer(Vector(O3), torch.ones(3))
    with pytest.raises(ValueError, match=r"v\[0, 1\] is not finite"):
        vector_stabilizer(Vector(O3), torch.tensor([[0.0, math.nan, 0.0]]))
    with pytest.raises(ValueError, match="known here for finite groups"):
        vector_stabilizer(Permutation(Symmetric(3)), torch.ones(1, 3))
