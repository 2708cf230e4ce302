"""Structures from every file format of ASE, what they carry, and what is wrong with broken ones."""

import sqlite3

import numpy as np
import pytest

from symbreak.data import open_source
from symbreak.data.readers.structures import DatabaseFile, PoscarFile, TrajectoryFile, XyzFile
from symbreak.data.samples import Refused, Structure

ase = pytest.importorskip("ase")
ase_db = pytest.importorskip("ase.db")

from ase.calculators.singlepoint import SinglePointCalculator  # noqa: E402
from ase.io import write  # noqa: E402


def frames(count=3):
    """Water in a box, moving, each frame with another energy."""
    rng = np.random.default_rng(0)
    result = []
    for k in range(count):
        atoms = ase.Atoms("OHH", [[0, 0, 0], [0.76, 0.59, 0], [-0.76, 0.59, 0]], cell=[5, 6, 7], pbc=True)
        atoms.set_momenta(rng.normal(size=(3, 3)))
        atoms.set_initial_magnetic_moments([1.0, 0, -1])
        atoms.set_initial_charges([-0.8, 0.4, 0.4])
        atoms.calc = SinglePointCalculator(
            atoms,
            energy=-float(k),
            forces=rng.normal(size=(3, 3)),
            stress=np.arange(6.0),
            dipole=np.array([0, 0.4, 0]),
            magmoms=np.array([0.9, 0, -0.9]),
        )
        result.append(atoms)
    return result


@pytest.fixture(params=("extxyz", "traj", "db"))
def written(request, tmp_path):
    path = tmp_path / f"water.{request.param}"
    write(path, frames())
    return path


def test_everything_a_calculator_found_comes_out(written):
    samples = list(open_source(written))
    assert [sample.index for sample in samples] == [0, 1, 2]
    for atoms, sample in zip(frames(), samples, strict=True):
        assert isinstance(sample, Structure)
        assert sample.positions.dtype == np.float64
        assert sample.numbers.dtype == np.int64
        assert np.allclose(sample.positions, atoms.positions)
        assert np.allclose(sample.cell, np.diag([5, 6, 7]))
        assert sample.periodic
        assert np.allclose(sample.arrays["forces"], atoms.calc.results["forces"], atol=1e-7)
        assert np.allclose(sample.arrays["momenta"], atoms.get_momenta(), atol=1e-7)
        assert np.allclose(sample.arrays["velocities"], atoms.get_velocities(), atol=1e-7)
        assert np.allclose(sample.arrays["initial_magmoms"], [1, 0, -1])
        assert np.allclose(sample.arrays["initial_charges"], [-0.8, 0.4, 0.4])
        assert np.allclose(sample.arrays["magmoms"], [0.9, 0, -0.9])
        assert np.allclose(sample.info["dipole"], [0, 0.4, 0])
        assert sample.info["energy"] == -sample.index
        # xx, yy, zz, yz, xz, xy = 0, ..., 5
        assert np.allclose(sample.info["stress"], [[0, 5, 4], [5, 1, 3], [4, 3, 2]])


@pytest.mark.parametrize("size", (1, 2, 5))
def test_chunks_hold_what_iteration_gives(written, size):
    source = open_source(written)
    chunks = list(source.chunks(size))
    assert len(chunks) == -(-3 // size)
    parsed = [sample for chunk in reversed(chunks) for sample in source.parse(chunk)]
    assert sorted(sample.index for sample in parsed) == [0, 1, 2]
    energies = {sample.index: float(sample.info["energy"]) for sample in parsed}
    assert energies == {0: 0.0, 1: -1.0, 2: -2.0}


def test_the_stream_is_lazy(tmp_path):
    """Frames before a cut come out before the error, and a chunk is no more than its own text."""
    path = tmp_path / "long.xyz"
    path.write_text("1\nargon\nAr 0 0 0\n" * 2000 + "2\ncut\nAr 0 0 0\n")
    stream = iter(XyzFile(path))
    taken = [next(stream) for _ in range(1900)]
    assert taken[-1].line == 3 * 1899 + 1
    with pytest.raises(ValueError, match="long.xyz, line 6003: the file ends after 1 of the 2 atoms of frame 2000"):
        list(stream)
    path.write_text("1\nargon\nAr 0 0 0\n" * 2000)
    assert max(len(str(chunk)) for chunk in XyzFile(path).chunks(10)) < 500


def test_columns_and_pairs_of_extended_xyz(tmp_path):
    path = tmp_path / "columns.xyz"
    path.write_text(
        '2\nProperties=species:S:1:pos:R:3:spin:R:3:site:I:1 polarizability="1 2 3 4 5 6 7 8 9" '
        'virial="1 2 3 4 5 6 7 8 9" tag=relaxed\n'
        "Fe 0 0 0 0 0 1 7\nFe 0 0 2 0 0 -1 8\n"
        "2\nwater-like\nH 0 0 0\nH 0 0 1\n"
        '2\nLattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3\nH 0 0 0\nH 0 0 1\n'
    )
    spins, plain, crystal = open_source(path)
    assert spins.arrays["spin"].tolist() == [[0, 0, 1], [0, 0, -1]]
    assert spins.arrays["site"].tolist() == [7, 8]
    assert spins.info["polarizability"].tolist() == list(range(1, 10))
    assert spins.info["virial"].tolist() == [[1, 4, 7], [2, 5, 8], [3, 6, 9]]  # by columns
    assert spins.info["tag"] == "relaxed"
    assert (plain.name, plain.cell, plain.info) == ("water-like", None, {})
    assert [sample.periodic for sample in (spins, plain, crystal)] == [False, False, True]  # mixed: the caller decides


def test_bad_frames_do_not_stop_the_stream(tmp_path):
    path = tmp_path / "bad.xyz"
    path.write_text(
        "0\nnothing\n"
        "2\non one place\nH 0 0 0\nH 0 0 1e-9\n"
        "2\nnot a number\nH 0 0 nan\nH 0 0 1\n"
        "2\nno element\nQq 0 0 0\nH 0 0 1\n"
        "2\nno coordinate\nH 0 0\nH 0 0 1\n"
        "1\nenergy=nan\nH 0 0 0\n"
        '1\npbc="T T T" Properties=species:S:1:pos:R:3\nH 0 0 0\n'
        "\n1\nfine\nH 0 0 0\n"
    )
    samples = list(open_source(path))
    assert [type(sample) for sample in samples] == [Refused] * 7 + [Structure]
    assert [sample.index for sample in samples] == list(range(8))
    assert [sample.line for sample in samples] == [1, 3, 7, 11, 15, 19, 22, 26]
    reasons = [sample.reason for sample in samples[:-1]]
    for reason, words in zip(
        reasons,
        (
            "it has no atoms",
            "atoms 0 and 1 are 1e-09 Å apart",
            "coordinates must be finite",
            "no xyz frame: KeyError: 'Qq'",
            "no xyz frame: ",
            "the value 'energy' is nan",
            "needs a cell vector",
        ),
        strict=True,
    ):
        assert words in reason


@pytest.mark.parametrize(
    "text, message",
    (
        ("3\nwater\nO 0 0 0\n", "line 3: the file ends after 1 of the 3 atoms of frame 0. It was cut off"),
        ("3\n", "line 1: the file ends after 0 of the 3 atoms"),
        ("1\nx\nH 0 0 0\nH 0 0 1\n", "line 4: 'H 0 0 1' stands where a frame begins.*Check the number of atoms"),
        ("water\n", "line 1: 'water' stands where a frame begins.*Give an xyz file"),
        ("1\nx\nH 0 0 0\n\xff", r"line 4: the line is no UTF-8 text \(byte 0"),
    ),
)
def test_broken_xyz_files(tmp_path, text, message):
    path = tmp_path / "broken.xyz"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=f"broken.xyz, {message}"):
        list(open_source(path))


