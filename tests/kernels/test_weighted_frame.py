"""WeightedFrame: laws, lists, and continuity where other frames jump."""

import math

import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.actions import Fields, Pointwise, Rigid
from symbreak.groups import Orthogonal, SampleKeys, SemidirectElement, take
from symbreak.kernels import GramSchmidt, WeightedFrame
from symbreak.representations import Vector
from symbreak.testing import check_counts, check_kernel, cloud_oracles

GROUPS = pytest.mark.parametrize("special", (False, True), ids=("O", "SO"))
DIMENSIONS = pytest.mark.parametrize("n", (2, 3))
NAMED = {oracle.name: oracle for oracle in cloud_oracles()}


def points(n, special=False):
    return Pointwise(Vector(Orthogonal(n, special)))


def clouds(n):
    """In general position, on a line, at the centre, and a regular one."""
    x = torch.randn(4, 4, n, dtype=torch.float64)
    x[1] = x[1, :1] * torch.tensor([[1.0], [-2.0], [0.5], [0.0]])
    x[2] = 0.0
    x[3] = torch.cat([torch.eye(n), -torch.eye(n), torch.zeros(4, n)])[:4]
    return x


def smooth(y):
    """A smooth function of lists of points `(K, m, n)`, that sees them all: `(K,)`."""
    w = torch.linspace(0.5, 2.5, y.shape[1] * y.shape[2], dtype=y.dtype)
    return torch.sin(y.flatten(1) @ w + 0.3)


def mean(kernel, action, x, f=smooth):
    """The expectation of `f(g⁻¹ x)`, from the list: `(B,)`."""
    g, item, probability = kernel.support(x, generator=torch.Generator().manual_seed(0))
    value = f(action.act(action.group.inverse(g), take(x, item)))
    return probability.new_zeros(len(x)).index_add(0, item, probability * value)


# ----------------------------------------------------------------------------------------------------------------------
# The law


@GROUPS
@DIMENSIONS
@pytest.mark.parametrize("haar", (0.0, 0.5))
def test_conformance(n, special, haar):
    action = points(n, special)
    check_kernel(WeightedFrame(action, haar=haar), action, clouds(n), inversion=False, draws=600)


@GROUPS
def test_conformance_anywhere(special):
    action = Rigid(points(3, special))
    x = clouds(3) + torch.randn(4, 1, 3, dtype=torch.float64)
    check_kernel(WeightedFrame(action), action, x, inversion=False, draws=600)
    assert isinstance(WeightedFrame(action)(x), SemidirectElement)


@GROUPS
@DIMENSIONS
def test_the_list_is_the_law(n, special):
    """Probabilities add up to 1, and draws follow them, by chi-square."""
    action, x = points(n, special), torch.randn(1, 4, n, dtype=torch.float64)
    kernel = WeightedFrame(action)
    g, item, probability = kernel.support(x)
    assert float(probability.sum()) == pytest.approx(1)
    assert len(g) == (4 if n == 2 else 12) * (1 if special else 2)
    torch.testing.assert_close(g.mT @ g, torch.eye(n).double().expand_as(g))
    if special:
        assert (torch.linalg.det(g) > 0).all()
    drawn = kernel(x.expand(5_000, -1, -1), generator=torch.Generator().manual_seed(0))
    apart, number = (drawn[:, None] - g).abs().amax((2, 3)).min(1)
    assert apart.max() < 1e-10
    counts, expected = torch.bincount(number, minlength=len(g)), 5_000 * probability
    check_counts(counts, expected)


def test_weights_of_pairs():
    """Lengths 3 and 1 at a right angle, in the plane and in space, and a point on the line of the first."""
    x = torch.tensor([[[3.0, 0, 0], [0, 1, 0], [6, 0, 0]]]).double()
    g, _, probability = WeightedFrame(points(3, True)).support(x)
    frames = {tuple(map(tuple, f.T.round().long().tolist()[:2])): 0.0 for f in g}
    for f, p in zip(g, probability.tolist(), strict=True):
        frames[tuple(map(tuple, f.T.round().long().tolist()[:2]))] += p
    assert frames[(1, 0, 0), (0, 1, 0)] == pytest.approx(0.9, abs=1e-5)
    assert frames[(0, 1, 0), (1, 0, 0)] == pytest.approx(0.1, abs=1e-5)
    assert len(frames) == 2


