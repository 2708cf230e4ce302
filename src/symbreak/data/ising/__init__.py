"""Ising ground states on a periodic square lattice: the Hamiltonian, its closed forms and data sets.

    H(s) = -sign · Σ_(x,y) (J_x[x,y] s[x,y] s[x+1,y] + J_y[x,y] s[x,y] s[x,y+1]) - Σ_(x,y) h[x,y] s[x,y]

Energies are per site, H / L². A *conditions* tensor `(B, 3, L, L)` holds the channels (J_x, J_y, h), a
*spins* tensor `(B, 1, L, L)` holds ±1; the lattice axes are (x, y). With sign=+1 a positive J favours
aligned spins.

Reference:
    Lawrence, Portilheiro, Zhang, Kaba (2025), Improving Equivariant Networks with Probabilistic Symmetry
    Breaking, Table 3. The paper's lattice size and normalisation are not known to us: compare fractions of
    the ground-state energy, not energies.
"""

from symbreak.data.ising.annealing import simulated_annealing as simulated_annealing
from symbreak.data.ising.checks import check_conditions as check_conditions
from symbreak.data.ising.closed_forms import ground_energy as ground_energy
from symbreak.data.ising.closed_forms import ground_state as ground_state
from symbreak.data.ising.closed_forms import uniform_energy as uniform_energy
from symbreak.data.ising.conditions import constant_conditions as constant_conditions
from symbreak.data.ising.conditions import disordered_conditions as disordered_conditions
from symbreak.data.ising.conditions import grid_conditions as grid_conditions
from symbreak.data.ising.conditions import lattice_conditions as lattice_conditions
from symbreak.data.ising.conditions import rotate_conditions as rotate_conditions
from symbreak.data.ising.exact import brute_force as brute_force
from symbreak.data.ising.exact import transfer_matrix as transfer_matrix
from symbreak.data.ising.hamiltonian import energy as energy
from symbreak.data.ising.hamiltonian import local_field as local_field
