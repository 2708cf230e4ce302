"""Fields reduce the stabilizer as they must: polar and axial vectors, tensors, labels at one place."""

import math

import pytest
import torch

from symbreak.groups import Orthogonal
from symbreak.representations import DirectSum, TensorProduct, Trivial, Vector
from symbreak.symmetry.points import PointField, point_stabilizer

Irreps = pytest.importorskip("symbreak.representations.irreps").Irreps

O3, SO3 = Orthogonal(3), Orthogonal(3, special=True)
POLAR, AXIAL, SCALAR = Vector(O3), Irreps(O3, "1e"), Trivial(O3)
RANK2 = TensorProduct(POLAR, POLAR)
RANK3, RANK4 = TensorProduct(RANK2, POLAR), TensorProduct(RANK2, RANK2)


def rows(*values):
    return torch.tensor(values, dtype=torch.float64)


def moved(field, Q):
    return PointField(field.rep, field.rep.act(Q, field.values), field.tolerance)


def check(x, fields, name, verify, haar, group=O3):
    """The name, here and turned, with every check of the maps."""
    for Q in (torch.eye(3, dtype=torch.float64), haar()):
        Q = Q * torch.linalg.det(Q).sign() if group.special else Q
        turned = [moved(field, Q) for field in fields]
        y = x @ Q.T + Q[0]
        found = point_stabilizer(y, fields=turned, group=group)
        assert found.schoenflies == name
        verify(found, y, fields=turned)


SQUARE = rows((1, 0, 0), (0, 1, 0), (-1, 0, 0), (0, -1, 0))
UP, STAGGERED = rows(*[(0, 0, 1)] * 4), rows((0, 0, 1), (0, 0, -1), (0, 0, 1), (0, 0, -1))
ONE = rows((0, 0, 1), (0, 0, 0), (0, 0, 0), (0, 0, 0))
ROUND = torch.stack([-SQUARE[:, 1], SQUARE[:, 0], SQUARE[:, 2]], dim=1)
ON_SQUARE = [
    ("charges, equal", SCALAR, rows((1,), (1,), (1,), (1,)), "D4h"),
    ("charges, alternating", SCALAR, rows((1,), (-1,), (1,), (-1,)), "D2h"),
    ("one charge", SCALAR, rows((1,), (0,), (0,), (0,)), "C2v"),
    ("pseudoscalars", Irreps(O3, "0o"), rows((1,), (1,), (1,), (1,)), "D4"),
    ("polar, up", POLAR, UP, "C4v"),
    ("axial, up", AXIAL, UP, "C4h"),
    ("polar, staggered", POLAR, STAGGERED, "D2d"),
    ("axial, staggered", AXIAL, STAGGERED, "D2h"),
    ("polar, outwards", POLAR, SQUARE, "D4h"),
    ("axial, outwards", AXIAL, SQUARE, "D4"),
    ("polar, around", POLAR, ROUND, "C4h"),
    ("axial, around", AXIAL, ROUND, "C4v"),
    ("one polar", POLAR, ONE, "Cs"),
    ("one axial", AXIAL, ONE, "Cs"),
    ("polar and axial", DirectSum((POLAR, AXIAL)), torch.cat([UP, UP], dim=1), "C4"),
]


@pytest.mark.parametrize("label, rep, values, name", ON_SQUARE, ids=[row[0] for row in ON_SQUARE])
def test_on_a_square(label, rep, values, name, verify, haar):
    check(SQUARE, [PointField(rep, values)], name, verify, haar)


def test_one_spin_keeps_another_mirror_than_one_velocity():
    """A velocity along z lies in a mirror of the square, a spin along z is normal to one."""
    velocity = point_stabilizer(SQUARE, fields=[PointField(POLAR, ONE)])
    spin = point_stabilizer(SQUARE, fields=[PointField(AXIAL, ONE)])
    assert velocity.rotations[1].round().tolist() == torch.diag(rows(1, -1, 1)).tolist()
    assert spin.rotations[1].round().tolist() == torch.diag(rows(1, 1, -1)).tolist()


LINE = rows((0, 0, 1), (0, 0, 0), (0, 0, -1))
CUBIC = torch.zeros(3, 3, 3, dtype=torch.float64)  # x³ - 3 x y², symmetric
for place_, value in (((0, 0, 0), 1), ((0, 1, 1), -1), ((1, 0, 1), -1), ((1, 1, 0), -1)):
    CUBIC[place_] = value
