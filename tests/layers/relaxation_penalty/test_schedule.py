import math

import pytest
import torch

from symbreak.groups import Cyclic
from symbreak.layers import RelaxedRegular
from symbreak.layers.relaxation_penalty import Annealing, ConstraintRelaxation, DualAscent, SoftProjection


def test_relaxation_starts_and_ends_at_zero():
    relaxation = ConstraintRelaxation(highest=2.0, peak=0.25)
    assert [relaxation(t) for t in (0.0, 0.125, 0.25, 1.0)] == [0.0, 1.0, 2.0, 0.0]


def test_a_model_annealed_by_projection_is_exactly_equivariant_at_the_end():
    layer = RelaxedRegular(Cyclic(4), 1, 1).double()
    x, y = torch.randn(2, 8, 1, 4, dtype=torch.float64)
    optimizer, relaxation, seen = torch.optim.Adam(layer.parameters(), lr=1e-2), ConstraintRelaxation(), []
    for step in range(101):
        optimizer.zero_grad()
        (layer(x) - y).square().mean().backward()
        optimizer.step()
        SoftProjection(relaxation(step / 100)).project_(layer)
        seen.append(SoftProjection()(layer).item())
    assert max(seen) > 1e-4
    assert seen[0] < 1e-30
    assert seen[-1] < 1e-30
    torch.testing.assert_close(layer(x.roll(1, -1)), layer(x).roll(1, -1), atol=1e-12, rtol=0)


def minimum(allowed):
    """Least (θ - 2)² with θ² <= allowed, by dual ascent."""
    theta, dual = torch.tensor(1.0, dtype=torch.float64, requires_grad=True), DualAscent(allowed, rate=0.05)
    optimizer = torch.optim.SGD([theta], lr=0.05)
    for _ in range(3000):
        optimizer.zero_grad()
        penalty = theta.square()
        ((theta - 2).square() + dual.weight * penalty).backward()
        optimizer.step()
        dual.step(penalty)
    return theta.item(), dual.weight


def test_dual_ascent_finds_the_constrained_minimum_and_its_multiplier():
    theta, weight = minimum(1.0)
    assert theta == pytest.approx(1.0, abs=1e-4)
    assert weight == pytest.approx(1.0, abs=1e-4)  # -2 (θ - 2) = λ 2 θ


def test_a_bound_that_does_not_bind_costs_nothing():
    assert minimum(9.0) == pytest.approx((2.0, 0.0))


def test_the_state_of_a_dual_is_its_weight():
    dual, other = DualAscent(0.1, 1.0), DualAscent(0.1, 1.0)
    dual.step(1.0)
    other.load_state_dict(dual.state_dict())
    assert other.step(0.4) == dual.step(0.4) == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ConstraintRelaxation()(1.5), "progress is 1.5"),
        (lambda: ConstraintRelaxation()(math.nan), "progress is nan"),
        (lambda: ConstraintRelaxation(peak=1.0), "peak is 1.0"),
        (lambda: Annealing(0.0, 1.0), "from 0.0 to 1.0"),
        (lambda: DualAscent(-1.0, 1.0), "allowed is -1.0"),
        (lambda: DualAscent(1.0, 0.0), "rate is 0.0"),
        (lambda: DualAscent(1.0, 1.0).step(math.nan), "The penalty is nan"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
