"""The relaxed convolution is the strict one at the start, and tells what is wrong."""

import pytest
import torch

from symbreak.layers import ConditionedWeight, RelaxedConvolution, RelaxedWeight

from .conftest import HARMONICS, make_cloud, shaken

IN, OUT = "2x0e + 2x1o", "2x0e + 1o + 1e"


def convolution(theta=1, extra=None) -> RelaxedConvolution:
    return RelaxedConvolution(IN, HARMONICS, OUT, theta, [3, 8], 3.0, irreps_extra=extra)


def arguments(dtype=torch.float32):
    cloud = make_cloud(dtype)
    return torch.randn(8, 8, dtype=dtype), cloud.src, cloud.dst, cloud.harmonics(), cloud.scalars()


def strict(conv: RelaxedConvolution, x, src, dst, Y, r) -> torch.Tensor:
    """e3nn's convolution with the first of the weights."""
    tp = conv.product.tp
    messages = tp(x[src], Y, conv.radial(r)[:, : tp.weight_numel])
    return messages.new_zeros(8, messages.shape[1]).index_add(0, dst, messages) / 3.0**0.5


@pytest.mark.parametrize("extra", ("", None))
def test_at_the_start_it_is_the_strict_convolution(extra, double):
    conv, args = convolution(2, extra), arguments(torch.float64)
    torch.testing.assert_close(conv(*args), strict(conv, *args), atol=1e-14, rtol=1e-12)


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64))
def test_of_a_scalar_alone_it_is_the_strict_convolution_to_the_bit(dtype):
    conv, args = RelaxedConvolution(IN, HARMONICS, "2x0e + 1o", "0e", [3, 8], 3.0).to(dtype), arguments(dtype)
    assert torch.equal(conv(*args), strict(conv, *args))


def test_it_is_the_formula_node_by_node(double):
    conv = shaken(convolution(2))
    x, src, dst, Y, r = arguments(torch.float64)
    out, weights = torch.zeros(8, 8), conv.radial(r)
    for e in range(len(src)):
        i, j = int(dst[e]), int(src[e])
        out[i] += conv.product(x[j : j + 1], Y[e : e + 1], weights[e : e + 1])[0] / 3.0**0.5
    torch.testing.assert_close(conv(x, src, dst, Y, r), out)


def test_graphs_of_a_batch_with_fields_of_their_own(double):
    weight = shaken(ConditionedWeight(1, "1o"))
    conv = shaken(convolution(weight))
    x, src, dst, Y, r = arguments(torch.float64)
    cloud, theta = make_cloud(torch.float64), weight(torch.randn(2, 3))
    both = conv(x, src, dst, Y, r, theta=theta, batch=cloud.batch)
    for graph in range(2):
        alone = conv(x, src, dst, Y, r, theta=theta[graph])
        torch.testing.assert_close(both[cloud.batch == graph], alone[cloud.batch == graph])


def test_an_edge_without_neighbours_or_no_edges_at_all_gives_zero():
    conv = convolution(2)
    x, src, dst, Y, r = arguments()
    lonely = conv(x, src[:3], dst[:3], Y[:3], r[:3])
    assert not lonely[4:].any()
    none = conv(x, src[:0], dst[:0], Y[:0], r[:0])
    assert torch.equal(none, torch.zeros(8, 8))
    none.sum().backward()
    assert all(not p.grad.any() for p in conv.parameters() if p.grad is not None)


def test_a_shared_weight_is_one_parameter():
    shared = RelaxedWeight(1)
    layers = torch.nn.ModuleList([convolution(shared), convolution(shared)])
    assert sum(p is shared.theta for p in layers.parameters()) == 1


def test_an_output_without_a_path_is_named():
    with pytest.raises(ValueError, match=r"0o of the output .* such as 0o in θ"):
        RelaxedConvolution("0e", "0e + 1o", "0e + 0o", "0e", [3], 1.0)
    assert RelaxedConvolution("0e", "0e + 1o", "0e + 0o", "0e + 0o", [3], 1.0)


def test_a_degree_without_a_path_is_named():
    with pytest.raises(ValueError, match=r"3o has no path from 1x0e"):
        RelaxedConvolution("0e", "0e + 1o", "0e", "0e + 3o", [3], 1.0)
    with pytest.raises(ValueError, match=r"2o has no path .* Those with a path are 1x0e\+1x1o\."):
        RelaxedConvolution("0e", "0e + 1o", "0e", 2, [3], 1.0)


@pytest.mark.parametrize("which", (3, 4))
def test_nan_is_traced_to_its_edge(which):
    args = list(arguments())
    args[which] = args[which].clone()
    args[which][5, 0] = float("nan")
    message = rf"of edge 5, from node {int(args[1][5])} to node {int(args[2][5])}, is not finite"
    with pytest.raises(ValueError, match=message):
        convolution()(*args)


def test_nan_in_positions_is_traced():
    cloud = make_cloud(torch.float32)
    cloud.positions[2, 1] = float("nan")
    with pytest.raises(ValueError, match="node 2"):
        convolution()(torch.randn(8, 8), cloud.src, cloud.dst, cloud.harmonics(), cloud.scalars())


@pytest.mark.parametrize(
    ("which", "shape", "message"),
    (
        (0, (8, 7), r"x has shape \(8, 7\)"),
        (3, (24, 8), r"edge_attr has shape \(24, 8\)"),
        (3, (23, 9), r"they are rows of the same edges"),
        (4, (24, 2), r"they are rows of the same edges"),
    ),
)
def test_wrong_shapes_are_refused(which, shape, message):
    args = list(arguments())
    args[which] = torch.zeros(shape)
    with pytest.raises(ValueError, match=message):
        convolution()(*args)


def test_theta_for_each_graph_needs_the_batch():
    with pytest.raises(ValueError, match="give batch too"):
        convolution("0e + 1o")(*arguments(), theta=torch.zeros(2, 4))


def test_a_radial_network_without_inputs_is_refused():
    for sizes in ([], [0, 8]):
        with pytest.raises(ValueError, match=r"fc_neurons is \[.*\], but it begins with the number of edge_scalars"):
            RelaxedConvolution(IN, HARMONICS, OUT, 1, sizes, 1.0)


def test_no_neighbours_are_refused():
    with pytest.raises(ValueError, match="num_neighbors is 0"):
        RelaxedConvolution(IN, HARMONICS, OUT, 1, [3], 0)
