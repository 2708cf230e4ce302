"""Ising energies, closed forms and data sets."""

import itertools

import pytest
import torch

from symbreak.data.ising import (
    brute_force,
    check_conditions,
    constant_conditions,
    disordered_conditions,
    energy,
    grid_conditions,
    ground_energy,
    ground_state,
    lattice_conditions,
    local_field,
    rotate_conditions,
    uniform_energy,
)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def doubles(values: list) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def parameter_grid(turned: bool) -> list[torch.Tensor]:
    """(J_x, J_y, h) with one of the couplings 1, the other in [-3, 3], and fields of both signs."""
    values = torch.cartesian_prod(
        torch.linspace(-3, 3, 25, dtype=torch.float64), torch.linspace(-2, 2, 17, dtype=torch.float64)
    )
    one, coupling, h = torch.ones_like(values[:, 0]), values[:, 0], values[:, 1]
    return [coupling, one, h] if turned else [one, coupling, h]


# Energy


@pytest.mark.parametrize(
    ("channel", "site", "neighbour"),
    [(0, (0, 2), (1, 2)), (0, (2, 1), (0, 1)), (1, (2, 0), (2, 1)), (1, (0, 2), (0, 0))],
)
def test_bond_couples_its_site_to_the_next_one(channel, site, neighbour):
    conditions = torch.zeros(1, 3, 3, 3, dtype=torch.float64)
    conditions[0, channel, site[0], site[1]] = 9.0
    for x, y in itertools.product(range(3), repeat=2):
        spins = torch.ones(1, 1, 3, 3, dtype=torch.float64)
        spins[0, 0, x, y] = -1.0
        expected = 1.0 if (x, y) in (site, neighbour) else -1.0
        assert energy(conditions, spins).item() == expected
        assert energy(conditions, spins, sign=-1).item() == -expected


