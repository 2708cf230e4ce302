"""Networks of e3nn, relaxed: the same at the start, jointly equivariant afterwards."""

import sys
from types import ModuleType

import pytest
import torch
from e3nn import o3
from e3nn.nn import FullyConnectedNet
from e3nn.nn.models.v2106.gate_points_networks import NetworkForAGraphWithAttributes, SimpleNetwork
from torch import nn
from torch.func import functional_call

from symbreak.groups import Orthogonal
from symbreak.layers import (
    ConditionedWeight,
    RelaxedLinear,
    RelaxedTensorProduct,
    RelaxedWeight,
    moved,
    relax,
    relaxed_weights,
)
from symbreak.representations import Irreps

from .conftest import HARMONICS, make_cloud, shaken


def scatter(src, index, dim=0, dim_size=None):
    return src.new_zeros(dim_size, src.shape[1]).index_add(0, index, src)


@pytest.fixture
def v2103(monkeypatch):
    """e3nn's networks of March 2021, which want a package that needs a compiler for one function."""
    package = ModuleType("torch_scatter")
    package.scatter = scatter
    monkeypatch.setitem(sys.modules, "torch_scatter", package)
    from e3nn.nn.models.v2103 import gate_points_message_passing

    yield gate_points_message_passing
    for name in [name for name in sys.modules if name.startswith("e3nn.nn.models.v2103")]:
        monkeypatch.delitem(sys.modules, name)


class Written(nn.Module):
    """A network as one writes it by hand."""

    def __init__(self, radial: str = "linear"):
        super().__init__()
        self.first = o3.FullyConnectedTensorProduct("0e", HARMONICS, "4x0e + 4x1o + 4x1e", shared_weights=False)
        last = nn.Linear(8, self.first.weight_numel)
        self.radial = nn.Sequential(nn.Linear(3, 8), nn.SiLU(), last)
        if radial == "none":
            self.radial.append(nn.Tanh())
        self.mix = o3.Linear("4x0e + 4x1o + 4x1e", "0e + 1o")

    def forward(self, x, src, dst, Y, r):
        return self.mix(scatter(self.first(x[src], Y, self.radial(r)), dst, dim_size=len(x)))


def simple(dtype):
    net = SimpleNetwork("2x0e + 1o", "0e + 1o", max_radius=3.0, num_neighbors=3.0, num_nodes=4.0, mul=4, layers=1)
    cloud = make_cloud(dtype)

    def call(net, g=None):
        x, r = torch.ones(8, 5, dtype=dtype), cloud.positions
        x = x if g is None else Irreps(Orthogonal(3), "2x0e + 1o").act(g, x)
        r = r if g is None else r @ g.mT
        return functional_call(
            net, moved(net, torch.eye(3) if g is None else g), ({"pos": r, "x": x, "batch": cloud.batch},)
        )

    return net, call


def written(dtype):
    cloud = make_cloud(dtype)

    def call(net, g=None):
        state = moved(net, torch.eye(3) if g is None else g)
        x = torch.ones(8, 1, dtype=dtype)
        return functional_call(net, state, (x, cloud.src, cloud.dst, cloud.harmonics(g), cloud.scalars()))

    return Written(), call


NETWORKS = {"v2106": simple, "written": written}


@pytest.mark.parametrize("name", NETWORKS)
def test_at_the_start_a_network_is_the_same(name, double):
    net, call = NETWORKS[name](torch.float64)
    y = call(shaken(net))
    equal, full = relax(net, 2, full_filter=False), relax(net, 2, linear=True)
    torch.testing.assert_close(call(equal), y, atol=0, rtol=1e-11)
    torch.testing.assert_close(call(full), y, atol=0, rtol=1e-11)
    assert relaxed_weights(full)
    assert not relaxed_weights(net)
    assert torch.equal(call(net), y)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_keeps_its_precision(name):
    net, call = NETWORKS[name](torch.float32)
    y = call(shaken(net))
    torch.testing.assert_close(call(relax(net, 2)), y, atol=0, rtol=1e-4)
    wide = relax(net.double(), 2)
    assert {p.dtype for p in wide.parameters()} == {torch.float64}


@pytest.mark.parametrize("full_filter", (False, True))
@pytest.mark.parametrize("name", NETWORKS)
def test_afterwards_it_is_jointly_equivariant(name, full_filter, elements):
    net, call = NETWORKS[name](torch.float64)
    relaxed = shaken(relax(net, 2, full_filter=full_filter, linear=True))
    y = call(relaxed)
    for g in elements:
        gy = Irreps(Orthogonal(3), "0e + 1o").act(g, y)
        torch.testing.assert_close(call(relaxed, g), gy, atol=1e-10, rtol=1e-10)


