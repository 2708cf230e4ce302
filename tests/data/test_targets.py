"""Targets by name, and samples that lack them."""

import numpy as np
import pytest

from symbreak.data.samples import FieldSample, GraphSample, Refused, Structure
from symbreak.data.targets import Per, target, targets

WATER = Structure(
    np.eye(3),
    np.array([8, 1, 1]),
    arrays={"forces": np.zeros((3, 3)), "charges": np.zeros(3), "site": np.array(["a", "b", "b"])},
    info={"energy": np.array(-1.0), "dipole": np.zeros(3), "charges": np.zeros(2), "note": np.array("text")},
    index=4,
    line=21,
)
GRAPH = GraphSample(
    2, np.array([[0], [1]]), node={"x": np.ones((2, 5))}, edge={"w": np.ones(1)}, graph={"y": np.array([True])}
)


@pytest.mark.parametrize(
    "sample, name, shape, per",
    (
        (WATER, "energy", (), Per.SAMPLE),
        (WATER, "dipole", (3,), Per.SAMPLE),
        (WATER, "note", (), Per.SAMPLE),
        (WATER, "site", (3,), Per.NODE),
        (WATER, "forces", (3, 3), Per.NODE),
        (GRAPH, "x", (2, 5), Per.NODE),
        (GRAPH, "w", (1,), Per.EDGE),
        (GRAPH, "y", (1,), Per.SAMPLE),
        (FieldSample(np.zeros((1, 2)), {"e": np.zeros(2)}), "e", (2,), Per.SAMPLE),
    ),
)
def test_what_a_target_has_a_row_for(sample, name, shape, per):
    found = target(sample, name)
    assert (found.name, found.value.shape, found.per) == (name, shape, per)


def test_who_is_meant_is_said_by_per():
    with pytest.raises(
        ValueError, match="has one of each sample and one of each node called 'charges'. Say which by per="
    ):
        target(WATER, "charges")
    assert target(WATER, "charges", Per.NODE).value.shape == (3,)
    assert target(WATER, "charges", Per.SAMPLE).value.shape == (2,)
    assert target(WATER, "dipole", Per.NODE).per is Per.NODE  # three numbers for three atoms, if the caller says so
    with pytest.raises(ValueError, match=r"'energy' of sample 4 \(line 21\) has shape \(\), but there are 3 nodes"):
        target(WATER, "energy", Per.NODE)


@pytest.mark.parametrize(
    "sample, name, per, message",
    (
        (
            WATER,
            "dipol",
            None,
            r"sample 4 \(line 21\) has no 'dipol'; it has of each sample charges, dipole, energy, note;",
        ),
        (WATER, "forces", Per.SAMPLE, "has no 'forces' of each sample"),
        (WATER, "forces", Per.EDGE, "has no 'forces' of each edge"),
        (WATER, "energy", Per.EDGE, "has no 'energy' of each edge"),
        (Structure(np.eye(1, 3), np.array([1]), info={"z": np.array(1j)}), "z", None, "is complex128, but a target is"),
        (FieldSample(np.zeros((1, 2))), "e", None, "sample 0 has no 'e'; it has nothing besides its coordinates"),
    ),
)
def test_no_such_target(sample, name, per, message):
    with pytest.raises(ValueError, match=message):
        target(sample, name, per)


def test_samples_without_the_target_are_refused():
    bare = Structure(np.eye(1, 3), np.array([1]), index=5, line=27, name="bare")
    gone = Refused(6, "an empty frame: it has no atoms.")
    (sample, found), missing, refused = targets([WATER, bare, gone], "energy")
    assert sample is WATER
    assert found.value == -1
    assert (missing.index, missing.line, missing.name) == (5, 27, "bare")
    assert "no target: sample 5 ('bare', line 27) has no 'energy'" in missing.reason
    assert refused is gone
    with pytest.raises(ValueError, match="No sample has the target 'energi': sample 4"):
        list(targets([WATER, bare], "energi"))
    assert list(targets([gone], "energy")) == [gone]
