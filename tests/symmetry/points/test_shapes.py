"""Shapes with known symmetry: exact ones, noisy ones, crystals, multisets."""

import itertools
import math
from dataclasses import replace

import pytest
import torch

from symbreak.groups import Orthogonal
from symbreak.symmetry.points import point_stabilizer
from symbreak.testing import point_oracles

SO3 = Orthogonal(3, special=True)
OCTAHEDRON = torch.cat([torch.eye(3), -torch.eye(3)]).to(torch.float64)
TETRAHEDRON = torch.tensor([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=torch.float64)
METHANE = torch.cat([torch.zeros(1, 3, dtype=torch.float64), 0.629 * TETRAHEDRON])
ETHANE = torch.tensor([6, 6, 1, 1, 1, 1, 1, 1])


def rows(*points):
    return torch.tensor(points, dtype=torch.float64)


def ethane(ring, twist):
    carbon = rows((0, 0, 0.763), (0, 0, -0.763))
    return torch.cat([carbon, ring(3, 1.159, radius=1.019), ring(3, -1.159, start=twist, radius=1.019)])


def prism(ring):
    return torch.cat([ring(3, 0.8), ring(3, -0.8)])


@pytest.mark.parametrize("oracle", [o for o in point_oracles() if o.points.shape[1] == 3], ids=lambda o: o.name)
@pytest.mark.parametrize("dtype", (torch.float32, torch.float64), ids=str)
def test_oracles(oracle, dtype, haar, verify):
    x = (oracle.points @ haar().T).to(dtype)
    for group, order in ((Orthogonal(3), oracle.order), (SO3, oracle.rotations)):
        found = point_stabilizer(x, group=group)
        assert found.order == (None if math.isinf(order) else order)
        verify(found, x)


def test_molecules(ring, haar, verify):
    benzene = torch.cat([ring(6, radius=1.395), ring(6, radius=2.482)])
    CH = torch.tensor([6] * 6 + [1] * 6)
    cases = [
        ("benzene", benzene, CH, "D6h"),
        ("borazine", benzene, torch.tensor([5, 7] * 3 + [1] * 6), "D3h"),
        ("ethane, staggered", ethane(ring, math.pi / 3), ETHANE, "D3d"),
        ("ethane, eclipsed", ethane(ring, 0.0), ETHANE, "D3h"),
        ("ethane, between", ethane(ring, 0.4), ETHANE, "D3"),
        ("methane", METHANE, torch.tensor([6, 1, 1, 1, 1]), "Td"),
        ("methane, one deuterium", METHANE, torch.tensor([6, 1, 1, 1, 2]), "C3v"),
        ("CHFClBr", METHANE, torch.tensor([6, 1, 9, 17, 35]), "C1"),
        ("CO2", rows((0, 0, 1.16), (0, 0, 0), (0, 0, -1.16)), torch.tensor([8, 6, 8]), "D∞h"),
        ("HCN", rows((0, 0, 0), (0, 0, 1.06), (0, 0, 2.22)), torch.tensor([1, 6, 7]), "C∞v"),
        ("an atom", rows((0, 0, 0)), torch.tensor([18]), "Kh"),
    ]
    for label, x, species, name in cases:
        y = x @ haar().T + haar()[0]
        found = point_stabilizer(y, species=species)
        assert found.schoenflies == name, label
        verify(found, y, species)


def test_buckminsterfullerene(haar, verify):
    """The cyclic permutations, even ones, of (0, ±1, ±3φ), (±1, ±(2 + φ), ±2φ), (±φ, ±2, ±(2φ + 1))."""
    phi = (1 + math.sqrt(5)) / 2
    corners = [(0, 1, 3 * phi), (1, 2 + phi, 2 * phi), (phi, 2, 2 * phi + 1)]
    signs = list(itertools.product((1, -1), repeat=3))
    points = {
        tuple(s * c for s, c in zip(sign, corner[k:] + corner[:k], strict=True))
        for corner in corners
        for k in range(3)
        for sign in signs
    }
    x = rows(*sorted(points)) @ haar().T
    assert len(x) == 60
    found = point_stabilizer(x)
    assert (found.schoenflies, found.order, found.gap) == ("Ih", 120, math.inf)
    verify(found, x)


def test_unit_octahedron_turned(haar, verify):
    for _ in range(5):
        x = OCTAHEDRON @ haar().T
        for tolerance in (1e-9, 0.01, 0.3):
            found = point_stabilizer(x, tolerance=tolerance)
            assert (found.schoenflies, found.order) == ("Oh", 48)
            verify(found, x)


@pytest.mark.parametrize("shape", ("octahedron", "prism", "methane"))
def test_noisy_shapes_at_a_fitting_tolerance(shape, ring, haar, generator, verify):
    x, species, name = {
        "octahedron": (OCTAHEDRON, torch.zeros(6, dtype=torch.int64), "Oh"),
        "prism": (prism(ring), torch.zeros(6, dtype=torch.int64), "D3h"),
        "methane": (METHANE, torch.tensor([6, 1, 1, 1, 1]), "Td"),
    }[shape]
    for _ in range(10):
        y = (x + 0.01 * torch.randn(x.shape, generator=generator, dtype=torch.float64)) @ haar().T
        for tolerance in (0.1, 0.3):
            found = point_stabilizer(y, species=species, tolerance=tolerance)
            assert found.schoenflies == name
            assert found.sharp
            assert 1e-3 < found.residuals.max() < 0.1
            verify(found, y, species)


@pytest.mark.parametrize("tolerance", (0.02, 0.05, 0.1, 0.2))
def test_always_a_group_at_an_unfitting_tolerance(tolerance, haar, generator, verify):
    """With a tolerance amid the residuals, the maps within it are no group; what is returned is, and says so."""
    cube = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 3)
    blurred = 0
    for x in (OCTAHEDRON, cube, METHANE) * 3:
        y = (x + tolerance / 3 * torch.randn(x.shape, generator=generator, dtype=torch.float64)) @ haar().T
        found = point_stabilizer(y, tolerance=tolerance)
        verify(found, y)
        blurred += not found.sharp
        if found.sharp:
            assert found.gap > tolerance
    assert blurred > 0


