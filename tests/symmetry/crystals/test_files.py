"""The crystals of the data folder: names, distortions, order parameters."""

import os
from pathlib import Path

import pytest
import torch

from symbreak.symmetry.crystals import crystal_symmetry, deformation, order_parameter, unit_cell

FOLDER = Path(os.environ.get("SYMBREAK_DATA", ""), "crystals")
SPECIES = {"A": 19, "B": 30, "X": 9, "K": 19, "Zn": 30, "F": 9, "Ba": 56, "Ti": 22, "O": 8}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="SYMBREAK_DATA does not name the data folder")


def cif(name):
    """Sites of a CIF file that lists the whole cell."""
    lengths, scaled, numbers = [], [], []
    for line in (FOLDER / name).read_text().splitlines():
        words = line.split()
        if line.startswith("_cell_length"):
            lengths.append(float(words[1]))
        elif len(words) >= 6 and words[0][0] in "ABX":
            first = 3 if not words[0][1:].isdigit() else 2  # after symbol, label and count, or label and occupancy
            scaled.append([float(c) for c in words[first : first + 3]])
            numbers.append(SPECIES[words[0][0]])
    cell = torch.diag(torch.tensor(lengths, dtype=torch.float64))
    return cell, torch.tensor(scaled, dtype=torch.float64) @ cell, torch.tensor(numbers)


def poscar(name):
    """A drawing of one barium with its octahedra, made the unit cell that it shows."""
    lines = (FOLDER / name).read_text().splitlines()
    cell = torch.tensor([[float(c) for c in line.split()] for line in lines[2:5]], dtype=torch.float64)
    counts = [int(c) for c in lines[6].split()]
    numbers = [SPECIES[s] for s, count in zip(lines[5].split(), counts, strict=True) for _ in range(count)]
    rows = [[float(c) for c in line.split()[:3]] for line in lines[8 : 8 + len(numbers)]]
    positions = torch.tensor(rows, dtype=torch.float64) @ cell
    return unit_cell(cell, positions, numbers, formula={56: 1, 22: 1, 8: 3})[:3]


def test_names():
    assert str(crystal_symmetry(*cif("221_anon.cif"))) == "Pm-3m (221)"
    assert str(crystal_symmetry(*cif("62_anon_sorted.cif"))) == "Pnma (62)"
    phases = {name: crystal_symmetry(*poscar(f"BaTiO3_{name}.vasp")) for name in ("cubic", "tetra", "orth")}
    assert {name: (str(found), len(found.numbers)) for name, found in phases.items()} == {
        "cubic": ("Pm-3m (221)", 5),
        "tetra": ("P4mm (99)", 5),
        "orth": ("Amm2 (38)", 10),
    }


@pytest.mark.parametrize(
    "parent, child, modes",
    (
        (lambda: cif("221_anon.cif"), lambda: cif("62_anon_sorted.cif"), ["R T1g", "M A2g", "X Eg", "R T2g"]),
        (lambda: poscar("BaTiO3_cubic.vasp"), lambda: poscar("BaTiO3_tetra.vasp"), ["Γ T1u"]),
        (lambda: poscar("BaTiO3_cubic.vasp"), lambda: poscar("BaTiO3_orth.vasp"), ["Γ T1u", "Γ T2u"]),
    ),
    ids=("tilts", "tetragonal", "orthorhombic"),
)
def test_the_curie_floor_is_the_whole_displacement(parent, child, modes):
    found = deformation(crystal_symmetry(*parent()), *child())
    order = order_parameter(found.parent, found.displacement, found.strain)
    assert [f"{m.point} {m.irrep}" for m in order.modes if m.squared_amplitude > 1e-8] == modes
    assert order.curie_floor == pytest.approx(order.squared_displacement)
    assert float(found.parent.average(found.displacement).abs().max()) < 1e-9
