"""Every family of point groups, as orbits of generic points, whose stabilizer is the group and nothing more."""

import math

import pytest
import torch

from symbreak.groups import Orthogonal
from symbreak.symmetry.points import point_stabilizer

O3, SO3 = Orthogonal(3), Orthogonal(3, special=True)
GOLDEN = (1 + math.sqrt(5)) / 2


def turn(axis, angle):
    w = torch.tensor(axis, dtype=torch.float64)
    w = w / w.norm() * angle
    A = torch.tensor([[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]], dtype=torch.float64)
    return torch.linalg.matrix_exp(A)


def mirror(normal):
    n = torch.tensor(normal, dtype=torch.float64)
    return torch.eye(3, dtype=torch.float64) - 2 * torch.outer(n, n) / n.dot(n)


def closure(generators):
    group = torch.eye(3, dtype=torch.float64)[None]
    size = 0
    while size < len(group):
        size = len(group)
        for g in (g @ h for g in generators for h in group.clone()):
            if (group - g).abs().amax((1, 2)).min() > 1e-6:
                group = torch.cat([group, g[None]])
    return group


X, Z, DIAGONAL = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (1.0, 1.0, 1.0)
INVERSION = -torch.eye(3, dtype=torch.float64)


def families():
    """(name, Hermann-Mauguin, rotations, order, generators)."""
    rows = [
        ("C1", "1", "C1", 1, []),
        ("Cs", "m", "C1", 2, [mirror(Z)]),
        ("Ci", "-1", "C1", 2, [INVERSION]),
    ]
    bars = {2: ("2/m", "-42m"), 3: ("-6", "-3m"), 4: ("4/m", "-82m"), 5: ("-10", "-5m"), 6: ("6/m", "-12 2m")}
    for n in (2, 3, 4, 5, 6):
        even = n % 2 == 0
        c, s = turn(Z, 2 * math.pi / n), turn(Z, math.pi / n) @ mirror(Z)
        two, sh, sv = turn(X, math.pi), mirror(Z), mirror(X)
        cv, d = (f"{n}mm", f"{n}22") if even else (f"{n}m", f"{n}2")
        dh = f"{n}/mmm" if even else f"-{2 * n}m2" if n == 3 else f"-{2 * n} m2"
        if n == 2:
            cv, d, dh = "mm2", "222", "mmm"
        rows += [
            (f"C{n}", f"{n}", f"C{n}", n, [c]),
            (f"C{n}v", cv, f"C{n}", 2 * n, [c, sv]),
            (f"C{n}h", bars[n][0], f"C{n}", 2 * n, [c, sh]),
            (f"D{n}", d, f"D{n}", 2 * n, [c, two]),
            (f"D{n}h", dh, f"D{n}", 4 * n, [c, two, sh]),
            (f"D{n}d", bars[n][1], f"D{n}", 4 * n, [s, two]),
            (f"S{2 * n}", f"-{2 * n}" if even else f"-{n}", f"C{n}", 2 * n, [s]),
        ]
    three, half = turn(DIAGONAL, 2 * math.pi / 3), turn(Z, math.pi)
    quarter, fifth = turn(Z, math.pi / 2), turn((0.0, 1.0, GOLDEN), 2 * math.pi / 5)
    rows += [
        ("T", "23", "T", 12, [three, half]),
        ("Td", "-43m", "T", 24, [three, half, mirror((1.0, 1.0, 0.0))]),
        ("Th", "m-3", "T", 24, [three, half, INVERSION]),
        ("O", "432", "O", 24, [three, quarter]),
        ("Oh", "m-3m", "O", 48, [three, quarter, INVERSION]),
        ("I", "235", "I", 60, [three, fifth]),
        ("Ih", "m-3-5", "I", 120, [three, fifth, INVERSION]),
    ]
    return rows


FAMILIES = pytest.mark.parametrize(
    "name, symbol, rotations, order, generators", families(), ids=[r[0] for r in families()]
)


def orbits(group, generator):
    """Three generic orbits, and one more for the smallest groups, whose three points are a mirror's."""
    points = torch.randn(3 if len(group) > 1 else 4, 3, generator=generator, dtype=torch.float64)
    return (group @ points.mT).permute(2, 0, 1).reshape(-1, 3), torch.arange(len(points)).repeat_interleave(len(group))


