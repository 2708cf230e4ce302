"""Nothing is skipped silently: what cannot be read is an error, what cannot be used is counted with the reason."""

import json

import numpy as np
import pytest

from symbreak.diagnosis import Quantity, Search


def accounted(found):
    assert found.read == found.symmetry.samples + found.undecided.count + found.left_out.count
    return found


def said(out):
    return [reason.said for reason in out.reasons.values()]


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("empty.xyz", "", "the file is empty"),
        ("cut.xyz", "3\n\nO 0 0 0\n", "the file ends after 1 of the 3 atoms"),
        ("empty.smi", "\n\n", "the file is empty"),
        ("broken.json", '[{"nodes": [', "cut off"),
        ("what.dat", "lorem ipsum dolor", "is of no known format"),
    ],
)
def test_unreadable_files(diagnose_text, name, content, message):
    with pytest.raises(ValueError, match=message):
        diagnose_text(name, content)


def test_no_file(diagnose_path, tmp_path):
    with pytest.raises(ValueError, match="the file cannot be read"):
        diagnose_path(tmp_path / "nowhere.xyz")


def test_structures_that_cannot_be_used(diagnose_text, make):
    twice = make.frame("OHH", [[0, 0, 0], [0, 0, 0], [0, 0, 1.0]])
    lost = make.frame("OHH", [[0, 0, 0], [0, np.nan, 0], [0, 0, 1.0]])
    far = make.frame("OHH", [[0, 0, 0], [0, np.inf, 0], [0, 0, 1.0]])
    found = accounted(diagnose_text("mixed.xyz", make.water([0, 0, 1]) + twice + lost + far + "0\n\n"))
    assert (found.read, found.symmetry.samples, found.left_out.count) == (5, 1, 4)
    reasons = said(found.left_out)
    assert any("atoms 0 and 1 are 0 Å apart" in text for text in reasons)
    assert any("coordinates must be finite" in text for text in reasons)
    assert any("it has no atoms" in text for text in reasons)
    assert "Left out: 2 samples (2, 3): atom 1 is at [0.0, nan, 0.0], but coordinates must be finite." in str(found)


def test_atoms_that_the_tolerance_does_not_tell_apart(diagnose_text, make):
    near = make.frame("OHH", [[0, 0, 0], [0, 0, 1.0], [0, 0.15, 1.0]])
    found = accounted(diagnose_text("near.xyz", make.water([0, 0, 1]) + near, search=Search(tolerance=0.1)))
    assert (found.symmetry.samples, found.left_out.count) == (1, 1)
    assert "nothing tells the image of one from that of the other" in said(found.left_out)[0]


def test_nothing_to_diagnose(diagnose_text, make):
    lost = make.frame("OH", [[0, 0, 0], [0, np.nan, 0]])
    with pytest.raises(ValueError, match="none of the 2 entries can be diagnosed. Of the first: atom 1 is at"):
        diagnose_text("lost.xyz", lost + lost)


def test_a_target_that_some_frames_lack(diagnose_text, make):
    text = make.water([0, 0, 1]) + make.frame("OHH", make.WATER) + make.water([0, 0.5, 1])
    found = accounted(diagnose_text("some.extxyz", text, "dipole"))
    counts = found.target("dipole").counts
    assert (found.symmetry.samples, counts.samples, counts.missing.count) == (3, 2, 1)
    (reason,) = counts.missing.reasons.values()
    assert reason.first == (1,)
    assert "has no 'dipole'" in reason.said
    assert counts.floor == pytest.approx(0.25)


def test_a_target_that_all_frames_lack(diagnose_text, make):
    with pytest.raises(
        ValueError, match="No sample of w.extxyz has the target 'dipol': .* it has of each sample dipole"
    ):
        diagnose_text("w.extxyz", make.water([0, 0, 1]), "dipol")


def test_a_target_that_moves_in_an_unknown_way(diagnose_text, make):
    text = make.frame("OHH", make.WATER, 'features="1 2 3"')
    with pytest.raises(ValueError, match="'features' has 3 entries .* Say it by irreps, such as features=3x0e"):
        diagnose_text("w.extxyz", text, "features")


def test_a_field_that_is_not_there(diagnose_text, make):
    with pytest.raises(ValueError, match="no per-atom array 'spins' of numbers; it has: none"):
        diagnose_text("w.extxyz", make.water([0, 0, 1]), search=Search(fields=(Quantity("spins"),)))


def test_more_frames_before_than_after(tmp_path, make, diagnose_path):
    one, two = tmp_path / "one.extxyz", tmp_path / "two.extxyz"
    one.write_text(make.water([0, 0, 1]))
    two.write_text(make.water([0, 0, 1]) * 2)
    with pytest.raises(ValueError, match="One file has more frames than the other"):
        diagnose_path(two, final=one)


def test_frames_without_a_counterpart(tmp_path, make, diagnose_path):
    before, after = tmp_path / "before.extxyz", tmp_path / "after.extxyz"
    cell = 'Lattice="4.0 0 0 0 4.0 0 0 0 4.0" pbc="T T T"'
    salt = make.frame(["Cs", "Cl"], [[0, 0, 0], [2.0, 2.0, 2.0]], cell)
    lost = make.frame("OHH", [[0, 0, 0], [0, np.nan, 0], [0, 0, 1.0]])
    before.write_text(make.water([0, 0, 1]) + make.water([0, 0, 1]) + make.water([0, 0, 1]))
    after.write_text(make.water([0, 0, 1]) + salt + lost)
    found = accounted(diagnose_path(before, final=after))
    assert (found.symmetry.samples, found.left_out.count) == (1, 2)
    assert any("One of the two structures repeats" in text for text in said(found.left_out))
    assert any(text.startswith("after: atom 1 is at") for text in said(found.left_out))


def test_graphs_that_cannot_be_used(diagnose_text):
    good = {"nodes": [{"id": 0}, {"id": 1}], "edges": [{"source": 0, "target": 1}]}
    stray = {"nodes": [{"id": 0}], "edges": [{"source": 0, "target": 7}]}
    lines = "\n".join([json.dumps(good), "{", json.dumps(stray), json.dumps([1])])
    found = accounted(diagnose_text("graphs.jsonl", lines))
    assert (found.symmetry.samples, found.left_out.count, len(found.left_out.reasons)) == (1, 3, 3)


def test_molecules_that_cannot_be_parsed(diagnose_text):
    found = accounted(diagnose_text("m.smi", "C\nC(C)(C)(C)(C)C pentavalent\nnonsense\nCC\n"))
    assert (found.read, found.symmetry.samples, found.left_out.count) == (4, 2, 2)


def test_fields_that_are_not_finite(tmp_path, diagnose_path):
    x = np.zeros((3, 1, 4, 4))
    x[1, 0, 0, 0] = np.nan
    np.savez(tmp_path / "x.npz", x=x)
    found = accounted(diagnose_path(tmp_path / "x.npz", reading={"array": "x", "batched": True}))
    assert (found.symmetry.samples, found.left_out.count) == (2, 1)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"tolerance": -1.0}, "The tolerance is -1.0, but it is a finite length"),
        ({"targets": (Quantity("a"), Quantity("a", "1x1o"))}, "'a' is a target twice"),
        ({"targets": (Quantity("a"),), "fields": (Quantity("a"),)}, "'a' is a target and a field of the input"),
    ],
)
def test_searches_that_make_no_sense(options, message):
    with pytest.raises(ValueError, match=message):
        Search(**options)
