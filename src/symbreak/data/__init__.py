"""Data: simulators with known answers, and readers that stream files.

Ising ground states: the Hamiltonian, closed forms and data sets (`ising`), exact solvers for small lattices
(`ising_exact`) and a stochastic solver for large ones (`ising_annealing`).

Files: `open_source` finds the reader of a file and hands out samples, structures, graphs or fields, one after
another; `target` and `pair` take what a model is to predict from a sample, or from a second file.
"""

from symbreak.data.graphs import PackedGraphs as PackedGraphs
from symbreak.data.graphs import pack as pack
from symbreak.data.ising import check_conditions as check_conditions
from symbreak.data.ising import constant_conditions as constant_conditions
from symbreak.data.ising import disordered_conditions as disordered_conditions
from symbreak.data.ising import energy as energy
from symbreak.data.ising import grid_conditions as grid_conditions
from symbreak.data.ising import ground_energy as ground_energy
from symbreak.data.ising import ground_state as ground_state
from symbreak.data.ising import lattice_conditions as lattice_conditions
from symbreak.data.ising import local_field as local_field
from symbreak.data.ising import rotate_conditions as rotate_conditions
from symbreak.data.ising import uniform_energy as uniform_energy
from symbreak.data.ising_annealing import simulated_annealing as simulated_annealing
from symbreak.data.ising_exact import brute_force as brute_force
from symbreak.data.ising_exact import transfer_matrix as transfer_matrix
from symbreak.data.pairs import Pair as Pair
from symbreak.data.pairs import pair as pair
from symbreak.data.pairs import pairs as pairs
from symbreak.data.reading import open_source as open_source
from symbreak.data.samples import FieldSample as FieldSample
from symbreak.data.samples import GraphSample as GraphSample
from symbreak.data.samples import Refused as Refused
from symbreak.data.samples import Structure as Structure
from symbreak.data.source import SampleSource as SampleSource
from symbreak.data.targets import Per as Per
from symbreak.data.targets import Target as Target
from symbreak.data.targets import target as target
from symbreak.data.targets import targets as targets
