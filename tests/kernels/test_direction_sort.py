"""DirectionSort: laws, lists, and continuity where sorts along one direction jump."""

import math

import pytest
import torch

from symbreak.actions import Slots
from symbreak.groups import SampleKeys
from symbreak.kernels import DirectionSort
from symbreak.testing import check_counts, check_kernel

KERNEL = DirectionSort()


def vectors(d):
    x = torch.randn(3, 5, d, dtype=torch.float64)
    x[1, 3] = x[1, 1]
    x[2] = 0.0
    return x


def smooth(y):
    w = torch.linspace(0.5, 2.5, y.shape[1] * y.shape[2], dtype=y.dtype)
    return torch.sin(y.flatten(1) @ w + 0.3)


def mean(x):
    g, item, probability = KERNEL.support(x, generator=torch.Generator().manual_seed(0))
    value = smooth(Slots().act(KERNEL.group.inverse(g), x[item]))
    return probability.new_zeros(len(x)).index_add(0, item, probability * value)


@pytest.mark.parametrize("d", (1, 2, 3))
def test_conformance(d):
    check_kernel(KERNEL, Slots(), vectors(d), inversion=False, order=torch.tensor([1, 2, 120]), draws=600)


def test_on_the_line_it_is_the_inversion_kernel():
    check_kernel(KERNEL, Slots(), vectors(1), order=torch.tensor([1, 2, 120]), draws=600)
    assert KERNEL(torch.tensor([[[3.0], [1.0], [2.0]]])).tolist() == [[1, 2, 0]]


@pytest.mark.parametrize("d, draws", ((2, 4_000), (3, 4_000)))
def test_the_list_is_the_law(d, draws):
    x = torch.randn(1, 4, d, dtype=torch.float64)
    g, _, probability = KERNEL.support(x)
    assert float(probability.sum()) == pytest.approx(1)
    drawn = KERNEL(x.expand(draws, -1, -1), generator=torch.Generator().manual_seed(0))
    same = (drawn[:, None] == g).all(-1)
    assert same.any(1).float().mean() > 0.999
    counts, expected = same.sum(0), draws * probability
    usual = expected >= 10
    check_counts(counts[usual], expected[usual])


def test_three_corners_of_a_square():
    """The directions for which each of two sides is seen first, in parts of the circle."""
    x = torch.tensor([[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]])
    g, _, probability = KERNEL.support(x)
    found = dict(zip(map(tuple, g.tolist()), probability.tolist(), strict=True))
    expected = {(0, 1, 2): 2, (0, 2, 1): 1, (2, 0, 1): 1, (2, 1, 0): 2, (1, 2, 0): 1, (1, 0, 2): 1}
    assert found == pytest.approx({order: part / 8 for order, part in expected.items()})
    assert float(KERNEL.entropy(x)) == pytest.approx(4 / 8 * math.log(8) + 2 * 2 / 8 * math.log(4))


def test_equal_vectors_come_in_random_order():
    x = torch.tensor([[[0.5, 1.0], [2.0, 0.0], [0.5, 1.0]]]).expand(2_000, -1, -1)
    g = KERNEL(x, generator=torch.Generator().manual_seed(0))
    orders, counts = g.unique(dim=0, return_counts=True)
    assert len(orders) == 4  # equal vectors stay together
    check_counts(counts)
    assert KERNEL.entropy(x[:1]).tolist() == pytest.approx([math.log(4)])


@pytest.mark.parametrize(
    "start, direction",
    (
        ([[0, 0], [0, 1], [2, 0.5]], [[1, 0], [-1, 0], [0, 0]]),  # the first coordinates tie
        ([[1, 1], [1, 1], [2, 0.5]], [[1, 0], [0, -1], [0, 0]]),  # two vectors meet
        ([[0, 0], [0, 0], [0, 0]], [[1, 0], [0, -1], [2, 2]]),  # all do
    ),
)
def test_expectations_are_continuous(start, direction):
    start, direction = (torch.tensor(rows, dtype=torch.float64) for rows in (start, direction))
    middle = mean(start[None])
    for eps in (1e-2, 1e-3, 1e-4, 1e-5):
        steps = torch.tensor([eps, -eps], dtype=torch.float64)[:, None, None]
        assert (mean(start + steps * direction) - middle).abs().max() <= 20 * eps


def test_a_sort_along_one_direction_jumps():
    start = torch.tensor([[0.0, 0], [0, 1], [2, 0.5]]).double()
    direction = torch.tensor([[1.0, 0], [-1, 0], [0, 0]]).double()
    steps = torch.tensor([1e-6, -1e-6], dtype=torch.float64)[:, None, None]
    x = start + steps * direction
    above, below = smooth(Slots().act(KERNEL.group.inverse(x[..., 0].argsort(1)), x))
    assert abs(above - below) > 0.05


def test_draws_are_keyed_to_the_sample():
    x, index = torch.randn(5, 4, 2), torch.arange(5)
    g = KERNEL(x, generator=SampleKeys(index, seed=0))
    assert torch.equal(KERNEL(x[3:], generator=SampleKeys(index[3:], seed=0)), g[3:])


def test_empty():
    assert KERNEL(torch.zeros(2, 0, 2)).shape == (2, 0)
    assert KERNEL.entropy(torch.zeros(2, 0, 2)).tolist() == [0.0, 0.0]
    assert KERNEL(torch.zeros(0, 3, 2)).shape == (0, 3)


def test_errors():
    with pytest.raises(ValueError, match=r"shape \(3, 2\), but a batch of sets"):
        KERNEL(torch.zeros(3, 2))
    with pytest.raises(ValueError, match=r"x\[0, 1, 0\] is nan, which has no place"):
        KERNEL(torch.tensor([[[0.0], [math.nan]]]))
