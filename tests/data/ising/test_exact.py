"""Exact Ising ground states."""

import itertools

import pytest
import torch

from symbreak.data.ising import (
    brute_force,
    disordered_conditions,
    energy,
    ground_energy,
    lattice_conditions,
    transfer_matrix,
)


def disordered(n: int, size: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return disordered_conditions(n, size, generator, h_range=(-2.0, 2.0), dtype=torch.float64)


def lowest_by_loops(conditions: torch.Tensor, sign: int) -> float:
    """The lowest energy per site of one sample, in plain Python."""
    jx, jy, h = conditions.tolist()
    size = len(h)
    sites = list(itertools.product(range(size), repeat=2))
    lowest = float("inf")
    for state in itertools.product([-1, 1], repeat=size**2):
        s = dict(zip(sites, state, strict=True))
        total = 0.0
        for x, y in sites:
            bonds = jx[x][y] * s[(x + 1) % size, y] + jy[x][y] * s[x, (y + 1) % size]
            total -= s[x, y] * (sign * bonds + h[x][y])
        lowest = min(lowest, total / size**2)
    return lowest


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("solve", [brute_force, transfer_matrix])
@pytest.mark.parametrize("size", [2, 3])
def test_agrees_with_plain_loops(solve, size, sign):
    conditions = disordered(4, size)
    expected = [lowest_by_loops(sample, sign) for sample in conditions]
    assert solve(conditions, sign)[0].tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_transfer_matrix_agrees_with_brute_force(size, sign):
    conditions = disordered(100, size)  # more than one chunk of brute force
    expected, states = brute_force(conditions, sign)
    energies, spins = transfer_matrix(conditions, sign)
    torch.testing.assert_close(energies, expected, rtol=0, atol=1e-12)
    assert torch.equal(spins, states)  # the ground state of a generic sample is unique


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("solve", "size"), [(brute_force, 4), (transfer_matrix, 5), (transfer_matrix, 8)])
def test_spins_attain_the_energy(solve, size, sign):
    conditions = disordered(20, size)  # more than one chunk of the transfer matrix at size 8
    energies, spins = solve(conditions, sign)
    assert spins.shape == (20, 1, size, size)
    assert (spins.abs() == 1).all()
    torch.testing.assert_close(energy(conditions, spins, sign), energies, rtol=0, atol=1e-12)


def test_transfer_matrix_agrees_with_the_closed_form_on_a_larger_lattice():
    parameters = 6 * torch.rand(3, 60, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 3
    energies, _ = transfer_matrix(lattice_conditions(*parameters, size=6))
    torch.testing.assert_close(energies, ground_energy(*parameters), rtol=0, atol=1e-12)


def test_transfer_matrix_keeps_its_energy_when_the_lattice_is_translated():
    conditions = disordered(5, 7)
    moved = conditions.roll((2, 3), (-2, -1))
    energies, spins = transfer_matrix(conditions)
    moved_energies, moved_spins = transfer_matrix(moved)
    torch.testing.assert_close(moved_energies, energies, rtol=0, atol=1e-12)
    assert torch.equal(moved_spins, spins.roll((2, 3), (-2, -1)))


@pytest.mark.parametrize("solve", [brute_force, transfer_matrix])
def test_energies_are_float64_and_spins_follow_the_conditions(solve):
    energies, spins = solve(disordered(2, 4).float())
    assert energies.dtype == torch.float64
    assert spins.dtype == torch.float32


ERRORS = {
    "brute force size": (
        lambda: brute_force(torch.zeros(1, 3, 5, 5)),
        "5×5 lattice, but .* Use transfer_matrix",
    ),
    "transfer size": (
        lambda: transfer_matrix(torch.zeros(1, 3, 12, 12)),
        "12×12 lattice, but .* Use simulated_annealing",
    ),
    "brute force sign": (lambda: brute_force(torch.zeros(1, 3, 4, 4), sign=0), "sign=0, but"),
    "transfer sign": (lambda: transfer_matrix(torch.zeros(1, 3, 4, 4), sign=-2), "sign=-2, but"),
    "nan": (lambda: transfer_matrix(torch.full((1, 3, 4, 4), torch.nan)), "is nan, but"),
}


@pytest.mark.parametrize(("call", "message"), ERRORS.values(), ids=ERRORS.keys())
def test_errors_name_what_was_given_and_the_rule(call, message):
    with pytest.raises(ValueError, match=message):
        call()
