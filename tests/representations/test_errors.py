"""Every error names what was given, the rule, and the fix."""

import pytest
import torch

import symbreak.representations
from symbreak.groups import Cyclic, Dihedral, Orthogonal, Symmetric, Translation, euclidean
from symbreak.representations import (
    DirectSum,
    Dual,
    Irreps,
    Permutation,
    Regular,
    TensorProduct,
    Trivial,
    Vector,
    intertwiners,
)

O3, C3 = Orthogonal(3), Cyclic(3)
V, R = Vector(O3), Regular(C3)


@pytest.mark.parametrize(
    "rep",
    (Trivial(O3, 3), V, R, Permutation(Symmetric(3)), Irreps(O3, "1o"), DirectSum((V,)), TensorProduct(R, R), Dual(V)),
    ids=lambda rep: type(rep).__name__,
)
@pytest.mark.parametrize("shape", ((), (2,), (5, 1)))
def test_vectors_have_the_size_of_the_representation(rep, shape):
    with pytest.raises(ValueError, match=rf"vector has shape \({', '.join(map(str, shape))}.*\(\.\.\., {rep.dim}\)"):
        rep.act(rep.group.sample(), torch.zeros(shape))


def test_trivial_needs_a_size():
    with pytest.raises(ValueError, match="Trivial was given the size -1.*at least 0"):
        Trivial(C3, -1)


def test_vector_needs_matrices():
    with pytest.raises(ValueError, match=r"Vector was given the group Cyclic\(n=3\).*Vector\(Orthogonal\(3\)\)"):
        Vector(C3)


@pytest.mark.parametrize("G", (O3, Symmetric(3), euclidean(2)), ids=lambda G: type(G).__name__)
def test_regular_needs_a_finite_group(G):
    with pytest.raises(ValueError, match=r"Regular was given.*must be finite: try Regular\(Cyclic\(4\)\)"):
        Regular(G)


def test_permutation_needs_slots_and_their_number():
    with pytest.raises(ValueError, match=r"Permutation was given the group Dihedral.*Permutation\(Symmetric\(5\)\)"):
        Permutation(Dihedral(3))
    with pytest.raises(ValueError, match=r"Symmetric\(\), which has no size.*Permutation\(Symmetric\(5\)\)"):
        Permutation(Symmetric())


@pytest.mark.parametrize("G", (Orthogonal(2), C3), ids=str)
def test_irreps_need_the_group_of_space(G):
    with pytest.raises(ValueError, match=r"Irreps was given the group.*try Orthogonal\(3\)"):
        Irreps(G, "1o")


@pytest.mark.parametrize(
    "irreps, message", (("1x", "could not read '1x'.*16x0e"), (3, "could not read 3"), ("", "at least one irrep"))
)
def test_irreps_need_a_list_of_irreps(irreps, message):
    with pytest.raises(ValueError, match=message):
        Irreps(O3, irreps)


def test_direct_sum_needs_parts():
    with pytest.raises(ValueError, match=r"no parts.*Trivial\(group, 0\)"):
        DirectSum(())


@pytest.mark.parametrize(
    "combine", (lambda a, b: DirectSum((a, a, b)), TensorProduct, intertwiners), ids=("sum", "product", "maps")
)
def test_parts_must_share_a_group_and_both_are_named(combine):
    with pytest.raises(
        ValueError, match=r"group Orthogonal\(n=3, special=False\) and .* group Orthogonal\(n=3, special=True\)"
    ):
        combine(V, Vector(Orthogonal(3, special=True)))


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'Irrep'"):
        symbreak.representations.Irrep  # noqa: B018


def test_translations_may_be_represented_trivially():
    assert Trivial(Translation(2)).act(torch.zeros(2), torch.ones(1)).item() == 1