def test_a_network_of_march_2021(v2103, cloud):
    hidden = "4x0e + 4x0o + 4x1o + 4x1e"
    net = v2103.MessagePassing("0e", hidden, "0e + 1o", "0e", HARMONICS, 1, [3, 8], 3.0)
    args = (torch.ones(8, 1), torch.ones(8, 1), cloud.src, cloud.dst, cloud.harmonics(), cloud.scalars())
    relaxed = relax(net, 2)
    for other in (relax(net, 2, full_filter=False), relaxed):
        torch.testing.assert_close(other(*args), net(*args), atol=0, rtol=1e-11)
    assert set(relaxed_weights(relaxed)) == {"layers.0.first.tp.relaxed_weight", "layers.1.tp.relaxed_weight"}


def test_attributes_of_nodes_are_left_alone():
    """Self-connections take attributes as their second input, with weights of their own: they are no convolutions."""
    net = NetworkForAGraphWithAttributes(
        "2x0e", "0e + 1o", "1e", "0e + 1o", max_radius=3.0, num_neighbors=3.0, num_nodes=4.0, mul=2, layers=1, lmax=1
    )
    relaxed = relax(net, 1)
    assert set(relaxed_weights(relaxed)) == {"mp.layers.0.first.tp.relaxed_weight", "mp.layers.1.tp.relaxed_weight"}


def test_the_radial_network_keeps_its_outputs_and_gets_more():
    net = Written()
    relaxed = relax(net, 1)
    assert relaxed.radial[2].out_features == relaxed.first.weight_numel > net.first.weight_numel
    assert torch.equal(relaxed.radial[2].weight[: net.first.weight_numel], net.radial[2].weight)
    assert torch.equal(relaxed.radial[2].bias[: net.first.weight_numel], net.radial[2].bias)


def test_one_weight_for_all_convolutions():
    net, _ = simple(torch.float32)
    shared = RelaxedWeight("0e + 1e")
    assert [weight.theta for weight in relaxed_weights(relax(net, shared)).values()] == [shared.theta]


def test_theta_of_a_field_without_a_parameter_of_its_own(double):
    weight = shaken(ConditionedWeight("0e + 1o", "1o"))
    net = relax(Written(), "0e + 1o")
    (name,) = relaxed_weights(net)
    _, call = written(torch.float64)
    y = call(net)
    cloud, field = make_cloud(torch.float64), torch.tensor([0.0, 0.0, 1.0])
    args = (torch.ones(8, 1), cloud.src, cloud.dst, cloud.harmonics(), cloud.scalars())
    found = functional_call(net, {f"{name}.theta": weight(field)}, args)
    assert (found - y).abs().max() > 1e-3
    found.sum().backward()
    assert all(p.grad is not None for p in weight.parameters())


def test_linear_maps_too():
    relaxed = relax(Written(), 1, linear=True)
    assert isinstance(relaxed.mix, RelaxedLinear)
    assert relaxed.mix.relaxed_weight.irreps == o3.Irreps("4x1o + 4x1o + 4x1e + 4x1e + 4x0o + 4x1o")


def test_a_product_alone_and_one_that_is_no_convolution_by_itself():
    tp = o3.FullyConnectedTensorProduct("0e", "0e + 1o", "0e + 1o")
    with pytest.raises(ValueError, match="No tensor product of FullyConnectedTensorProduct takes weights"):
        relax(tp, 1)
    relaxed = relax(tp, 1, where=lambda name, tp: True)
    x, y = torch.randn(5, 1), torch.randn(5, 4)
    torch.testing.assert_close(relaxed(x, y), tp(x, y))


def test_a_convolution_on_voxels(double):
    from e3nn.nn.models.v2104.voxel_convolution import Convolution

    conv = Convolution("0e + 1o", "0e + 1o", HARMONICS, 3.0, 2)
    x = torch.randn(1, 4, 5, 5, 5)
    y = conv(x)
    conv.tp = RelaxedTensorProduct(conv.tp, 1, "")  # e3nn cannot copy a product that only has a right side
    torch.testing.assert_close(conv(x), y)
    shaken(conv.tp)
    assert not torch.allclose(conv(x), y)


def test_what_cannot_be_relaxed_is_refused():
    with pytest.raises(ValueError, match="has no o3.TensorProduct"):
        relax(nn.Linear(2, 2), 1)
    with pytest.raises(ValueError, match="9e, 9o leads to no output|9e leads|9o leads"):
        relax(Written(), "0e + 9e + 9o")
    with pytest.raises(ValueError, match="9o, 9e leads to no output|9e, 9o leads"):
        relax(Written(), 9)
    with pytest.raises(ValueError, match="0 networks beside it end in"):
        relax(Written("none"), 1)
    with pytest.raises(ValueError, match="relax was given a ConditionedWeight"):
        relax(Written(), ConditionedWeight(1, "1o"))


def test_two_radial_networks_of_the_same_size_are_not_told_apart():
    net = Written()
    net.other = FullyConnectedNet([3, net.first.weight_numel])
    with pytest.raises(ValueError, match="2 networks beside it end in"):
        relax(net, 1)
