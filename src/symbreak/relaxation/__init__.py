"""Relaxations that start from symmetric structures: displacements that lower the symmetry. Needs ASE."""

from symbreak.relaxation.directions import Direction as Direction
from symbreak.relaxation.directions import directions as directions
from symbreak.relaxation.kick import Kick as Kick
from symbreak.relaxation.kick import kick as kick
from symbreak.relaxation.optimizer import SymmetryLoweringOptimizer as SymmetryLoweringOptimizer
from symbreak.relaxation.optimizer import Trial as Trial
