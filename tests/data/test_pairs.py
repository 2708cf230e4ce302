"""Before and after: displacements by the nearest image, atoms matched, counts and species compared."""

import os
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from symbreak.data import open_source
from symbreak.data.pairs import minimum_image, pair, pairs
from symbreak.data.samples import GraphSample, Refused, Structure

needs_data = pytest.mark.skipif("SYMBREAK_DATA" not in os.environ, reason="SYMBREAK_DATA is not set")
CRYSTALS = Path(os.environ.get("SYMBREAK_DATA", "")) / "crystals"

ALL = np.ones(3, dtype=bool)
PBC = [np.array(pbc, dtype=bool) for pbc in ((0, 0, 0), (0, 1, 0), (1, 0, 1), (1, 1, 1))]


@pytest.mark.parametrize("pbc", PBC, ids=str)
@pytest.mark.parametrize("skew", (0.0, 0.5, 3.0))
def test_minimum_image_against_all_images(pbc, skew):
    rng = np.random.default_rng(0)
    for _ in range(5):
        cell = np.diag([2.0, 3.0, 4.0]) + skew * np.tril(rng.normal(size=(3, 3)), -1)
        fraction = rng.uniform(-3, 3, size=(30, 3))
        steps = np.array(list(product(*(range(-12, 13) if periodic else (0,) for periodic in pbc))))
        lengths = np.linalg.norm((fraction[:, None] + steps) @ cell, axis=2).min(1)
        moved = minimum_image(fraction, cell, pbc)
        assert np.allclose(np.linalg.norm(moved, axis=1), lengths)
        turns = moved @ np.linalg.inv(cell) - fraction
        assert np.allclose(turns, np.round(turns), atol=1e-9)
        assert np.allclose(turns[:, ~pbc], 0)


def crystal(rng, n=8, pbc=ALL):
    cell = np.diag([6.0, 7.0, 8.0]) + 0.5 * rng.normal(size=(3, 3))
    return Structure(rng.uniform(-1, 2, size=(n, 3)) @ cell, rng.integers(1, 4, n), cell, pbc)


@pytest.mark.parametrize("pbc", PBC, ids=str)
def test_small_displacements_come_back(pbc):
    rng = np.random.default_rng(1)
    before = crystal(rng, pbc=pbc)
    moved = rng.uniform(-0.1, 0.1, size=(8, 3))
    turns = rng.integers(-2, 3, size=(8, 3)) * pbc
    after = replace(before, positions=before.positions + moved + turns @ before.cell)
    found = pair(before, after)
    assert np.allclose(found.displacement, moved)
    assert not found.reordered
    assert np.allclose(found.strain, 0) if pbc.any() else found.strain is None


def test_another_order_is_found_and_reported():
    rng = np.random.default_rng(2)
    before = crystal(rng)
    moved = rng.uniform(-0.05, 0.05, size=(8, 3))
    order = np.roll(np.arange(8), 3)
    inverse = order.argsort()
    after = replace(before, positions=(before.positions + moved)[order], numbers=before.numbers[order])
    found = pair(before, after)
    assert found.reordered
    assert found.permutation.tolist() == inverse.tolist()
    assert np.allclose(found.displacement, moved)
    assert np.array_equal(after.numbers[found.permutation], before.numbers)


def test_literal_direction_of_the_permutation():
    """Atom 0 of before is the last of after."""
    before = Structure(np.array([[0.0, 0, 0], [5, 0, 0], [0, 5, 0]]), np.array([8, 1, 1]))
    after = Structure(np.array([[5.0, 0, 1], [0, 5, 0], [0, 0, 0]]), np.array([1, 1, 8]))
    found = pair(before, after)
    assert found.permutation.tolist() == [2, 0, 1]
    assert found.displacement.tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 0]]


def test_atoms_of_one_species_are_matched_on_request_only():
    before = Structure(np.array([[0.0, 0, 0], [2, 0, 0]]), np.array([1, 1]))
    after = replace(before, positions=before.positions[::-1] + 0.1)
    assert np.allclose(pair(before, after).displacement[0], [2.1, 0.1, 0.1])
    assert np.allclose(pair(before, after, rematch=True).displacement, 0.1)


