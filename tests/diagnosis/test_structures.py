import importlib

import numpy as np
import pytest

from symbreak.diagnosis import Local, Quantity, Remedy, Search, SpaceFrame
from symbreak.groups import Orthogonal


def test_the_dipole_of_methane_must_vanish(diagnose_text, make):
    found = diagnose_text(
        "m.extxyz", make.methane([0, 0, 0.7]) + make.methane([0, 0, 0]) + make.water([0.3, 0.4, 1.8]), "dipole"
    )
    assert dict(found.symmetry.names.largest()) == {"Td": 2, "C2v": 1}
    assert (found.symmetry.nodes, found.symmetry.shared) == (13, 10)
    counts = found.target("dipole").counts
    assert (counts.samples, counts.restricted) == (3, 2)
    assert counts.floor == pytest.approx(0.49 + 0.25)  # of the water, all but the part along its axis
    assert counts.squares == pytest.approx(0.49 + 0.09 + 0.16 + 3.24)
    forced = counts.forced["1o"]
    assert (forced.samples, forced.broken, forced.largest[1]) == (2, 1, 0)
    assert forced.largest[0] == pytest.approx(0.7)
    assert counts.irreps["1o"].allowed == 1
    assert counts.irreps["1o"].of == 9
    assert [one.index for one in counts.worst] == [0, 2]
    assert counts.worst[1].nearest == pytest.approx((0, 0, 1.8), abs=1e-6)
    assert "dipole must vanish for 2 samples (Td), but does not for 1: it is up to 0.7 (sample 0)" in str(found)


def test_floors_under_each_remedy(diagnose_text, make):
    floors = diagnose_text("m.extxyz", make.methane([0, 0, 0.7]), "dipole").target("dipole").floors
    assert (floors.random_pose, floors.one_draw) == (0.0, pytest.approx(0.98))
    assert floors.fixed_direction == pytest.approx(0.0, abs=1e-12)  # one sample: it fits anything
    assert floors.subgroups["SO(3)"] == pytest.approx(0.49)


def test_one_sample_shows_no_direction(diagnose_text, make):
    found = diagnose_text("m.extxyz", make.methane([0, 0, 0.7]), "dipole")
    assert found.recommendation.remedy is Remedy.SYMPE
    assert any("fewer than 6 samples cannot show a direction" in reason for reason in found.recommendation.because)


def test_a_common_direction_asks_for_relaxed_weights(diagnose_text, make):
    generator = np.random.default_rng(0)
    frames = [make.methane([0, 0, 0.7 + 0.1 * generator.random()], make.rotation(generator)) for _ in range(12)]
    found = diagnose_text("field.extxyz", "".join(frames), "dipole")
    assert found.recommendation.remedy is Remedy.RELAXED_WEIGHTS
    target = found.target("dipole")
    assert target.direction is not None
    assert target.direction.p_value <= 0.01
    assert target.floors.fixed_direction is not None
    assert target.floors.fixed_direction < 0.05 * target.floors.none


def test_random_directions_ask_for_a_random_pose(diagnose_text, make):
    generator = np.random.default_rng(1)
    frames = [make.methane(0.7 * make.rotation(generator)[0], make.rotation(generator)) for _ in range(12)]
    found = diagnose_text("random.extxyz", "".join(frames), "dipole")
    assert found.recommendation.remedy is Remedy.SYMPE
    assert found.target("dipole").direction.p_value > 0.01


def test_a_pseudoscalar_asks_for_rotations_only(diagnose_text, make):
    signs = [1, -1, 1, 1, -1, -1, 1, -1]
    text = "".join(make.frame("OHH", make.WATER, f"twist={sign}.0") for sign in signs)
    found = diagnose_text("p.extxyz", text, "twist=1x0o")
    assert found.recommendation.remedy is Remedy.SMALLER_GROUP
    assert found.recommendation.subgroup == "SO(3)"
    assert found.target("twist").floors.subgroups == {"SO(3)": pytest.approx(0.0, abs=1e-12)}


def test_an_allowed_target_needs_no_remedy(diagnose_text, make):
    found = diagnose_text("w.extxyz", make.water([0, 0, 1.8]), "dipole")
    assert found.recommendation.remedy is Remedy.NOTHING


