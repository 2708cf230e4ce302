"""Small files, and their diagnosis."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from symbreak.data import open_source
from symbreak.diagnosis import Quantity, Search, diagnose_file

TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / 3**0.5
WATER = np.array([[0.0, 0.0, 0.1], [0.0, 0.76, -0.5], [0.0, -0.76, -0.5]])


def _diagnose(path, *targets, search=None, final=None, reading=None, **options):
    search = Search(targets=tuple(Quantity(*target.split("=")) for target in targets)) if search is None else search
    after = None if final is None else open_source(final)
    return diagnose_file(open_source(path, **(reading or {})), search, final=after, **options)


def _frame(symbols, positions, comment="", columns=None):
    rows = np.asarray(positions, dtype=float)
    if columns is not None:
        rows = np.hstack([rows, np.asarray(columns, dtype=float).reshape(len(rows), -1)])
    lines = [" ".join([symbol, *(f"{x:.10f}" for x in row)]) for symbol, row in zip(symbols, rows, strict=True)]
    return "\n".join([str(len(lines)), comment, *lines, ""])


def _dipole(vector):
    return f'dipole="{" ".join(map(str, vector))}"'


def _methane(dipole, turn=None):
    positions = np.vstack([np.zeros(3), 1.09 * TETRAHEDRON])
    return _frame("CHHHH", positions if turn is None else positions @ turn.T, _dipole(dipole))


def _water(dipole, rows=WATER):
    return _frame("OHH", rows, _dipole(dipole))


def _rotation(generator):
    q, r = np.linalg.qr(generator.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))  # uniform
    return q * np.linalg.det(q)


@pytest.fixture
def diagnose_path():
    """The diagnosis of a file; targets are NAME or NAME=IRREPS."""
    return _diagnose


@pytest.fixture
def diagnose_text(tmp_path):
    """The diagnosis of a file with some content."""

    def call(name, content, *targets, **options):
        path = Path(tmp_path, name)
        path.write_text(content)
        return _diagnose(path, *targets, **options)

    return call


@pytest.fixture
def make():
    """Frames of extended xyz files: `frame`, a molecule with a dipole (`methane`, `water`), and random rotations."""
    return SimpleNamespace(frame=_frame, methane=_methane, water=_water, rotation=_rotation, WATER=WATER)
