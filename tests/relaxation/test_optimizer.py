"""Relaxations that symmetry keeps on a saddle, by ASE's calculators."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import add_adsorbate, fcc100
from ase.calculators.calculator import Calculator
from ase.calculators.emt import EMT
from ase.calculators.ff import ForceField
from ase.calculators.lj import LennardJones
from ase.cluster import Octahedron
from ase.constraints import FixAtoms, FixBondLength
from ase.filters import FrechetCellFilter
from ase.optimize import BFGS, FIRE
from ase.utils.ff import Angle, Bond

from symbreak.relaxation import SymmetryLoweringOptimizer
from symbreak.relaxation.input import symmetric_structure

QUIET = partial(BFGS, logfile=None)


def ammonia():
    """Planar, with bonds and angles that a vibrational analysis gives."""
    flat = Atoms("NH3", [[0, 0, 0], [1, 0, 0], [-0.5, 0.75**0.5, 0], [-0.5, -(0.75**0.5), 0]], cell=[20] * 3)
    angles = [Angle(g, 0, h, 3.7, math.radians(106.7)) for g, h in ((1, 2), (1, 3), (2, 3))]
    flat.calc = ForceField(bonds=[Bond(0, h, 41.8, 1.012) for h in (1, 2, 3)], angles=angles)
    return flat


def water():
    """Linear; the bend is harmonic in the cosine, so that it has forces at 180 degrees."""
    line = Atoms("OH2", [[0, 0, 0], [0, 0, 0.96], [0, 0, -0.96]], cell=[20] * 3)
    bend = Angle(1, 0, 2, 5.09, math.radians(104.52), cos=True)
    line.calc = ForceField(bonds=[Bond(0, h, 39.0, 0.9572) for h in (1, 2)], angles=[bend])
    return line


def square(calculator, radius=1.7):
    corners = radius * np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]])
    return Atoms("Cu4", corners, calculator=calculator)


def chain():
    return Atoms("Cu2", [[0, 5, 5], [2.0, 5, 5]], cell=[4.0, 10, 10], pbc=True, calculator=EMT())


def adatom():
    slab = fcc100("Cu", (2, 2, 2), vacuum=6)
    add_adsorbate(slab, "Cu", 1.9, "ontop")
    slab.set_constraint(FixAtoms(mask=slab.get_tags() == 2))
    slab.calc = EMT()
    return slab


def search(atoms, fmax=0.01, optimizer=QUIET, seed=0, **given):
    found = SymmetryLoweringOptimizer(atoms, optimizer, generator=torch.Generator().manual_seed(seed), **given)
    return found, found.run(fmax=fmax)


CASES = {
    "planar NH3": (ammonia, "D3h", "A2''", "C3v"),
    "linear H2O": (water, "D∞h", "Πu", "C2v"),
    "square of Cu": (partial(square, EMT()), "D4h", "B2u", "Td"),
    "straight chain": (chain, "P4/mmm (123)", "(1/2, 0, 0) Eu", "P2_1/m (11)"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_minimum_is_reached_from_a_saddle(name):
    make, before, irrep, after = CASES[name]
    if "(" in before:
        pytest.importorskip("moyopy")
    alone = make()
    assert QUIET(alone).run(fmax=0.01)
    assert symmetric_structure(alone, 0.01).name == before  # stuck
    atoms = make()
    found, converged = search(atoms)
    assert converged
    first, kept = found.log[0], [trial for trial in found.log if trial.kept]
    assert (first.irrep, first.after) == (None, before)
    assert (kept[-1].before, kept[-1].irrep, kept[-1].after) == (before, irrep, after)
    assert symmetric_structure(atoms, 0.01).name == after
    assert atoms.get_potential_energy() == pytest.approx(kept[-1].energy)
    assert kept[-1].energy < first.energy - 0.1
    assert np.linalg.norm(atoms.get_forces(), axis=1).max() < 0.01
    assert found.get_number_of_steps() == sum(trial.steps for trial in found.log)
    tested = [trial for trial in found.log if trial.before == after]
    assert tested  # the end was kicked, in vain
    assert not any(trial.kept for trial in tested)


def test_the_symmetric_kick_of_a_rhombus_is_a_trap_that_the_other_irreps_leave():
    """A rhombus is below the square, and a saddle to the tetrahedron."""
    rhombus = square(EMT())
    rhombus.positions *= [1.3, 0.8, 1.0]
    assert QUIET(rhombus).run(fmax=0.01)
    assert symmetric_structure(rhombus, 0.02).name == "D2h"
    found, converged = search(rhombus, tolerance=0.02)
    assert converged
    assert found.log[-1].before == "Td"


@pytest.mark.slow
def test_a_cuboctahedron_becomes_an_icosahedron():
    for calculator in (EMT(), LennardJones(sigma=2.3, rc=30.0)):
        atoms = Atoms("Cu13", Octahedron("Cu", 3, cutoff=1).positions, calculator=calculator)
        found, converged = search(atoms)
        assert converged
        assert [(t.irrep, t.after) for t in found.log if t.kept] == [(None, "Oh"), ("A2g", "Ih")]


@pytest.mark.slow
def test_an_adatom_on_top_moves_to_the_hollow():
    pytest.importorskip("moyopy")
    slab = adatom()
    below = slab.positions[slab.get_tags() == 2].copy()
    found, converged = search(slab)
    assert converged
    assert [t.irrep for t in found.log if t.kept] == [None, "Γ E"]
    assert found.log[0].energy - slab.get_potential_energy() > 0.5
    assert np.array_equal(slab.positions[slab.get_tags() == 2], below)


def test_other_optimizers_and_cells_that_relax():
    atoms = ammonia()
    assert search(atoms, optimizer=partial(FIRE, logfile=None))[1]
    assert symmetric_structure(atoms, 0.01).name == "C3v"
    pytest.importorskip("moyopy")
    atoms = chain()
    found, converged = search(
        atoms, optimizer=lambda atoms: QUIET(FrechetCellFilter(atoms, mask=[1, 0, 0, 0, 0, 0])), fmax=0.02
    )
    assert converged
    assert abs(atoms.cell[0, 0] - 4.0) > 0.05  # the period is the end's, not the start's
    assert found.log[-1].before == symmetric_structure(atoms, 0.01).name


def test_runs_repeat_by_seed():
    one, two, other = (search(square(EMT()), seed=seed)[0].log for seed in (0, 0, 1))
    assert one == two
    assert one != other


def test_a_minimum_stays():
    pyramid = ammonia()
    pyramid.positions[0, 2] = 0.38
    QUIET(pyramid).run(fmax=1e-3)
    energy = pyramid.get_potential_energy()
    found, converged = search(pyramid, fmax=1e-3)
    assert converged
    assert [trial.irrep for trial in found.log] == [None, "E"]
    assert pyramid.get_potential_energy() == energy


def test_kicks_are_doubled_where_forces_are_below_their_limit_too_early():
    """With a limit of 0.05 eV/Å the square is left, but the forces are small again before the tetrahedron."""
    copper = square(EMT())
    found, converged = search(copper, fmax=0.05)
    assert converged
    folded = [trial for trial in found.log if trial.irrep == "B2u"]
    assert [trial.size for trial in folded] == [0.05 * 2**k for k in range(len(folded))]
    assert [trial.after for trial in folded[:-2]] == ["D2d"] * (len(folded) - 2)
    assert [trial.kept for trial in folded].index(True) == len(folded) - 2  # the last gained nothing more
    assert found.log[-1].before == "Td"


def test_what_did_not_converge_is_not_called_tested():
    found, converged = SymmetryLoweringOptimizer(square(EMT(), 2.0), QUIET), None
    converged = found.run(fmax=1e-6, steps=1)
    assert not converged
    assert [trial.converged for trial in found.log] == [False]
    found = SymmetryLoweringOptimizer(ammonia(), QUIET, generator=torch.Generator().manual_seed(0))
    assert not found.run(fmax=0.01, steps=4)  # enough for the planar one, not for the way down
    assert "not converged" in str(found.log[-1])


def test_the_log_reads():
    found, _ = search(ammonia())
    lines = [str(trial) for trial in found.log]
    assert lines[0].startswith("D3h as given -> D3h, 0.2991 eV, ")
    assert lines[1].startswith("D3h kicked along A2'' -> C3v, 0.0000 eV, ")
    assert lines[1].endswith(", kept")


# ---------------------------------------------------------------------------------------------------------------------
# What is refused


def test_no_calculator():
    atoms = ammonia()
    atoms.calc = None
    with pytest.raises(ValueError, match="The atoms have no calculator"):
        SymmetryLoweringOptimizer(atoms, QUIET)


@pytest.mark.parametrize("name", ("size", "threshold"))
@pytest.mark.parametrize("value", (0.0, -1.0, math.nan, math.inf))
def test_sizes_and_thresholds_are_positive(name, value):
    with pytest.raises(ValueError, match=f"{name} is .*positive and finite"):
        SymmetryLoweringOptimizer(ammonia(), QUIET, **{name: value})


def test_what_cannot_be_searched_is_refused_before_it_is_relaxed():
    atoms = ammonia()
    atoms.set_constraint(FixBondLength(0, 1))
    with pytest.raises(ValueError, match="The constraint FixBondLength"):
        SymmetryLoweringOptimizer(atoms, QUIET)


class Broken(Calculator):
    """Fails out of the plane."""

    implemented_properties = ("energy", "forces")

    def calculate(self, atoms=None, properties=("energy",), system_changes=()):
        super().calculate(atoms, properties, system_changes)
        flat = np.ptp(self.atoms.positions[:, 2]) < 1e-6
        self.results = {"energy": 0.0 if flat else math.nan, "forces": np.zeros((len(self.atoms), 3))}


def test_an_energy_that_is_not_finite():
    atoms = ammonia()
    atoms.calc = Broken()
    with pytest.raises(ValueError, match=r"The energy is nan after 0 steps from D3h, kicked along A2''"):
        SymmetryLoweringOptimizer(atoms, QUIET, generator=torch.Generator().manual_seed(0)).run()
