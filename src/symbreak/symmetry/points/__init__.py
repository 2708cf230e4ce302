"""Stabilizers of point clouds in O(3), SO(3), E(3) and SE(3), with the permutations they make."""

from symbreak.symmetry.points.fields import PointField as PointField
from symbreak.symmetry.points.point_stabilizer import point_stabilizer as point_stabilizer
from symbreak.symmetry.points.point_stabilizer import point_stabilizers as point_stabilizers
from symbreak.symmetry.points.profile import SymmetryLevel as SymmetryLevel
from symbreak.symmetry.points.profile import symmetry_profile as symmetry_profile
from symbreak.symmetry.points.stabilizer import PointStabilizer as PointStabilizer
