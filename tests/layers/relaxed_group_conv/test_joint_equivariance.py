"""f(h·w; h·x) = h·f(w; x), for every layer and random weights; and exact layers at the start."""

import pytest
import torch

from symbreak.actions import Lattice, Orientation, Scalar
from symbreak.groups import Cayley, Cyclic, Dihedral, Orthogonal, inversions, lattice_group, p4, p4m, p432, pm3m
from symbreak.layers import GroupConv, RelaxedGroupConv, RelaxedPointConv, RelaxedRegular
from symbreak.layers.relaxed_group_conv.regular import quotients
from symbreak.representations import Regular

LATTICES = {
    "reversal": inversions((6,)),
    "p4": p4(5),
    "p4m": p4m(5),
    "mirror": lattice_group((4, 6), (((1, 0), (0, -1)),)),
    "p432": p432(4),
    "pm3m": pm3m(3),
}


def shifted(group, w, h):
    """`w(h⁻¹ g)` of weights `(K, |P|)`."""
    return w[:, quotients(group)[h]]


@pytest.mark.parametrize("group", [Cyclic(1), Cyclic(7), Dihedral(5), Cayley.of(Dihedral(3))], ids=str)
def test_regular(group, generator):
    layers = [RelaxedRegular(group, 2, 3, banks=2).double(), RelaxedRegular(group, 3, 2).double()]
    for layer in layers:
        torch.nn.init.normal_(layer.mixing)
    x, h = torch.randn(4, 2, group.order, generator=generator, dtype=torch.float64), group.order - 1
    g, rep = group.element(torch.tensor(h)), Regular(group)
    y = layers[1](layers[0](x).tanh())
    for layer in layers:
        layer.mixing.data = shifted(group, layer.mixing.data, h)
    assert torch.allclose(layers[1](layers[0](rep.act(g, x)).tanh()), rep.act(g, y), atol=1e-12)


@pytest.mark.parametrize("separable", [False, True])
@pytest.mark.parametrize("name", LATTICES)
def test_point(name, separable, generator):
    group = LATTICES[name]
    layers = [
        RelaxedPointConv(group, Scalar(2), 1, banks=2, separable=separable).double(),
        RelaxedPointConv(group, Orientation(1), 2, separable=separable).double(),
    ]
    for layer in layers:
        torch.nn.init.normal_(layer.mixing)
    x = torch.randn(1, 2, *group.normal.sizes, generator=generator, dtype=torch.float64)
    g = group.sample((1,), generator=generator)
    y = layers[1](layers[0](x).tanh())
    moved = Lattice(group, (Scalar(2),)).act(g, x)
    unmoved = layers[1](layers[0](moved).tanh())
    for layer in layers:
        layer.mixing.data = shifted(group.acting, layer.mixing.data, int(group.acting.index(g.h)))
    expected = Lattice(group, (Orientation(2),)).act(g, y)
    assert torch.allclose(layers[1](layers[0](moved).tanh()), expected, atol=1e-11)
    if int(g.h):  # the checker sees weights that were left behind
        assert not torch.allclose(unmoved, expected, atol=1e-3)


@pytest.mark.parametrize("separable", [False, True])
def test_zeros_outside_leave_the_point_group_about_the_centre(separable, generator):
    group = p4m(5)
    layer = RelaxedPointConv(group, Scalar(1), 2, separable=separable, periodic=False).double()
    x = torch.randn(1, 1, 5, 5, generator=generator, dtype=torch.float64)
    y = layer(x).reshape(1, 2, 8, 5, 5).mean(2)
    turned = layer(x.rot90(1, (2, 3))).reshape(1, 2, 8, 5, 5).mean(2)
    assert torch.allclose(turned, y.rot90(1, (2, 3)), atol=1e-12)


@pytest.mark.parametrize("sites", [False, True])
@pytest.mark.parametrize("orientations", [False, True])
def test_lattice(sites, orientations, generator):
    group = p4m(4)
    layer = RelaxedGroupConv(group, (Scalar(1),), 2, sites=sites, orientations=orientations).double()
    torch.nn.init.normal_(layer.mixing)
    x = torch.randn(1, 1, 4, 4, generator=generator, dtype=torch.float64)
    g, outputs = group.sample((1,), generator=generator), Lattice(group, (Orientation(2),))
    y = layer(x)
    w = layer.mixing.data.expand(2, 1, 8, 4, 4).flatten(0, 1)  # a function on the group moves as an orientation
    w = Lattice(group, (Orientation(1),)).act(type(g)(*(part.expand(2, *part.shape[1:]) for part in g)), w)
    P, L = (8 if orientations else 1), (4 if sites else 1)
    layer.mixing.data = w[:, None, :P, :L, :L]
    assert torch.allclose(layer(Lattice(group, (Scalar(1),)).act(g, x)), outputs.act(g, y), atol=1e-12)