POSCAR = "perovskite\n1.0\n4 0 0\n0 4 0\n0 0 4\nBa Ti O\n1 1 3\nDirect\n.5 .5 .5\n0 0 0\n.5 0 0\n0 .5 0\n0 0 .5\n"


@pytest.mark.parametrize("name", ("POSCAR", "CONTCAR", "cubic.vasp", "POSCAR_2", "nameless.txt"))
def test_poscar(tmp_path, name):
    path = tmp_path / name
    path.write_text(POSCAR)
    (crystal,) = open_source(path)
    assert crystal.numbers.tolist() == [56, 22, 8, 8, 8]
    assert np.allclose(crystal.positions[0], 2)
    assert crystal.pbc.all()
    assert crystal.name == "perovskite"


def test_broken_poscar(tmp_path):
    path = tmp_path / "cut.vasp"
    path.write_text(POSCAR[:-20])
    with pytest.raises(ValueError, match="cut.vasp: no POSCAR: .*Give a comment, a scale, three cell vectors"):
        list(open_source(path))


def test_broken_binary_files(tmp_path):
    whole = tmp_path / "whole.traj"
    write(whole, frames())
    content = whole.read_bytes()
    for length in (30, 60, 200):
        cut = tmp_path / "cut.traj"
        cut.write_bytes(content[:length])
        with pytest.raises(ValueError, match="cut.traj: no trajectory of ASE, or cut off"):
            list(TrajectoryFile(cut))
    late = tmp_path / "late.traj"
    late.write_bytes(content[:-10])  # within the last frame
    *_, last = taken = list(TrajectoryFile(late))
    assert [type(sample) for sample in taken] == [Structure, Structure, Refused]
    assert "the frame cannot be read" in last.reason

    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE cars (name TEXT)")
    connection.close()
    before = other.read_bytes()
    with pytest.raises(ValueError, match=r"other.db: no data base of ASE: no such table: systems"):
        list(open_source(other))
    assert other.read_bytes() == before
    empty = tmp_path / "empty.db"
    with ase_db.connect(empty) as rows:
        rows.write(ase.Atoms("H"))
        del rows[1]
    with pytest.raises(ValueError, match="empty.db: the data base has no rows"):
        list(DatabaseFile(empty))


def test_rows_of_a_data_base(tmp_path):
    path = tmp_path / "rows.db"
    with ase_db.connect(path) as rows:
        rows.write(
            ase.Atoms("HH", [[0, 0, 0], [0, 0, 0.7]]),
            gap=1.5,
            data={"forces": np.ones((2, 3)), "mu": np.zeros(3), "partial": np.array([1.0, -1.0]), "note": {"a": 1}},
        )
        rows.write(ase.Atoms("HH", [[0, 0, 0], [0, 0, 1e-6]]))
        rows.write(ase.Atoms("He"), label="noble")
        del rows[1 + 1]
    first, third = DatabaseFile(path)
    assert (first.name, third.name, third.index) == ("id=1", "id=3", 1)
    assert first.info["gap"] == 1.5
    assert first.arrays["forces"].shape == (2, 3)
    assert first.info["mu"].shape == (3,)
    assert first.info["note"] == "{'a': 1}"
    assert third.info["label"] == "noble"


def test_a_list_of_structures_is_no_poscar(tmp_path):
    path = tmp_path / "POSCAR"
    path.write_text("1\nx\nH 0 0 0\n")
    with pytest.raises(ValueError, match="POSCAR: no POSCAR"):
        list(PoscarFile(path))
