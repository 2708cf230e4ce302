import math

import numpy as np
import pytest

from symbreak.data.samples import Refused
from symbreak.diagnosis.direction_sums import DirectionSums, Kept
from symbreak.diagnosis.finding import Finding
from symbreak.diagnosis.left_out import LeftOut
from symbreak.diagnosis.order import Order
from symbreak.diagnosis.symmetry_counts import SymmetryCounts
from symbreak.diagnosis.tally import Tally


@pytest.mark.parametrize(
    "order, text, log2", [(1, "1", 0), (48, "48", 5), (2**62, str(2**62), 62), (2**64, "10^19.3", 64)]
)
def test_orders(order, text, log2):
    assert str(Order.of(order)) == text
    assert Order.of(order).log2 == log2
    assert Order.of(order).trivial == (order == 1)


def test_orders_beyond_any_text():
    order = Order.of(math.factorial(3000))  # more digits than Python writes
    assert order.exact is None
    assert order.log2 == math.floor(math.log2(math.factorial(3000)))
    assert Order.infinite().log2 is None


def test_a_tally_is_bounded():
    many = Tally.of(map(str, range(700)))
    assert len(many.counts) == 500
    assert (many.other, many.total) == (200, 700)
    again = many.merge(Tally.of(["3", "a", "b"]))
    assert (again.counts["3"], again.other) == (2, 202)


def test_reasons_that_differ_in_numbers_are_one():
    out = LeftOut.of([Refused(k, f"atom {k} is at [{k}.0, nan, 0.0], but 'x' must be finite.") for k in range(9)])
    ((_, reason),) = out.reasons.items()
    assert (reason.count, reason.first) == (9, (0, 1, 2, 3, 4))
    assert reason.said.startswith("atom 0 is at")
    assert LeftOut.of([Refused(0, "an empty frame."), Refused(1, "no volume.")]).count == 2


def test_reasons_are_bounded():
    out = LeftOut.of([Refused(k, "reason " + "abcdefghijkl"[k % 12] * (1 + k // 12)) for k in range(150)])
    assert len(out.reasons) == 101
    assert out.count == 150


def finding(index, order, orbits):
    return Finding(index, "", order, np.array(orbits))


def test_counts_by_order_and_shared_nodes():
    counts = SymmetryCounts.of(
        [
            finding(0, Order.of(1), [0, 1, 2]),
            finding(1, Order.of(6), [0, 0, 0, 3]),
            finding(2, Order.infinite(), [0, 0]),
            finding(3, Order.of(7), [0, 1, 1]),
        ]
    )
    assert (counts.samples, counts.trivial, counts.nontrivial, counts.infinite) == (4, 1, 3, 1)
    assert (counts.nodes, counts.orbits, counts.shared) == (12, 3 + 2 + 1 + 2, 3 + 2 + 2)
    assert counts.log2 == {0: 1, 2: 2}
    assert counts.largest == (Order.infinite(), 2)
    assert SymmetryCounts().largest is None


def parts():
    generator = np.random.default_rng(0)
    for k in range(400):
        vector = generator.normal(size=2)
        outcomes = np.stack([vector, -vector])
        yield DirectionSums(2, vector, 1.0, np.eye(2), (Kept(int(generator.integers(1 << 40)), k, vector, outcomes),))


def test_direction_sums_keep_the_same_samples_in_any_order():
    every = list(parts())
    one, other = DirectionSums(), DirectionSums()
    for part in every:
        one = one.merge(part)
    for k in range(0, 400, 16):
        block = DirectionSums()
        for part in every[k : k + 16][::-1]:
            block = block.merge(part)
        other = block.merge(other)
    assert len(one.kept) == 256
    assert [item.index for item in one.kept] == [item.index for item in other.kept]
    assert np.allclose(one.total, other.total)


def test_the_best_constant_takes_away_the_mean():
    vectors = np.array([[1.0, 3.0], [1.0, 1.0], [1.0, -1.0]])
    sums = DirectionSums()
    for vector in vectors:
        sums = sums.merge(DirectionSums(2, vector, 1.0, np.eye(2)))
    floor = float((vectors**2).sum())
    assert sums.fixed_floor(floor) == pytest.approx(8.0)  # about the mean (1, 1)
    bound = DirectionSums(2, vectors.sum(0), 3.0, None)
    assert bound.fixed_floor(floor) == pytest.approx(8.0)


def test_no_vector_is_common_to_several_sizes():
    mixed = DirectionSums(2, np.ones(2), 1.0).merge(DirectionSums(3, np.ones(3), 1.0))
    assert mixed.fixed_floor(1.0) is None
    assert mixed.test(0) is None
