"""Which numbers count as equal."""

import pytest
import torch

from symbreak.kernels import categorical
from symbreak.kernels.ties import check_tolerance, counted_rank, dense_rank, lowest, refine, rises

NAN, INF = float("nan"), float("inf")


def test_literal_ranks():
    values = torch.tensor([[3.0, 1.0, 3.0, 2.0], [0.0, -0.0, INF, -INF]])
    assert dense_rank(values, 0.0).tolist() == [[2, 0, 2, 1], [1, 1, 2, 0]]


def test_tolerance_joins_chains_of_neighbours():
    values = torch.tensor([[0.0, 0.5, 1.0, 3.0]])
    assert dense_rank(values, 0.5).tolist() == [[0, 0, 0, 1]]
    assert dense_rank(values, 0.4).tolist() == [[0, 1, 2, 3]]


@pytest.mark.parametrize("atol", (0.0, 0.1, INF))
def test_nan_is_one_value_above_all_others(atol):
    values = torch.tensor([[NAN, 1.0, NAN, INF, INF, 1.05]])
    top = int(dense_rank(values, atol)[0, 0])
    assert dense_rank(values, atol)[0, 2] == top
    assert (dense_rank(values, atol)[0, [1, 3, 4, 5]] < top).all()
    assert dense_rank(values, atol)[0, 3] == dense_rank(values, atol)[0, 4]


@pytest.mark.parametrize("dtype", (torch.int64, torch.uint8, torch.bool, torch.float16, torch.bfloat16), ids=str)
def test_dtypes(dtype):
    assert dense_rank(torch.tensor([[1, 0, 1]]).to(dtype), 0.0).tolist() == [[1, 0, 1]]


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64, torch.int64, torch.uint8, torch.bool), ids=str)
def test_counted_ranks_are_those_of_a_sort(dtype):
    values = torch.randint(0, 3, (20, 9)).to(dtype)
    values[0] = values[0, 0]
    assert torch.equal(counted_rank(values, 3), dense_rank(values, 0.0))


def test_what_is_not_counted():
    values = torch.tensor([[1.0, 2.0, 3.0], [0.0, -0.0, INF]])
    assert counted_rank(values, 3).tolist() == [[0, 1, 2], [0, 0, 1]]
    assert counted_rank(values, 2) is None
    assert counted_rank(torch.tensor([[1.0, NAN]]), 9) is None


def test_large_integers_are_not_rounded():
    assert dense_rank(torch.tensor([[2**62 + 1, 2**62, -(2**62)]]), 0.0).tolist() == [[2, 1, 0]]


def test_no_values():
    assert dense_rank(torch.zeros(2, 0), 0.0).shape == (2, 0)
    assert refine(torch.zeros(0, dtype=torch.int64), torch.zeros(0), 0.0).shape == (0,)
    assert rises(torch.zeros(1), 0.0).shape == (0,)


def test_refine_compares_within_a_cell_only():
    cell = torch.tensor([1, 0, 1, 0])
    assert refine(cell, torch.tensor([5.0, 5.0, 4.0, 5.0]), 0.0).tolist() == [2, 0, 1, 0]
    assert refine(cell, torch.tensor([5.0, 5.5, 9.0, 6.0]), 0.7).tolist() == [1, 0, 2, 0]


def test_lowest():
    energy = torch.tensor(
        [[1.0, 1.0 + 1e-6, 2.0], [NAN, NAN, NAN], [INF, 5.0, NAN], [-INF, 0.0, -INF], [INF, INF, NAN]]
    )
    assert lowest(energy, 1e-5).int().tolist() == [[1, 1, 0], [1, 1, 1], [0, 1, 0], [1, 0, 1], [1, 1, 1]]
    assert lowest(energy, 0.0)[0].tolist() == [True, False, False]


@pytest.mark.parametrize("value", (-1.0, NAN))
def test_a_tolerance_is_not_negative(value):
    with pytest.raises(ValueError, match="rtol is .* not negative"):
        check_tolerance("rtol", value)


def test_categorical_draws_no_index_of_probability_zero():
    p = torch.zeros(20000, 5)
    p[:, 1], p[:, 3] = 0.25, 0.75
    index = categorical(p, generator=torch.Generator().manual_seed(0))
    assert set(index.tolist()) == {1, 3}
    assert abs((index == 1).double().mean() - 0.25) < 6 * (0.25 * 0.75 / 20000) ** 0.5


def test_categorical_at_the_ends_of_the_unit_interval(monkeypatch):
    p = torch.tensor([[0.0, 0.1, 0.2, 0.7, 0.0]])
    for level, index in ((0.0, 1), (1 - 2.0**-53, 3)):
        monkeypatch.setattr(
            "symbreak.kernels.kernel.uniform", lambda *_, level=level, **__: torch.tensor([level]).double()
        )
        assert categorical(p) == index


def test_categorical_counts_masks_in_integers_and_draws_them_uniformly(monkeypatch):
    mask = torch.tensor([[False, True, True, False, True]])
    index = categorical(mask.expand(30000, -1), generator=torch.Generator().manual_seed(0))
    assert (index.bincount(minlength=5)[mask[0]] - 10000).abs().max() < 6 * (30000 * 2 / 9) ** 0.5
    assert not index.bincount(minlength=5)[~mask[0]].any()
    for level, drawn in ((0.0, 1), (1 / 3 - 2.0**-53, 1), (1 / 3 + 2.0**-53, 2), (1 - 2.0**-53, 4)):
        monkeypatch.setattr(
            "symbreak.kernels.kernel.uniform", lambda *_, level=level, **__: torch.tensor([level], dtype=torch.float64)
        )
        assert categorical(mask) == drawn