@FAMILIES
def test_family(name, symbol, rotations, order, generators, generator, haar, verify):
    group = closure(generators)
    assert len(group) == order
    x, species = orbits(group, generator)
    shuffle, Q = torch.randperm(len(x), generator=generator), haar()
    species = species[shuffle]
    y = (x @ Q.T + torch.randn(3, generator=generator, dtype=torch.float64))[shuffle]
    found = point_stabilizer(y, species=species, tolerance=1e-3)
    assert (found.schoenflies, found.hermann_mauguin, found.order) == (name, symbol, order)
    assert found.sharp
    assert found.residuals.max() < 1e-12
    verify(found, y, species)
    conjugates = Q @ group @ Q.T  # stab(Q x) = Q stab(x) Q⁻¹
    assert (found.rotations[:, None] - conjugates).abs().amax((2, 3)).amin(0).max() < 1e-9
    proper = point_stabilizer(y, species=species, tolerance=1e-3, group=SO3)
    assert (proper.schoenflies, proper.order) == (rotations, int((torch.linalg.det(group) > 0).sum()))
    verify(proper, y, species)


@FAMILIES
def test_family_in_single_precision_at_another_scale(
    name, symbol, rotations, order, generators, generator, haar, verify
):
    x, species = orbits(closure(generators), generator)
    y = (1e3 * x @ haar().T).to(torch.float32)
    found = point_stabilizer(y, species=species, tolerance=1.0)
    assert (found.schoenflies, found.order) == (name, order)
    assert 0 <= found.residuals.max() < 1e-2
    verify(found, y, species)


@pytest.mark.parametrize("n", (*range(3, 14), 30, 59, 60))
def test_regular_polygon(n, ring, haar):
    found = point_stabilizer(n / 6 * ring(n) @ haar().T)
    assert (found.schoenflies, found.order) == (f"D{n}h", 4 * n)


def test_many_fold_axis(ring, haar, verify):
    """A prism of 150 + 150 corners; its operations are 600."""
    n = 150
    x = torch.cat([ring(n, 0.3, radius=10.0), ring(n, -0.3, radius=10.0)]) @ haar().T
    found = point_stabilizer(x)
    assert (found.schoenflies, found.order) == ("D150h", 600)
    assert found.residuals.max() < 1e-12


def test_about_the_origin(generator, haar):
    """A group of O(3) keeps the origin: a cloud moved along the axis loses what reverses the axis."""
    x, _ = orbits(closure([turn(Z, math.pi / 2), turn(X, math.pi)]), generator)
    assert point_stabilizer(x, translations=False).schoenflies == "D4"
    moved = x + torch.tensor(Z)
    assert point_stabilizer(moved).schoenflies == "D4"
    found = point_stabilizer(moved, translations=False)
    assert found.schoenflies == "C4"
    assert torch.equal(found.centre, torch.zeros(3, dtype=torch.float64))


def test_the_convention_of_permutations():
    """A quarter turn sends x to y, y to -x: slot 0 to slot 1, 1 to 2."""
    x = torch.tensor([[1.0, 0, 0.5], [0, 1, 0.5], [-1, 0, 0.5], [0, -1, 0.5], [0, 0, -1]])
    found = point_stabilizer(x)
    quarter = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]], dtype=torch.float64)
    k = int((found.rotations - quarter).abs().amax((1, 2)).argmin())
    assert torch.allclose(found.rotations[k], quarter, atol=1e-12)
    assert found.permutations[k].tolist() == [1, 2, 3, 0, 4]


def test_translations_make_elements_of_the_euclidean_group(generator):
    x, _ = orbits(closure([turn(X, math.pi), INVERSION]), generator)
    x = x + torch.tensor([3.0, -1.0, 2.0])
    found = point_stabilizer(x)
    image = (found.rotations @ x.T).mT + found.translations[:, None]
    assert torch.allclose(image, x[found.permutations], atol=1e-12)
    assert found.translations.abs().max() > 1