def test_forces_and_charges_of_atoms(diagnose_text, make):
    forces = [[0, 0, 1.0], [0, 0.5, -0.5], [0, -0.3, -0.5]]
    charges = [-0.8, 0.5, 0.3]
    comment = "Properties=species:S:1:pos:R:3:forces:R:3:charges:R:1"
    text = make.frame("OHH", make.WATER, comment, np.hstack([forces, np.array(charges)[:, None]]))
    found = diagnose_text("f.extxyz", text, "forces", "charges")
    assert found.target("forces").counts.floor == pytest.approx(0.02)  # 0.5 and -0.3 become 0.4 and -0.4
    charge = found.target("charges").counts
    assert charge.floor == pytest.approx(0.02)
    assert charge.losses["absolute error"] == pytest.approx(0.2)
    assert found.target("forces").counts.per == "node"


def test_fields_of_the_input_lower_the_symmetry(diagnose_text, make):
    comment = "Properties=species:S:1:pos:R:3:velocities:R:3"
    text = make.frame("OHH", make.WATER, comment, [[1.0, 0, 0], [1.0, 0, 0], [1.0, 0, 0]])
    assert diagnose_text("v.extxyz", text).symmetry.names.largest() == [("C2v", 1)]
    seen = diagnose_text("v.extxyz", text, search=Search(fields=(Quantity("velocities"),)))
    assert seen.symmetry.names.largest() == [("Cs", 1)]


def test_the_group_is_that_asked_for(diagnose_text, make):
    rotations = SpaceFrame(Orthogonal(3, special=True))
    found = diagnose_text("w.extxyz", make.water([0, 0, 1]), search=Search(rotations))
    assert (found.group, found.symmetry.names.largest()) == ("SE(3)", [("C2", 1)])
    shifted = np.array(make.WATER) + [0, 0, 3.0]
    about_origin = Search(SpaceFrame(translations=False))
    assert diagnose_text("w.extxyz", make.water([0, 0, 1], shifted), search=about_origin).symmetry.names.largest() == [
        ("C2v", 1)
    ]
    shifted = np.array(make.WATER) + [1.0, 2.0, 3.0]
    assert diagnose_text("w.extxyz", make.water([0, 0, 1], shifted), search=about_origin).symmetry.names.largest() == [
        ("C1", 1)
    ]


def test_near_symmetries(diagnose_text, make):
    bent = np.array(make.WATER)
    bent[1, 1] += 0.05
    found = diagnose_text("near.extxyz", make.water([0.0, 0.3, 1.0], bent), "dipole")
    assert found.symmetry.names.largest() == [("Cs", 1)]
    assert set(found.near.gained) == {3, 10}
    assert found.near.gained[3].samples == 0 or found.near.gained[3].names.largest() == [("Cs → C2v", 1)]
    assert found.near.gained[10].names.largest() == [("Cs → C2v", 1)]
    near = found.target("dipole").counts.near[10]
    assert near.floor == pytest.approx(0.09, rel=0.1)
    assert near.steepest is not None
    assert near.steepest[0] == pytest.approx(0.6 / 0.05, rel=0.5)


def test_how_sharp_the_decisions_were(diagnose_text, make):
    bent = np.array(make.WATER)
    bent[1, 1] += 0.005
    near = diagnose_text("near.extxyz", make.water([0, 0, 1.0]) + make.water([0, 0, 1.0], bent)).near
    assert near.residuals == {-9: 1, -3: 1}
    bent[1, 1] += 0.05
    near = diagnose_text("near.extxyz", make.water([0, 0, 1.0], bent)).near
    assert near.gaps == {-2: 1}


