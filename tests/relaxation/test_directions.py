"""Directions against the vibrations in textbooks, against forces, and under motions of the structure."""

import math

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import add_adsorbate, bulk, fcc100, molecule
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones
from ase.constraints import FixAtoms, FixBondLength

from symbreak.groups import Orthogonal, normal
from symbreak.relaxation import directions
from symbreak.relaxation.input import symmetric_structure
from symbreak.testing.clouds import cloud_oracles

CLOUDS = {oracle.name: oracle for oracle in cloud_oracles()}


def cloud(name):
    return Atoms(numbers=(CLOUDS[name].species % 90 + 1).tolist(), positions=CLOUDS[name].positions.numpy())


def ring(n, radius, start=0.0, height=0.0):
    angle = start + 2 * np.pi * np.arange(n) / n
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.full(n, height)], axis=1)


def flat_ammonia():
    return Atoms("H3N", np.concatenate([ring(3, 1.0), [[0, 0, 0]]]))


def sulfur():
    """The crown of S8."""
    return Atoms("S8", np.concatenate([ring(4, 2.3, 0, 0.5), ring(4, 2.3, np.pi / 4, -0.5)]))


def ferrocene(twist):
    rings = [ring(5, r, start, z) for z, start in ((1.65, 0.0), (-1.65, twist)) for r in (1.22, 2.3)]
    return Atoms("C5H5C5H5Fe", np.concatenate([*rings, [[0, 0, 0]]]))


def names(atoms):
    """The directions as in a table, `2 E'`, without what they leave."""
    return sorted(f"{d.multiplicity} {d.irrep}" for d in directions(atoms))


# The vibrations but for the totally symmetric ones.
VIBRATIONS = {
    "water": (molecule("H2O"), "1 B2"),
    "planar ammonia": (flat_ammonia(), "1 A2'' + 2 E'"),
    "ammonia": (molecule("NH3"), "2 E"),
    "CO2": (cloud("CO2"), "1 Σu+ + 1 Πu"),
    "HCN": (cloud("HCN"), "1 Π"),
    "acetylene": (molecule("C2H2"), "1 Σu+ + 1 Πg + 1 Πu"),
    "methane": (cloud("methane"), "1 E + 2 T2"),
    "ethylene": (molecule("C2H4"), "1 Au + 2 B1u + 1 B2g + 2 B2u + 2 B3g + 1 B3u"),
    "staggered ethane": (cloud("staggered ethane"), "1 A1u + 2 A2u + 3 Eg + 3 Eu"),
    "SF6": (Atoms("F6S", [*np.eye(3), *-np.eye(3), [0, 0, 0]]), "1 Eg + 2 T1u + 1 T2g + 1 T2u"),
    "XeF4": (
        Atoms("F4Xe", np.concatenate([ring(4, 1.95), [[0, 0, 0]]])),
        "1 A2u + 1 B1g + 1 B2g + 1 B2u + 2 Eu",
    ),
    "benzene": (
        cloud("benzene"),
        "1 A2g + 1 A2u + 2 B1u + 2 B2g + 2 B2u + 1 E1g + 3 E1u + 4 E2g + 2 E2u",
    ),
    "C5H5": (
        Atoms("C5H5", np.concatenate([ring(5, 1.2), ring(5, 2.3)])),
        "1 A2' + 1 A2'' + 3 E1' + 1 E1'' + 4 E2' + 2 E2''",
    ),
    "S8": (sulfur(), "1 B1 + 1 B2 + 2 E1 + 3 E2 + 2 E3"),
    "ferrocene, staggered": (
        ferrocene(math.pi / 5),
        "2 A1u + 1 A2g + 4 A2u + 5 E1g + 6 E1u + 6 E2g + 6 E2u",
    ),
    "ferrocene, eclipsed": (
        ferrocene(0.0),
        "2 A1'' + 1 A2' + 4 A2'' + 6 E1' + 5 E1'' + 6 E2' + 6 E2''",
    ),
    "C60": (
        cloud("buckyball"),
        "1 Au + 3 T1g + 4 T1u + 4 T2g + 5 T2u + 6 Gg + 6 Gu + 8 Hg + 7 Hu",
    ),
}


