"""The folded product is e3nn's, path by path."""

import pytest
import torch
from e3nn import o3

from symbreak.layers.relaxed.folded_product import FoldedProduct

IN, EDGE, EXTRA = o3.Irreps("3x0e + 2x1o + 1e + 3x2e"), o3.Irreps("0e + 2x1o"), o3.Irreps("1e + 2x2o + 3e")


def fully_connected() -> o3.TensorProduct:
    return o3.FullyConnectedTensorProduct(IN, EDGE, "2x0e + 3x1o + 2x1e + 2o", shared_weights=False)


def depthwise() -> o3.TensorProduct:
    paths = [(i, j, k, "uvu", True) for i, j, k in ((0, 0, 0), (1, 0, 1), (1, 1, 2), (3, 0, 3), (2, 1, 4))]
    out = "3x0e + 2x1o + 2x0e + 3x2e + 0o"
    return o3.TensorProduct(IN, EDGE, out, paths, internal_weights=False, shared_weights=False)


def as_e3nn(product: FoldedProduct, tp: o3.TensorProduct, extra: o3.Irreps) -> o3.TensorProduct:
    """e3nn's product with the same paths; it takes the root of the square of each normalization."""
    mode = tp.instructions[0].connection_mode
    paths = [(path.i_in, path.i_filter, path.i_out, mode, True, path.norm**2) for path in product.paths]
    return o3.TensorProduct(
        tp.irreps_in1,
        EDGE + extra,
        tp.irreps_out,
        paths,
        irrep_normalization="none",
        path_normalization="none",
        internal_weights=False,
        shared_weights=False,
    )


@pytest.mark.parametrize("extra", (EXTRA, o3.Irreps("")), ids=("extra", "own"))
@pytest.mark.parametrize("make", (fully_connected, depthwise))
def test_it_is_that_of_e3nn(make, extra, double):
    tp, rows = make(), 7
    product = FoldedProduct(tp, extra)
    theirs = as_e3nn(product, tp, extra)
    x, y, fold = torch.randn(rows, IN.dim), torch.randn(rows, EDGE.dim), torch.randn(EDGE.dim, theirs.irreps_in2.dim)
    weight = torch.randn(rows, theirs.weight_numel)
    assert product.weight_numel == theirs.weight_numel
    torch.testing.assert_close(product(x, y, fold, weight), theirs(x, y @ fold, weight))


@pytest.mark.parametrize("make", (fully_connected, depthwise))
def test_own_paths_come_first_as_e3nn_normalizes_them(make, double):
    tp, rows = make(), 5
    product = FoldedProduct(tp, o3.Irreps("2e"))
    x, y, weight = torch.randn(rows, IN.dim), torch.randn(rows, EDGE.dim), torch.randn(rows, product.weight_numel)
    fold = torch.eye(EDGE.dim, EDGE.dim + 5)
    torch.testing.assert_close(product(x, y, fold, weight), tp(x, y, weight[:, : tp.weight_numel]))


def test_extra_paths_alone_have_unit_variance(double):
    product = FoldedProduct(fully_connected(), EXTRA)
    rows = 20_000
    x, F = torch.randn(rows, IN.dim), torch.randn(rows, EXTRA.dim)
    weight = torch.randn(rows, product.weight_numel)
    fold = torch.nn.functional.pad(torch.eye(EXTRA.dim), (EDGE.dim, 0))
    out = product(x, F, fold, weight)
    reached = out.square().mean(0)[[i for i in range(out.shape[1]) if out[:, i].any()]]
    torch.testing.assert_close(reached, torch.ones_like(reached), atol=0.15, rtol=0)


@pytest.mark.parametrize("make", (fully_connected, depthwise))
def test_a_matrix_for_each_row_and_shared_weights(make, double):
    product = FoldedProduct(make(), EXTRA)
    x, y = torch.randn(4, IN.dim), torch.randn(4, EDGE.dim)
    fold, weight = torch.randn(4, EDGE.dim, EDGE.dim + EXTRA.dim), torch.randn(product.weight_numel)
    each = torch.cat([product(x[i : i + 1], y[i : i + 1], fold[i], weight) for i in range(4)])
    torch.testing.assert_close(product(x, y, fold, weight), each)


def test_depthwise_paths_prefer_an_output_of_their_own():
    """Two outputs hold 1o; the path from the vectors goes to the one that the vectors fed before."""
    paths = [(0, 1, 0, "uvu", True), (1, 0, 1, "uvu", True)]
    tp = o3.TensorProduct("2x0e + 2x1o", "0e + 1o", "2x1o + 2x1o", paths, internal_weights=False, shared_weights=False)
    added = FoldedProduct(tp, o3.Irreps("1e + 2e")).paths[2:]
    assert {(path.i_in, path.i_out) for path in added} == {(1, 1)}
