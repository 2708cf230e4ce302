"""Random numbers are keyed to the sample: the same for any batch split, and as good as independent."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from symbreak.groups import (
    Orthogonal,
    SampleKeys,
    Symmetric,
    Young,
    euclidean,
    integers,
    normal,
    same,
    take,
    uniform,
    uniform_ragged,
)

RARE = 1e-6
N = 50_000


def keys(index, seed=0, epoch=0):
    return SampleKeys(torch.as_tensor(index), seed=seed, epoch=epoch)


def assert_uniform(counts):
    counts = counts.double()
    statistic = float(((counts - counts.mean()) ** 2 / counts.mean()).sum())
    assert statistic < stats.chi2.isf(RARE, len(counts) - 1)


def assert_uncorrelated(a, b):
    r = float(torch.corrcoef(torch.stack([a, b]))[0, 1])
    assert abs(r) < stats.norm.isf(RARE / 2) / math.sqrt(len(a))


@given(st.lists(st.integers(0, 2**40), min_size=2, max_size=9, unique=True), st.data())
@settings(max_examples=30, deadline=None, derandomize=True)
def test_draws_do_not_depend_on_the_batch(index, data):
    cut = data.draw(st.integers(1, len(index) - 1))
    order = torch.tensor(data.draw(st.permutations(range(len(index)))))
    G = euclidean(3)
    whole, left, right = keys(index), keys(index[:cut]), keys(index[cut:])
    shuffled = keys(torch.tensor(index)[order])
    for _ in range(2):  # a second draw, too
        g = G.sample((len(index),), generator=whole)
        assert same(take(g, torch.arange(cut)), G.sample((cut,), generator=left))
        assert same(take(g, torch.arange(cut, len(index))), G.sample((len(index) - cut,), generator=right))
        assert same(take(g, order), G.sample((len(index),), generator=shuffled))


def test_draws_are_those_of_splitmix_in_python_integers():
    """An oracle and a literal: a change of the hash changes every published run, and must be meant."""
    size, gamma = 2**64, 0x9E3779B97F4A7C15

    def mix(z):
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % size
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % size
        return z ^ (z >> 31)

    index, seed, epoch = [0, 1, -1], 3, 5
    source = keys(index, seed=seed, epoch=epoch)
    for draw in (1, 2):
        bits = source.bits((3, 2))
        for i, row in zip(index, bits.tolist(), strict=True):
            key = mix((i + gamma * (1 + epoch)) % size) ^ mix((seed + gamma) % size)
            assert [z % size for z in row] == [(mix((mix((key + gamma * draw) % size) + k) % size)) for k in (0, 1)]
    source = keys(index, seed=seed, epoch=epoch)
    assert integers(1000, (3, 2), generator=source).tolist() == [[901, 103], [283, 880], [279, 519]]
    assert integers(1000, (3,), generator=source).tolist() == [714, 307, 879]


@pytest.mark.parametrize("other", (dict(seed=1), dict(epoch=1), dict(seed=-1), dict(seed=2**63 + 1)), ids=str)
def test_seeds_and_epochs_give_other_numbers(other):
    a, b = (uniform((N,), generator=keys(range(N), **kw), dtype=torch.float64) for kw in ({}, other))
    assert not (a == b).any()
    assert_uncorrelated(a, b)


def test_seed_and_epoch_do_not_stand_for_each_other():
    a = uniform((100,), generator=keys(range(100), seed=1), dtype=torch.float64)
    b = uniform((100,), generator=keys(range(100), epoch=1), dtype=torch.float64)
    assert not (a == b).any()


def test_each_draw_is_new():
    source = keys(range(1000))
    draws = [uniform((1000,), generator=source, dtype=torch.float64) for _ in range(30)]
    assert len(torch.cat(draws).unique()) == 30_000
    assert source.draws == 30


def test_numbers_are_uniform():
    u = uniform((N,), generator=keys(range(N)), dtype=torch.float64)
    assert_uniform(torch.histc(u, 100, 0.0, 1.0))
    assert_uniform(torch.bincount((u * 2**20).long() % 64, minlength=64))  # low bits too
    assert_uniform(torch.bincount(integers(7, (N,), generator=keys(range(N))), minlength=7))


def test_bits_are_balanced():
    bits = keys(range(N)).bits((N,))
    share = torch.stack([(bits >> k) & 1 for k in range(64)]).double().mean(1)
    assert float((share - 0.5).abs().max()) < stats.norm.isf(RARE / 128) * 0.5 / math.sqrt(N)


def test_normals_have_the_right_moments_and_tails():
    z = normal((N,), generator=keys(range(N)), dtype=torch.float64)
    assert_uniform(torch.histc(torch.special.ndtr(z), 50, 0.0, 1.0))
    bound = stats.norm.isf(RARE / 2) / math.sqrt(N)
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs(float((z**power).mean()) - mean) < bound * math.sqrt(variance)


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16, torch.float32, torch.float64), ids=str)
def test_extreme_bits_stay_inside(dtype, monkeypatch):
    """The largest and smallest hash values give numbers in [0, 1), and finite normals."""
    source = keys([0, 1])
    monkeypatch.setattr(SampleKeys, "bits", lambda self, shape: torch.tensor([-1, 0]))
    u = uniform((2,), generator=source, dtype=dtype)
    assert u.dtype == dtype
    assert 0.9 < float(u[0]) < 1
    assert u[1] == 0
    z = normal((2,), generator=source, dtype=dtype)
    assert z.isfinite().all()
    assert z[0] == -z[1] > 7
    assert integers(5, (2,), generator=source).tolist() == [4, 0]


def test_neighbours_are_uncorrelated():
    """Samples, slots and draws that follow each other, and pairs of them on a grid."""
    u = uniform((N, 2), generator=keys(range(N)), dtype=torch.float64)
    source = keys(range(N))
    first, second = (uniform((N,), generator=source, dtype=torch.float64) for _ in range(2))
    for a, b in ((u[:-1, 0], u[1:, 0]), (u[:, 0], u[:, 1]), (first, second), (first[:-1], second[1:])):
        assert_uncorrelated(a, b)
        cell = (a * 16).long() * 16 + (b * 16).long()
        assert_uniform(torch.bincount(cell, minlength=256))


def test_ragged_numbers_equal_those_of_a_dense_layout():
    index, n = [5, 3, 8], 4
    dense = uniform((3, n), generator=keys(index), dtype=torch.float64)
    owner = torch.arange(3).repeat_interleave(n)
    assert torch.equal(uniform_ragged(owner, n * torch.arange(4), generator=keys(index)), dense.flatten())
    ragged = uniform_ragged(torch.tensor([0, 0, 2, 2, 2]), torch.tensor([0, 2, 2, 5]), generator=keys(index))
    assert torch.equal(ragged, torch.cat([dense[0, :2], dense[2, :3]]))
    alone = uniform_ragged(torch.tensor([0, 0, 0]), torch.tensor([0, 3]), generator=keys([8]))
    assert torch.equal(alone, ragged[2:])


def test_ragged_numbers_come_from_a_generator_too(generator):
    u = uniform_ragged(torch.tensor([0, 0, 1]), torch.tensor([0, 2, 3]), generator=generator)
    assert torch.equal(u, torch.rand(3, generator=generator.manual_seed(0), dtype=torch.float64))


@pytest.mark.parametrize("G", (Orthogonal(3), Symmetric(6), Young((2, 3)), euclidean(2)), ids=str)
def test_groups_draw_one_element_for_each_sample(G):
    index = torch.tensor([4, 9, 4])
    g = G.sample((3,), generator=keys(index))
    assert same(take(g, torch.tensor(0)), take(g, torch.tensor(2)))  # the same sample, the same element
    assert float(G.distance(g, take(g, torch.tensor([1, 0, 1])))[1]) > 0


def test_float32_draws_are_roundings_of_float64_normals():
    a, b = (normal((5, 2), generator=keys(range(5)), dtype=dtype) for dtype in (torch.float32, torch.float64))
    assert torch.equal(a, b.float())


def test_keys_leave_the_global_generator_alone():
    state = torch.get_rng_state()
    euclidean(2).sample((3,), generator=keys(range(3)))
    Young((2, 2)).sample((3,), generator=keys(range(3)))
    assert torch.equal(state, torch.get_rng_state())


def test_no_generator_means_the_global_one():
    for draw in (uniform, normal, lambda shape: integers(9, shape), Symmetric(5).sample):
        torch.manual_seed(5)
        a = draw((4,))
        torch.manual_seed(5)
        assert torch.equal(a, draw((4,)))
        assert a.device.type == "cpu"


def test_keyed_draws_compile_to_one_graph():
    def draw(index):
        source = SampleKeys(index, seed=2, epoch=7)
        return uniform((len(index), 3), generator=source), normal((len(index),), generator=source)

    index = torch.arange(5)
    torch._dynamo.reset()
    for a, b in zip(torch.compile(draw, fullgraph=True, backend="aot_eager")(index), draw(index), strict=True):
        torch.testing.assert_close(a, b)


def test_keyed_draws_work_under_vmap():
    """Many seeds at once would be a loop; many data sets at once is a map over the index."""
    index = torch.arange(12).reshape(3, 4)

    def draw(row):
        return uniform((4, 2), generator=SampleKeys(row, seed=2))

    mapped = torch.func.vmap(draw)(index)
    assert torch.equal(mapped, torch.stack([draw(row) for row in index]))
