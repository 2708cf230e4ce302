"""Penalties on what breaks the symmetry of relaxed layers, their schedules, and the degree of equivariance."""

from symbreak.layers.relaxation_penalty.degree import degree_of_equivariance as degree_of_equivariance
from symbreak.layers.relaxation_penalty.graded import CasimirPenalty as CasimirPenalty
from symbreak.layers.relaxation_penalty.graded import IrrepLasso as IrrepLasso
from symbreak.layers.relaxation_penalty.pathway_prior import ResidualPathwayPrior as ResidualPathwayPrior
from symbreak.layers.relaxation_penalty.penalty import RelaxationPenalty as RelaxationPenalty
from symbreak.layers.relaxation_penalty.projection import SoftProjection as SoftProjection
from symbreak.layers.relaxation_penalty.schedule import Annealing as Annealing
from symbreak.layers.relaxation_penalty.schedule import ConstraintRelaxation as ConstraintRelaxation
from symbreak.layers.relaxation_penalty.schedule import DualAscent as DualAscent
from symbreak.layers.relaxation_penalty.schedule import Schedule as Schedule
from symbreak.layers.relaxation_penalty.smoothness import GroupSmoothness as GroupSmoothness
from symbreak.layers.relaxation_penalty.smoothness import SiteSmoothness as SiteSmoothness
