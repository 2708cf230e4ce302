import numpy as np
import pytest

from symbreak.diagnosis import Quantity
from symbreak.diagnosis.quantity import describe, is_label
from symbreak.groups import Orthogonal
from symbreak.representations import Irreps, TensorProduct, Trivial, Vector

O3 = Orthogonal(3)
V = Vector(O3)


@pytest.mark.parametrize(
    "name, shape, rep",
    [
        ("energy", (), Trivial(O3)),
        ("charges", (1,), Trivial(O3)),
        ("forces", (3,), V),
        ("dipole_moment", (3,), V),
        ("displacement", (3,), V),
        ("magmoms", (3,), Irreps(O3, "1e")),
        ("magnetic_dipole", (3,), Irreps(O3, "1e")),
        ("stress", (3, 3), TensorProduct(V, V)),
        ("polarizability", (9,), TensorProduct(V, V)),
    ],
)
def test_names_tell(name, shape, rep):
    assert Quantity(name).representation(shape, O3) == rep


def test_under_rotations_axial_vectors_are_vectors():
    assert Quantity("spins").representation((3,), Orthogonal(3, special=True)) == Vector(Orthogonal(3, special=True))


def test_what_is_stated_counts():
    assert Quantity("forces", "3x0e").representation((3,), O3) == Trivial(O3, 3)
    assert Quantity("anything", "1x0e + 1x2e").representation((6,), O3).dim == 6


@pytest.mark.parametrize(
    "name, shape", [("moments_of_inertia", (3,)), ("stress", (6,)), ("features", (3, 3)), ("x", (5,))]
)
def test_nothing_else_is_guessed(name, shape):
    with pytest.raises(ValueError, match="neither its name nor its shape says how they move. Say it by irreps"):
        Quantity(name).representation(shape, O3)


def test_irreps_of_another_dimension():
    with pytest.raises(ValueError, match=r"'dipole' has 3 entries of shape \(3,\), but '1x2e' moves 5"):
        Quantity("dipole", "1x2e").representation((3,), O3)


def test_words():
    assert [describe(rep) for rep in (Trivial(O3), V, TensorProduct(V, V), Irreps(O3, "1e"))] == [
        "scalar",
        "vector",
        "tensor",
        "1x1e",
    ]
    assert is_label(np.array([0, 1]))
    assert not is_label(np.array([0.0, 1.0]))
