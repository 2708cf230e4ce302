"""Graded linear maps: complete, orthonormal, with a closed form for how far from equivariance they are."""

import pytest
import torch
from e3nn import o3

from symbreak.groups import Orthogonal
from symbreak.layers import RelaxedLinear, relaxed_weights
from symbreak.representations import Irreps

from .conftest import shaken

IN, OUT = "2x0e + 0o + 2x1o + 2e", "0e + 2x1o + 1e + 2e"


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64))
@pytest.mark.parametrize("irreps", (None, 1, 0, "0e", "1o"))
def test_at_the_start_it_is_the_strict_map_to_the_bit(irreps, dtype):
    linear = o3.Linear(IN, OUT, biases=True).to(dtype)
    torch.nn.init.normal_(linear.bias)
    x = torch.randn(3, 5, linear.irreps_in.dim, dtype=dtype)
    expected = linear(x)
    assert torch.equal(RelaxedLinear(linear, irreps).to(dtype)(x), expected)


def test_scalars_alone_leave_the_strict_map():
    relaxed = RelaxedLinear(o3.Linear(IN, "2x0e"), "0e")
    assert relaxed_weights(relaxed) == {}
    assert float(relaxed.casimir()) == float(relaxed.degree_of_equivariance()) == 0


def test_all_degrees_are_all_matrices(double):
    """The strict weights and θ are as many as the entries, and the map from them to the matrix is invertible."""
    relaxed = RelaxedLinear(o3.Linear(IN, OUT))
    theta = relaxed.relaxed_weight.theta
    entries = relaxed.irreps_in.dim * relaxed.irreps_out.dim
    assert theta.numel() + relaxed.linear.weight_numel == entries
    J = torch.func.jacrev(lambda t: relaxed.matrix(t).flatten())(theta.detach())
    torch.testing.assert_close(J.mT @ J, torch.eye(theta.numel()))  # orthonormal
    strict = relaxed.matrix().detach()
    torch.testing.assert_close(J.mT @ strict.flatten(), torch.zeros_like(theta).detach())  # and orthogonal to it


def test_the_matrix_is_that_of_the_map(double):
    relaxed = shaken(RelaxedLinear(o3.Linear(IN, OUT, biases=True)))
    x = torch.randn(4, relaxed.irreps_in.dim)
    torch.testing.assert_close(relaxed(x), x @ relaxed.matrix().mT + relaxed(torch.zeros_like(x)))


def test_a_magnetic_field_turns_velocities(double):
    """Literal: the operator of 1e on vectors is the cross product B × v, over √2."""
    relaxed = RelaxedLinear(o3.Linear("1o", "1o"), "1e")
    B, v = torch.randn(2, 3)
    torch.nn.init.zeros_(relaxed.linear.weight)
    torch.testing.assert_close(relaxed(v, theta=B), torch.linalg.cross(B, v) / 2**0.5)


@pytest.mark.parametrize("irreps", (None, 1, "2e + 0o + 1o"))
def test_degree_of_equivariance_is_the_mean_over_the_group(irreps, double, generator):
    relaxed = shaken(RelaxedLinear(o3.Linear(IN, OUT), irreps))
    W, draws = relaxed.matrix().detach(), 4000
    g = Orthogonal(3).sample((draws,), generator=generator, dtype=torch.float64)
    left, right = (Irreps(Orthogonal(3), irreps).matrix(g) for irreps in (OUT, IN))
    errors = (left @ W @ right.mT - W).square().sum((1, 2))
    deviation = float(errors.std()) / draws**0.5
    assert abs((errors.mean() - relaxed.degree_of_equivariance()).item()) < 4 * deviation
    assert deviation < 0.02 * float(errors.mean())


@pytest.mark.parametrize("irreps", (None, "1e + 2e"))
def test_casimir_is_the_sum_of_squared_commutators(irreps, double):
    relaxed = shaken(RelaxedLinear(o3.Linear(IN, OUT), irreps))
    W = relaxed.matrix().detach()
    J_in, J_out = (torch.stack([generators(irreps, axis) for axis in range(3)]) for irreps in (IN, OUT))
    commutators = J_out @ W - W @ J_in
    torch.testing.assert_close(commutators.square().sum(), relaxed.casimir().detach())


def generators(irreps: str, axis: int) -> torch.Tensor:
    """d/dt of D(exp(t X)) at 0."""
    X = torch.zeros(3, 3)
    X[(axis + 2) % 3, (axis + 1) % 3], X[(axis + 1) % 3, (axis + 2) % 3] = 1, -1
    rep = Irreps(Orthogonal(3), irreps)
    return torch.func.jacfwd(lambda t: rep.matrix(torch.matrix_exp(t * X)))(torch.zeros(()))


def test_a_weight_for_each_row(double):
    relaxed = shaken(RelaxedLinear(o3.Linear(IN, OUT)))
    x, theta = torch.randn(4, relaxed.irreps_in.dim), torch.randn(4, relaxed.relaxed_weight.irreps.dim)
    torch.testing.assert_close(relaxed(x, theta), torch.stack([relaxed(*row) for row in zip(x, theta, strict=True)]))


def test_a_map_without_a_path_for_some_blocks_keeps_their_zeros():
    """Scalars only meet vectors in 1o, which is not asked for."""
    relaxed = shaken(RelaxedLinear(o3.Linear("0e + 1o", "0e + 1o"), "2e"))
    W = relaxed.matrix()
    assert not W[0, 1:].any()
    assert not W[1:, 0].any()
    assert W[1:, 1:].all()


def test_a_parity_that_nothing_leads_to_is_named():
    with pytest.raises(ValueError, match="No linear map from 1x0e to 1x0o moves as 1o. Those there are move as 0e"):
        RelaxedLinear(o3.Linear("0e", "0o"), "1o")
    assert RelaxedLinear(o3.Linear("0e", "0o")).relaxed_weight.irreps == o3.Irreps("0o")


def test_no_rows_give_no_rows():
    assert RelaxedLinear(o3.Linear("0e + 1o", "0e + 1o"))(torch.zeros(0, 4)).shape == (0, 4)


@pytest.mark.parametrize(("irreps", "message"), ((4, "moves as 4e, 4o"), ("1o + 5e", "moves as 5e")))
def test_what_leads_nowhere_is_refused(irreps, message):
    with pytest.raises(ValueError, match=message):
        RelaxedLinear(o3.Linear("0e + 1o", "0e + 1o"), irreps)


def test_wrong_sizes_are_refused():
    relaxed = RelaxedLinear(o3.Linear("0e + 1o", "0e + 1o"))
    with pytest.raises(ValueError, match=r"x has shape \(2, 3\)"):
        relaxed(torch.randn(2, 3))
    with pytest.raises(ValueError, match=r"θ has shape \(3,\)"):
        relaxed(torch.randn(2, 4), theta=torch.randn(3))


def test_a_map_without_weights_of_its_own_is_refused():
    with pytest.raises(ValueError, match="no weights of its own"):
        RelaxedLinear(o3.Linear("0e", "0e", internal_weights=False))