@GROUPS
def test_expectations_are_equivariant(special):
    """The mean of `g φ(g⁻¹ x)` is a vector, for any φ, where nothing is completed at random."""
    action, x = points(3, special), torch.randn(3, 4, 3, dtype=torch.float64)
    kernel, w = WeightedFrame(action), torch.randn(12, 3, dtype=torch.float64)

    def vector(x):
        g, item, probability = kernel.support(x)
        value = torch.tanh(action.act(g.mT, x[item]).flatten(1) @ w)
        value = probability[:, None] * (g @ value[..., None])[..., 0]
        return torch.zeros(len(x), 3, dtype=torch.float64).index_add(0, item, value)

    h = action.haar(x)
    torch.testing.assert_close(vector(action.act(h, x)), (h @ vector(x)[..., None])[..., 0])


def test_entropy():
    square = torch.tensor([[[1.0, 0], [0, 1], [-1, 0], [0, -1]]]).double()
    assert WeightedFrame(points(2, True)).entropy(square).tolist() == pytest.approx([math.log(4)])
    assert WeightedFrame(points(2)).entropy(square).tolist() == pytest.approx([math.log(8)])
    assert WeightedFrame(points(2), haar=0.1).entropy(square).tolist() == [math.inf]
    twice = torch.cat([square, 2 * square], dim=1)  # the same four directions
    assert WeightedFrame(points(2, True)).entropy(twice).tolist() == pytest.approx([math.log(4)])
    assert WeightedFrame(points(3)).entropy(clouds(3)).isinf().tolist() == [False, True, True, False]
    for name in ("cube", "buckyball", "benzene"):
        x = NAMED[name].positions[None].float()
        assert float(WeightedFrame(points(3)).entropy(x)) >= math.log(NAMED[name].order) - 1e-9


def test_the_order_of_the_points_does_not_matter():
    x = torch.randn(2, 5, 3, dtype=torch.float64)
    kernel = WeightedFrame(points(3))
    action, w = points(3), torch.randn(3, dtype=torch.float64)

    def blind(y):
        return torch.tanh(y @ w).sum(1)

    torch.testing.assert_close(mean(kernel, action, x.flip(1), blind), mean(kernel, action, x, blind))


# ----------------------------------------------------------------------------------------------------------------------
# Continuity

PATHS = {
    "a point goes through the centre": ([[0, 0, 0], [1, 0.3, 0], [0, 1, 0.2]], [[1, 0.2, 0.4], [0, 0, 0], [0, 0, 0]]),
    "two points fall on a line with the centre": (
        [[1, 0, 0], [-2, 0, 0], [0.3, 1, 0.5]],
        [[0, 0.5, 0.2], [0, -0.1, 0.7], [0, 0, 0]],
    ),
    "all points fall on a line": (
        [[1, 0, 0], [-2, 0, 0], [0.6, 0, 0]],
        [[0, 0.5, 0.2], [0, -0.1, 0.7], [0, 0.8, -0.4]],
    ),
    "all points fall into a plane": ([[1, 0, 0], [-1, 1, 0], [0.6, 2, 0]], [[0, 0, 0.2], [0, 0, 0.7], [0, 0, -0.4]]),
    "all points fall on the centre": ([[0, 0, 0]] * 3, [[0.3, 1, 0.2], [1, -0.1, 0.7], [0.2, 0.8, -0.4]]),
}


def path(name, eps):
    start, direction = (torch.tensor(rows, dtype=torch.float64) for rows in PATHS[name])
    return start + torch.as_tensor(eps, dtype=torch.float64).reshape(-1, 1, 1) * direction


@GROUPS
@pytest.mark.parametrize("name", PATHS)
def test_expectations_are_continuous(name, special):
    """A step of ε across the degenerate cloud changes the mean by O(ε)."""
    action = points(3, special)
    kernel = WeightedFrame(action, tolerance=1e-9)
    middle = mean(kernel, action, path(name, 0.0))
    for eps in (1e-2, 1e-3, 1e-4, 1e-5):
        assert (mean(kernel, action, path(name, [eps, -eps])) - middle).abs().max() <= 20 * eps


@pytest.mark.parametrize("name", ("a point goes through the centre", "two points fall on a line with the centre"))
def test_a_single_frame_jumps(name):
    """Gram-Schmidt of the first two points, on the same path, and a frame of each point with equal weights."""
    action = points(3, True)
    frame = GramSchmidt(action.group, lambda x: x, rtol=0.0, atol=0.0)

    def single(x):
        return smooth(action.act(frame(x).mT, x))

    def equal_weights(x):
        g, item, _ = WeightedFrame(action).support(x)
        value = smooth(action.act(g.mT, x[item]))
        return torch.zeros(len(x)).double().index_add(0, item, value) / torch.bincount(item)

    for f in (single, equal_weights):
        above, below = f(path(name, [1e-6, -1e-6]))
        assert abs(above - below) > 0.05


