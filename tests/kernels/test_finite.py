"""ArgMin and ArgMax: any finite group, by energies and by scores."""

from dataclasses import dataclass

import pytest
import torch
from torch import nn

from symbreak.actions import Bond, Lattice, Orientation, Pointwise, Scalar
from symbreak.groups import Cayley, Cyclic, Dihedral, FiniteProduct, Orthogonal, SampleKeys, p4, p4m, same
from symbreak.kernels import ArgMax, ArgMin, LatticeInversion
from symbreak.layers import GroupConv
from symbreak.representations import DirectSum, Regular, Representation, Trivial, Vector
from symbreak.testing import check_kernel, lattice_oracles


class Energy(nn.Module):
    """A random function of the data, with products so that no two transforms agree by chance."""

    def __init__(self, *shape):
        super().__init__()
        size = torch.Size(shape).numel()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(size, 16), nn.Tanh(), nn.Linear(16, 1))

    def forward(self, x):
        return self.net.to(x.dtype)(x)[:, 0]


@dataclass(frozen=True)
class Plane(Representation):
    """D_n in the plane, by rounded cosines."""

    group: Dihedral
    dim: int = 2

    def act(self, g, x):
        angle = 2 * torch.pi / self.group.n * (g % self.group.n).double()
        a, b = x[..., 0], torch.where(g >= self.group.n, -1, 1) * x[..., 1]
        return torch.stack([angle.cos() * a - angle.sin() * b, angle.sin() * a + angle.cos() * b], dim=-1).to(x.dtype)


KLEIN = Cayley(((0, 1, 2, 3), (1, 0, 3, 2), (2, 3, 0, 1), (3, 2, 1, 0)))


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64), ids=str)
@pytest.mark.parametrize("G", (Cyclic(6), Dihedral(3), KLEIN, FiniteProduct((Cyclic(2), Dihedral(3)))), ids=repr)
def test_conformance(G, dtype):
    action = Pointwise(DirectSum((Regular(G), Trivial(G, 1))))
    generic = torch.randn(2, G.order + 1, dtype=dtype)
    g = G.element(torch.tensor([1, G.order - 1]))
    doubled = generic + action.act(g, generic)  # invariant under elements of order two
    few = torch.randint(0, 2, (3, G.order + 1)).to(dtype)
    x = torch.cat([generic, doubled, few, torch.ones_like(generic)])
    check_kernel(ArgMin(action, Energy(G.order + 1)), action, x, draws=400)


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64), ids=str)
@pytest.mark.parametrize("group", (p4, p4m))
def test_conformance_on_lattice_fields(group, dtype):
    action = Lattice(group(3), (Scalar(),))
    x = torch.stack([oracle.field for oracle in lattice_oracles(3)])[:, None].to(dtype)
    kernel = ArgMin(action, Energy(1, 3, 3))
    check_kernel(kernel, action, x, draws=300)
    assert torch.equal(kernel.support_size(x), LatticeInversion(action).support_size(x))


@pytest.mark.parametrize("group", (p4, p4m))
@pytest.mark.parametrize("aware", (False, True))
def test_conformance_of_the_scores_of_a_group_convolution(group, aware):
    """In float32, where the scores of equal transforms differ by rounding."""
    action = Lattice(group(4), (Scalar(),))
    x = torch.stack([oracle.field for oracle in lattice_oracles(4)])[:, None].float()
    layers = nn.Sequential(
        GroupConv(action.group, (Scalar(),), 4), nn.Tanh(), GroupConv(action.group, (Orientation(4),), 1), nn.Flatten()
    )
    kernel = ArgMax(action.group, layers, rtol=1e-5, action=action if aware else None)
    check_kernel(kernel, action, x, draws=300, atol=1e-6)
    exact = layers(x) == layers(x).amax(1, keepdim=True)
    assert (exact.sum(1) < kernel.mass(x).sum(1)).any()  # a bare argmax would break ties by rounding


