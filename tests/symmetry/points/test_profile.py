"""The symmetry profile: its thresholds are those of the search, its measures the least there are."""

import math

import numpy as np
import pytest
import torch

from symbreak.groups import Orthogonal
from symbreak.representations import Vector
from symbreak.symmetry.points import PointField, point_stabilizer, symmetry_profile


def rows(*points):
    return torch.tensor(points, dtype=torch.float64)


OCTAHEDRON = torch.cat([torch.eye(3), -torch.eye(3)]).to(torch.float64)


@pytest.mark.parametrize("noise", (0.0, 0.02, 0.1))
def test_every_level_is_what_the_search_finds(noise, ring, generator, verify):
    for x in (OCTAHEDRON, torch.cat([ring(3, 0.8), ring(3, -0.8)]), rows((0, 0, 1), (0, 0, 0), (0, 0, -1.2))):
        y = x + noise * torch.randn(x.shape, generator=generator, dtype=torch.float64)
        levels = symmetry_profile(y)
        thresholds = [level.tolerance for level in levels]
        assert thresholds == sorted(thresholds)
        assert thresholds[0] < 1e-12
        ends = [*thresholds[1:], levels[-1].stabilizer.tolerance]
        for level, start, end in zip(levels, thresholds, ends, strict=True):
            verify(level.stabilizer, y)
            for tolerance in (start * (1 + 1e-7) + 1e-13, (start + end) / 2, end * (1 - 1e-7)):
                if start < tolerance < end:
                    assert point_stabilizer(y, tolerance=tolerance).schoenflies == level.stabilizer.schoenflies


def test_known_thresholds_and_measures():
    """A box 2 × 2 × 2 (1 + e): a cube but for the third axis. Averaging the edges gives what is nearest."""
    e = 0.06
    x = torch.cartesian_prod(*[rows(-1, 1), rows(-1, 1), (1 + e) * rows(-1, 1)])
    levels = symmetry_profile(x)
    assert [level.stabilizer.schoenflies for level in levels] == ["D4h", "Oh"]
    assert levels[0].tolerance < 1e-12
    # A corner (1, 1, 1 + e) turned about x lands at (1, 1 + e, 1), √2 e from (1, 1, 1 + e).
    assert levels[1].tolerance == pytest.approx(math.sqrt(2) * e, rel=1e-6)
    mean, sides = (3 + e) / 3, np.array([1, 1, 1 + e])
    assert levels[1].measure == pytest.approx(100 * ((sides - mean) ** 2).sum() / (sides**2).sum())


def test_a_line_and_a_place():
    """Bent by b the line has no turn left; moving along the levels it gets its axis, then its other end."""
    x = rows((0.0, 0.03, 1.0), (0, -0.06, 0), (0.0, 0.03, -1.01))
    levels = symmetry_profile(x, loosest=0.4)
    assert [level.stabilizer.schoenflies for level in levels] == ["Cs", "C2v", "C∞v", "D∞h"]
    assert levels[2].tolerance == pytest.approx(2 * 0.06, rel=1e-2)
    assert levels[-1].measure > levels[-2].measure > levels[1].measure > 0
    unlike = symmetry_profile(0.01 * torch.eye(3), species=torch.tensor([1, 2, 3]), loosest=0.1)
    assert unlike[-1].stabilizer.schoenflies == "Kh"
    assert unlike[-1].measure == pytest.approx(100)


def turned(group, w):
    A = torch.tensor([[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]], dtype=torch.float64)
    Q = torch.linalg.matrix_exp(A)
    return Q @ group @ Q.T


def test_the_measure_is_the_least_over_all_orientations(generator):
    """No orientation of the same group with the same permutations comes nearer."""
    optimize = pytest.importorskip("scipy.optimize")
    for noise in (0.02, 0.1):
        y = OCTAHEDRON + noise * torch.randn(6, 3, generator=generator, dtype=torch.float64)
        found = point_stabilizer(y, tolerance=0.5)
        assert found.order == 48
        x = y - found.centre

        def measure(w, x=x, found=found):
            z = (x[found.permutations] @ turned(found.rotations, w)).mean(0)
            return float(100 * (x - z).square().sum() / x.square().sum())

        best = min(
            optimize.minimize(measure, w, method="BFGS", options={"gtol": 1e-9}).fun
            for w in (np.zeros(3), np.array([0.1, -0.2, 0.1]), np.array([-0.2, 0.1, 0.2]))
        )
        assert found.measure(y) == pytest.approx(best, rel=1e-6)


def test_exact_shapes_have_one_level(ring):
    for x, name in ((OCTAHEDRON, "Oh"), (ring(7), "D7h"), (rows((0, 0, 0), (0, 0, 1)), "D∞h"), (rows((1, 2, 3)), "Kh")):
        (level,) = symmetry_profile(x)
        assert level.stabilizer.schoenflies == name
        assert level.measure == pytest.approx(0, abs=1e-9)


def test_fields_and_species_count(ring):
    up = torch.tensor([[0.0, 0, 1]]).expand(4, 3).to(torch.float64)
    field = PointField(Vector(Orthogonal(3)), up)
    stretched = ring(4) * rows(1, 1.03, 1)
    names = [level.stabilizer.schoenflies for level in symmetry_profile(stretched, fields=[field])]
    assert names == ["C2v", "C4v"]
    names = [level.stabilizer.schoenflies for level in symmetry_profile(stretched, species=torch.tensor([1, 2, 1, 2]))]
    assert names == ["D2h"]
    special = symmetry_profile(stretched, group=Orthogonal(3, special=True))
    assert [level.stabilizer.schoenflies for level in special] == ["D2", "D4"]


def test_loosest():
    y = OCTAHEDRON * rows(1, 1, 1.2)
    assert [level.stabilizer.schoenflies for level in symmetry_profile(y, loosest=0.1)] == ["D4h"]
    assert [level.stabilizer.schoenflies for level in symmetry_profile(y, loosest=0.4)] == ["D4h", "Oh"]
    assert symmetry_profile(y, loosest=100.0)[-1].stabilizer.tolerance < math.sqrt(2) / 2
    with pytest.raises(ValueError, match="must be positive"):
        symmetry_profile(y, loosest=0.0)
