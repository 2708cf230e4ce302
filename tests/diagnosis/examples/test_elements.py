from collections import Counter

import numpy as np
import pytest
import torch

from symbreak.diagnosis.examples import elements as elements_module
from symbreak.diagnosis.examples.elements import ElementKind, symmetry_elements
from symbreak.diagnosis.examples.operation import OperationKind, operation
from symbreak.symmetry.points import point_stabilizer

Z, X, DIAGONAL = np.array([0.0, 0, 1]), np.array([1.0, 0, 0]), np.array([1.0, 1, 1]) / 3**0.5
GOLDEN = np.array([0.0, 1.0, (1 + 5**0.5) / 2])
FIVEFOLD = GOLDEN / np.linalg.norm(GOLDEN)


def turn(n, axis, times=1):
    """C_n about an axis, by Rodrigues' formula."""
    angle, K = 2 * np.pi * times / n, np.cross(np.eye(3), axis).T
    return np.eye(3) + np.sin(angle) * K + (1 - np.cos(angle)) * K @ K


def mirror(normal):
    return np.eye(3) - 2 * np.outer(normal, normal)


def improper(n, axis):
    return turn(n, axis) @ mirror(axis)


INVERSION = -np.eye(3)
GROUPS = {  # generators; axes as (n of C_n, n of S_n): how many, mirrors, centre; classes of axes and of mirrors
    "C1": ([], {}, 0, False, 0, 0),
    "Ci": ([INVERSION], {}, 0, True, 0, 0),
    "Cs": ([mirror(Z)], {}, 1, False, 0, 1),
    "C2v": ([turn(2, Z), mirror(X)], {(2, 0): 1}, 2, False, 1, 2),
    "C3v": ([turn(3, Z), mirror(X)], {(3, 0): 1}, 3, False, 1, 1),
    "C3h": ([turn(3, Z), mirror(Z)], {(3, 3): 1}, 1, False, 1, 1),
    "S4": ([improper(4, Z)], {(2, 4): 1}, 0, False, 1, 0),
    "S6": ([improper(6, Z)], {(3, 6): 1}, 0, True, 1, 0),
    "D3": ([turn(3, Z), turn(2, X)], {(3, 0): 1, (2, 0): 3}, 0, False, 2, 0),
    "D3d": ([turn(3, Z), turn(2, X), INVERSION], {(3, 6): 1, (2, 0): 3}, 3, True, 2, 1),
    "D5d": ([turn(5, Z), turn(2, X), INVERSION], {(5, 10): 1, (2, 0): 5}, 5, True, 2, 1),
    "D6h": ([turn(6, Z), turn(2, X), mirror(Z)], {(6, 6): 1, (2, 0): 6}, 7, True, 3, 3),
    "Td": ([turn(3, DIAGONAL), improper(4, Z)], {(3, 0): 4, (2, 4): 3}, 6, False, 2, 1),
    "Th": ([turn(3, DIAGONAL), turn(2, Z), INVERSION], {(3, 6): 4, (2, 0): 3}, 3, True, 2, 1),
    "Oh": ([turn(4, Z), turn(3, DIAGONAL), INVERSION], {(4, 4): 3, (3, 6): 4, (2, 0): 6}, 9, True, 3, 2),
    "Ih": ([turn(5, FIVEFOLD), turn(3, DIAGONAL), INVERSION], {(5, 10): 6, (3, 6): 10, (2, 0): 15}, 15, True, 3, 1),
}


def generated(generators):
    found = [np.eye(3)]
    for g in found:  # grows on the way
        for h in generators:
            if min(np.abs(h @ g - other).max() for other in found) > 1e-6:
                found.append(h @ g)
    return np.stack(found)


def counts(elements):
    axes = Counter((e.order, e.improper) for e in elements if e.kind is ElementKind.AXIS)
    planes = [e for e in elements if e.kind is ElementKind.PLANE]
    classes = [
        len({e.class_number for e in elements if e.kind is kind}) for kind in (ElementKind.AXIS, ElementKind.PLANE)
    ]
    return dict(axes), len(planes), any(e.kind is ElementKind.CENTRE for e in elements), *classes


@pytest.mark.parametrize("name", GROUPS)
def test_elements_of_known_groups_however_they_are_turned(name):
    generators, *known = GROUPS[name]
    group = generated(generators)
    assert counts(symmetry_elements(group)) == tuple(known)
    rng = np.random.default_rng(1)
    Q = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    order = rng.permutation(len(group))
    assert counts(symmetry_elements((Q @ group @ Q.T)[order])) == tuple(known)


@pytest.mark.parametrize(
    "broken",
    [
        lambda R, **options: operation(np.linalg.det(R) * R, **options),  # takes -R for R
        lambda R, **options: operation(R @ R if np.linalg.det(R) < 0 else R, **options),  # forgets the improper ones
    ],
)
def test_a_wrong_classification_is_noticed(monkeypatch, broken):
    monkeypatch.setattr(elements_module, "operation", broken)
    wrong = [
        name
        for name, (generators, *known) in GROUPS.items()
        if counts(symmetry_elements(generated(generators))) != tuple(known)
    ]
    assert {"Ci", "Cs", "C2v", "S4", "D3d", "D6h", "Td", "Oh", "Ih"} <= set(wrong)
    assert "D3" not in wrong  # only rotations


@pytest.mark.parametrize("n", range(2, 13))
def test_turns_and_rotoreflections_by_their_angles(n):
    for k in range(1, n):
        if np.gcd(k, n) == 1:
            found = operation(turn(n, DIAGONAL, k))
            assert (found.kind, found.order) == (OperationKind.ROTATION, n)
            assert np.allclose(found.direction, DIAGONAL)
            found = operation(turn(n, DIAGONAL, k) @ mirror(DIAGONAL))
            expected = OperationKind.INVERSION if n == 2 else OperationKind.ROTOREFLECTION
            assert (found.kind, found.order) == (expected, n)
    assert operation(mirror(DIAGONAL)).symbol == "σ"
    assert operation(np.eye(3)).symbol == "E"
    assert operation(INVERSION).symbol == "i"


def test_axes_of_high_order():
    ring = generated([turn(40, Z), turn(2, X)])
    axes, planes, *_ = counts(symmetry_elements(ring))
    assert axes == {(40, 0): 1, (2, 0): 40}
    assert planes == 0


@pytest.mark.parametrize(
    "z, kinds",
    [
        ([6, 8], ["axis"]),  # CO, C∞v
        ([8, 6, 8], ["axis", "plane", "centre"]),  # CO2, D∞h
        ([8], ["centre"]),  # an atom, Kh
    ],
)
def test_continuous_groups_have_an_axis_that_turns_by_any_angle(z, kinds):
    u = np.array([0.6, 0.0, 0.8])
    x = torch.from_numpy(np.outer(np.arange(len(z)) - (len(z) - 1) / 2, 1.2 * u))
    found = point_stabilizer(x, species=torch.tensor(z))
    elements = symmetry_elements(found.rotations.numpy(), found.continuous.numpy())
    assert [element.kind.value for element in elements] == kinds
    for element in elements[: len(z) > 1]:
        assert element.order is None
        assert element.direction == pytest.approx(u)
    assert all(np.allclose(e.direction, u) for e in elements if e.kind is ElementKind.PLANE)


def test_a_matrix_that_is_not_orthogonal():
    with pytest.raises(ValueError, match="is not orthogonal, but a symmetry operation is. Give Cartesian axes"):
        operation(np.diag([1.0, 1.0, 2.0]))