@pytest.mark.parametrize("name", VIBRATIONS)
def test_vibrations_of_textbooks(name):
    atoms, table = VIBRATIONS[name]
    assert names(atoms) == sorted(table.split(" + "))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ("water", "ethylene", "XeF4", "benzene", "S8", "CO2", "methane", "C5H5"))
def test_directions_move_with_the_structure(name, seed, generator):
    """`P(g x) = g P(x) g⁻¹` for the projector on each direction: with a Gaussian, kicks are equivariant in law."""
    atoms = VIBRATIONS[name][0]
    n = len(atoms)
    generator.manual_seed(seed)
    R = Orthogonal(3).sample(generator=generator, dtype=torch.float64)
    order = torch.randperm(n, generator=generator)
    shift = normal((3,), generator=generator, dtype=torch.float64)
    positions = torch.from_numpy(atoms.positions)[order] @ R.T + shift
    moved = Atoms(numbers=atoms.numbers[order.numpy()], positions=positions.numpy())
    before = {d.irrep: d.basis[:, order] @ R.T for d in directions(atoms)}
    after = {d.irrep: d.basis for d in directions(moved)}
    assert before.keys() == after.keys()
    for irrep, basis in before.items():
        B, C = basis.flatten(1), after[irrep].flatten(1)
        assert (B.T @ B - C.T @ C).abs().max() < 1e-9


@pytest.mark.parametrize("name", VIBRATIONS)
def test_the_directions_split_what_forces_cannot_see(name):
    atoms = VIBRATIONS[name][0]
    structure = symmetric_structure(atoms, 0.01)
    found = directions(atoms)
    basis = torch.cat([d.basis for d in found]).flatten(1)
    n, rigid = len(atoms), 5 if "∞" in structure.name else 6
    symmetric = structure.fixed().dimension
    fixed_rigid = round(float(sum(_fixed_part(structure, motion) for motion in structure._rigid_allowed())))
    assert len(basis) == 3 * n - rigid - symmetric + fixed_rigid
    assert (basis @ basis.T - torch.eye(len(basis))).abs().max() < 1e-10
    atoms = atoms.copy()
    atoms.positions = structure.positions.numpy()
    atoms.calc = LennardJones(sigma=1.1, rc=100.0)
    forces = torch.from_numpy(atoms.get_forces()).flatten()
    forces = forces / forces.norm().clamp(min=1.0)
    assert (basis @ forces).abs().max() < 1e-10
    atoms.rattle(0.05, seed=0)  # of a rattled structure, they do
    assert (basis @ torch.from_numpy(atoms.get_forces()).flatten()).abs().max() > 1e-3


def _fixed_part(structure, motion):
    return structure.fixed().project(motion).square().sum()


def test_multiplicities_and_dimensions_count_the_basis():
    for name in ("CO2", "ethylene", "S8"):
        atoms = VIBRATIONS[name][0]
        for d in directions(atoms):
            assert d.basis.shape == (d.dimension * d.multiplicity, len(atoms), 3)
            assert str(d) == f"{d.multiplicity} {d.irrep} -> {d.left}"


def test_labels_by_dimension_and_parity_follow_the_reference_class():
    """C2' passes through the atoms: the square's diagonal distortion, to a rectangle's, is B2g, the rhombus B1g."""
    square = Atoms("Cu4", ring(4, 1.7))
    rhombus = torch.tensor([[1.0, 0, 0], [0, -1, 0], [-1, 0, 0], [0, 1, 0]], dtype=torch.float64).flatten() / 2
    part = {d.irrep: (d.basis.flatten(1) @ rhombus).norm() for d in directions(square)}
    assert part["B1g"] == pytest.approx(1.0)
    assert part["B2g"] == pytest.approx(0.0, abs=1e-10)