def test_rounding_cannot_split_a_coset():
    """Energies with noise far above rtol: the cosets tie still, since their members read one number."""
    action = Lattice(p4m(3), (Bond(),))
    x = torch.zeros(1, 2, 3, 3)
    x[0, 0] = 1.0
    noise = torch.rand(72, generator=torch.Generator().manual_seed(0))
    kernel = ArgMin(action, lambda y: noise, rtol=0.0)
    assert int(kernel.mass(x).sum()) == 36


def test_actions_that_round_need_a_tolerance():
    action = Pointwise(Plane(Dihedral(3)))
    x = torch.tensor([[[1.0, 0.0], [2.5, 0.0]]], dtype=torch.float64)
    x = action.act(torch.tensor([1]), x)  # two points on a mirror line, now at 120 degrees
    kernel = ArgMin(action, Energy(2, 2), atol=1e-9, rtol=1e-9)
    check_kernel(kernel, action, x, draws=300)
    assert int(kernel.mass(x).sum()) == 2


def test_an_invariant_energy_ties_all_poses():
    action = Pointwise(Regular(Cyclic(5)))
    kernel = ArgMin(action, lambda y: y.sum(-1))
    x = torch.randn(3, 5)
    assert kernel.support_size(x).tolist() == [5] * 3
    assert kernel.probability(x).tolist() == [[0.2] * 5] * 3
    check_kernel(kernel, action, x, inversion=False)


def test_nan():
    action = Pointwise(Regular(Cyclic(4)))
    kernel = ArgMin(action, Energy(4))
    nan = float("nan")
    assert kernel.mass(torch.tensor([[nan, 0.0, nan, 0.0]])).sum() == 4  # all energies are NaN: all poses, in law still
    first = ArgMin(action, lambda y: y[:, 0].nan_to_num(nan=9.0))
    assert first.mass(torch.tensor([[nan, 0.0, nan, 0.0]])).tolist() == [[False, True, False, True]]
    assert ArgMax(Cyclic(4), lambda x: x).mass(torch.tensor([[nan, 1.0, 0.0, 1.0]])).tolist() == [
        [False, True, False, True]
    ]


def test_literal_pose():
    """The lowest energy has the largest entry in front: the pose says where it is now."""
    kernel = ArgMin(Pointwise(Regular(Cyclic(4))), lambda y: -y[:, 0])
    x = torch.tensor([[0.0, 0.0, 5.0, 0.0]])
    assert kernel(x).tolist() == [2]
    assert ArgMax(Cyclic(4), lambda x: x)(x).tolist() == [2]


def test_it_compiles_and_asks_for_no_gradient():
    action = Pointwise(Regular(Dihedral(3)))
    kernel = ArgMin(action, Energy(6))
    x, index = torch.randn(4, 6, requires_grad=True), torch.arange(4)
    torch._dynamo.reset()
    draw = torch.compile(lambda x: kernel(x, generator=SampleKeys(index, seed=0)), fullgraph=True, backend="aot_eager")
    assert same(draw(x), kernel(x, generator=SampleKeys(index, seed=0)))
    assert not kernel.probability(x).requires_grad


def test_errors():
    with pytest.raises(ValueError, match="not finite"):
        ArgMin(Pointwise(Vector(Orthogonal(3))), lambda y: y)
    with pytest.raises(ValueError, match="not finite"):
        ArgMax(Orthogonal(3), lambda y: y)
    action = Pointwise(Regular(Cyclic(4)))
    with pytest.raises(ValueError, match=r"shape \(12, 4\) for 12 samples, but it must return one number"):
        ArgMin(action, lambda y: y)(torch.zeros(3, 4))
    with pytest.raises(ValueError, match=r"shape \(3, 5\), but .* has 4 elements"):
        ArgMax(Cyclic(4), lambda x: torch.zeros(3, 5))(torch.zeros(3, 4))
    with pytest.raises(ValueError, match="both must be of one group"):
        ArgMax(Cyclic(5), lambda x: x, action=action)
    for kwargs in ({"atol": -1.0}, {"rtol": -1.0}):
        with pytest.raises(ValueError, match="not negative"):
            ArgMin(action, lambda y: y, **kwargs)
        with pytest.raises(ValueError, match="not negative"):
            ArgMax(Cyclic(4), lambda y: y, **kwargs)
