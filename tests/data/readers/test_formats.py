"""The choice of a reader by content and suffix, and files that have none."""

import gzip
import multiprocessing
import pickle
import time

import numpy as np
import pytest

from symbreak.data import open_source
from symbreak.data.readers.graph_files import JsonGraphFile
from symbreak.data.readers.smiles_files import SmilesFile
from symbreak.data.readers.structures import XyzFile
from symbreak.data.samples import FieldSample, Refused, Structure, where
from symbreak.data.source import batched, optional


@pytest.mark.parametrize(
    "name, content, reader",
    (
        ("noname", b"1\nx\nH 0 0 0\n", "XyzFile"),
        ("noname", b"data_x\n_a 1\n", "CifFile"),
        ("noname", b"x\n1.0\n1 0 0\n0 1 0\n0 0 1\nH\n1\nDirect\n0 0 0\n", "PoscarFile"),
        ("noname", b"0 1\n1 2\n", "EdgeListFile"),
        ("noname", b"0,1,2.5\n1,2,1\n3,4,1\n", "EdgeListFile"),
        ("noname", b'\n{"edge_index": []}', "JsonGraphFile"),
        ("noname", b"<?xml version='1.0'?>\n<graphml>", "GraphmlFile"),
        ("noname", b"a\n\n\n  0  0  0\nM  END\n", "SdfFile"),
        ("noname", b"SMILES name\nC x\n", "SmilesFile"),
        ("a.csv", b"id,smiles\n1,C\n", "SmilesFile"),
        ("a.csv", b"C,1\n", "SmilesFile"),
        ("a.csv", b"source,target\na,b\n", "EdgeListFile"),
        ("a.txt", b"0 1\n", "EdgeListFile"),
        ("A.XYZ", b"1\nx\nH 0 0 0\n", "XyzFile"),
        ("wrong.xyz", b"SQLite format 3\0", "DatabaseFile"),
        ("wrong.cif", b"- of UlmASE-Trajectory", "TrajectoryFile"),
        ("wrong.dat", b"\x93NUMPY", "FieldFile"),
        ("POSCAR.xyz", b"1\nx\nH 0 0 0\n", "XyzFile"),
        ("old.pt", b"\x80\x02\x8a\n\0", "PygFile"),
    ),
)
def test_choice(tmp_path, name, content, reader):
    pytest.importorskip("rdkit")
    (tmp_path / name).write_bytes(content)
    assert type(open_source(tmp_path / name)).__name__ == reader
    assert type(open_source(str(tmp_path / name))).__name__ == reader


@pytest.mark.parametrize(
    "name, content, message",
    (
        ("a.xyz", b"", "a.xyz: the file is empty. Write or copy it again"),
        ("a.txt", b" \n\n", "a.txt: the file is empty"),
        ("a.xyz.gz", gzip.compress(b"1\n", mtime=0), "this is a file of gzip. Unpack it by gunzip"),
        ("a.h5", b"\x89HDF\r\n", "this is a file of HDF5. Write its structures as extended xyz"),
        ("a.traj", b"text", "a.traj: its content is of no known binary format"),
        ("a.npy", b"text", "a.npy: its content is of no known binary format"),
        ("a.bin", b"\x01\x00\x02", "a.bin: its content is of no known binary format"),
        (
            "a.txt",
            b"780 1 8.46 3.59\n790 1 9.57 3.79\n",
            "a.txt: it begins with '780 1 8.46 3.59', which is of no known",
        ),
        ("a.md", b"# heading\ntext\n", "a.md: it begins with '# heading', which is of no known format. Give xyz"),
    ),
)
def test_files_without_a_reader(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        open_source(tmp_path / name)


def test_no_file(tmp_path):
    with pytest.raises(ValueError, match=r"gone.xyz: the file cannot be read \(No such file or directory\)"):
        open_source(tmp_path / "gone.xyz")
    with pytest.raises(ValueError, match="this is a folder. Give one of the files in it"):
        open_source(tmp_path)
    with pytest.raises(ValueError, match=r"gone.xyz: the file cannot be read"):
        list(XyzFile(tmp_path / "gone.xyz"))


def test_arguments_for_another_kind_of_file(tmp_path):
    path = tmp_path / "a.xyz"
    path.write_text("1\nx\nH 0 0 0\n")
    with pytest.raises(
        ValueError, match=r"a.xyz: hydrogens=True, directed=False does not apply to this file \(xyz\). It tak"
    ):
        open_source(path, hydrogens=True, directed=False, closest=0.2)
    assert open_source(path, closest=0.2).rules.closest == 0.2
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(ValueError, match="It takes no such argument"):
        open_source(tmp_path / "a.json", closest=0.2)


def _parse(source, chunk):
    return [(sample.index, sample.positions.sum()) for sample in source.parse(chunk)]


@pytest.mark.slow
def test_other_processes_parse_the_chunks(tmp_path):
    """A source and its chunks are plain values."""
    pytest.importorskip("ase")
    path = tmp_path / "a.xyz"
    path.write_text("".join(f"1\nx\nH 0 0 {k}\n" for k in range(20)))
    source = open_source(path)
    assert pickle.loads(pickle.dumps(source)) == source == XyzFile(path)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        parts = pool.starmap(_parse, ((source, chunk) for chunk in source.chunks(6)))
    assert [entry for part in parts for entry in part] == [(k, float(k)) for k in range(20)]


def test_the_package_that_is_missing_is_named(tmp_path):
    with pytest.raises(ImportError, match="Reading a.sdf takes the package rdkit: python -m pip install rdkit"):
        optional("not_installed_here", "rdkit", "a.sdf")


def test_chunks_are_not_empty():
    with pytest.raises(ValueError, match="size is 0, but a chunk has at least one entry"):
        next(batched(iter("ab"), 0))


def test_places_in_words():
    assert where(Structure(np.eye(1, 3), np.array([1]), index=2, line=7, name="water")) == "sample 2 ('water', line 7)"
    assert where(FieldSample(np.zeros((1, 2)), index=3, name="spins")) == "sample 3 ('spins')"
    assert str(Refused(1, "why.", 4)) == "sample 1 (line 4): why."


def test_a_hundred_thousand_nodes(tmp_path):
    """One large graph is read in time that is linear in its edges."""
    path = tmp_path / "large.edges"
    n = 100_000
    path.write_text("".join(f"{k} {(k + 1) % n}\n" for k in range(n)))
    start = time.process_time()
    (graph,) = open_source(path)
    assert (graph.n, graph.m) == (n, n)
    assert time.process_time() - start < 20
    assert SmilesFile(path) != JsonGraphFile(path)
