from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("ase")
pytest.importorskip("moyopy")

from symbreak.data.samples import Structure
from symbreak.data.structure_rules import StructureRules
from symbreak.diagnosis.drawn_cells import whole_cell

CAESIUM, CHLORINE = 55, 17


def drawing(title="Cs2 Cl2"):
    """A cell of two caesium chlorides along z: one chlorine, caesium at all corners and in the middle of the edges."""
    corners = [[4.0 * i, 4.0 * j, 4.0 * k] for i in (0, 1) for j in (0, 1) for k in (0, 1, 2)]
    positions, numbers = np.array([*corners, [2.0, 2.0, 2.0]]), np.array([CAESIUM] * 12 + [CHLORINE])
    listed = Structure(positions, numbers, np.diag([4.0, 4.0, 8.0]), np.ones(3, dtype=bool), name=title)
    admitted = StructureRules(merge_images=True).admit(listed)
    assert isinstance(admitted, Structure)
    assert sorted(admitted.numbers.tolist()) == [CHLORINE, CAESIUM, CAESIUM]
    return admitted


@pytest.mark.parametrize("title", ["Cs2 Cl2", "CsCl", "ClCs"])
def test_translations_supply_what_the_title_counts(title):
    whole, note = whole_cell(drawing(title), 0.01)
    assert sorted(whole.numbers.tolist()) == [CHLORINE, CHLORINE, CAESIUM, CAESIUM]
    heights = np.sort(whole.positions[whole.numbers == CHLORINE][:, 2] % 8.0)
    np.testing.assert_allclose(heights, [2.0, 6.0])
    assert note == f"atoms added by the translations of the cell, to agree with its title {title}: 1"


@pytest.mark.parametrize("title", ["Cs2 Cl", "a drawing", "", "NaCl", "Cs2Cl2O", "POSCAR"])
def test_a_title_that_agrees_or_is_no_formula_of_it_adds_nothing(title):
    listed = drawing(title)
    assert whole_cell(listed, 0.01) == (listed, "")


def test_what_translations_cannot_supply_is_said():
    listed = drawing("Cs2Cl3")
    whole, note = whole_cell(listed, 0.01)
    assert whole is listed
    assert note == "the title counts Cs2Cl3, but the cell holds other numbers of atoms"


def test_a_vacancy_is_no_oversight():
    listed = replace(drawing(), info={})  # each atom was listed once
    assert whole_cell(listed, 0.01) == (listed, "")


def test_atoms_with_attributes_are_not_repeated():
    listed = replace(drawing(), arrays={"charge": np.zeros(3)})
    assert whole_cell(listed, 0.01) == (listed, "")
