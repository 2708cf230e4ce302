"""Crystals from CIF files: symmetry carried out, disorder refused, species that are no element."""

import os
from pathlib import Path

import numpy as np
import pytest

from symbreak.data import open_source
from symbreak.data.readers.cif import CifFile, species_number, species_symbol
from symbreak.data.samples import Refused, Structure

pytest.importorskip("ase")

needs_data = pytest.mark.skipif("SYMBREAK_DATA" not in os.environ, reason="SYMBREAK_DATA is not set")
CRYSTALS = Path(os.environ.get("SYMBREAK_DATA", "")) / "crystals"

CELL = "".join(f"_cell_length_{axis} 4.0\n" for axis in "abc") + "".join(
    f"_cell_angle_{angle} 90\n" for angle in ("alpha", "beta", "gamma")
)
ROCK_SALT = f"""data_salt
{CELL}_space_group_IT_number 225
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Na1 Na 0 0 0 1
Cl1 Cl 0.5 0.5 0.5 1
"""


def sites(*rows):
    heads = "".join(f"_atom_site_{head}\n" for head in ("type_symbol", "fract_x", "fract_y", "fract_z"))
    return f"data_cell\n{CELL}_space_group_IT_number 1\nloop_\n{heads}" + "".join(f"{row}\n" for row in rows)


def test_symmetry_is_carried_out(tmp_path):
    path = tmp_path / "salt.cif"
    path.write_text("# a comment\n" + ROCK_SALT)
    (salt,) = open_source(path)
    assert (salt.name, salt.line) == ("salt", 2)
    assert np.bincount(salt.numbers)[[11, 17]].tolist() == [4, 4]
    assert salt.pbc.all()
    assert (salt.arrays, salt.info) == ({}, {})


def test_blocks_are_read_one_by_one(tmp_path):
    path = tmp_path / "many.cif"
    text = f"data_global\n_publ_section_title\n;\ndata_ in a text field\n;\n{ROCK_SALT}{sites('H 0 0 0', 'H 0 0 1')}"
    half = ROCK_SALT.replace("Cl1 Cl 0.5 0.5 0.5 1", "Cl1 Cl 0.5 0.5 0.5 0.5(1)")
    path.write_text(text + half + "data_broken\nloop_\n_a\n_b\n1 2 3\n" + sites("Fe 0 0 nan") + sites("Fe 0 0 0.25"))
    samples = list(open_source(path))
    assert [sample.index for sample in samples] == list(range(7))
    assert [isinstance(sample, Structure) for sample in samples] == [False, True, False, False, False, False, True]
    for k, words in (
        (0, "the block has no atom sites"),
        (2, "atoms 0 and 1 are 0 Å apart, through the cell|equivalent"),
        (3, "site Cl1 is occupied to 0.5, but a disordered crystal is no single arrangement"),
        (4, "the block cannot be read"),
    ):
        assert isinstance(samples[k], Refused)
        assert any(word in samples[k].reason for word in words.split("|"))
    assert samples[3].name == "salt"


def test_species_that_are_no_element(tmp_path):
    path = tmp_path / "type.cif"
    path.write_text(sites("A0+ 0 0 0", "B 0.5 0.5 0.5", "X 0.5 0 0", "Zz 0 0.5 0"))
    (crystal,) = open_source(path)
    assert crystal.numbers.tolist() == [species_number("A"), 5, 0, species_number("Zz")]
    symbols = ["H", "A", "Zz", "J", "Og", "X"]
    assert [species_symbol(species_number(symbol)) for symbol in symbols] == symbols
    assert len({species_number(symbol) for symbol in symbols}) == len(symbols)


@pytest.mark.parametrize(
    "call, message",
    (
        (lambda: species_number("water"), "The species is 'water', but a symbol is a capital letter"),
        (lambda: species_symbol(150), "150 is the number of no species"),
    ),
)
def test_no_species(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "text, message",
    (
        ("loop_\n_a\n1\n", "no.cif: there is no data_ block in it"),
        ("data_x\n_title\n;\ncut", "no.cif, line 4: the file ends within a text field"),
    ),
)
def test_broken_cif_files(tmp_path, text, message):
    path = tmp_path / "no.cif"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        list(CifFile(path))


@needs_data
def test_real_crystals():
    (cubic,) = open_source(CRYSTALS / "221_orig.cif")
    assert sorted(cubic.numbers.tolist()) == [9, 9, 9, 19, 30]
    ideal, distorted = (next(iter(open_source(CRYSTALS / f"{name}.cif"))) for name in ("221_anon", "62_anon_sorted"))
    assert ideal.numbers.tolist() == distorted.numbers.tolist()
    assert len(ideal.numbers) == 20


@needs_data
@pytest.mark.parametrize("name, atoms", (("cubic", 5), ("tetra", 5)))
def test_cells_that_list_their_boundary_images(name, atoms):
    path = CRYSTALS / f"BaTiO3_{name}.vasp"
    (refused,) = open_source(path)
    assert "pass merge_images=True if it lists boundary images" in refused.reason
    (crystal,) = open_source(path, merge_images=True)
    assert len(crystal.numbers) == atoms
    assert crystal.info["merged_images"] == 45 - atoms