def test_complex_pairs_are_taken_together():
    """A propeller of C3: E has the dimension 2 over the reals."""
    blades = Atoms("H3Li3N", np.concatenate([ring(3, 1.0), ring(3, 1.9, 0.5), [[0, 0, 0.4]]]))
    assert [(d.irrep, d.dimension, d.multiplicity, d.left) for d in directions(blades)] == [("E", 2, 5, "C1")]


def test_charges_and_moments_tell_atoms_apart():
    square = Atoms("Cu4", ring(4, 1.7))
    assert symmetric_structure(square, 0.01).name == "D4h"
    square.set_initial_magnetic_moments([1, -1, 1, -1])
    assert symmetric_structure(square, 0.01).name == "D2h"
    square.set_initial_magnetic_moments(None)
    square.set_initial_charges([1, 0, 0, 0])
    assert symmetric_structure(square, 0.01).name == "C2v"


def test_nearly_symmetric_positions_have_the_directions_of_the_symmetric_ones():
    atoms = flat_ammonia()
    exact = {d.irrep: d.basis.flatten(1) for d in directions(atoms)}
    atoms.rattle(0.002, seed=0)
    for d in directions(atoms):
        B, C = d.basis.flatten(1), exact[d.irrep]
        assert (B.T @ B - C.T @ C).abs().max() < 0.02
    assert not directions(atoms, tolerance=1e-5)


@pytest.mark.parametrize("axis", ("x", "z", (1, 2, 3)))
def test_a_line_along_any_axis_up_to_rounding(axis):
    line = cloud("CO2")
    line.rotate("z", axis)
    line.positions += 1e-15 * np.random.default_rng(0).standard_normal((3, 3))
    assert names(line) == ["1 Πu", "1 Σu+"]


# ---------------------------------------------------------------------------------------------------------------------
# Atoms that are held


def test_motions_about_atoms_that_are_held_are_rigid():
    water = molecule("H2O")
    water.set_constraint(FixAtoms([0]))
    (b2,) = directions(water)
    assert (b2.irrep, len(b2.basis)) == ("B2", 1)
    assert b2.basis[:, 0].abs().max() == 0
    ammonia = flat_ammonia()
    ammonia.set_constraint(FixAtoms([0, 1, 2]))
    assert names(ammonia) == ["1 A2''", "1 E'"]  # nitrogen moves against three atoms that nothing turns
    ammonia.set_constraint(FixAtoms([3]))
    assert names(ammonia) == ["1 A2''", "2 E'"]
    co2 = cloud("CO2")
    co2.set_constraint(FixAtoms([1, 2]))  # both ends: the turns about the line move no atom
    assert names(co2) == ["1 Πu", "1 Σu+"]


def test_where_all_atoms_are_held_nothing_moves():
    square = Atoms("Cu4", ring(4, 1.7), constraint=FixAtoms([0, 1, 2, 3]))
    assert directions(square) == ()


def test_a_held_atom_counts_as_another_species():
    square = Atoms("Cu4", ring(4, 1.7), constraint=FixAtoms([0]))
    structure = symmetric_structure(square, 0.01)
    assert structure.name == "C2v"
    for d in directions(square):
        assert d.basis[:, 0].abs().max() == 0


# ---------------------------------------------------------------------------------------------------------------------
# Crystals


