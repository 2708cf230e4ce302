import os
from dataclasses import replace
from pathlib import Path

import pytest

from symbreak.data import open_source
from symbreak.diagnosis import Search, SpaceFrame, diagnose_file
from symbreak.groups import Orthogonal

DATA = os.environ.get("SYMBREAK_DATA")
CELL = 'Lattice="4.0 0 0 0 4.0 0 0 0 {c}" pbc="T T T"'
SITES = [[2.0, 2, 2], [0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 2]]


def perovskite(make, path, shift=0.0, c=4.0):
    sites = [[x, y, z * c / 4] for x, y, z in SITES]
    sites[1][2] += shift
    path.write_text(make.frame(["Ba", "Ti", "O", "O", "O"], sites, CELL.format(c=c)))
    return path


def test_a_polar_displacement_is_all_floor(tmp_path, make, diagnose_path):
    cubic, polar = perovskite(make, tmp_path / "cubic.extxyz"), perovskite(make, tmp_path / "polar.extxyz", 0.1, 4.1)
    found = diagnose_path(cubic, final=polar)
    assert found.symmetry.names.largest() == [("Pm-3m (221)", 1)]
    assert str(found.symmetry.largest[0]) == "48"
    displacement, strain = found.target("displacement").counts, found.target("strain").counts
    assert displacement.squares > 0.005
    assert displacement.share == pytest.approx(1.0)
    assert displacement.forced["1o"].vectors == 5
    assert found.modes["Γ T1u"].squares == pytest.approx(displacement.squares)
    assert set(found.modes) == {"Γ T1u", "strain Eg", "strain A1g"}
    assert found.modes["strain A1g"].symmetric
    assert strain.floor == pytest.approx(found.modes["strain Eg"].squares)
    assert strain.squares == pytest.approx(strain.floor + found.modes["strain A1g"].squares)


def test_rotations_only(tmp_path, make, diagnose_path):
    path = perovskite(make, tmp_path / "cubic.extxyz")
    found = diagnose_path(path, search=Search(SpaceFrame(Orthogonal(3, special=True))))
    assert found.symmetry.names.largest() == [("rotations of Pm-3m (221)", 1)]
    assert str(found.symmetry.largest[0]) == "24"


def test_near_symmetries_of_a_crystal(tmp_path, make, diagnose_path):
    found = diagnose_path(perovskite(make, tmp_path / "nearly.extxyz", 0.03))
    assert found.symmetry.names.largest() == [("P4mm (99)", 1)]
    assert found.near.gained[10].names.largest() == [("P4mm (99) → Pm-3m (221)", 1)]


def test_a_file_of_another_substance(tmp_path, make, diagnose_path):
    cubic, other = perovskite(make, tmp_path / "cubic.extxyz"), tmp_path / "other.extxyz"
    other.write_text(make.frame(["Cs", "Cl"], [[0, 0, 0], [2.0, 2.0, 2.0]], CELL.format(c=4.0)))
    with pytest.raises(ValueError, match="none of the 1 entries can be diagnosed. Of the first: .* species"):
        diagnose_path(cubic, final=other)


@pytest.mark.skipif(DATA is None, reason="SYMBREAK_DATA is not set")
@pytest.mark.parametrize(
    "before, after, squares, modes",
    [
        ("221_anon.cif", "62_anon_sorted.cif", 0.7492, ["R T1g", "M A2g", "X Eg", "R T2g"]),
        ("BaTiO3_cubic.vasp", "BaTiO3_tetra.vasp", 0.02488, ["Γ T1u"]),
        ("BaTiO3_cubic.vasp", "BaTiO3_orth.vasp", 0.0612, ["Γ T1u", "Γ T2u"]),
    ],
)
def test_phase_transitions(before, after, squares, modes):
    folder = Path(DATA or "", "crystals")
    first, second = (merging(open_source(folder / name)) for name in (before, after))
    found = diagnose_file(first, final=second)
    counts = found.target("displacement").counts
    assert found.symmetry.names.largest() == [("Pm-3m (221)", 1)]
    assert counts.share == pytest.approx(1.0)
    assert counts.floor == pytest.approx(squares, rel=1e-3)
    ordered = sorted(
        (name for name in found.modes if "strain" not in name), key=lambda name: -found.modes[name].squares
    )
    assert ordered == modes


@pytest.mark.skipif(DATA is None, reason="SYMBREAK_DATA is not set")
@pytest.mark.parametrize(
    "name, group, atoms",
    [
        ("221_orig.cif", "Pm-3m (221)", 5),
        ("221_anon.cif", "Pm-3m (221)", 20),
        ("62_anon_sorted.cif", "Pnma (62)", 20),
        ("BaTiO3_cubic.vasp", "Pm-3m (221)", 5),
        ("BaTiO3_tetra.vasp", "P4mm (99)", 5),
        ("BaTiO3_orth.vasp", "Amm2 (38)", 10),  # the file lists 9 of them
    ],
)
def test_names_of_crystals(name, group, atoms):
    found = diagnose_file(merging(open_source(Path(DATA or "", "crystals", name))))
    assert (found.symmetry.names.largest(), found.symmetry.nodes) == ([(group, 1)], atoms)


def merging(source):
    return replace(source, rules=replace(source.rules, merge_images=True))
