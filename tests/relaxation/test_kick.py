"""Kicks: their law, their size, and the symmetry that they leave."""

import math

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk, molecule
from ase.constraints import FixAtoms

from symbreak.groups import SampleKeys
from symbreak.relaxation import Direction, directions, kick
from symbreak.relaxation.input import symmetric_structure
from symbreak.testing import check_counts
from symbreak.testing.clouds import cloud_oracles

CLOUDS = {oracle.name: oracle for oracle in cloud_oracles()}
DRAWS = 160


def cloud(name):
    return Atoms(numbers=(CLOUDS[name].species % 90 + 1).tolist(), positions=CLOUDS[name].positions.numpy())


def flat_ammonia():
    return Atoms("NH3", [[0, 0, 0], [1, 0, 0], [-0.5, 0.75**0.5, 0], [-0.5, -(0.75**0.5), 0]])


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def along(atoms, irrep):
    return next(direction for direction in directions(atoms) if direction.irrep == irrep)


def found_again(atoms):
    """The name that a search finds, with a tolerance far below the kick."""
    return symmetric_structure(atoms, 1e-5).name


@pytest.mark.parametrize(
    "name", ("water", "CO2", "HCN", "line", "square", "pentagon", "methane", "octahedron", "cube of ions", "benzene")
)
def test_what_is_left_is_what_a_search_finds(name):
    atoms = cloud(name)
    for direction in (*directions(atoms), None):
        kicked = kick(atoms, size=0.1, direction=direction, generator=seeded())
        assert kicked.before == CLOUDS[name].schoenflies
        assert kicked.left == found_again(kicked.atoms)
        assert direction is None or kicked.left == direction.left


def test_several_bends_of_one_irrep_leave_less_than_one():
    """Each copy has a plane of its own: Πu of diacetylene leaves the mirror across the line, that of CO2 leaves C2v."""
    line = Atoms("HC4H", [[0, 0, z] for z in (-3.1, -1.95, -0.7, 0.7, 1.95, 3.1)])
    for irrep, left in (("Σu+", "C∞v"), ("Πg", "Ci"), ("Πu", "Cs")):
        kicked = kick(line, size=0.1, direction=along(line, irrep), generator=seeded())
        assert kicked.left == found_again(kicked.atoms) == left


@pytest.mark.parametrize("atoms", (bulk("Si"), bulk("Mg"), bulk("Cu", "sc", a=2.4) * (2, 1, 1)), ids=("Si", "Mg", "sc"))
def test_what_is_left_of_a_crystal_is_what_a_search_finds(atoms):
    pytest.importorskip("moyopy")
    for direction in (*directions(atoms), None):
        kicked = kick(atoms, size=0.1, direction=direction, generator=seeded())
        assert kicked.left == found_again(kicked.atoms) != kicked.before


def test_a_literal_kick():
    """Out of the plane there is one displacement that moves neither the centre nor turns anything."""
    kicked = kick(flat_ammonia(), size=0.1, direction=along(flat_ammonia(), "A2''"), generator=seeded())
    u = kicked.displacement
    assert u[:, :2].abs().max() < 1e-12
    assert (u[1:, 2] + u[0, 2] / 3).abs().max() < 1e-12  # N against H3, not weighted by masses
    assert float(u[0, 2].abs()) == pytest.approx(0.1 * 2 * (3 / 4) ** 0.5)
    assert (kicked.before, kicked.left) == ("D3h", "C3v")


def test_neither_direction_of_a_line_is_preferred():
    flat = flat_ammonia()
    umbrella, generator = along(flat, "A2''"), seeded()
    up = sum(bool(kick(flat, direction=umbrella, generator=generator).displacement[0, 2] > 0) for _ in range(DRAWS))
    check_counts(torch.tensor([up, DRAWS - up]), significance=1e-3)


def test_no_angle_in_the_plane_of_an_irrep_is_preferred():
    """The bend of CO2: a uniform angle about the axis. A kick that is not would fail."""
    line = cloud("CO2")
    bend, generator = along(line, "Πu"), seeded()
    u = torch.stack([kick(line, direction=bend, generator=generator).displacement[0] for _ in range(DRAWS)])
    angle = torch.atan2(u[:, 1], u[:, 0])
    check_counts(torch.histc(angle, 8, -math.pi, math.pi), significance=1e-3)
    with pytest.raises(AssertionError, match="chi-square"):
        check_counts(torch.histc(angle.abs(), 8, -math.pi, math.pi), significance=1e-3)