def test_a_strain_is_no_displacement():
    rng = np.random.default_rng(3)
    before = crystal(rng)
    strain = np.array([[0.01, 0.02, 0], [0, -0.03, 0], [0, 0, 0.0]])
    stretched = replace(
        before, positions=before.positions @ (np.eye(3) + strain), cell=before.cell @ (np.eye(3) + strain)
    )
    found = pair(before, stretched)
    assert np.allclose(found.displacement, 0, atol=1e-12)
    assert np.allclose(found.strain, strain)


def test_a_slab_keeps_its_vacuum():
    """Along an axis that is not periodic another cell vector changes nothing."""
    pbc = np.array([True, True, False])
    before = Structure(np.array([[0.0, 0, 1]]), np.array([6]), np.diag([3.0, 3, 20]), pbc)
    after = Structure(np.array([[2.9, 0, 1.5]]), np.array([6]), np.diag([3.0, 3, 30]), pbc)
    assert np.allclose(pair(before, after).displacement, [[-0.1, 0, 0.5]])
    flat = replace(after, cell=np.diag([3.0, 3, 0]))
    assert np.allclose(pair(before, flat).displacement, [[-0.1, 0, 0.5]])


ONE = Structure(np.zeros((1, 3)), np.array([6]), index=3, line=12)


@pytest.mark.parametrize(
    "after, message",
    (
        (
            Structure(np.eye(3), np.array([6, 6, 6]), index=3),
            r"sample 3 \(line 12\) before and sample 3 after have 1 and 3 atoms",
        ),
        (replace(ONE, numbers=np.array([7])), r"have the species \{6: 1\} and \{7: 1\} \(atomic number: count\)"),
        (replace(ONE, pbc=ALL), r"repeat along \[False, False, False\] and \[True, True, True\]"),
    ),
)
def test_structures_that_are_no_pair(after, message):
    with pytest.raises(ValueError, match=message):
        pair(ONE, after)


def test_streams_of_pairs():
    gone = Refused(1, "an empty frame: it has no atoms.", line=3)
    first, second, third, fourth = pairs([ONE, gone, ONE, gone], [ONE, ONE, gone, gone])
    assert first.displacement.tolist() == [[0, 0, 0]]
    assert (second.reason, third.reason) == (f"before: {gone.reason}", f"after: {gone.reason}")
    assert isinstance(fourth, Refused)
    with pytest.raises(ValueError, match="Frame 1 is only in the file before"):
        list(pairs([ONE, ONE], [ONE]))
    with pytest.raises(ValueError, match="Frame 0 is only in the file after"):
        list(pairs([], [ONE]))
    with pytest.raises(ValueError, match="Frame 0 is GraphSample and Structure, but atoms move in structures"):
        list(pairs([GraphSample(1, np.zeros((2, 0), dtype=int))], [ONE]))


@needs_data
def test_the_perovskite_distorts_by_tilts():
    pytest.importorskip("ase")
    (found,) = pairs(open_source(CRYSTALS / "221_anon.cif"), open_source(CRYSTALS / "62_anon_sorted.cif"), rematch=True)
    length = np.linalg.norm(found.displacement, axis=1)
    assert np.allclose(length[:8], 0)
    assert np.allclose(length[8:16], np.linalg.norm([0.018 * 5.736, 0.018 * 5.736, 0.026 * 8.112]), atol=1e-3)
    assert np.allclose(found.displacement.sum(0), 0, atol=1e-6)


@needs_data
def test_barium_titanate_becomes_polar():
    pytest.importorskip("ase")
    cubic, tetra = (open_source(CRYSTALS / f"BaTiO3_{name}.vasp", merge_images=True) for name in ("cubic", "tetra"))
    (found,) = pairs(cubic, tetra, rematch=True)
    assert found.reordered
    assert np.allclose(found.displacement[:, :2], 0, atol=1e-6)
    assert np.ptp(found.displacement[:, 2]) > 0.1
    assert np.allclose(found.strain, np.diag([3.9903790951, 3.9903790951, 4.1026554108]) / 4.0076818466 - np.eye(3))
