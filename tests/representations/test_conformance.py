"""Every representation keeps the contract, in float32 and float64."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from symbreak.groups import (
    Cayley,
    Cyclic,
    Dihedral,
    FiniteProduct,
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
)
from symbreak.testing import check_representation


@dataclass(frozen=True)
class Shear(Representation):
    """`t ↦ [[1, t], [0, 1]]`, which is not orthogonal and whose group is not compact."""

    group: Translation = Translation(1)
    dim: int = 2

    def act(self, g: Tensor, x: Tensor) -> Tensor:
        x, t = torch.broadcast_tensors(x, g)
        return torch.stack([x[..., 0] + t[..., 0] * x[..., 1], x[..., 1]], dim=-1)


@dataclass(frozen=True)
class Affine(Representation):
    """Points `(x, 1)` under a motion: the matrix `[[R, t], [0, 1]]`."""

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


O3, SO3, D4 = Orthogonal(3), Orthogonal(3, special=True), Dihedral(4)
V, R = Vector(O3), Regular(D4)
REPS = (
    Trivial(Cyclic(4)),
    Trivial(euclidean(3), 5),
    Trivial(Product((O3, Symmetric(3))), 2),
    Trivial(D4, 0),
    *(Vector(Orthogonal(n, special)) for n in (1, 2, 3, 4) for special in (False, True)),
    *(Regular(G) for G in (Cyclic(1), Cyclic(5), Dihedral(1), Dihedral(3), D4, Torus((3, 4)), p4m(2))),
    Regular(FiniteProduct((Cyclic(2), Dihedral(3)))),
    Regular(Cayley.of(Dihedral(3))),
    *(Permutation(G) for G in (Symmetric(1), Symmetric(5), Young((2, 3)), Young((1, 0, 2)))),
    *(Irreps(G, "2x0e + 0o + 3x1o + 1e") for G in (O3, SO3)),
    Irreps(O3, "4e + 4o + 3x2o"),
    Irreps(SO3, "8e"),
    DirectSum((V,)),
    DirectSum((V, Trivial(O3, 2), Irreps(O3, "2e"), DirectSum((V, V)))),
    TensorProduct(V, V),
    TensorProduct(V, TensorProduct(Trivial(O3, 2), Irreps(O3, "2e"))),
    TensorProduct(R, DirectSum((R, Trivial(D4)))),
    Dual(V),
    Dual(R),
    Dual(Dual(Shear())),
    Shear(),
    Dual(Shear()),
    TensorProduct(Shear(), Dual(Shear())),
    Affine(3),
    Dual(Affine(2)),
)


def names():
    """Short and unique."""
    return [f"{i}-{type(rep).__name__}{rep.dim}" for i, rep in enumerate(REPS)]


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64), ids=("float32", "float64"))
@pytest.mark.parametrize("rep", REPS, ids=names())
def test_representation_keeps_the_contract(rep, dtype):
    check_representation(rep, dtype=dtype)


@pytest.mark.parametrize("rep", REPS, ids=names())
def test_act_and_matrix_work_under_vmap(rep):
    g = rep.group.sample((5,), dtype=torch.float64)
    x = torch.randn(5, rep.dim, dtype=torch.float64)
    torch.testing.assert_close(torch.func.vmap(rep.act)(g, x), rep.act(g, x))
    torch.testing.assert_close(torch.func.vmap(rep.act, in_dims=(0, None))(g, x[0]), rep.act(g, x[0]))
    matrix = torch.func.vmap(lambda g: rep.matrix(g, dtype=torch.float64))(g)
    torch.testing.assert_close(matrix, rep.matrix(g, dtype=torch.float64))


@pytest.mark.parametrize("rep", REPS, ids=names())
def test_gradient_with_respect_to_the_vector_is_that_of_the_matrix(rep):
    g = rep.group.sample((3,), dtype=torch.float64)
    x, y = torch.randn(2, 3, rep.dim, dtype=torch.float64)
    x.requires_grad_()
    (slope,) = torch.autograd.grad((y * rep.act(g, x)).sum(), x)
    torch.testing.assert_close(slope, matvec(rep.matrix(g, dtype=torch.float64).mT, y))


def test_representations_are_equal_by_value_and_differ_otherwise():
    assert len(set(REPS)) == len(REPS)
    again = {Vector(Orthogonal(3)), Irreps(O3, "4e + 4o + 3x2o"), DirectSum((Vector(O3),)), Dual(Dual(Shear()))}
    assert again < set(REPS)


@pytest.mark.parametrize(
    "rep",
    (V, R, Permutation(Symmetric(4)), Irreps(O3, "1o + 2x3e"), DirectSum((V, Dual(V))), TensorProduct(V, V)),
    ids=lambda rep: f"{type(rep).__name__}{rep.dim}",
)
def test_act_compiles_to_one_graph(rep):
    g = rep.group.sample((4,), dtype=torch.float64)
    x = torch.randn(4, rep.dim, dtype=torch.float64)
    torch._dynamo.reset()
    compiled = torch.compile(lambda g, x: rep.act(g, x), fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(g, x), rep.act(g, x))
