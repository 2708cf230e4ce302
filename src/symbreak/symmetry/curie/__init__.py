"""Curie floors: the least loss that symmetric inputs allow."""

from symbreak.symmetry.curie.direction import DirectionTest as DirectionTest
from symbreak.symmetry.curie.direction import direction_test as direction_test
from symbreak.symmetry.curie.floor import CurieFloor as CurieFloor
from symbreak.symmetry.curie.floor import curie_floor as curie_floor
from symbreak.symmetry.curie.floor import curie_floors as curie_floors
from symbreak.symmetry.curie.label_floors import OrbitFloor as OrbitFloor
from symbreak.symmetry.curie.label_floors import absolute_floor as absolute_floor
from symbreak.symmetry.curie.label_floors import cross_entropy_floor as cross_entropy_floor
from symbreak.symmetry.curie.label_floors import largest_error_floor as largest_error_floor
from symbreak.symmetry.curie.label_floors import misclassification_floor as misclassification_floor
from symbreak.symmetry.curie.near_symmetry import ApproximateFloor as ApproximateFloor
from symbreak.symmetry.curie.near_symmetry import approximate_floor as approximate_floor
from symbreak.symmetry.curie.remedies import RemedyFloors as RemedyFloors
from symbreak.symmetry.curie.remedies import remedy_floors as remedy_floors