def perovskite():
    places = [[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]
    return Atoms("BaTiO3", scaled_positions=places, cell=[4.0] * 3, pbc=True)


def adatom(site):
    slab = fcc100("Cu", (2, 2, 2), vacuum=6)
    add_adsorbate(slab, "Cu", 1.9, site)
    slab.set_constraint(FixAtoms(mask=slab.get_tags() == 2))
    return slab


MODES = {
    "silicon": (bulk("Si"), ["1 Γ T2g"]),
    "salt": (bulk("NaCl", "rocksalt", 5.6), ["1 Γ T1u"]),
    "hcp": (bulk("Mg"), ["1 Γ B1g", "1 Γ E2g"]),
    "perovskite": (perovskite(), ["1 Γ T2u", "3 Γ T1u"]),
    "simple cubic, doubled": (bulk("Cu", "sc", a=2.4) * (2, 1, 1), ["1 X A2u", "1 X Eu"]),
}


@pytest.mark.parametrize("name", MODES)
def test_modes_of_crystals(name):
    pytest.importorskip("moyopy")
    atoms, modes = MODES[name]
    assert names(atoms) == modes
    assert sum(len(d.basis) for d in directions(atoms)) == 3 * len(atoms) - 3  # no mode is totally symmetric here


def test_forces_of_a_layer_have_no_part_in_its_directions():
    pytest.importorskip("moyopy")
    slab = adatom("ontop")
    slab.calc = EMT()
    forces = torch.from_numpy(slab.get_forces()).flatten()  # those of held atoms are taken out
    basis = torch.cat([d.basis for d in directions(slab)]).flatten(1)
    assert (basis @ forces).abs().max() < 1e-10 < forces.norm()
    assert basis.unflatten(1, (-1, 3))[:, slab.get_tags() == 2].abs().max() == 0
    assert len(basis) == 15 - int(symmetric_structure(slab, 0.01).fixed().dimension) + 2  # two heights are held


def test_a_cell_that_hides_the_symmetry_of_its_crystal():
    """In a double cell no operation turns its long axis to the others, yet forces have the crystal's symmetry."""
    pytest.importorskip("moyopy")
    one, two = perovskite(), perovskite() * (2, 1, 1)
    space = symmetric_structure(two, 0.01).lowering_space().flatten(1)
    for d in directions(one):
        doubled = torch.cat([d.basis, d.basis], dim=1).flatten(1) / 2**0.5
        assert (doubled - doubled @ space.T @ space).abs().max() < 1e-9


# ---------------------------------------------------------------------------------------------------------------------
# What is refused


def test_asymmetric_structures_have_no_directions():
    assert directions(cloud("chiral molecule")) == ()
    assert directions(Atoms("H2", [[0, 0, 0], [0, 0, 0.74]])) == ()  # stretching keeps D∞h


def with_nan():
    atoms = molecule("H2O")
    atoms.positions[1, 2] = np.nan
    return atoms


@pytest.mark.parametrize(
    "atoms, message",
    [
        (Atoms("H"), "The structure has 1 atom"),
        (Atoms(), "The structure has 0 atom"),
        (bulk("Cu"), r"The structure has 1 atom.*repeat"),
        (with_nan(), "Atom 1 is at .*nan"),
        (Atoms("H2O", [[0, 0, 0], [0, 0, 0.005], [1, 0, 0]]), "Atoms 0 and 1 are 0.005 Å apart"),
        (Atoms("OH2", np.zeros((3, 3))), "Atoms 0 and 1 are 0 Å apart"),
        (Atoms("H3", ring(3, 1.0), constraint=FixBondLength(0, 1)), "The constraint FixBondLengths may forbid"),
        (Atoms("Cu2", [[0, 0, 0], [2, 0, 0]], cell=[4, 9, 9], pbc=(1, 0, 0)), "periodic along one vector only"),
        (Atoms("Cu2", [[0, 0, 0], [2, 0, 0]], cell=[4, 0, 9], pbc=(1, 1, 0)), "does not give both"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refused(atoms, message):
    with pytest.raises(ValueError, match=message) as raised:
        directions(atoms)
    assert "\n" not in str(raised.value)


def test_coincident_atoms_of_a_crystal():
    pytest.importorskip("moyopy")
    atoms = Atoms("Cu2", [[0, 0, 0], [4, 0, 0.001]], cell=[4, 4, 4], pbc=True)
    with pytest.raises(ValueError, match="Atoms 0 and 1 are 0.001 Å apart"):
        directions(atoms)


def test_vector_moments_are_refused():
    atoms = Atoms("Cu4", ring(4, 1.7), magmoms=np.ones((4, 3)))
    with pytest.raises(ValueError, match=r"moments have shape \(4, 3\)"):
        directions(atoms)


@pytest.mark.parametrize("tolerance", (0.0, -1.0, math.nan, math.inf))
def test_a_tolerance_is_a_length(tolerance):
    with pytest.raises(ValueError, match="The tolerance is"):
        directions(molecule("H2O"), tolerance=tolerance)