ON_LINE = [
    ("scalars", SCALAR, rows((1,), (2,), (1,)), "D∞h"),
    ("scalars, one-sided", SCALAR, rows((1,), (2,), (3,)), "C∞v"),
    ("pseudoscalars", Irreps(O3, "0o"), rows((1,), (0,), (1,)), "D∞"),
    ("polar, along", POLAR, rows((0, 0, 1), (0, 0, 1), (0, 0, 1)), "C∞v"),
    ("axial, along", AXIAL, rows((0, 0, 1), (0, 0, 1), (0, 0, 1)), "C∞h"),
    ("polar, outwards", POLAR, LINE, "D∞h"),
    ("axial, outwards", AXIAL, LINE, "D∞"),
    ("polar, across", POLAR, rows((1, 0, 0), (1, 0, 0), (1, 0, 0)), "C2v"),
    ("axial, across", AXIAL, rows((1, 0, 0), (1, 0, 0), (1, 0, 0)), "C2h"),
    ("polar, opposite", POLAR, rows((1, 0, 0), (0, 0, 0), (-1, 0, 0)), "C2h"),
    ("polar, twisted", POLAR, rows((1, 0, 0), (0, 0, 0), (0, 1, 0)), "C2"),
    ("three lobes", RANK3, CUBIC.reshape(1, -1).expand(3, -1), "D3h"),
    ("an ellipse", RANK2, torch.diag(rows(1, 2, 3)).reshape(1, -1).expand(3, -1), "D2h"),
]


@pytest.mark.parametrize("label, rep, values, name", ON_LINE, ids=[row[0] for row in ON_LINE])
def test_on_a_line(label, rep, values, name, verify, haar):
    check(LINE, [PointField(rep, values)], name, verify, haar)


TETRAHEDRAL, CUBE = torch.zeros(3, 3, 3, dtype=torch.float64), torch.zeros(3, 3, 3, 3, dtype=torch.float64)
for i, j, k in ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
    TETRAHEDRAL[i, j, k] = 1  # x y z
    CUBE[i, i, i, i] = 1  # x⁴ + y⁴ + z⁴
AT_PLACE = [
    ("scalar", [(SCALAR, rows((3,)))], "Kh"),
    ("pseudoscalar", [(Irreps(O3, "0o"), rows((3,)))], "K"),
    ("polar", [(POLAR, rows((0, 0, 1)))], "C∞v"),
    ("axial", [(AXIAL, rows((0, 0, 1)))], "C∞h"),
    ("both, parallel", [(POLAR, rows((0, 0, 1))), (AXIAL, rows((0, 0, 2)))], "C∞"),
    ("both, across", [(POLAR, rows((0, 0, 1))), (AXIAL, rows((1, 0, 0)))], "Cs"),
    ("two polar", [(POLAR, rows((0, 0, 1))), (POLAR, rows((1, 0, 0.3)))], "Cs"),
    ("ellipsoid of revolution", [(RANK2, torch.diag(rows(1, 1, 2)).reshape(1, -1))], "D∞h"),
    ("ellipsoid", [(RANK2, torch.diag(rows(1, 2, 3)).reshape(1, -1))], "D2h"),
    ("ball", [(RANK2, torch.eye(3, dtype=torch.float64).reshape(1, -1))], "Kh"),
    ("three lobes", [(RANK3, CUBIC.reshape(1, -1))], "D3h"),
    ("tetrahedron", [(RANK3, TETRAHEDRAL.reshape(1, -1))], "Td"),
    ("cube", [(RANK4, CUBE.reshape(1, -1))], "Oh"),
    ("generic l = 3", [(Irreps(O3, "3o"), rows((0.3, -1.2, 0.7, 0.1, 0.9, -0.4, 0.5)))], "C1"),
]


@pytest.mark.parametrize("label, fields, name", AT_PLACE, ids=[row[0] for row in AT_PLACE])
def test_at_one_place(label, fields, name, verify, haar):
    check(torch.zeros(1, 3, dtype=torch.float64), [PointField(*field) for field in fields], name, verify, haar)


