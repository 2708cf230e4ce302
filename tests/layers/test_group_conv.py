"""Group convolution: equivariance, literal filters, errors."""

import pytest
import torch
from torch import nn

from symbreak.actions import Bond, Lattice, Orientation, Scalar
from symbreak.groups import SemidirectElement, p4, p4m
from symbreak.layers import BondToOrientation, GroupConv, RelaxedGroupConv

GROUPS = pytest.mark.parametrize("group", (p4, p4m), ids=("p4", "p4m"))
DTYPES = pytest.mark.parametrize("dtype, atol", ((torch.float32, 1e-5), (torch.float64, 1e-12)), ids=str)
MIXED = (Scalar(2), Orientation(), Scalar(), Orientation(2))


def assert_commutes(layer, action_in, action_out, x, atol):
    g = action_in.haar(x)
    torch.testing.assert_close(layer(action_in.act(g, x)), action_out.act(g, layer(x)), atol=atol, rtol=0)


@GROUPS
@DTYPES
@pytest.mark.parametrize("kernel_size", (1, 3, 5))
@pytest.mark.parametrize("size", (2, 3, 4, 5, 7))
def test_equivariance(group, size, kernel_size, dtype, atol):
    """Windows wider than the lattice wrap around it, and are equivariant still."""
    action = Lattice(group(size), MIXED)
    layer = GroupConv(group(size), MIXED, 2, kernel_size).to(dtype)
    nn.init.normal_(layer.bias)
    assert_commutes(
        layer,
        action,
        Lattice(group(size), (Orientation(2),)),
        torch.randn(6, action.width, size, size, dtype=dtype),
        atol,
    )


@GROUPS
@DTYPES
@pytest.mark.parametrize("size", (1, 2, 3, 6))
def test_bonds(group, size, dtype, atol):
    G = group(size)
    x = torch.randn(6, 4, size, size, dtype=dtype)
    assert_commutes(BondToOrientation(G), Lattice(G, (Bond(2),)), Lattice(G, (Orientation(2),)), x, 0)
    network = nn.Sequential(
        BondToOrientation(G), GroupConv(G, (Orientation(2),), 3), nn.ReLU(), GroupConv(G, (Orientation(3),), 1)
    )
    assert_commutes(network.to(dtype), Lattice(G, (Bond(2),)), Lattice(G, (Orientation(),)), x, atol)


def test_literal_bonds():
    """Orientations 0 to 3 look along x, y, -x and -y; behind a site lies the bond recorded at the site before."""
    jx, jy = torch.arange(9.0).reshape(3, 3), 10 + torch.arange(9.0).reshape(3, 3)
    planes = BondToOrientation(p4(3))(torch.stack([jx, jy])[None])[0]
    assert planes[:, 0, 0].tolist() == [0, 10, 6, 12]
    assert planes[:, 1, 2].tolist() == [5, 15, 2, 14]
    assert BondToOrientation(p4m(3))(torch.stack([jx, jy])[None])[0, 4:, 1, 2].tolist() == [5, 15, 2, 14]


def test_literal_filter():
    """The filter that reads the site at (1, 0) reads, at orientation r, the one at (0, 1): y(g) = <g psi, x>."""
    layer = GroupConv(p4(5), (Scalar(),), 1, bias=False)
    with torch.no_grad():
        layer.filters.zero_()
        layer.filters.view(3, 3)[2, 1] = 1.0  # window sites -1, 0, 1: this is (1, 0)
    x = torch.arange(25.0).reshape(1, 1, 5, 5)
    y = layer(x)[0]
    for k, (a, b) in enumerate(((1, 0), (0, 1), (-1, 0), (0, -1))):
        assert torch.equal(y[k], x[0, 0].roll((-a, -b), (0, 1)))


