"""Losses for degenerate labels: values, gradients, limits and refusals."""

import math

import pytest
import torch

from symbreak.actions import Lattice, Pointwise, Scalar, orbit
from symbreak.breaking import label_orbit, marginal, orbit_em, orbit_minimum
from symbreak.groups import Cyclic, Orthogonal, p4m
from symbreak.representations import Regular, Vector
from symbreak.symmetry import stabilizer

REDUCTIONS = pytest.mark.parametrize("reduce", [orbit_minimum, orbit_em, marginal], ids=lambda f: f.__name__)
LOSSES = torch.tensor([[1.0, 5.0, 2.0], [2.0, 3.0, 2.0], [0.5, 9.0, 2.0]], dtype=torch.float64)
MASK = torch.tensor([[True, True, True], [True, False, True], [False, True, True]])


def test_label_orbit_lists_the_labels_that_are_right():
    action = Lattice(p4m(4), (Scalar(),))
    x, y = torch.zeros(2, 1, 4, 4), torch.randn(2, 1, 4, 4)
    x[0, 0, 1, 2], x[1] = 1.0, torch.randn(1, 4, 4)
    mask = stabilizer(action, x)
    labels, right = label_orbit(action, y, mask)
    assert labels.shape == (8, 2, 1, 4, 4)
    assert right.sum(0).tolist() == [8, 1]
    assert torch.equal(labels, orbit(action, y)[mask.any(1)])
    assert torch.equal(labels[0], y)  # the identity comes first
    assert right[:, 1].tolist() == [True] + [False] * 7


def test_a_batch_without_symmetry_has_one_candidate():
    action = Pointwise(Regular(Cyclic(5)))
    x, y = torch.randn(7, 5), torch.randn(7, 5)
    labels, mask = label_orbit(action, y, stabilizer(action, x))
    assert torch.equal(labels, y[None])
    assert mask.all()


def test_values_by_hand():
    assert orbit_minimum(LOSSES, MASK).tolist() == [1.0, 5.0, 2.0]
    assert orbit_minimum(LOSSES).tolist() == [0.5, 3.0, 2.0]
    expected = -math.log((math.exp(-1) + math.exp(-2)) / 2)
    torch.testing.assert_close(marginal(LOSSES, MASK)[0], torch.tensor(expected, dtype=torch.float64))
    torch.testing.assert_close(marginal(LOSSES, MASK)[2], torch.tensor(2.0, dtype=torch.float64))
    w = 1 / (1 + math.exp(-1))
    torch.testing.assert_close(orbit_em(LOSSES, MASK)[0], torch.tensor(w + 2 * (1 - w), dtype=torch.float64))


def test_one_candidate_is_the_loss_itself():
    for reduce in (orbit_minimum, orbit_em, marginal):
        torch.testing.assert_close(reduce(LOSSES[:1]), LOSSES[0])


def test_em_has_the_gradient_of_the_marginal():
    for temperature in (1.0, 0.3):
        losses = LOSSES.clone().requires_grad_()
        (em,) = torch.autograd.grad(orbit_em(losses, MASK, temperature=temperature).sum(), losses)
        (exact,) = torch.autograd.grad(temperature * marginal(losses / temperature, MASK).sum(), losses)
        torch.testing.assert_close(em, exact)


def test_em_goes_from_the_mean_to_the_minimum():
    torch.testing.assert_close(orbit_em(LOSSES, temperature=1e6), LOSSES.mean(0), rtol=1e-4, atol=0)
    torch.testing.assert_close(orbit_em(LOSSES, temperature=1e-3), orbit_minimum(LOSSES))


def test_the_marginal_lies_between_the_minimum_and_the_mean_and_falls_with_more_poses():
    losses = torch.rand(64, 500, dtype=torch.float64) * 5
    bounds = [marginal(losses[:k]).mean() for k in (1, 4, 16, 64)]
    assert bounds == sorted(bounds, reverse=True)
    assert (orbit_minimum(losses) <= marginal(losses)).all()
    assert (marginal(losses) <= losses.mean(0)).all()


def test_the_minimum_chooses_one_of_equal_candidates():
    losses = torch.ones(4, 2, requires_grad=True)
    orbit_minimum(losses).sum().backward()
    assert losses.grad.sum(0).tolist() == [1.0, 1.0]
    assert losses.grad.max(0).values.tolist() == [1.0, 1.0]


@REDUCTIONS
@pytest.mark.parametrize("offset", [0.0, 1e4, -1e4])
def test_gradients_are_finite_and_masked_entries_have_none(reduce, offset):
    losses = (LOSSES + offset).float()
    losses[1, 1], losses[2, 0] = torch.inf, torch.nan  # both masked out
    losses.requires_grad_()
    value = reduce(losses, MASK)
    value.sum().backward()
    assert value.isfinite().all()
    assert losses.grad.isfinite().all()
    assert losses.grad[~MASK].tolist() == [0.0, 0.0]
    torch.testing.assert_close(losses.grad.sum(0), torch.ones(3), rtol=2e-3, atol=0)  # float32 at 10⁴


@REDUCTIONS
def test_an_impossible_candidate_does_not_spoil_the_others(reduce):
    losses = torch.tensor([[1.0], [torch.inf]], requires_grad=True)
    value = reduce(losses)
    value.sum().backward()
    expected = 1.0 + math.log(2) if reduce is marginal else 1.0
    assert value.item() == pytest.approx(expected)
    assert losses.grad.tolist() == [[1.0], [0.0]]


@REDUCTIONS
def test_refusals(reduce):
    with pytest.raises(ValueError, match="No candidate counts for item 1"):
        reduce(torch.ones(2, 2), torch.tensor([[True, False], [True, False]]))
    with pytest.raises(ValueError, match=r"\(2, 3, 4\), but there is one for each candidate and item"):
        reduce(torch.ones(2, 3, 4))
    with pytest.raises(ValueError, match=r"shape \(3, 2\), but says for each of the losses \(2, 3\)"):
        reduce(torch.ones(2, 3), torch.ones(3, 2, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"mask is torch.float32"):
        reduce(torch.ones(2, 3), torch.ones(2, 3))


def test_more_refusals():
    action = Pointwise(Regular(Cyclic(3)))
    with pytest.raises(ValueError, match="temperature is 0.*orbit_minimum"):
        orbit_em(torch.ones(1, 1), temperature=0)
    with pytest.raises(ValueError, match="only the orbit under a finite group"):
        label_orbit(Pointwise(Vector(Orthogonal(3))), torch.ones(1, 3), torch.ones(1, 1, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"torch.bool of shape \(3, 2\).*1 labels"):
        label_orbit(action, torch.ones(1, 3), torch.ones(3, 2, dtype=torch.bool))
    with pytest.raises(ValueError, match="leaves out the identity for item 1"):
        label_orbit(action, torch.ones(2, 3), torch.tensor([[True, False]] * 3))
