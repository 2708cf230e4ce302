"""Every module, on every kind of data: equivariant given its pose, and really breaking symmetry."""

import pytest
import torch
from torch import nn
from torch_geometric.data import Batch

from symbreak.breaking import Canonicalize, Noise, SymPE
from symbreak.groups import SampleKeys
from symbreak.symmetry import entries, law_error
from symbreak.testing import assert_breaks, assert_equivariant, assert_pathwise_equivariant

DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])


def sympe(case, at=None):
    return SymPE(case.network(True), case.kernel, case.encoding(), at=at)


class Uneven(nn.Module):
    """A network with no symmetry at all."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        y = self.network(x)
        if isinstance(y, torch.Tensor):
            return y * torch.linspace(0.5, 1.5, y[0].numel()).reshape(y[0].shape).to(y)
        y.x = y.x * torch.linspace(0.5, 1.5, len(y.x)).to(y.x)[:, None]
        return y


@DTYPES
@pytest.mark.parametrize("data", ["x", "symmetric"])
def test_sympe_given_the_pose_is_equivariant(case, dtype, data):
    x, f = case.to(dtype, getattr(case, data)), sympe(case).to(dtype)
    assert_pathwise_equivariant(f, case.action_in, case.action_out, x, case.kernel, draws=4)


@DTYPES
@pytest.mark.parametrize("data", ["x", "symmetric"])
def test_canonicalize_given_the_pose_makes_any_network_equivariant(case, dtype, data):
    x = case.to(dtype, getattr(case, data))
    uneven = Uneven(case.network(False)).to(dtype)
    if data == "x":
        with pytest.raises(AssertionError, match="differs"):
            assert_equivariant(uneven, case.action_in, case.action_out, x)
    f = Canonicalize(uneven, case.kernel, case.action_in, case.action_out)
    g = case.kernel(x)
    if float(entries(f(x, g)).norm()) > 0:  # the vector network sends the zero cloud to zero
        assert_pathwise_equivariant(f, case.action_in, case.action_out, x, case.kernel, draws=4)


def test_the_networks_alone_are_equivariant_and_cannot_break(case):
    assert_equivariant(case.network(False), case.action_in, case.action_out, case.x)


@pytest.mark.parametrize("name", ["lattice", "cyclic"])
def test_symmetric_inputs_are_broken_to_nothing(name, request):
    case = request.getfixturevalue(name)
    alone = case.network(False)
    with pytest.raises(AssertionError, match=r"leave f\(x\) as it is, not 1"):
        assert_breaks(alone, case.action_in, case.action_out, case.symmetric)
    f = sympe(case)
    assert_breaks(f, case.action_in, case.action_out, case.symmetric)
    uniform = alone(case.symmetric[:1])
    places = uniform.flatten(2) if name == "lattice" else uniform
    assert places.std(-1).max() < 1e-6  # a constant is all that the network alone can answer to a constant
    assert f(case.symmetric[:1]).std() > 1e-2


@pytest.mark.parametrize("name", ["so3", "o3"])
def test_a_line_and_a_point_are_broken(name, request, generator):
    case = request.getfixturevalue(name)
    alone, f = case.network(False), sympe(case)
    point, line = alone(case.symmetric)
    assert point.abs().max() == 0  # no direction
    assert line[:, :2].abs().max() == 0  # along itself
    y = f(case.symmetric, generator=generator)
    assert y[0].norm() > 1e-2
    assert y[1, :, :2].norm() > 1e-2
    turns = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]).matrix_power(2)
    elements = torch.stack([torch.eye(3), turns])
    drawn = lambda x: f(x, generator=generator)  # noqa: E731
    assert_breaks(drawn, case.action_in, case.action_out, case.symmetric, elements=elements)


def test_cycles_of_nodes_are_broken(graph, generator):
    alone, f = graph.network(False)(graph.symmetric), sympe(graph)(graph.symmetric, generator=generator)
    for k in range(2):
        mine = graph.symmetric.batch == k
        assert alone.x[mine].std(0).max() < 1e-6
        assert torch.pdist(f.x[mine]).min() > 1e-4


def test_the_law_is_equivariant(case):
    x, f = case.symmetric, sympe(case)
    if isinstance(x, Batch):
        x = Batch.from_data_list([x[0]])
    else:
        x = x[1:]
    test = law_error(f, case.action_in, case.action_out, x, generator=torch.Generator().manual_seed(1), draws=64)
    assert test.p_value > 0.01
    assert test.draws == 64


def test_the_law_of_randomized_canonicalization_is_equivariant_and_breaks(cyclic):
    f = Canonicalize(Uneven(cyclic.network(False)), cyclic.kernel, cyclic.action_in, cyclic.action_out)
    x = cyclic.symmetric[1:]
    seed = torch.Generator().manual_seed(0)
    assert law_error(f, cyclic.action_in, cyclic.action_out, x, generator=seed, draws=64).p_value > 0.01
    assert_breaks(f, cyclic.action_in, cyclic.action_out, cyclic.symmetric)


@pytest.mark.parametrize("axis, shape", [(1, (2, 3, 4, 4)), (-1, (2, 5, 3))])
def test_noise_given_is_used_and_moves_with_the_data(axis, shape):
    f, x = Noise(nn.Identity(), 2, axis=axis), torch.randn(shape)
    z = torch.randn([2 if k == axis % len(shape) else n for k, n in enumerate(shape)])
    assert torch.equal(f(x, z), torch.cat([x, z], dim=axis))
    points = 2 if axis == 1 else 1  # the axis of sites, or of points, that is permuted
    order = torch.randperm(shape[points])
    moved = f(x.index_select(points, order), z.index_select(points, order))
    assert torch.equal(moved, f(x, z).index_select(points, order))
    keys = [SampleKeys(torch.tensor([4, 9]), seed=0) for _ in range(2)]
    first, second = (f(x, generator=key) for key in keys)
    assert torch.equal(first, second)
    assert not torch.equal(f(x, generator=keys[0]), first)  # the next draw


def test_noise_breaks_and_is_pathwise_equivariant_on_a_lattice(lattice, generator):
    f = Noise(lattice.network(True), 2, axis=1)
    joint = lattice.encoding().action  # two scalar channels
    x, z = lattice.symmetric, torch.randn(2, 2, 4, 4, generator=generator)
    h = lattice.action_in.haar(x, generator=generator)
    moved = f(lattice.action_in.act(h, x), joint.act(h, z))
    torch.testing.assert_close(moved, lattice.action_out.act(h, f(x, z)))
    assert_breaks(lambda x: f(x, z), lattice.action_in, lattice.action_out, x)