def test_quarter_turn_of_a_literal_lattice_keeps_the_energy():
    # r: (x, y) -> (-y, x). Then J_y'[-y, x] = J_x[x, y], and J_x'[-y-1, x] = J_y[x, y], a bond it reverses.
    before = doubles(
        [
            [
                [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
                [[-1, 2, -3], [4, -5, 6], [-7, 8, -9]],
                [[1, 0, 0], [0, 2, 0], [0, 3, 0]],
            ]
        ]
    )
    spins_before = doubles([[[[1, -1, 1], [1, 1, -1], [-1, 1, 1]]]])
    after = doubles(
        [
            [
                [[-3, 6, -9], [2, -5, 8], [-1, 4, -7]],
                [[1, 4, 7], [3, 6, 9], [2, 5, 8]],
                [[1, 0, 0], [0, 0, 0], [0, 2, 3]],
            ]
        ]
    )
    spins_after = doubles([[[[1, 1, -1], [1, -1, 1], [-1, 1, 1]]]])
    # By hand: the x bonds sum to -15, the y bonds to 23, the fields to 6.
    torch.testing.assert_close(energy(before, spins_before), doubles([-14 / 9]))
    torch.testing.assert_close(energy(after, spins_after), doubles([-14 / 9]))
    torch.testing.assert_close(energy(before, spins_before, sign=-1), doubles([2 / 9]))
    torch.testing.assert_close(energy(after, spins_after, sign=-1), doubles([2 / 9]))


@pytest.mark.parametrize("sign", [1, -1])
def test_energy_of_expected_spins_is_the_mean_over_independent_spins(sign):
    conditions = disordered_conditions(2, 3, seeded(), dtype=torch.float64)
    m = 2 * torch.rand(2, 1, 3, 3, generator=seeded(1), dtype=torch.float64) - 1
    states = doubles(list(itertools.product([-1, 1], repeat=9))).view(512, 1, 1, 3, 3).expand(512, 2, 1, 3, 3)
    probability = ((1 + m * states) / 2).flatten(2).prod(2)  # (512, 2)
    torch.testing.assert_close(probability.sum(0), doubles([1, 1]))
    mean = (probability * energy(conditions, states, sign)).sum(0)
    torch.testing.assert_close(energy(conditions, m, sign), mean, rtol=0, atol=1e-14)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_local_field_is_minus_the_gradient(sign, size):
    conditions = disordered_conditions(3, size, seeded(), dtype=torch.float64)
    spins = (2 * torch.rand(5, 3, 1, size, size, generator=seeded(1), dtype=torch.float64) - 1).requires_grad_()
    (gradient,) = torch.autograd.grad(energy(conditions, spins, sign).sum(), spins)
    torch.testing.assert_close(local_field(conditions, spins, sign), -(size**2) * gradient)


def test_energy_keeps_float32():
    conditions = disordered_conditions(2, 4, seeded())
    assert energy(conditions, torch.ones(7, 2, 1, 4, 4, dtype=torch.float32)).dtype == torch.float32


# Closed forms


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("turned", [False, True])
def test_ground_energy_is_the_minimum_over_all_states(sign, turned):
    parameters = parameter_grid(turned)
    exact, _ = brute_force(lattice_conditions(*parameters, size=4), sign)
    torch.testing.assert_close(ground_energy(*parameters, sign), exact, rtol=0, atol=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("size", [2, 6])
def test_ground_state_attains_ground_energy(sign, turned, size):
    parameters = parameter_grid(turned)
    spins = ground_state(*parameters, size, sign)
    assert spins.shape == (25 * 17, 1, size, size)
    assert (spins.abs() == 1).all()
    attained = energy(lattice_conditions(*parameters, size), spins, sign)
    torch.testing.assert_close(attained, ground_energy(*parameters, sign), rtol=0, atol=1e-12)


def test_ground_energy_is_wrong_on_odd_lattices():
    exact, _ = brute_force(lattice_conditions(1.0, doubles([-3.0]), 0.0, size=3))
    torch.testing.assert_close(exact, doubles([-2.0]))  # each column of three breaks one y bond
    torch.testing.assert_close(ground_energy(1.0, doubles([-3.0]), 0.0), doubles([-4.0]))


@pytest.mark.parametrize("sign", [1, -1])
def test_uniform_energy_is_the_minimum_over_uniform_magnetizations(sign):
    parameters = parameter_grid(turned=False)
    m = torch.linspace(-1, 1, 2001, dtype=torch.float64).view(-1, 1, 1, 1, 1).expand(-1, 25 * 17, 1, 2, 2)
    scan = energy(lattice_conditions(*parameters, size=2), m, sign).amin(0)
    gap = scan - uniform_energy(*parameters, sign)
    assert gap.min() >= -1e-12
    assert gap.max() <= 4 * 0.0005**2 + 1e-12  # |J_x + J_y| times the squared distance to the nearest m


def test_uniform_energy_never_beats_the_ground_state():
    parameters = 6 * torch.rand(3, 200, generator=seeded(), dtype=torch.float64) - 3
    assert (uniform_energy(*parameters) >= ground_energy(*parameters) - 1e-12).all()


@pytest.mark.parametrize(("sign", "ground", "uniform"), [(1, -3.0704, -2.1453), (-1, -2.5152, -0.8532)])
def test_means_over_the_test_grid(sign, ground, uniform):
    _, values = grid_conditions(size=2, dtype=torch.float64)
    jy, h = values.unbind(1)
    assert ground_energy(1.0, jy, h, sign).mean().item() == pytest.approx(ground, abs=1e-4)
    assert uniform_energy(1.0, jy, h, sign).mean().item() == pytest.approx(uniform, abs=1e-4)


def test_closed_forms_take_integers():
    assert ground_energy(1, -2, 0).item() == -3.0
    assert uniform_energy(1, -2, 1).item() == -0.25
    assert ground_state(1, 2, -1, size=2).tolist() == [[[-1.0, -1.0], [-1.0, -1.0]]]


# Data sets


def test_constant_conditions_fill_their_ranges():
    conditions = constant_conditions(1000, 4, seeded(), jx=-2.0, jy_range=(0.0, 1.0), h_range=(5.0, 6.0))
    assert conditions.shape == (1000, 3, 4, 4)
    assert conditions.dtype == torch.float32
    assert (conditions == conditions[..., :1, :1]).all()
    assert (conditions[:, 0] == -2).all()
    for values, low in ((conditions[:, 1, 0, 0], 0.0), (conditions[:, 2, 0, 0], 5.0)):
        assert low <= values.min() < low + 0.01
        assert low + 0.99 < values.max() <= low + 1
    assert abs(torch.corrcoef(conditions[:, 1:, 0, 0].T)[0, 1]) < 0.1


def test_disordered_conditions_draw_every_bond_and_site():
    conditions = disordered_conditions(50, 6, seeded())
    couplings, fields = conditions[:, :2], conditions[:, 2]
    assert conditions.dtype == torch.float32
    assert conditions.unique().numel() > 0.99 * conditions.numel()
    assert -3 <= couplings.min() < -2.9
    assert 2.9 < couplings.max() <= 3
    assert 0 <= fields.min() < 0.1
    assert 1.9 < fields.max() <= 2


@pytest.mark.parametrize("draw", [constant_conditions, disordered_conditions])
def test_draws_depend_on_the_generator_alone(draw):
    state = torch.get_rng_state()
    assert torch.equal(draw(3, 4, seeded(7)), draw(3, 4, seeded(7)))
    assert not torch.equal(draw(3, 4, seeded(7)), draw(3, 4, seeded(8)))
    assert torch.equal(draw(3, 4, seeded(7), dtype=torch.float64).float(), draw(3, 4, seeded(7)))
    assert torch.equal(torch.get_rng_state(), state)


def test_grid_conditions_cover_a_regular_grid():
    conditions, values = grid_conditions(size=4, side=3)
    expected = [[-3, 0], [-3, 1], [-3, 2], [0, 0], [0, 1], [0, 2], [3, 0], [3, 1], [3, 2]]
    assert values.tolist() == expected
    assert conditions[:, 1:, 3, 2].tolist() == expected
    assert grid_conditions(size=16)[0].shape == (10_000, 3, 16, 16)


def test_rotate_conditions_exchanges_the_couplings():
    conditions, _ = grid_conditions(size=4, side=3, dtype=torch.float64)
    turned = rotate_conditions(conditions)
    assert turned[5, :, 1, 2].tolist() == [0.0, 1.0, 2.0]
    assert torch.equal(rotate_conditions(turned), conditions)
    torch.testing.assert_close(brute_force(turned)[0], brute_force(conditions)[0], rtol=0, atol=1e-12)


# Errors


def with_value(value: float) -> torch.Tensor:
    conditions = torch.zeros(3, 3, 4, 4)
    conditions[1, 0, 2, 3] = conditions[2, 2, 0, 0] = value
    return conditions


SPINS = torch.ones(2, 1, 4, 4)
ERRORS = {
    "sign": (lambda: energy(torch.zeros(2, 3, 4, 4), SPINS, sign=2), "sign=2, but .* Scale the conditions"),
    "sign of a closed form": (lambda: ground_energy(1.0, 1.0, 0.0, sign=0), "sign=0, but"),
    "channels": (lambda: energy(torch.zeros(2, 2, 4, 4), SPINS), r"\(2, 2, 4, 4\), but .* move the channels"),
    "no batch": (lambda: check_conditions(torch.zeros(3, 4, 4)), r"\(3, 4, 4\), but .* Add the batch axis"),
    "not square": (lambda: check_conditions(torch.zeros(2, 3, 4, 6)), "4×6 lattice, but"),
    "one site": (lambda: check_conditions(torch.zeros(2, 3, 1, 1)), "size=1, but a spin must not"),
    "spins": (
        lambda: energy(torch.zeros(2, 3, 4, 4), torch.ones(2, 4, 4)),
        r"\(2, 4, 4\), but .* 2, 1, 4, 4",
    ),
    "batches": (lambda: local_field(torch.zeros(3, 3, 4, 4), SPINS), r"\(2, 1, 4, 4\), but .* 3, 1, 4, 4"),
    "nan": (
        lambda: check_conditions(with_value(torch.nan)),
        r"\[1, 0, 2, 3\] \(channel J_x\) is nan.* the 2 such",
    ),
    "infinity": (lambda: check_conditions(with_value(-torch.inf)), r"\[1, 0, 2, 3\] \(channel J_x\) is -inf"),
    "integers": (lambda: check_conditions(torch.zeros(2, 3, 4, 4, dtype=torch.int64)), "torch.int64, but"),
    "odd side": (lambda: ground_state(1.0, 1.0, 0.0, size=3), "size=3, but .* Use an even size"),
    "lattice": (lambda: lattice_conditions(1.0, 1.0, 0.0, size=1), "size=1, but"),
    "disordered": (lambda: disordered_conditions(2, 1, seeded()), "size=1, but"),
    "range": (
        lambda: constant_conditions(2, 4, seeded(), jy_range=(3.0, -3.0)),
        r"jy_range=\(3.0, -3.0\), but",
    ),
    "infinite range": (lambda: grid_conditions(4, h_range=(0.0, torch.inf)), r"h_range=\(0.0, inf\), but"),
    "grid": (lambda: grid_conditions(4, side=1), "side=1, but"),
    "rotation": (lambda: rotate_conditions(with_value(1.0)), r"conditions\[1\] has a J_x that varies"),
}


@pytest.mark.parametrize(("call", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_errors_name_what_was_given_and_the_rule(call, message):
    with pytest.raises(ValueError, match=message):
        call()
