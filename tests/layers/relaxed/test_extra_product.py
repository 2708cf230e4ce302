"""Extra paths are those of e3nn's own product."""

import pytest
import torch
from e3nn import o3

from symbreak.layers.relaxed.extra_product import ExtraProduct

IN, EDGE, EXTRA = o3.Irreps("3x0e + 2x1o + 2x2e"), o3.Irreps("0e + 1o"), o3.Irreps("1e + 2x2o + 3e")


def fully_connected() -> o3.TensorProduct:
    return o3.FullyConnectedTensorProduct(IN, EDGE, "2x0e + 3x1o + 2x1e + 2o", shared_weights=False)


def depthwise() -> o3.TensorProduct:
    paths = [(i, j, k, "uvu", True) for i, j, k in ((0, 0, 0), (1, 1, 0), (1, 0, 1), (2, 0, 2), (2, 1, 1))]
    paths = [p for p in paths if IN[p[0]].mul == (3, 2, 2)[p[2]]]
    return o3.TensorProduct(IN, EDGE, "3x0e + 2x1o + 2x2e", paths, internal_weights=False, shared_weights=False)


@pytest.mark.parametrize("make", (fully_connected, depthwise))
def test_they_are_those_of_e3nn(make, double):
    tp = make()
    extra = ExtraProduct(tp, EXTRA)
    rows = 7
    x, y, fold = torch.randn(rows, IN.dim), torch.randn(rows, EDGE.dim), torch.randn(EDGE.dim, EXTRA.dim)
    weight = torch.randn(rows, extra.weight_numel)
    flat = o3.Irreps([(1, ir) for mul, ir in EXTRA for _ in range(mul)])
    number = {ir: [f for f, (_, other) in enumerate(flat) if other == ir] for _, ir in EXTRA}
    seen, paths, at, pieces = {}, [], 0, []
    for (path, count), size in zip(extra.groups, extra.sizes, strict=True):
        group = [p for p in extra.paths if (p.i_in, p.i_out) == (path.i_in, path.i_out)]
        block = weight[:, at : at + size]
        at += size
        m, n = IN[path.i_in].mul, tp.irreps_out[path.i_out].mul
        split = block.reshape(rows, m, count, -1)
        for p, one in enumerate(group):
            seen[one] = seen.get(one, -1) + 1  # copies of an irrep have paths of their own
            paths.append((one.i_in, number[one.ir][seen[one]], one.i_out, one.mode, True))
            pieces.append(split[:, :, p].reshape(rows, -1))
            assert split.shape[-1] == (n if one.mode == "uvw" else 1)
    theirs = o3.TensorProduct(IN, flat, tp.irreps_out, paths, internal_weights=False, shared_weights=False)
    torch.testing.assert_close(extra(x, y, fold, weight), theirs(x, y @ fold, torch.cat(pieces, dim=1)))


def test_a_matrix_for_each_row_is_the_matrix_of_each(double):
    extra = ExtraProduct(fully_connected(), EXTRA)
    x, y = torch.randn(4, IN.dim), torch.randn(4, EDGE.dim)
    fold, weight = torch.randn(4, EDGE.dim, EXTRA.dim), torch.randn(extra.weight_numel)
    each = torch.cat([extra(x[i : i + 1], y[i : i + 1], fold[i], weight) for i in range(4)])
    torch.testing.assert_close(extra(x, y, fold, weight), each)


def test_depthwise_paths_prefer_an_output_of_their_own():
    """Two slots hold 1o; the path from the vectors goes to the one that the vectors fed before."""
    paths = [(0, 1, 0, "uvu", True), (1, 0, 1, "uvu", True)]
    tp = o3.TensorProduct("2x0e + 2x1o", "0e + 1o", "2x1o + 2x1o", paths, internal_weights=False, shared_weights=False)
    assert {(p.i_in, p.i_out) for p in ExtraProduct(tp, o3.Irreps("1e + 2e")).paths} == {(1, 1)}
