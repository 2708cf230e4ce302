"""Crystals: space groups, sites, distortions and their order parameters. `crystal_symmetry` needs moyopy."""

from symbreak.symmetry.crystals.atom_fields import AtomField as AtomField
from symbreak.symmetry.crystals.crystal import CrystalSymmetry as CrystalSymmetry
from symbreak.symmetry.crystals.crystal import SiteSymmetry as SiteSymmetry
from symbreak.symmetry.crystals.deformation import Deformation as Deformation
from symbreak.symmetry.crystals.deformation import deformation as deformation
from symbreak.symmetry.crystals.mulliken import Irrep as Irrep
from symbreak.symmetry.crystals.mulliken import mulliken_irreps as mulliken_irreps
from symbreak.symmetry.crystals.operations import Operations as Operations
from symbreak.symmetry.crystals.order_parameter import Mode as Mode
from symbreak.symmetry.crystals.order_parameter import OrderParameter as OrderParameter
from symbreak.symmetry.crystals.order_parameter import StrainMode as StrainMode
from symbreak.symmetry.crystals.order_parameter import isotropy_group as isotropy_group
from symbreak.symmetry.crystals.order_parameter import order_parameter as order_parameter
from symbreak.symmetry.crystals.point_groups import PointGroup as PointGroup
from symbreak.symmetry.crystals.point_groups import point_group as point_group
from symbreak.symmetry.crystals.space_group import crystal_symmetry as crystal_symmetry
from symbreak.symmetry.crystals.space_group import nearby_symmetry as nearby_symmetry
from symbreak.symmetry.crystals.unit_cell import UnitCell as UnitCell
from symbreak.symmetry.crystals.unit_cell import unit_cell as unit_cell