@GROUPS
def test_the_definition_by_brute_force(group):
    """y(g) = <g psi, x> with the filter set in the whole lattice and moved by the action."""
    G = group(5)
    action = Lattice(G, MIXED)
    layer = GroupConv(G, MIXED, 1, bias=False).double()
    x = torch.randn(1, action.width, 5, 5, dtype=torch.float64)
    whole = torch.zeros_like(x)
    whole[:, :, :3, :3] = layer.filters.detach().view(1, -1, 3, 3)
    whole = whole.roll((-1, -1), (2, 3))
    every = action.act(G.elements(), whole)
    torch.testing.assert_close((every * x).flatten(1).sum(1), layer(x).flatten())


@GROUPS
@DTYPES
@pytest.mark.parametrize("size", (3, 4))
def test_relaxed_layer_with_constant_weights_is_equivariant(group, size, dtype, atol):
    G = group(size)
    layer = RelaxedGroupConv(G, MIXED, 2, banks=4).to(dtype)
    nn.init.normal_(layer.bias)
    action = Lattice(G, MIXED)
    x = torch.randn(6, action.width, size, size, dtype=dtype)
    assert_commutes(layer, action, Lattice(G, (Orientation(2),)), x, atol)
    exact = GroupConv(G, MIXED, 2).to(dtype)
    with torch.no_grad():
        exact.filters.copy_(layer.banks.filters.unflatten(0, (4, 2)).mean(0))
        exact.bias.copy_(layer.bias.flatten())
    torch.testing.assert_close(layer(x), exact(x), atol=atol, rtol=0)


def test_relaxed_layer_with_varying_weights_is_not():
    G = p4(4)
    layer = RelaxedGroupConv(G, (Scalar(),), 1, spread=0.5)
    x = torch.zeros(1, 1, 4, 4)
    x[..., 1, 2] = 1.0
    step = SemidirectElement(torch.tensor([[1, 0]]), torch.tensor([1]))
    one, two = layer(Lattice(G, (Scalar(),)).act(step, x)), Lattice(G, (Orientation(),)).act(step, layer(x))
    assert (one - two).abs().max() > 0.01


@pytest.mark.parametrize("make", (GroupConv, RelaxedGroupConv))
def test_gradients_reach_every_parameter(make):
    layer = make(p4m(4), (Scalar(),), 2)
    layer(torch.randn(2, 1, 4, 4)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in layer.parameters())


def test_filters_are_as_large_as_in_other_layers():
    """Outputs of about unit variance for inputs of unit variance."""
    layer = GroupConv(p4m(8), (Orientation(4),), 8)
    assert 0.7 < layer(torch.randn(20, 32, 8, 8)).std() < 1.4


def test_one_layer_fits_lattices_of_any_size():
    layer = GroupConv(p4m(4), (Scalar(),), 1)
    assert_commutes(
        layer, Lattice(p4m(7), (Scalar(),)), Lattice(p4m(7), (Orientation(),)), torch.randn(3, 1, 7, 7), 1e-5
    )


def test_compile_and_state():
    layer = nn.Sequential(BondToOrientation(p4m(4)), RelaxedGroupConv(p4m(4), (Orientation(),), 2, spread=0.1))
    x = torch.randn(2, 2, 4, 4)
    torch._dynamo.reset()
    torch.testing.assert_close(torch.compile(layer, fullgraph=True, backend="aot_eager")(x), layer(x))
    assert set(layer.state_dict()) == {"1.mixing", "1.bias", "1.banks.filters"}


def test_errors():
    for size in (0, 2, 4):
        with pytest.raises(ValueError, match=f"kernel_size is {size}.*try {size + 1}"):
            GroupConv(p4(4), (Scalar(),), 1, kernel_size=size)
    with pytest.raises(ValueError, match="bonds become oriented channels by BondToOrientation"):
        GroupConv(p4(4), (Bond(),), 1)
    layer = GroupConv(p4(4), (Scalar(2),), 1, kernel_size=5)
    for shape in ((1, 3, 4, 4), (2, 4, 4), (1, 2, 1, 1)):
        with pytest.raises(ValueError, match=r"takes \(B, 2, L, L\) with L at least 2"):
            layer(torch.zeros(shape))
    with pytest.raises(ValueError, match="make the layer for the field's lattice"):
        RelaxedGroupConv(p4(4), (Scalar(),), 1)(torch.zeros(1, 1, 5, 5))