@pytest.mark.parametrize("size", (0.01, 0.3))
@pytest.mark.parametrize("name", ("water", "CO2", "octahedron"))
def test_size_is_the_root_mean_square_and_rigid_motions_have_no_part(name, size):
    atoms = cloud(name)
    u = kick(atoms, size=size, generator=seeded()).displacement
    assert float(u.square().sum(1).mean().sqrt()) == pytest.approx(size)
    x = CLOUDS[name].positions
    assert u.sum(0).abs().max() < 1e-12
    assert torch.linalg.cross(x, u).sum(0).abs().max() < 1e-10
    structure = symmetric_structure(atoms, 0.01)
    assert structure.fixed().project(u).abs().max() < 1e-12
    rattled = atoms.copy()
    rattled.rattle(size, seed=0)
    assert structure.fixed().project(torch.from_numpy(rattled.positions - atoms.positions)).abs().max() > 1e-4


def test_the_structure_given_is_not_changed_and_what_it_carries_stays():
    atoms = molecule("CH4")
    atoms.set_constraint(FixAtoms([0, 1]))
    atoms.info["name"] = "methane"
    before = atoms.positions.copy()
    kicked = kick(atoms, generator=seeded())
    assert np.array_equal(atoms.positions, before)
    assert np.array_equal(kicked.atoms.positions[:2], before[:2])
    assert np.allclose(kicked.atoms.positions - before, kicked.displacement.numpy())
    assert (kicked.atoms.positions[2:] != before[2:]).any(1).all()
    assert kicked.atoms.info == {"name": "methane"}
    assert kicked.atoms.constraints[0].get_indices().tolist() == [0, 1]
    assert kicked.before == "C3v"  # of methane with a C-H bond that is held


def test_draws_repeat_by_seed_and_by_sample():
    atoms = molecule("C6H6")
    first, again, other = (kick(atoms, generator=seeded(s)).displacement for s in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)
    keyed = [kick(atoms, generator=SampleKeys(torch.tensor([i]), seed=0)).displacement for i in (3, 3, 4)]
    assert torch.equal(keyed[0], keyed[1])
    assert not torch.allclose(keyed[0], keyed[2])
    keys = SampleKeys(torch.tensor([3]), seed=0)
    assert not torch.allclose(kick(atoms, generator=keys).displacement, kick(atoms, generator=keys).displacement)


def test_nearly_symmetric_structures_are_kicked_as_symmetric_ones():
    atoms = flat_ammonia()
    atoms.rattle(0.001, seed=0)
    kicked = kick(atoms, direction=along(atoms, "A2''"), generator=seeded())
    assert (kicked.before, kicked.left) == ("D3h", "C3v")


# ---------------------------------------------------------------------------------------------------------------------
# What is refused


@pytest.mark.parametrize("atoms", (cloud("chiral molecule"), Atoms("H2", [[0, 0, 0], [0, 0, 0.74]])), ids=("C1", "H2"))
def test_nothing_to_lower(atoms):
    with pytest.raises(ValueError, match=r"No displacement lowers the symmetry .*atoms\.rattle\(0\.05\)"):
        kick(atoms)


@pytest.mark.parametrize("size", (0.0, -0.1, math.nan, math.inf))
def test_a_size_is_a_length(size):
    with pytest.raises(ValueError, match="size is .*positive length"):
        kick(flat_ammonia(), size=size)


def test_one_atom_and_coincident_atoms_and_nan():
    with pytest.raises(ValueError, match="The structure has 1 atom"):
        kick(Atoms("H"))
    with pytest.raises(ValueError, match="Atoms 0 and 1 are 0 Å apart"):
        kick(Atoms("HO", np.zeros((2, 3))))
    atoms = flat_ammonia()
    atoms.positions[2] = np.nan
    with pytest.raises(ValueError, match="Atom 2 is at"):
        kick(atoms)


def test_directions_of_other_structures_are_refused():
    flat, line = flat_ammonia(), cloud("CO2")
    with pytest.raises(ValueError, match="The direction Πu is of 3 atoms, but the structure has 4"):
        kick(flat, direction=along(line, "Πu"))
    turned = flat.copy()
    turned.rotate(30, "x")
    with pytest.raises(ValueError, match=r"The direction E' is not one of this structure, of symmetry D3h"):
        kick(turned, direction=along(flat, "E'"))
    bend = along(line, "Πu")
    half = Direction("Πu", 1, 1, bend.basis[:1], "C2v")  # one of two degenerate displacements is no representation
    with pytest.raises(ValueError, match="takes displacements out of it"):
        kick(line, direction=half)
    with pytest.raises(ValueError, match="is not one of this structure, of symmetry C1"):
        kick(Atoms("NHF2", flat.positions + np.eye(4, 3)), direction=along(flat, "A2''"))
