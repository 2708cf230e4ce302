"""Literal examples. Property tests cannot tell a convention from its mirror image."""

from dataclasses import dataclass

import torch

from symbreak.groups import Cyclic, Dihedral, Orthogonal, Symmetric, Torus, Translation, Young, p4
from symbreak.representations import (
    DirectSum,
    Dual,
    Permutation,
    Regular,
    Representation,
    TensorProduct,
    Trivial,
    Vector,
)

QUARTER = torch.tensor([[0.0, -1.0], [1.0, 0.0]])
V2 = Vector(Orthogonal(2))


def test_a_matrix_acts_on_columns():
    assert V2.act(QUARTER, torch.tensor([1.0, 0.0])).tolist() == [0, 1]
    assert V2.matrix(QUARTER).tolist() == QUARTER.tolist()


def test_regular_carries_the_value_at_h_to_gh():
    """`(g f)(h) = f(g⁻¹ h)`, so the indicator of h becomes that of gh."""
    assert Regular(Cyclic(4)).act(torch.tensor(1), torch.tensor([7.0, 8.0, 0.0, 0.0])).tolist() == [0, 7, 8, 0]
    D4 = Dihedral(4)
    g, h = torch.tensor(5), torch.tensor(1)  # r s, and r: r s r = s
    assert Regular(D4).act(g, torch.eye(8)[h]).argmax().item() == D4.compose(g, h).item() == 4
    assert D4.compose(h, g).item() == 6  # the other order is another element


def test_regular_reads_elements_that_are_tuples_by_their_numbers():
    step = torch.tensor([1, 0])
    field = torch.arange(6.0)
    assert Regular(Torus((3, 2))).act(step, field).tolist() == [4, 5, 0, 1, 2, 3]
    G = p4(2)
    g = G.element(torch.tensor(4 + 2))  # translation (1, 0) after a quarter turn
    number = Regular(G).act(g, torch.eye(16)[1]).argmax()  # carries the translation (0, 1)
    assert int(number) == int(G.index(G.compose(g, G.element(torch.tensor(1))))) == 4 + 0


def test_permutation_sends_slot_i_to_slot_g_i():
    g = torch.tensor([2, 0, 1])
    assert Permutation(Symmetric(3)).act(g, torch.tensor([10.0, 11.0, 12.0])).tolist() == [11, 12, 10]
    assert Permutation(Young((1, 2))).act(torch.tensor([0, 2, 1]), torch.tensor([1.0, 2.0, 3.0])).tolist() == [1, 3, 2]


def test_permutation_matrix_has_a_one_at_g_i_i():
    assert Permutation(Symmetric(3)).matrix(torch.tensor([2, 0, 1])).tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]


def test_argsort_is_the_pose():
    """`x = g · sorted(x)` for `g = argsort(x)`."""
    x = torch.tensor([0.3, 0.1, 0.2])
    assert torch.equal(Permutation(Symmetric(3)).act(x.argsort(), x.sort().values), x)


def test_direct_sum_is_block_diagonal():
    rep = DirectSum((V2, Trivial(Orthogonal(2))))
    assert rep.matrix(QUARTER).tolist() == [[0, -1, 0], [1, 0, 0], [0, 0, 1]]


def test_tensor_product_is_row_major():
    g = Orthogonal(2).sample((3,), dtype=torch.float64)
    rep = TensorProduct(V2, DirectSum((V2, Trivial(Orthogonal(2)))))
    assert rep.dim == 6
    for k in range(3):
        right = torch.block_diag(g[k], torch.ones(1, 1, dtype=torch.float64))
        torch.testing.assert_close(rep.matrix(g)[k], torch.kron(g[k].contiguous(), right))
    x, y = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 2.0, 5.0])
    assert rep.act(QUARTER, torch.outer(x, y).flatten()).tolist() == [0, 0, 0, -2, 0, 5]  # (0, 1) ⊗ (-2, 0, 5)


@dataclass(frozen=True)
class Shear(Representation):
    group: Translation = Translation(1)
    dim: int = 2

    def act(self, g, x):
        x, t = torch.broadcast_tensors(x, g)
        return torch.stack([x[..., 0] + t[..., 0] * x[..., 1], x[..., 1]], dim=-1)


def test_dual_is_the_inverse_transpose_and_keeps_the_pairing():
    t = torch.tensor([3.0])
    assert Shear().matrix(t).tolist() == [[1, 3], [0, 1]]
    assert Dual(Shear()).matrix(t).tolist() == [[1, 0], [-3, 1]]
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([5.0, 7.0])
    assert Dual(Shear()).act(t, y) @ Shear().act(t, x) == y @ x


def test_matrix_takes_the_dtype_of_the_element_else_the_default():
    assert V2.matrix(QUARTER.double()).dtype == torch.float64
    assert V2.matrix(QUARTER, dtype=torch.float64).dtype == torch.float64
    assert Regular(Cyclic(3)).matrix(torch.tensor(1)).dtype == torch.float32
    assert Regular(Cyclic(3)).matrix(torch.tensor(1), dtype=torch.float64).dtype == torch.float64


def test_trivial_takes_the_batch_shape_of_the_element():
    assert Trivial(Cyclic(3), 2).act(torch.zeros(4, 1, dtype=torch.int64), torch.zeros(5, 2)).shape == (4, 5, 2)
