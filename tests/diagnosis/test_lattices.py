import numpy as np
import pytest

from symbreak.diagnosis import LatticeFrame, Remedy, Search, frame
from symbreak.diagnosis.frame import widest
from symbreak.diagnosis.quantity import Quantity
from symbreak.diagnosis.statements import near_statements
from symbreak.groups.wallpaper import translations


def saved(tmp_path, **arrays):
    path = tmp_path / "fields.npz"
    np.savez(path, **arrays)
    return path


BATCH = {"array": "x", "batched": True}


def test_stabilizers_of_fields(tmp_path, diagnose_path):
    x = np.zeros((4, 1, 6, 6))
    x[1, 0, 0, 0] = 1
    x[2, 0, :, ::2] = 1
    x[3] = np.random.default_rng(0).random((1, 6, 6))
    found = diagnose_path(saved(tmp_path, x=x), reading=BATCH)
    assert dict(found.symmetry.orders.largest()) == {"288": 1, "8": 1, "72": 1, "1": 1}
    assert found.symmetry.names.counts["p4m with translations (1,0),(0,1)"] == 1
    assert (found.symmetry.nodes, found.symmetry.orbits) == (4 * 36, 1 + 10 + 2 + 36)


def test_the_floor_of_a_field(tmp_path, diagnose_path):
    x, y = np.zeros((1, 1, 4, 4)), np.zeros((1, 1, 4, 4))
    y[0, 0, :2] = 1.0  # half of the sites up, from nothing
    found = diagnose_path(saved(tmp_path, x=x, y=y, e=np.array([3.0])), "y", "e", reading=BATCH)
    counts = found.target("y").counts
    assert (counts.per, counts.floor, counts.squares) == ("node", pytest.approx(4.0), 8.0)
    assert counts.subgroups == {"without mirrors": pytest.approx(4.0), "translations only": pytest.approx(4.0)}
    assert found.target("e").counts.floor == 0.0
    assert found.recommendation.remedy is Remedy.SYMPE


def test_a_field_that_breaks_mirrors_only(tmp_path, diagnose_path):
    spot, swirl = np.zeros((1, 6, 6)), np.zeros((1, 6, 6))
    spot[0, 3, 3] = 1.0
    for a, b in ((1, 2), (-2, 1), (-1, -2), (2, -1)):  # a quarter turn takes each to the next
        swirl[0, 3 + a, 3 + b] = 1.0
    mirrored = np.roll(swirl[:, ::-1], 1, axis=1)
    y = np.stack([swirl, mirrored] * 4)
    found = diagnose_path(saved(tmp_path, x=np.stack([spot] * 8), y=y), "y", reading=BATCH)
    counts = found.target("y").counts
    assert counts.floor == pytest.approx(16.0)
    assert counts.subgroups == {"without mirrors": pytest.approx(0.0), "translations only": pytest.approx(0.0)}
    assert found.recommendation.remedy is Remedy.SMALLER_GROUP
    assert found.recommendation.subgroup == "without mirrors"


def test_one_field_for_all_asks_for_relaxed_weights(tmp_path, diagnose_path):
    generator = np.random.default_rng(0)
    x = np.zeros((12, 1, 4, 4))
    y = np.zeros((12, 1, 4, 4))
    y[:, 0, 1, 2] = 1 + 0.1 * generator.random(12)
    found = diagnose_path(saved(tmp_path, x=x, y=y), "y", reading=BATCH)
    assert found.recommendation.remedy is Remedy.RELAXED_WEIGHTS


def test_random_fields_ask_for_a_random_pose(tmp_path, diagnose_path):
    generator = np.random.default_rng(0)
    x, y = np.zeros((12, 1, 4, 4)), generator.normal(size=(12, 1, 4, 4))
    assert diagnose_path(saved(tmp_path, x=x, y=y), "y", reading=BATCH).recommendation.remedy is Remedy.SYMPE


def test_images_turn_about_their_centres(tmp_path, diagnose_path):
    x = np.zeros((2, 1, 5, 5))
    x[0, 0, 2, 2] = 1
    x[1, 0, 0, 0] = 1
    search = Search(LatticeFrame(frame.p4m, translations=False))
    found = diagnose_path(saved(tmp_path, x=x), search=search, reading=BATCH)
    assert dict(found.symmetry.names.largest()) == {"D4": 1, "D1": 1}


