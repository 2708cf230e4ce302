"""Packages that only a part of the library needs are imported when that part is."""

import subprocess
import sys

import pytest

CODE = """
import sys

import symbreak, symbreak.layers, symbreak.representations
import symbreak.data.readers.formats, symbreak.report

heavy = {"ase", "e3nn", "lightning", "matplotlib", "moyopy", "numba", "rdkit", "torch_geometric"}
print(sorted(heavy & set(sys.modules)))
symbreak.layers.RelaxedWeight, symbreak.representations.Irreps
print(sorted(heavy & set(sys.modules)))
"""


def test_packages_are_imported_when_they_are_needed():
    pytest.importorskip("e3nn")
    done = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["[]", "['e3nn']"]