def procrustes(x, permutations):
    """All maps of either parity that fit permutations best, by singular values: matrices and largest distances."""
    H = x[permutations].mT @ x
    U, _, Vt = torch.linalg.svd(H)
    maps, residuals = [], []
    for parity in (1.0, -1.0):
        sign = torch.ones(len(H), 3, dtype=x.dtype)
        sign[:, 2] = parity * torch.linalg.det(U @ Vt)
        R = U @ torch.diag_embed(sign) @ Vt
        maps.append(R)
        residuals.append((x @ R.mT - x[permutations]).norm(dim=-1).amax(1))
    return torch.cat(maps), torch.cat(residuals)


@pytest.mark.parametrize("noise", (0.003, 0.02, 0.06))
def test_no_map_is_missed(noise, ring, generator):
    """Against all 720 permutations of six points: the maps within the tolerance, and the first outside."""
    permutations = torch.tensor(list(itertools.permutations(range(6))))
    for x in (OCTAHEDRON, prism(ring), ring(6)):
        y = x + noise * torch.randn(x.shape, generator=generator, dtype=torch.float64)
        y = y - y.mean(0)
        residuals = procrustes(y, permutations)[1].sort().values
        whole = residuals[residuals < 0.5]  # all that the exact shape has
        found = point_stabilizer(y, tolerance=1.3 * float(whole.max()))
        assert found.order == len(whole)
        apart = (whole.diff() > 1e-6).nonzero().flatten() + 1  # a map and its inverse have one residual
        for k in apart[::3].tolist():
            cut = float(residuals[k - 1] + residuals[k]) / 2
            found = point_stabilizer(y, tolerance=cut)
            assert found.order <= k
            if found.order == k:
                assert found.gap == pytest.approx(float(residuals[k]), rel=1e-6)
            else:
                assert (found.gap - residuals[1:k]).abs().min() < 1e-6 * found.gap


def test_the_gap_where_references_fix_a_map_badly():
    """A first guess from the two references is far off at the other points, and is looked for there."""
    x = rows((-0.93, 1.07, -0.1), (0.07, -0.01, -1.05), (-0.05, 0.99, 0.95), (1.19, 0.03, -0.95), (1.05, 1.03, -0.98))
    y = x - x.mean(0)
    residuals = procrustes(y, torch.tensor(list(itertools.permutations(range(5)))))[1].sort().values
    found = point_stabilizer(x, tolerance=0.06)
    assert (found.schoenflies, found.order) == ("C1", 1)
    assert found.gap == pytest.approx(float(residuals[1]), rel=1e-6)
    assert found.gap < 0.46


def test_the_answer_moves_with_the_cloud(generator, haar):
    y = OCTAHEDRON + 0.02 * torch.randn(6, 3, generator=generator, dtype=torch.float64)
    Q, g = haar(), torch.randperm(6, generator=generator)
    moved = torch.empty_like(y)
    moved[g] = y @ Q.T + torch.tensor([5.0, 0, 0])
    for tolerance in (0.03, 0.05, 0.2):
        one, two = point_stabilizer(y, tolerance=tolerance), point_stabilizer(moved, tolerance=tolerance)
        scaled = point_stabilizer(1e-3 * moved, tolerance=1e-3 * tolerance)
        assert one.schoenflies == two.schoenflies == scaled.schoenflies
        assert one.gap == pytest.approx(two.gap)
        assert 1e-3 * two.gap == pytest.approx(scaled.gap)
        assert torch.allclose(one.residuals.sort().values, two.residuals.sort().values, atol=1e-9)
        conjugates = Q @ one.rotations @ Q.T
        near = (two.rotations[:, None] - conjugates).abs().amax((2, 3))
        assert near.amin(0).max() < 1e-9
        partner = near.argmin(0)
        assert torch.equal(two.permutations[partner][:, g], g[one.permutations])