def test_relaxed_translations_keep_the_turns_of_the_filter():
    layer = RelaxedGroupConv(p4(4), (Scalar(1),), 1, banks=1, orientations=False)
    torch.nn.init.normal_(layer.mixing)
    assert layer.mixing.shape == (1, 1, 1, 4, 4)
    ratio = layer(torch.ones(1, 1, 4, 4)) / layer.banks(torch.ones(1, 1, 4, 4))
    assert torch.allclose(ratio, layer.mixing[0, 0].expand(4, 4, 4)[None])


@pytest.mark.parametrize("kernel_size", [1, 3, 5])
def test_fourier_and_direct_separable_convolutions_agree(kernel_size, generator):
    layer = RelaxedPointConv(p4(6), Orientation(1), 2, kernel_size, banks=2, separable=True).double()
    x = torch.randn(2, 4, 6, 6, generator=generator, dtype=torch.float64)
    y = layer(x)
    layer.periodic = False  # zeros outside, but the field is continued by hand
    pad = kernel_size // 2
    wide = torch.nn.functional.pad(x, (pad,) * 4, mode="circular") if pad else x
    direct = layer(wide)[..., pad : pad + 6, pad : pad + 6]
    assert torch.allclose(y, direct, atol=1e-12)


def test_a_literal_quarter_turn():
    """C4 on a 3 × 3 window: the filter that reads the neighbour at (1, 0) reads (0, 1) after a quarter turn."""
    layer = RelaxedPointConv(p4(5), Scalar(1), 1)
    layer.filters.data.zero_()
    layer.filters.data[0, 0, 0, 0, 7] = 1.0  # the place (1, 0) of the window: row 2, column 1
    layer.mixing.data = torch.tensor([[1.0, 10.0, 100.0, 1000.0]])
    x = torch.zeros(1, 1, 5, 5)
    x[0, 0, 2, 3] = 1.0
    y = layer(x)[0, :, 2, 2]
    assert y.tolist() == [0.0, 10.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RelaxedRegular(Cyclic(3), 0, 1), "inputs is 0, but it counts from 1"),
        (lambda: RelaxedRegular(Cyclic(3), 1, 1, banks=0), "banks is 0"),
        (
            lambda: RelaxedRegular(Cyclic(3), 1, 1)(torch.zeros(2, 1, 4)),
            r"x has shape \(2, 1, 4\), but .* \(..., 1, 3\)",
        ),
        (lambda: RelaxedRegular(Orthogonal(3), 1, 1), "give a finite one"),
        (lambda: RelaxedPointConv(p4(4), Scalar(1), 1, kernel_size=4), "kernel_size is 4, .* try 5"),
        (lambda: RelaxedPointConv(p4(4), "1o", 1), "channels are '1o'"),
        (lambda: RelaxedPointConv(Cyclic(4), Scalar(1), 1), "needs that of a lattice"),
        (lambda: RelaxedPointConv(p4(4), Scalar(1), 1)(torch.zeros(1, 2, 4, 4)), r"takes \(B, 1, L, L\)"),
        (lambda: RelaxedPointConv(p4(4), Scalar(1), 1)(torch.zeros(1, 1, 4)), r"shape \(1, 1, 4\)"),
        (lambda: RelaxedGroupConv(p4(4), (Scalar(1),), 1)(torch.zeros(1, 1, 5, 5)), "weights are those of a lattice"),
        (lambda: RelaxedGroupConv(p4(4), (Scalar(1),), 1)(torch.zeros(1, 2, 4, 4)), r"takes \(B, 1, L, L\)"),
        (lambda: RelaxedGroupConv(p4(4), (Scalar(1),), 0), "copies is 0, but it counts from 1"),
        (lambda: RelaxedGroupConv(p4(4), (Scalar(1),), 1, banks=0), "banks is 0"),
        (lambda: RelaxedGroupConv(p4(4), (), 1), "There are no input channels"),
        (lambda: RelaxedGroupConv(Cyclic(4), (Scalar(1),), 1), "needs that of a lattice"),
        (lambda: GroupConv(p4(4), (Scalar(1),), -1), "copies is -1"),
    ],
)
def test_errors(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("separable", [False, True])
def test_compile_state_and_gradients(separable):
    layer = RelaxedPointConv(p4m(5), Orientation(1), 2, banks=2, separable=separable)
    x = torch.randn(2, 8, 5, 5)
    y = layer(x)
    torch._dynamo.reset()
    torch.testing.assert_close(torch.compile(layer, fullgraph=True, backend="aot_eager")(x), y)
    y.square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() and p.grad.any() for p in layer.parameters())
    other = RelaxedPointConv(p4m(5), Orientation(1), 2, banks=2, separable=separable)
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other(x), y)
    assert set(layer.state_dict()) == {"filters", "mixing", "bias"} | ({"spatial"} if separable else set())


@pytest.mark.parametrize("name", LATTICES)
def test_outputs_are_about_as_large_as_inputs(name):
    group = LATTICES[name]
    for separable in (False, True):
        layer = RelaxedPointConv(group, Orientation(2), 6, separable=separable)
        x = torch.randn(4, 2 * group.acting.order, *group.normal.sizes)
        assert 0.5 < layer(x).std() < 2