def test_rotations_only(verify, haar):
    tensor = TensorProduct(TensorProduct(Vector(SO3), Vector(SO3)), Vector(SO3))
    origin = torch.zeros(1, 3, dtype=torch.float64)
    check(origin, [PointField(tensor, TETRAHEDRAL.reshape(1, -1))], "T", verify, haar, SO3)
    check(origin, [PointField(Vector(SO3), rows((0, 0, 1)))], "C∞", verify, haar, SO3)
    check(LINE, [PointField(Vector(SO3), LINE)], "D∞", verify, haar, SO3)
    check(SQUARE, [PointField(Vector(SO3), UP)], "C4", verify, haar, SO3)


def test_alike_points_at_one_place_with_different_fields(ring, verify, haar):
    """Which of the two goes to which is read from their fields."""
    zero = torch.zeros(2, 3, dtype=torch.float64)
    check(zero, [PointField(AXIAL, rows((0, 0, 1), (0, 0, -1)))], "D∞h", verify, haar)
    check(zero.repeat(2, 1)[:3], [PointField(POLAR, ring(3))], "D3h", verify, haar)
    octahedron = torch.cat([torch.eye(3), -torch.eye(3)]).to(torch.float64)
    check(zero.repeat(3, 1), [PointField(POLAR, octahedron)], "Oh", verify, haar)
    both = torch.cat([SQUARE, SQUARE])
    check(both, [PointField(POLAR, torch.cat([UP, -UP]))], "D4h", verify, haar)
    check(both, [PointField(POLAR, torch.cat([UP, -2 * UP]))], "C4v", verify, haar)
    check(both, [PointField(POLAR, rows(*[(1, 0, 0)] * 4, *[(0, 1, 0)] * 4))], "C2v", verify, haar)
    line = torch.cat([LINE, LINE])
    check(line, [PointField(POLAR, rows(*[(1, 0, 0)] * 3, *[(-1, 0, 0)] * 3))], "D2h", verify, haar)
    double = point_stabilizer(both, fields=[PointField(POLAR, torch.cat([UP, UP]))])
    assert (double.schoenflies, double.swaps, double.places.tolist()) == ("C4v", 16, [0, 1, 2, 3, 0, 1, 2, 3])
    single = point_stabilizer(both, fields=[PointField(POLAR, torch.cat([UP, -UP]))])
    assert (single.swaps, single.places.tolist()) == (1, list(range(8)))


def test_a_field_has_a_tolerance_of_its_own():
    uneven = rows((1,), (1.01,), (1,), (1.01,))
    assert point_stabilizer(SQUARE, fields=[PointField(SCALAR, uneven, 0.1)]).schoenflies == "D4h"
    assert point_stabilizer(SQUARE, fields=[PointField(SCALAR, uneven, 0.001)]).schoenflies == "D2h"
    tilted = UP + rows((0.01, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0))
    assert point_stabilizer(SQUARE, fields=[PointField(POLAR, tilted, 0.1)]).schoenflies == "C4v"
    assert point_stabilizer(SQUARE, fields=[PointField(POLAR, tilted, 0.001)]).schoenflies == "Cs"


def test_noisy_positions_with_fields(generator, haar, verify):
    """The matrices of disturbed positions are not those of the ideal: fields are compared with their tolerance."""
    for _ in range(5):
        x = SQUARE + 0.01 * torch.randn(4, 3, generator=generator, dtype=torch.float64)
        Q = haar()
        field = PointField(AXIAL, AXIAL.act(Q, UP), tolerance=0.1)
        found = point_stabilizer(x @ Q.T, fields=[field], tolerance=0.1)
        assert found.schoenflies == "C4h"
        verify(found, x @ Q.T, fields=[field])


def test_fields_do_not_widen_the_gap(generator):
    """The gap is that of positions: maps that a field forbids do not count."""
    x = SQUARE + 0.02 * rows((1, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0))
    plain = point_stabilizer(x, tolerance=0.005)
    charged = point_stabilizer(x, fields=[PointField(SCALAR, rows((1,), (0,), (2,), (0,)))], tolerance=0.005)
    assert (plain.schoenflies, charged.schoenflies) == ("C2v", "C2v")
    assert plain.gap < 0.05
    assert charged.gap == math.inf