def test_joint_weights_of_pairs_jump_on_a_line():
    """Weights `|x_i × x_j|`, normalized over pairs: which end of the line is the first depends on the way to it."""
    action = points(3, True)
    frame = GramSchmidt(action.group, lambda x: x, rtol=0.0, atol=0.0)
    line = torch.tensor([[1.0, 0, 0], [-2, 0, 0], [0.6, 0, 0]], dtype=torch.float64)
    ways = torch.zeros(2, 3, 3, dtype=torch.float64)
    ways[0, 2, 1] = ways[1, 1, 1] = 1e-5  # the third point leaves it, or the second
    pairs = torch.tensor([(i, j) for i in range(3) for j in range(3) if i != j])

    def joint(x):
        weight = torch.linalg.vector_norm(torch.linalg.cross(*x[pairs].unbind(1)), dim=-1)
        value = smooth(action.act(frame(x[pairs]).mT, x.expand(6, -1, -1)))
        return (weight * value).sum() / weight.sum()

    assert abs(joint(line + ways[0]) - joint(line + ways[1])) > 0.05
    one, two = mean(WeightedFrame(action, tolerance=1e-9), action, line + ways)
    assert abs(one - two) < 1e-3


def test_the_pose_itself_is_continuous_with_a_haar_weight():
    """The mean of a function of `g` alone: near the centre it has the value of the Haar measure, 0, or jumps to it."""
    action = points(2, True)
    x = torch.tensor([[[1.0, 0.0], [0.5, 0.0]]], dtype=torch.float64)
    scales = torch.tensor([0.0, 1e-5, 1e-4, 1e-3]).double()[:, None, None]

    def direction(kernel, draws=4_000):
        keys = torch.Generator().manual_seed(0)
        return torch.stack([kernel((s * x).expand(draws, -1, -1), generator=keys)[:, 0, 0].mean() for s in scales])

    jumping = direction(WeightedFrame(action, tolerance=1e-9))
    assert abs(jumping[0]) < 0.1
    assert (jumping[1:] - 1).abs().max() < 1e-9
    continuous = direction(WeightedFrame(action, tolerance=1e-9, haar=1.0))
    assert continuous.abs().max() < 0.1


# ----------------------------------------------------------------------------------------------------------------------
# Poses


def test_a_line_gets_a_haar_turn_about_it():
    line = torch.tensor([[[0.0, 0, 2], [0, 0, -1]]], dtype=torch.float64).expand(4_000, -1, -1)
    g = WeightedFrame(points(3, True))(line, generator=torch.Generator().manual_seed(0))
    assert (g[:, 2, 0].abs() - 1).abs().max() < 1e-12
    assert abs(float((g[:, 2, 0] > 0).double().mean()) - 2 / 3) < 0.05
    check_counts(torch.histc(torch.atan2(g[:, 1, 1], g[:, 0, 1]), 20, -math.pi, math.pi))


def test_ragged_batches():
    graphs = [Data(pos=torch.randn(k, 3)) for k in (3, 1, 5)]
    batch = Batch.from_data_list([*graphs, Data(pos=torch.zeros(0, 3))])
    action = Fields(Orthogonal(3), (("pos", Vector(Orthogonal(3))),))
    kernel = WeightedFrame(action)
    check_kernel(kernel, action, Batch.from_data_list(graphs), inversion=False, draws=200, atol=1e-4)
    g, item, probability = kernel.support(batch)
    assert torch.zeros(4).double().index_add(0, item, probability).tolist() == pytest.approx([1.0] * 4)
    assert g.dtype == torch.float32
    assert kernel.entropy(batch).isinf().tolist() == [False, True, False, True]


def test_draws_are_keyed_to_the_sample():
    x = torch.randn(5, 4, 3)
    kernel, index = WeightedFrame(points(3)), torch.arange(5)
    g = kernel(x, generator=SampleKeys(index, seed=0))
    torch.testing.assert_close(kernel(x[3:], generator=SampleKeys(index[3:], seed=0)), g[3:])


def test_listing_leaves_the_global_random_state_alone():
    state = torch.get_rng_state()
    WeightedFrame(points(3)).support(torch.randn(1, 4, 3, generator=torch.Generator().manual_seed(0)))
    WeightedFrame(points(3)).entropy(torch.zeros(1, 4, 3))
    assert torch.equal(state, torch.get_rng_state())


def test_errors():
    with pytest.raises(ValueError, match="the line has no frames to choose"):
        WeightedFrame(points(1))
    with pytest.raises(ValueError, match="haar is -1.0, but it is a weight"):
        WeightedFrame(points(3), haar=-1.0)
    with pytest.raises(ValueError, match="tolerance is 0.0, but it must be positive"):
        WeightedFrame(points(3), tolerance=0.0)
    with pytest.raises(ValueError, match="Point 0 of cloud 1"):
        WeightedFrame(points(3))(torch.stack([torch.zeros(2, 3), torch.full((2, 3), math.nan)]))
