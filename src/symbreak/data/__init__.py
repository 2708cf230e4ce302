"""Data with known symmetry and known answers.

Ising ground states: the Hamiltonian, closed forms and data sets (`ising`), exact solvers for small lattices
(`ising_exact`) and a stochastic solver for large ones (`ising_annealing`).
"""

from symbreak.data.ising import (
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
from symbreak.data.ising_annealing import simulated_annealing
from symbreak.data.ising_exact import brute_force, transfer_matrix

__all__ = [
    "brute_force",
    "check_conditions",
    "constant_conditions",
    "disordered_conditions",
    "energy",
    "grid_conditions",
    "ground_energy",
    "ground_state",
    "lattice_conditions",
    "local_field",
    "rotate_conditions",
    "simulated_annealing",
    "transfer_matrix",
    "uniform_energy",
]
