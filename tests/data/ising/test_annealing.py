"""Simulated annealing of Ising ground states."""

import pytest
import torch

from symbreak.data.ising import (
    disordered_conditions,
    energy,
    grid_conditions,
    ground_energy,
    local_field,
    simulated_annealing,
    transfer_matrix,
)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("sign", [1, -1])
def test_annealing_reaches_the_exact_ground_state_of_nearly_all_small_samples(sign):
    conditions = disordered_conditions(100, 6, seeded())
    exact, _ = transfer_matrix(conditions, sign)
    energies, spins = simulated_annealing(conditions, seeded(1), sign, sweeps=200)
    assert (energies >= exact - 1e-12).all()
    assert (energies <= exact + 1e-9).sum() >= 95  # of 100
    torch.testing.assert_close(energy(conditions.double(), spins, sign), energies, rtol=0, atol=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
def test_annealing_ends_where_no_single_flip_helps(sign):
    conditions = disordered_conditions(10, 12, seeded(), dtype=torch.float64)
    _, spins = simulated_annealing(conditions, seeded(1), sign, sweeps=2, replicas=1)
    assert (spins.abs() == 1).all()
    assert (local_field(conditions, spins, sign) * spins).min() >= -1e-7


def test_more_replicas_and_sweeps_lower_the_energy():
    conditions = disordered_conditions(20, 12, seeded())
    short, long = (
        simulated_annealing(conditions, seeded(1), sweeps=sweeps, replicas=replicas)[0].mean()
        for sweeps, replicas in ((5, 1), (100, 8))
    )
    assert long < short - 0.05


@pytest.mark.parametrize("sign", [1, -1])
def test_annealing_reaches_the_closed_form_for_constant_conditions(sign):
    conditions, values = grid_conditions(size=8, side=5, dtype=torch.float64)
    energies, _ = simulated_annealing(conditions, seeded(), sign, sweeps=100)
    gap = energies - ground_energy(1.0, values[:, 0], values[:, 1], sign)
    assert gap.min() >= -1e-12
    assert (gap <= 1e-9).sum() >= 24  # of 25


def test_decoupled_spins_follow_their_fields():
    conditions = disordered_conditions(3, 4, seeded(), j_range=(0.0, 0.0), h_range=(-2.0, 2.0))
    energies, spins = simulated_annealing(conditions, seeded(), sweeps=1, replicas=1)
    fields = conditions[:, 2:]
    assert torch.equal(spins, fields.sign())
    torch.testing.assert_close(energies, -fields.double().abs().mean((1, 2, 3)))


def test_annealing_accepts_vanishing_conditions():
    energies, spins = simulated_annealing(torch.zeros(2, 3, 4, 4), seeded(), sweeps=3, replicas=2)
    assert energies.tolist() == [0.0, 0.0]
    assert spins.unique().tolist() == [-1.0, 1.0]  # free spins stay random


def test_annealing_depends_on_the_generator_alone():
    conditions = disordered_conditions(4, 8, seeded())
    state = torch.get_rng_state()
    first, second, other = (
        simulated_annealing(conditions, seeded(seed), sweeps=5, replicas=1)[1] for seed in (1, 1, 2)
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


def anneal(size: int = 4, value: float = 0.0, **settings: float) -> None:
    simulated_annealing(torch.full((1, 3, size, size), value), seeded(), **settings)


ERRORS = {
    "odd side": (lambda: anneal(size=5), "5×5 lattice, but .* need an even side"),
    "sign": (lambda: anneal(sign=3), "sign=3, but"),
    "sweeps": (lambda: anneal(sweeps=0), "sweeps=0 and replicas=16, but"),
    "replicas": (lambda: anneal(replicas=0), "sweeps=400 and replicas=0, but"),
    "heating": (lambda: anneal(hot=0.1, cold=1.0), "hot=0.1 and cold=1.0, but"),
    "zero temperature": (lambda: anneal(cold=0.0), "cold=0.0, but"),
    "nan": (lambda: anneal(value=torch.nan), "is nan, but"),
}


@pytest.mark.parametrize(("call", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_errors_name_what_was_given_and_the_rule(call, message):
    with pytest.raises(ValueError, match=message):
        call()
