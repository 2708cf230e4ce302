"""The kernels that ignore the data."""

import math

import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.actions import Commuting, Fields, Lattice, Pointwise, Relabel, Scalar, Slots
from symbreak.groups import Cyclic, Orthogonal, Product, Semidirect, Symmetric, Translation, Young, p4m
from symbreak.kernels import FiniteHaar, Haar
from symbreak.kernels.haar import _log_order
from symbreak.representations import Permutation, Regular, Trivial, Vector
from symbreak.testing import check_kernel

O3 = Orthogonal(3)


@pytest.mark.parametrize("make", (Haar, FiniteHaar))
def test_on_a_finite_group(make):
    for action, x in (
        (Pointwise(Regular(Cyclic(5))), torch.randn(3, 2, 5)),
        (Lattice(p4m(2), (Scalar(),)), torch.zeros(2, 1, 2, 2)),
    ):
        check_kernel(make(action), action, x, inversion=False)
        torch.testing.assert_close(
            make(action).entropy(x).exp(), torch.full((len(x),), float(action.group.order)).double()
        )


def test_it_is_the_inversion_kernel_of_a_constant_field():
    action = Lattice(p4m(2), (Scalar(),))
    check_kernel(FiniteHaar(action), action, torch.zeros(2, 1, 2, 2))


def test_on_a_continuous_group():
    action = Pointwise(Vector(O3))
    x = torch.randn(2, 4, 3)
    check_kernel(Haar(action), action, x, inversion=False)
    assert Haar(action).entropy(x).tolist() == [math.inf] * 2
    with pytest.raises(ValueError, match="Use Haar to draw from it"):
        FiniteHaar(action)


def test_on_graphs():
    batch = Batch.from_data_list([Data(x=torch.zeros(n, 3)) for n in (3, 0, 1)])
    check_kernel(Haar(Relabel(("x",))), Relabel(("x",)), batch, order=torch.tensor([6, 1, 1]))
    torch.testing.assert_close(Haar(Relabel(("x",))).entropy(batch).exp(), torch.tensor([6.0, 1, 1]).double())
    fields = Fields(O3, (("x", Vector(O3)),))
    check_kernel(Haar(fields), fields, batch, inversion=False, atol=1e-5)
    assert Haar(fields).entropy(batch).shape == (3,)


def test_on_permutations():
    action = Pointwise(Permutation(Symmetric(4)))
    torch.testing.assert_close(Haar(action).entropy(torch.zeros(2, 4)).exp(), torch.tensor([24.0, 24.0]).double())
    check_kernel(Haar(action), action, torch.zeros(2, 4))


def test_groups_whose_size_the_data_tell():
    """Permutations of the points of a dense batch or of the nodes of graphs, alone and beside other groups."""
    x = torch.zeros(2, 5, 3)
    assert Haar(Slots()).entropy(x).exp().tolist() == pytest.approx([120, 120])
    mirror = Pointwise(Trivial(Cyclic(2), 3))
    assert Haar(Commuting((Slots(), mirror))).entropy(x).exp().tolist() == pytest.approx([240, 240])
    assert Haar(Commuting((Slots(), Pointwise(Vector(O3))))).entropy(x).tolist() == [math.inf] * 2
    check_kernel(Haar(Slots()), Slots(), x[:, :3], order=torch.tensor([6, 6]))
    batch = Batch.from_data_list([Data(x=torch.zeros(n, 3)) for n in (3, 0)])
    both = Commuting((Relabel(("x",)), Fields(Cyclic(2), (("x", Trivial(Cyclic(2), 3)),))))
    assert Haar(both).entropy(batch).exp().tolist() == pytest.approx([12, 2])


@pytest.mark.parametrize(
    "G, order",
    (
        (Young((3, 2)), 12),
        (Product((Symmetric(3), Cyclic(4))), 24),
        (Semidirect(Cyclic(3), Cyclic(2), lambda h, n: n), 6),
        (Product((Symmetric(3), O3)), math.inf),
        (Translation(2), math.inf),
    ),
    ids=("Young", "finite product", "semidirect", "product with O(3)", "translations"),
)
def test_orders(G, order):
    assert math.exp(_log_order(G)) == pytest.approx(order)
