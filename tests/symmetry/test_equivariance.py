"""Equivariance in value and in law, the stabilizer, and the assertions; each shown to fail on a broken object."""

import pytest
import torch
from torch import nn
from torch_geometric.data import Batch, Data

from symbreak.actions import Lattice, Orientation, Pointwise, Relabel, Scalar
from symbreak.breaking import Canonicalize, SymPE, VectorEncoding
from symbreak.groups import Cyclic, Orthogonal, normal, p4m
from symbreak.kernels import FiniteKernel, Haar, Kernel
from symbreak.layers import GroupConv
from symbreak.representations import Regular, Trivial, Vector
from symbreak.symmetry import entries, equivariance_error, law_error, stabilizer
from symbreak.testing import assert_breaks, assert_equivariant, assert_pathwise_equivariant

C4, O3 = Cyclic(4), Orthogonal(3)
RING, SPACE = Pointwise(Regular(C4)), Pointwise(Vector(O3))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_error_by_hand():
    x = torch.tensor([[3.0, 4.0, 0.0, 0.0]])
    first = torch.tensor([1.0, 0, 0, 0])
    shift = equivariance_error(lambda x: x + first, RING, RING, x, generator=seeded(), draws=32)
    # f(x) = (4, 4, 0, 0); f(gx) - g f(x) = e_0 - e_g, of norm √2 but for g = 0
    assert shift.max == pytest.approx(2**0.5 / 32**0.5)
    assert 0 < shift.mean < shift.max
    assert shift.worst.item() != 0


def test_the_error_of_continuous_groups_and_the_worst_element():
    x = torch.randn(5, 4, 3, dtype=torch.float64)
    exact = equivariance_error(lambda x: x * x.norm(dim=-1, keepdim=True), SPACE, SPACE, x, generator=seeded())
    assert exact.max < 1e-14
    broken = equivariance_error(torch.relu, SPACE, SPACE, x, generator=seeded())
    assert broken.max > 0.1
    g, y = broken.worst, torch.relu(x)
    again = (torch.relu(SPACE.act(g, x)) - SPACE.act(g, y)).norm() / y.norm()
    assert float(again) == pytest.approx(broken.max)


def test_graphs():
    action = Relabel(("x",))
    batch = Batch.from_data_list([Data(x=torch.randn(n, 2), edge_index=torch.tensor([[0], [1]])) for n in (3, 5)])

    def twice(b):
        c = b.clone()
        c.x = 2 * b.x
        return c

    def ordered(b):
        c = b.clone()
        c.x = b.x.cumsum(0)
        return c

    assert_equivariant(twice, action, action, batch)
    with pytest.raises(AssertionError, match="differs"):
        assert_equivariant(ordered, action, action, batch)


def test_the_error_refuses():
    x = torch.randn(2, 4)
    with pytest.raises(ValueError, match="differs by .*law_error"):
        equivariance_error(lambda x: x + torch.randn(2, 4), RING, RING, x)
    with pytest.raises(ValueError, match="build both actions from the same group"):
        equivariance_error(torch.relu, RING, SPACE, x)
    with pytest.raises(ValueError, match="draws is 0"):
        equivariance_error(torch.relu, RING, RING, x, draws=0)
    with pytest.raises(ValueError, match="is a str, but"):
        entries("y")


class Biased(FiniteKernel):
    """A law that is not equivariant: it prefers one element, whatever the data."""

    def __init__(self, bias):
        super().__init__()
        self.group, self.bias = C4, bias

    def mass(self, x):
        p = torch.full((len(x), 4), (1 - self.bias) / 4, dtype=torch.float64)
        p[:, 0] += self.bias
        return p


def test_the_law_test_detects_a_biased_kernel_and_passes_an_exact_one():
    network = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 4))
    x, h = torch.tensor([[1.0, 0, 0, 0]]), torch.tensor([1])
    for bias, rejected in [(0.0, False), (0.5, True), (1.0, True)]:
        f = Canonicalize(network, Biased(bias), RING, RING)
        test = law_error(f, RING, RING, x, h=h, generator=seeded())
        assert (test.p_value < 0.01) == rejected
        assert (test.statistic > 0.1) == rejected
    assert test.p_value == 1 / 1000  # a deterministic one that is not equivariant: as small as it gets


def test_the_law_test_holds_its_level_and_repeats():
    x = torch.ones(1, 4)
    f = SymPE(nn.Identity(), Haar(RING), VectorEncoding(Regular(C4), 1))
    out = Pointwise(Regular(Cyclic(4)))

    def code(x, generator):
        return f(x, generator=generator)[:, 4:]

    p = [law_error(code, RING, out, x, generator=seeded(k), draws=32, permutations=199).p_value for k in range(20)]
    assert sum(value <= 0.05 for value in p) <= 4  # of 20; binomial(20, 0.05) exceeds 4 once in 390
    assert p[0] == law_error(code, RING, out, x, generator=seeded(0), draws=32, permutations=199).p_value


def test_the_law_test_is_not_fooled_by_rounding():
    x = torch.randn(1, 4, 3)
    test = law_error(lambda x, generator: x * x.norm(), SPACE, SPACE, x, generator=seeded(), draws=16)
    assert (test.statistic, test.p_value) == (0.0, 1.0)