def test_rings_and_boxes(tmp_path, diagnose_path):
    ring = np.tile([1.0, 0.0, 0.0], 2)[None, None]
    found = diagnose_path(saved(tmp_path, x=ring), reading=BATCH)
    assert found.symmetry.names.largest() == [("pm with translations (3)", 1)]
    box = np.zeros((1, 1, 4, 4, 4))
    assert diagnose_path(saved(tmp_path, x=box), reading=BATCH).symmetry.orders.largest() == [("3072", 1)]
    assert widest((4, 4, 2)).order == 16 * 32


def test_values_within_the_tolerance_are_equal(tmp_path, diagnose_path):
    path = saved(tmp_path, x=1e-6 * np.random.default_rng(0).random((1, 1, 4, 4)))
    assert diagnose_path(path, reading=BATCH).symmetry.trivial == 1
    assert diagnose_path(path, search=Search(tolerance=1e-5), reading=BATCH).symmetry.orders.largest() == [("128", 1)]


def test_a_ramp_is_not_constant_within_a_tolerance(tmp_path, diagnose_path):
    """Its neighbours are within the tolerance, its ends are not."""
    x = np.stack([np.linspace(0, 1, 16).reshape(1, 4, 4), np.tile([0.0, 1.0], 8).reshape(1, 4, 4)])
    found = diagnose_path(saved(tmp_path, x=x), search=Search(tolerance=0.1), reading=BATCH)
    assert (found.symmetry.samples, found.symmetry.nontrivial, found.undecided.count) == (1, 1, 1)
    (reason,) = found.undecided.reasons.values()
    assert "its values go as far as 1 in steps below the tolerance 0.1" in reason.said


def test_near_misses_of_fields(tmp_path, diagnose_path):
    """A checkerboard whose values miss by 0.002 at random, and noise."""
    rng = np.random.default_rng(0)
    even = np.indices((6, 6)).sum(0) % 2 == 0
    board = even + 0.002 * rng.integers(0, 2, (6, 6))
    x, y = np.stack([board, rng.random((6, 6))])[:, None], rng.random((2, 1, 6, 6))
    path = saved(tmp_path, x=x, y=y)
    exact = diagnose_path(path, reading=BATCH)
    assert (dict(exact.near.gaps), dict(exact.near.residuals), dict(exact.near.gained)) == ({-3: 1}, {}, {})
    assert near_statements(exact) == ["1 sample with more at a --tolerance: 1 from 1e-3 on"]
    loose = Search(tolerance=0.001, targets=(Quantity("y"),))
    found = diagnose_path(path, search=loose, reading=BATCH)
    assert found.symmetry.trivial == 2
    became = "p1 without translations → p4m with translations (1,1),(1,-1)"
    assert found.near.gained[3].names.counts == found.near.gained[10].names.counts == {became: 1}
    expected = sum(y[0, 0][part].var() * part.sum() for part in (even, ~even))
    assert found.target("y").counts.near[3].floor == pytest.approx(expected)


def test_an_array_that_may_be_many_fields_is_told(tmp_path, diagnose_path):
    x = np.random.default_rng(0).random((20, 4, 4))
    said = "x is one field of 20 channels on 4 × 4 sites; batched, it would be 20 fields"
    assert diagnose_path(saved(tmp_path, x=x), reading={"array": "x"}).notes.counts == {said: 1}
    assert not diagnose_path(saved(tmp_path, x=x[:, None]), reading=BATCH).notes.counts


def test_a_group_of_other_lattices(tmp_path, diagnose_path):
    path = saved(tmp_path, x=np.zeros((1, 1, 4, 6)))
    with pytest.raises(ValueError, match=r"The lattice has the sides \(4, 6\), but p4m is a group of 2 equal ones"):
        diagnose_path(path, search=Search(LatticeFrame(frame.p4m)), reading=BATCH)
    shifts = Search(LatticeFrame(translations))
    assert diagnose_path(path, search=shifts, reading=BATCH).symmetry.orders.largest() == [("24", 1)]
    with pytest.raises(ValueError, match=r"The group is E\(3\), but the file holds fields on a lattice. Give p4m"):
        diagnose_path(path, search=Search(frame.SpaceFrame()), reading=BATCH)
