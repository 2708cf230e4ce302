"""θ ⊗ Y folded is θ ⊗ Y, edge by edge."""

import pytest
import torch
from e3nn import o3

from symbreak.layers.relaxed.filter import RelaxedFilter
from symbreak.layers.relaxed.paths import is_scalar

EDGE = o3.Irreps("0e + 1o + 2e")


def published(fold: RelaxedFilter) -> o3.TensorProduct:
    """The product of θ and Y for each edge, with the same weights, normalization and order of paths."""
    theta, edge, out = fold.irreps, fold.irreps_edge, fold.irreps_filter
    paths = [
        (i, j, k, "uvw", True)
        for k, (_, f) in enumerate(out)
        for i, (_, t) in enumerate(theta)
        for j, (_, y) in enumerate(edge)
        if f in t * y and not is_scalar(t)
    ]
    return o3.TensorProduct(theta, edge, out, paths, internal_weights=False, shared_weights=True)


def test_the_fold_is_the_product_of_every_edge(double):
    fold = RelaxedFilter(o3.Irreps("0e + 1o + 1e + 2o"), EDGE, o3.Irreps("0o + 1e + 2o + 3o"))
    theta, Y = torch.randn(fold.irreps.dim), torch.randn(50, EDGE.dim)
    scalar = torch.nn.functional.pad(theta[0] * Y, (0, fold.irreps_filter.dim - EDGE.dim))
    expected = scalar + published(fold)(theta.expand(50, -1), Y, fold.weight)
    torch.testing.assert_close(Y @ fold(theta), expected)


def test_at_the_scalar_it_is_the_identity_to_the_bit():
    fold = RelaxedFilter(o3.Irreps("2x0e + 1o + 2e"), EDGE, o3.Irreps("1e + 2o")).float()
    theta = torch.tensor([1.0, 1.0] + 8 * [0.0])
    assert torch.equal(fold(theta), torch.eye(9, 17))


def test_a_vector_times_a_vector_is_their_cross_product(double):
    """e3nn's coefficients of 1 x 1 -> 1 are ε/√6; the filter's are √3 times that, with one path."""
    fold = RelaxedFilter(o3.Irreps("0e + 1e"), o3.Irreps("1o"), o3.Irreps(""))
    torch.nn.init.ones_(fold.weight)
    B, v = torch.randn(2, 3)
    found = v @ fold(torch.cat([torch.zeros(1), B]))
    torch.testing.assert_close(found, torch.linalg.cross(B, v) / 2**0.5)


def test_outputs_have_unit_variance(double):
    fold = RelaxedFilter(o3.Irreps("0e + 1o + 2e + 1e + 2o"), EDGE, o3.Irreps("1e + 3o + 3e"))
    theta = torch.randn(4000, fold.irreps.dim)
    theta[:, 0] = 0
    F = (torch.randn(4000, 1, EDGE.dim) @ fold(theta))[:, 0]
    moments = torch.stack([F[:, s].square().mean() for s in fold.irreps_filter.slices()])
    weights = torch.stack([w.square().mean() for w in fold.weight.split(_ways(fold))])
    torch.testing.assert_close(moments, weights, atol=0, rtol=0.2)


def _ways(fold: RelaxedFilter) -> list[int]:
    starts = [starts[2] for starts, _, _ in fold.paths]
    return [starts.count(start) for start in dict.fromkeys(starts)]


def test_no_path_is_made_to_what_nothing_reads():
    fold = RelaxedFilter(o3.Irreps("0e + 1o"), EDGE, o3.Irreps(""), unused=(2,))
    assert {starts[2] for starts, _, _ in fold.paths} == {0, 1}


@pytest.mark.parametrize("shape", ((), (3,), (2, 3)))
def test_batches_of_theta(shape, double):
    fold = RelaxedFilter(o3.Irreps("0e + 1o + 2e"), EDGE, o3.Irreps("3o"))
    theta = torch.randn(*shape, 9)
    each = torch.stack([fold(t) for t in theta.reshape(-1, 9)]).reshape(*shape, 9, 16)
    torch.testing.assert_close(fold(theta), each)


def test_of_a_scalar_alone_there_is_nothing_to_weigh():
    fold = RelaxedFilter(o3.Irreps("0e"), EDGE, o3.Irreps("")).float()
    assert fold.weight is None
    assert torch.equal(fold(torch.tensor([2.0])), 2 * torch.eye(9))