def test_the_law_test_of_continuous_laws():
    x = torch.randn(1, 2, 3)

    def round_noise(x, generator):
        return x + normal((1, 2, 3), generator=generator)

    def flat_noise(x, generator):
        return x + 3 * normal((1, 2, 3), generator=generator) * torch.tensor([1.0, 0, 0])

    assert law_error(round_noise, SPACE, SPACE, x, generator=seeded()).p_value > 0.05
    assert law_error(flat_noise, SPACE, SPACE, x, generator=seeded()).p_value < 0.01
    with pytest.raises(ValueError, match="at least two draws"):
        law_error(round_noise, SPACE, SPACE, x, generator=seeded(), draws=1)
    with pytest.raises(ValueError, match="same group"):
        law_error(round_noise, SPACE, RING, x, generator=seeded())


def test_the_stabilizer():
    action = Lattice(p4m(4), (Scalar(),))
    x = torch.zeros(3, 1, 4, 4)
    x[1, 0, 0, 0], x[2] = 1.0, torch.randn(1, 4, 4)
    found = stabilizer(action, x)
    assert found.sum(0).tolist() == [128, 8, 1]
    assert torch.equal(found, stabilizer(action, x + 1e-7 * torch.rand_like(x), atol=1e-6))
    elements = action.group.elements()
    some = type(elements)(elements.n[:16], elements.h[:16])
    assert torch.equal(stabilizer(action, x, elements=some), found[:16])
    x[1, 0, 2, 3] = torch.nan
    with pytest.raises(ValueError, match=r"x\[1, 0, 2, 3\] is NaN"):
        stabilizer(action, x)
    with pytest.raises(ValueError, match="Pass the elements to try"):
        stabilizer(SPACE, torch.ones(1, 3))


def test_the_assertion_of_equivariance_fails_on_broken_networks():
    group = p4m(4)
    action, out, x = Lattice(group, (Scalar(),)), Lattice(group, (Orientation(),)), torch.randn(2, 1, 4, 4)
    layer = GroupConv(group, (Scalar(),), copies=1)
    assert_equivariant(layer, action, out, x)
    padded = nn.Conv2d(1, 8, 3, padding=1)
    with pytest.raises(AssertionError, match=r"differs from h f\(x\) by .* for h = SemidirectElement"):
        assert_equivariant(padded, action, out, x)
    slightly = lambda x: layer(x) * (1 + 1e-2 * torch.linspace(0, 1, 4))  # noqa: E731
    with pytest.raises(AssertionError, match="differs"):
        assert_equivariant(slightly, action, out, x)
    assert_equivariant(slightly, action, out, x, rtol=0.1)


def test_the_assertion_of_equivariance_is_not_vacuous():
    still = Pointwise(Trivial(C4, 3))
    with pytest.raises(AssertionError, match="nothing was tested"):
        assert_equivariant(torch.relu, still, still, torch.randn(2, 3))
    with pytest.raises(AssertionError, match="nothing was tested"):
        assert_equivariant(torch.relu, RING, RING, torch.ones(2, 4))


class IgnoresThePose(nn.Module):
    def forward(self, x, g):
        return x * torch.arange(4.0)


class ForgetsToMoveBack(Canonicalize):
    def forward(self, x, g=None, *, generator=None):
        return self.network(self.action_in.act(self.kernel.group.inverse(g), x))


class MovesTheWrongWay(Canonicalize):
    def forward(self, x, g=None, *, generator=None):
        return super().forward(x, self.kernel.group.inverse(g))


@pytest.mark.parametrize("broken", [IgnoresThePose, ForgetsToMoveBack, MovesTheWrongWay])
def test_the_pathwise_assertion_fails_on_broken_modules(broken):
    kernel: Kernel = Haar(RING)
    network = nn.Linear(4, 4)
    x = torch.randn(3, 4)
    assert_pathwise_equivariant(Canonicalize(network, kernel, RING, RING), RING, RING, x, kernel)
    f = broken() if broken is IgnoresThePose else broken(network, kernel, RING, RING)
    with pytest.raises(AssertionError, match=r"f\(h x, h g\) differs"):
        assert_pathwise_equivariant(f, RING, RING, x, kernel)


def test_the_pathwise_assertion_is_not_vacuous():
    flat = lambda x, g: x.mean(-1, keepdim=True).expand(-1, 4)  # noqa: E731
    with pytest.raises(AssertionError, match="nothing was tested"):
        assert_pathwise_equivariant(flat, RING, RING, torch.randn(3, 4), Haar(RING))


def test_the_breaking_assertion():
    flat, half = torch.ones(1, 4), torch.tensor([[1.0, 0, 1, 0]])
    assert_breaks(lambda x: x.cumsum(-1), RING, RING, flat)
    assert_breaks(lambda x: x + half, RING, RING, flat, order=2)
    with pytest.raises(AssertionError, match=r"Of the 4 elements .*, 4 leave f\(x\)"):
        assert_breaks(torch.relu, RING, RING, flat)
    with pytest.raises(AssertionError, match=r"Of the 4 elements .*, 2 leave f\(x\)"):
        assert_breaks(lambda x: x + half, RING, RING, flat)
    with pytest.raises(AssertionError, match="there is nothing to break"):
        assert_breaks(torch.relu, RING, RING, torch.randn(1, 4))
    with pytest.raises(AssertionError, match="4 leave"):  # rounding is no breaking
        assert_breaks(lambda x: x + 1e-6 * torch.arange(4), RING, RING, flat)