@pytest.mark.parametrize("radius, points", ((3.0, 123), (6.5, 1189)))
def test_ball_of_a_crystal(radius, points, haar):
    axis = torch.arange(-8.0, 9.0, dtype=torch.float64)
    x = torch.cartesian_prod(axis, axis, axis)
    x = x[x.norm(dim=1) <= radius]
    assert len(x) == points
    found = point_stabilizer(x @ haar().T)
    assert (found.schoenflies, found.order) == ("Oh", 48)


def test_thousands_of_points(generator):
    half = 10 * torch.randn(1000, 3, generator=generator, dtype=torch.float64)
    assert point_stabilizer(half, tolerance=1e-3).schoenflies == "C1"
    found = point_stabilizer(torch.cat([half, -half]), tolerance=1e-3)
    assert found.schoenflies == "Ci"
    assert found.permutations[1].tolist() == [*range(1000, 2000), *range(1000)]


def test_bent_a_little(haar):
    """A line up to the tolerance is a line: no turn about it moves a point by more than that."""
    for bend, name in ((0.004, "D∞h"), (0.007, "D∞h"), (0.008, "C2v"), (0.02, "C2v")):
        x = rows((0, 0, 1.16), (bend, 0, 0), (0, 0, -1.16)) @ haar().T  # the middle is 2/3 of the bend off the centroid
        found = point_stabilizer(x, species=torch.tensor([8, 6, 8]))
        assert found.schoenflies == name
        assert found.residuals.max() == pytest.approx(4 / 3 * bend if name == "D∞h" else 0.0, abs=1e-9)


def test_flat_up_to_the_tolerance(ring):
    for height, name in ((0.004, "D4h"), (0.02, "D2d")):
        x = ring(4)
        x[:, 2] = torch.tensor([1.0, -1.0, 1.0, -1.0]) * height
        assert point_stabilizer(x, tolerance=0.01).schoenflies == name


def test_multiset_on_a_ring(ring, verify):
    """A double point counts as two: the square with two opposite corners doubled is a rectangle's."""
    square = ring(4)
    x = torch.cat([square, square[[0, 2]]])
    found = point_stabilizer(x)
    assert (found.schoenflies, found.swaps) == ("D2h", 4)
    assert found.places.tolist() == [0, 1, 2, 3, 0, 2]
    verify(found, x)
    everything = point_stabilizer(square[[0, 1, 2, 3] * 3])
    assert (everything.schoenflies, everything.swaps) == ("D4h", 6**4)


def test_two_species_at_one_place(ring, verify):
    square = ring(4)
    x, species = torch.cat([square, square]), torch.tensor([1, 1, 1, 1, 2, 2, 2, 2])
    found = point_stabilizer(x, species=species)
    assert (found.schoenflies, found.swaps) == ("D4h", 1)
    verify(found, x, species)
    mixed = torch.cat([square, square[:1]])
    assert point_stabilizer(mixed, species=torch.tensor([1, 1, 1, 1, 2])).schoenflies == "C2v"
    one_place = point_stabilizer(torch.ones(2, 3), species=torch.tensor([1, 2]))
    assert (one_place.schoenflies, one_place.swaps) == ("Kh", 1)


def test_symmetrized(generator, haar):
    """Exact at rounding, unchanged when repeated, and nearer than the exact shape that was disturbed."""
    x = OCTAHEDRON @ haar().T
    y = x + 0.03 * torch.randn(6, 3, generator=generator, dtype=torch.float64)
    found = point_stabilizer(y, tolerance=0.2)
    z = found.symmetrized(y)
    again = point_stabilizer(z, tolerance=1e-9)
    assert (again.schoenflies, again.order) == ("Oh", 48)
    assert torch.allclose(found.symmetrized(z), z, atol=1e-13)
    radius = z[0].sub(z.mean(0)).norm()
    assert (z - y).norm() < (radius * x + y.mean(0) - y).norm()
    assert found.symmetrized(y.to(torch.float32)).dtype == torch.float32


def test_symmetrized_line():
    x = rows((0.001, 0, 1), (0, 0.001, 0), (0, 0, -1.002))
    found = point_stabilizer(x)
    z = found.symmetrized(x)
    assert found.schoenflies == "D∞h"
    assert point_stabilizer(z, tolerance=1e-12).schoenflies == "D∞h"
    assert torch.allclose(found.axis.abs(), torch.tensor([0.0, 0, 1], dtype=torch.float64), atol=1e-2)


def test_the_checks_see_a_broken_stabilizer(verify):
    """The checks of these tests fail on maps of the wrong direction, order, matrix, or residual."""
    x = torch.cat([OCTAHEDRON, 1.3 * TETRAHEDRON])
    found = point_stabilizer(x)
    assert found.schoenflies == "Td"
    verify(found, x)
    inverse = found.permutations.argsort(1)
    for broken in (
        replace(found, permutations=inverse),
        replace(found, permutations=found.permutations.roll(1, 0)),
        replace(found, rotations=found.rotations.mT),
        replace(found, residuals=found.residuals + 1e-3),
        replace(found, centre=found.centre + 0.1),
        replace(
            found, rotations=found.rotations[:-1], permutations=found.permutations[:-1], residuals=found.residuals[:-1]
        ),
    ):
        with pytest.raises(AssertionError):
            verify(broken, x)
