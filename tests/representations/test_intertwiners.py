"""Equivariant linear maps: known dimensions, exact bases, and the refusal of an accident."""

from dataclasses import dataclass

import pytest
import torch

from symbreak.groups import (
    Cyclic,
    Dihedral,
    Orthogonal,
    Product,
    Symmetric,
    Torus,
    Translation,
    Young,
    euclidean,
    matvec,
    p4m,
)
from symbreak.representations import (
    DirectSum,
    Dual,
    Irreps,
    Permutation,
    Regular,
    Representation,
    TensorProduct,
    Trivial,
    Vector,
    intertwiners,
)

O3, SO3 = Orthogonal(3), Orthogonal(3, special=True)
S5, D4 = Permutation(Symmetric(5)), Regular(Dihedral(4))


@dataclass(frozen=True)
class Affine(Representation):
    """Points `(x, 1)` under a motion: not orthogonal, and the group is not compact."""

    n: int

    @property
    def group(self):
        return euclidean(self.n)

    @property
    def dim(self):
        return self.n + 1

    def act(self, g, x):
        moved = matvec(g.h, x[..., :-1]) + g.n * x[..., -1:]
        return torch.cat([moved, x[..., -1:].expand_as(moved[..., :1])], dim=-1)


@dataclass(frozen=True)
class Signs(Representation):
    """`diag(±1)`: one sign for each factor of C_2 × ... × C_2."""

    n: int

    @property
    def group(self):
        return Product((Cyclic(2),) * self.n)

    @property
    def dim(self):
        return self.n

    def act(self, g, x):
        return (1 - 2 * torch.stack(torch.broadcast_tensors(*g), dim=-1)).to(x.dtype) * x


def V(G):
    return Vector(G)


CASES = (
    (V(SO3), V(SO3), 1),
    (V(Orthogonal(2, special=True)), V(Orthogonal(2, special=True)), 2),  # of complex type
    (V(Orthogonal(2)), V(Orthogonal(2)), 1),
    (Trivial(SO3), V(SO3), 0),
    (Trivial(O3, 3), Trivial(O3, 2), 6),
    (Trivial(O3, 0), V(O3), 0),
    (DirectSum((V(SO3), Trivial(SO3), V(SO3))), DirectSum((V(SO3), Trivial(SO3))), 3),
    (TensorProduct(V(SO3), V(SO3)), V(SO3), 1),  # the cross product
    (TensorProduct(V(O3), V(O3)), V(O3), 0),  # which is no vector under reflections
    (TensorProduct(V(O3), V(O3)), Irreps(O3, "0e + 1e + 2e"), 3),
    (Irreps(O3, "1o"), Irreps(O3, "1e"), 0),
    (Irreps(SO3, "1o"), Irreps(SO3, "1e"), 1),
    (Irreps(O3, "3x0e + 2x1o"), Irreps(O3, "0e + 4x1o + 2e"), 3 + 8),
    (Regular(Cyclic(5)), Regular(Cyclic(5)), 5),
    (D4, D4, 8),
    (D4, Trivial(Dihedral(4)), 1),
    (Regular(Torus((3, 4))), Regular(Torus((3, 4))), 12),
    (Regular(p4m(3)), Trivial(p4m(3), 2), 2),  # of order 72: sampled, not listed
    (S5, S5, 2),
    (TensorProduct(S5, S5), S5, 5),  # partitions of three indices
    (TensorProduct(S5, S5), TensorProduct(S5, S5), 15),  # and of four: the Bell number
    (Permutation(Young((2, 3))), Permutation(Young((2, 3))), 2 + 1 + 1 + 2),
    (Signs(10), Signs(10), 10),
    (Affine(2), Affine(2), 1),
    (Affine(3), Trivial(euclidean(3)), 1),  # the last coordinate
    (Trivial(euclidean(3)), Affine(3), 0),  # no fixed point
    (Dual(Affine(2)), Affine(2), 1),  # forms modulo the invariant one, to translations
)


@pytest.mark.parametrize("source, target, r", CASES, ids=[f"{i}-dim{r}" for i, (_, _, r) in enumerate(CASES)])
def test_dimension_equivariance_and_orthonormality(source, target, r, generator):
    W = intertwiners(source, target, dtype=torch.float64)
    assert W.shape == (r, target.dim, source.dim)
    torch.testing.assert_close(torch.einsum("aij,bij->ab", W, W), torch.eye(r, dtype=torch.float64))
    g = source.group.sample((20,), generator=generator, dtype=torch.float64)
    x = torch.randn(20, source.dim, dtype=torch.float64)
    for w in W:
        torch.testing.assert_close(matvec(w, source.act(g, x)), target.act(g, matvec(w, x)), atol=1e-9, rtol=0)


def test_basis_is_canonical_and_sparse():
    W = intertwiners(S5, S5, dtype=torch.float64)
    torch.testing.assert_close(W[0], torch.eye(5, dtype=torch.float64) / 5**0.5)
    torch.testing.assert_close(W[1], (1 - torch.eye(5, dtype=torch.float64)) / 20**0.5)


def test_cross_product_by_its_entries():
    (W,) = intertwiners(TensorProduct(V(SO3), V(SO3)), V(SO3), dtype=torch.float64)
    z = W.reshape(3, 3, 3) * 6**0.5  # e_i × e_j
    assert z[2, 0, 1].abs().item() == pytest.approx(1)
    torch.testing.assert_close(z[2, 0, 1], -z[2, 1, 0])


def test_basis_repeats_and_leaves_random_state_alone():
    state = torch.get_rng_state()
    a = intertwiners(V(O3), V(O3))
    torch.manual_seed(9)
    assert torch.equal(a, intertwiners(V(O3), V(O3)))
    assert torch.equal(torch.get_rng_state(), torch.manual_seed(9).get_state())
    torch.set_rng_state(state)


def test_dtype():
    assert intertwiners(D4, D4).dtype == torch.float32
    assert intertwiners(D4, D4, dtype=torch.float64).dtype == torch.float64


@dataclass(frozen=True)
class Shear(Representation):
    group: Translation
    dim: int = 2

    def act(self, g, x):
        x, t = torch.broadcast_tensors(x, g)
        return torch.stack([x[..., 0] + t[..., 0] * x[..., 1], x[..., 1]], dim=-1)


def test_shears_commute_with_shears():
    W = intertwiners(Shear(Translation(1)), Shear(Translation(1)), dtype=torch.float64)
    torch.testing.assert_close(W[0], torch.eye(2, dtype=torch.float64) / 2**0.5)
    assert W[1].abs().round().tolist() == [[0, 1], [0, 0]]


def test_maps_that_fail_on_fresh_draws_are_refused(monkeypatch, generator):
    """A faulty sampler, whose first 64 draws are all the identity, with which everything commutes."""
    draws = iter((torch.zeros(64, 1).double(), torch.randn(64, 1, generator=generator).double()))
    monkeypatch.setattr(Translation, "sample", lambda self, shape, **options: next(draws))
    with pytest.raises(ArithmeticError, match=r"4 linear maps from Shear.* on fresh draws they miss by up to"):
        intertwiners(Shear(Translation(1)), Shear(Translation(1)))