def test_the_dipoles_of_g2(tmp_path, diagnose_path):
    """Those of charges that the elements decide obey the symmetry of each molecule; a field on methane does not."""
    collections, io = pytest.importorskip("ase.collections"), pytest.importorskip("ase.io")
    generator, frames = np.random.default_rng(0), []
    for name in collections.g2.names:
        atoms = collections.g2[name]
        charges = np.sin(1.7 * atoms.numbers)
        q, _ = np.linalg.qr(generator.normal(size=(3, 3)))
        atoms.positions = atoms.positions @ q.T
        atoms.info["dipole"] = (charges - charges.mean()) @ atoms.positions + 0.7 * (name == "CH4") * np.eye(3)[2]
        frames.append(atoms)
    io.write(tmp_path / "g2.extxyz", frames, format="extxyz")
    found = diagnose_path(tmp_path / "g2.extxyz", "dipole")
    assert (found.read, found.symmetry.samples, found.symmetry.infinite) == (162, 162, 50)
    counts = found.target("dipole").counts
    assert (counts.restricted, counts.floor) == (1, pytest.approx(0.49, abs=1e-6))
    forced = counts.forced["1o"]
    assert (forced.broken, forced.largest[1]) == (1, collections.g2.names.index("CH4"))
    assert set(forced.names.counts) >= {"Td", "D∞h", "Kh", "D3h"}


def test_molecules_and_crystals_in_one_file(diagnose_text, make):
    cell = 'Lattice="4.0 0 0 0 4.0 0 0 0 4.0" pbc="T T T"'
    salt = make.frame(["Cs", "Cl"], [[0, 0, 0], [2.0, 2.0, 2.0]], cell)
    found = diagnose_text("mixed.extxyz", make.water([0, 0, 1.0]) + salt)
    assert dict(found.kinds.largest()) == {"molecule": 1, "crystal": 1}
    assert dict(found.symmetry.names.largest()) == {"C2v": 1, "Pm-3m (221)": 1}


def test_a_molecule_that_relaxes(tmp_path, make, diagnose_path):
    before, after = tmp_path / "before.xyz", tmp_path / "after.xyz"
    flat = [[0.0, 0, 0], *([np.cos(a), np.sin(a), 0] for a in np.radians([0, 120, 240]))]
    bent = np.array(flat)
    bent[0, 2] += 0.4  # the nitrogen leaves the plane
    before.write_text(make.frame("NHHH", flat))
    after.write_text(make.frame("NHHH", bent))
    found = diagnose_path(before, final=after)
    counts = found.target("displacement").counts
    assert found.symmetry.names.largest() == [("D3h", 1)]
    assert counts.squares == pytest.approx(0.3**2 + 3 * 0.1**2)  # the mean is taken out
    assert counts.share == pytest.approx(1.0)
    assert [target.counts.name for target in found.targets] == ["displacement"]


def test_the_result_does_not_depend_on_the_chunks(diagnose_text, monkeypatch, make):
    generator = np.random.default_rng(0)
    frames = [make.methane(generator.normal(size=3), make.rotation(generator)) for _ in range(9)]
    whole = diagnose_text("m.extxyz", "".join(frames), "dipole").to_json()
    module = importlib.import_module("symbreak.diagnosis.diagnose_file")
    monkeypatch.setattr(module, "chunk_size", lambda source: 2)
    assert equal(diagnose_text("m.extxyz", "".join(frames), "dipole").to_json(), whole)


@pytest.mark.slow
def test_the_result_does_not_depend_on_the_engine(diagnose_text, make):
    generator = np.random.default_rng(0)
    text = "".join(make.methane(generator.normal(size=3), make.rotation(generator)) for _ in range(300))
    alone, rows, more = diagnose_text("m.extxyz", text, "dipole").to_json(), [], []
    assert diagnose_text("m.extxyz", text, "dipole", engine=Local(2), table=more.extend).to_json() == alone
    diagnose_text("m.extxyz", text, "dipole", table=rows.extend)
    assert rows == more


def equal(one, other):
    """Whether two documents are the same up to rounding."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return one == pytest.approx(other, rel=1e-9, abs=1e-12) if isinstance(one, float) else one == other


def test_a_field_acts_on_each_sample_in_its_own_measure(diagnose_text, make):
    """A constant vector is not all that relaxed weights learn: it need not take away most of the floor."""
    dipoles = [0.1, 0.2, 0.2, 0.3, 0.4, 0.8, 1.0, 3.0]
    found = diagnose_text("field.extxyz", "".join(make.methane([0, 0, size]) for size in dipoles), "dipole")
    floors = found.target("dipole").floors
    assert 0.5 < floors.fixed_direction / floors.none < 0.75
    assert found.recommendation.remedy is Remedy.RELAXED_WEIGHTS
    assert found.recommendation.because[-1] == "the direction is (0, 0, 1)"
