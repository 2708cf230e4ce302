"""The public conformance suite; nothing in the package imports it."""

from symbreak.testing.actions import check_action as check_action
from symbreak.testing.clouds import CloudOracle as CloudOracle
from symbreak.testing.clouds import cloud_oracles as cloud_oracles
from symbreak.testing.conformance import check_group as check_group
from symbreak.testing.conformance import check_representation as check_representation
from symbreak.testing.crystals import CrystalOracle as CrystalOracle
from symbreak.testing.crystals import crystal_gap as crystal_gap
from symbreak.testing.crystals import crystal_oracles as crystal_oracles
from symbreak.testing.equivariance import assert_breaks as assert_breaks
from symbreak.testing.equivariance import assert_equivariant as assert_equivariant
from symbreak.testing.equivariance import assert_pathwise_equivariant as assert_pathwise_equivariant
from symbreak.testing.kernels import check_kernel as check_kernel
from symbreak.testing.law import check_counts as check_counts
from symbreak.testing.law import check_uniform as check_uniform
from symbreak.testing.law import chi_square_threshold as chi_square_threshold
from symbreak.testing.oracles import GraphOracle as GraphOracle
from symbreak.testing.oracles import LatticeOracle as LatticeOracle
from symbreak.testing.oracles import PointOracle as PointOracle
from symbreak.testing.oracles import graph_oracles as graph_oracles
from symbreak.testing.oracles import lattice_oracles as lattice_oracles
from symbreak.testing.oracles import point_oracles as point_oracles
