"""The symmetry of a field against the tolerance."""

import numpy as np
import pytest

from symbreak.data.samples import FieldSample
from symbreak.diagnosis import LatticeFrame
from symbreak.diagnosis.domains.lattices import LatticeDomain
from symbreak.diagnosis.examples.profiles import field_profile


def board(*misses):
    """A checkerboard of side 8 with something added on every fourth site, and on one site."""
    i, j = np.indices((8, 8))
    marks = (i % 4 == 0) & (j % 4 == 0), (i == 0) & (j == 0)
    return ((i + j) % 2 + sum(miss * mark for miss, mark in zip(misses, marks, strict=True)))[None]


@pytest.mark.parametrize("scale", (1.0, 1000.0))
def test_steps_of_a_checkerboard(scale):
    field = FieldSample(scale * board(0.005, 5e-7), {}, 0)
    levels = field_profile(LatticeDomain(LatticeFrame()), field)
    assert [(level["name"], level["order"]) for level in levels] == [
        ("p4m without translations", 8),
        ("p4m with translations (4,0),(0,4)", 32),
        ("p4m with translations (1,1),(1,-1)", 256),
    ]
    assert [level["tolerance"] for level in levels] == pytest.approx([0.0, 1e-6 * scale, 0.01 * scale])


def test_tolerances_at_which_equality_is_undecided_are_left_out():
    ramp = FieldSample(np.linspace(0.0, 1.0, 64).reshape(1, 8, 8), {}, 0)
    levels = field_profile(LatticeDomain(LatticeFrame(), atol=0.05), ramp)
    assert [(level["tolerance"], level["order"]) for level in levels] == [(0.0, 1)]
