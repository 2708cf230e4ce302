"""Encodings: what they return, and the v that they refuse."""

import pytest
import torch
from torch import nn
from torch_geometric.data import Batch, Data

from symbreak.actions import Lattice, Orientation, Scalar
from symbreak.breaking import FieldEncoding, HartleyField, NodeEncoding, PeriodicField, PixelField, VectorEncoding
from symbreak.groups import Cyclic, Orthogonal, Symmetric, p4m
from symbreak.representations import DirectSum, Permutation, Regular, Trivial, Vector
from symbreak.representations.irreps import Irreps

O3, SO3 = Orthogonal(3), Orthogonal(3, special=True)


class Constant(nn.Module):
    def forward(self):
        return torch.ones(1, 4, 4)


def test_a_constant_field_is_refused():
    action = Lattice(p4m(4), (Scalar(),))
    with pytest.raises(ValueError, match=r"order 128, but one of order 1 was asked for.*keeps="):
        FieldEncoding(action, Constant())
    encoding = FieldEncoding(action, PixelField(action))
    with torch.no_grad():
        encoding.field.values.fill_(2.0)
    with pytest.raises(ValueError, match="order 128"):
        encoding.check()


def test_a_field_of_another_shape_is_refused():
    action = Lattice(p4m(4), (Scalar(2),))
    with pytest.raises(ValueError, match=r"shape \(1, 4, 4\).*moves \(2, 4, 4\)"):
        FieldEncoding(action, Constant())


def test_fields_start_free_and_repeat_as_told():
    action = Lattice(p4m(4), (Scalar(), Orientation()))
    for field in (PixelField(action), HartleyField(action), PeriodicField(action, (2, 4))):
        FieldEncoding(action, field)
        assert field().shape == (9, 4, 4)
    v = PeriodicField(action, (2, 4))()
    assert torch.equal(v[0], v[0].roll((2, 2), (0, 1)))
    with pytest.raises(ValueError, match="1 periods .* for 2 copies"):
        PeriodicField(action, (2,))
    with pytest.raises(ValueError, match="period 3 does not divide"):
        PeriodicField(action, (2, 3))


def test_period_two_cannot_see_the_mirrors_of_the_axes():
    action = Lattice(p4m(4), (Scalar(8),))
    with pytest.raises(ValueError, match="order 16, but"):
        FieldEncoding(action, PeriodicField(action, (2,) * 8))


def test_the_hartley_transform_is_orthogonal():
    action = Lattice(p4m(6), (Scalar(),))
    field = HartleyField(action)
    torch.testing.assert_close(field().norm(), field.amplitudes.norm())


def test_a_single_axial_vector_is_refused():
    with pytest.raises(ValueError, match=r"infinitely many elements .* 1 vectors v .*Add copies"):
        VectorEncoding(Irreps(O3, "1e"), 1)
    with pytest.raises(ValueError, match=r"2 elements .* of order 1"):
        VectorEncoding(Irreps(O3, "1e"), 2)  # the inversion leaves every axial vector
    assert VectorEncoding(Irreps(O3, "1e"), 2, order=2).order == 2
    assert VectorEncoding(Irreps(SO3, "1e"), 2).order == 1


def test_vectors_that_break_less_than_asked_are_refused():
    with pytest.raises(ValueError, match=r"2 elements of Orthogonal\(n=3, special=False\) leave the 2 vectors"):
        VectorEncoding(Vector(O3), 2)
    with pytest.raises(ValueError, match=r"5 elements of Cyclic\(n=5\).*Use Regular"):
        VectorEncoding(Trivial(Cyclic(5)), 3)
    with pytest.raises(ValueError, match=r"infinitely many"):
        VectorEncoding(DirectSum((Vector(O3), Trivial(O3))), 1)
    with pytest.raises(ValueError, match="known here for finite groups"):
        VectorEncoding(Permutation(Symmetric(3)), 1)


def test_vectors_join_every_point():
    encoding = VectorEncoding(Vector(SO3), 2)
    x, g = torch.randn(2, 5, 3), SO3.sample((2,))
    joined = encoding.join(x, encoding(g, x))
    assert torch.equal(joined[..., :3], x)
    torch.testing.assert_close(joined[1, 4, 3:6], g[1] @ encoding.v[0])


def test_vectors_join_the_nodes_of_a_batch():
    encoding, batch = VectorEncoding(Vector(SO3), 2), ragged(2, 3)
    g = SO3.sample((2,))
    joined = encoding.join(batch, encoding(g, batch))
    assert joined.x.shape == (5, 7)
    assert batch.x.shape == (5, 1)  # left as it was
    for node, graph in enumerate((0, 0, 1, 1, 1)):
        torch.testing.assert_close(joined.x[node, 1:4], g[graph] @ encoding.v[0])


def test_vectors_make_a_field_that_is_not_there():
    encoding, batch = VectorEncoding(Vector(SO3), 2, field="code"), ragged(2, 3)
    code = encoding(SO3.sample((2,)), batch)
    assert torch.equal(encoding.join(batch, code).code, code[batch.batch])


def test_integers_are_not_cut_to():
    encoding = VectorEncoding(Regular(Cyclic(4)), 1)
    x = torch.ones(2, 4, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"int64.*x\.float\(\)"):
        encoding.join(x, encoding(torch.tensor([0, 1]), x))


def ragged(*sizes):
    return Batch.from_data_list([Data(x=torch.zeros(n, 1)) for n in sizes])


def test_nodes_receive_the_row_of_their_rank_in_graphs_of_any_size():
    encoding, batch = NodeEncoding(4, 2), ragged(3, 1, 4)
    g = torch.tensor([2, 0, 1, 3, 7, 6, 5, 4])
    code = encoding(g, batch)
    assert torch.equal(code[g[:3]], encoding.rows[:3])
    assert torch.equal(code[3], encoding.rows[0])
    assert torch.equal(code[4:], encoding.rows.flip(0))
    joined = encoding.join(batch, code)
    assert joined.x.shape == (8, 3)
    assert batch.x.shape == (8, 1)  # left as it was
    assert torch.equal(encoding.join(batch.x, code), joined.x)


def test_a_graph_that_is_too_large_is_refused():
    with pytest.raises(ValueError, match=r"graph of 5 nodes came in, but there are 4 rows.*capacity=5"):
        NodeEncoding(4, 2)(torch.arange(7), ragged(5, 2))


def test_duplicated_rows_are_refused():
    encoding = NodeEncoding(4, 2)
    with torch.no_grad():
        encoding.rows[3] = encoding.rows[1]
    with pytest.raises(ValueError, match="Rows 1 and 3 of v are equal"):
        encoding.check()
