"""Which structures are taken: close pairs against a double loop, and a refusal for every rule."""

import numpy as np
import pytest

from symbreak.data.samples import Refused, Structure
from symbreak.data.structure_rules import StructureRules, close_pairs, full_cell

ALL = np.ones(3, dtype=bool)


def listed_pairs(positions, cell, pbc, cutoff):
    """Every pair within the cutoff, over images up to four cells away."""
    steps = [range(-4, 5) if periodic else (0,) for periodic in pbc]
    shifts = np.stack(np.meshgrid(*steps, indexing="ij"), -1).reshape(-1, 3) @ cell
    apart = positions[None, :, None] - positions[:, None, None] + shifts
    near = np.linalg.norm(apart, axis=-1).min(-1) <= cutoff
    return [(i, j) for i, j in np.argwhere(near).tolist() if i < j]


@pytest.mark.parametrize("pbc", [(0, 0, 0), (1, 0, 0), (1, 1, 0), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("skew", (False, True))
def test_close_pairs_against_a_double_loop(pbc, skew):
    rng = np.random.default_rng(0)
    pbc = np.array(pbc, dtype=bool)
    for _ in range(5):
        cell = np.diag([3.0, 4.0, 5.0]) + skew * rng.normal(size=(3, 3)) * 0.5
        positions = rng.uniform(-1, 2, size=(40, 3)) @ cell
        first, second, distance, image = close_pairs(positions, cell, pbc, 0.6)
        assert list(zip(first.tolist(), second.tolist(), strict=True)) == listed_pairs(positions, cell, pbc, 0.6)
        assert (distance <= 0.6).all()
        inside = np.linalg.norm(positions[first] - positions[second], axis=1) <= 0.6
        assert (inside == ~image).all()


def test_missing_cell_vectors_are_filled_in_across_the_others():
    for missing in ([2], [0, 1], [1], [0, 1, 2]):
        cell = np.array([[2.0, 0.3, 0], [0.1, 3, 0.2], [0, 0.5, 4]])
        cell[missing] = 0
        filled = full_cell(cell)
        given = np.setdiff1d(range(3), missing)
        assert np.array_equal(filled[given], cell[given])
        assert np.allclose(filled[missing] @ filled[missing].T, np.eye(len(missing)))
        assert np.allclose(filled[missing] @ filled[given].T, 0)


def test_a_large_structure_is_quick():
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*[np.arange(30.0)] * 3), -1).reshape(-1, 3) * 2
    positions = grid + 0.1 * rng.normal(size=grid.shape)
    cell = np.eye(3) * 60
    assert not len(close_pairs(positions, cell, ALL, 0.1)[0])
    positions[-1] = positions[7] - cell[1] + 0.01
    first, second, distance, image = close_pairs(positions, cell, ALL, 0.1)
    assert (first.tolist(), second.tolist(), image.tolist()) == ([7], [26999], [True])
    assert distance == pytest.approx(0.01 * np.sqrt(3))


def test_a_heap_of_atoms_in_one_place_ends_soon():
    heap = np.zeros((20_000, 3))
    assert isinstance(StructureRules().admit(Structure(heap, np.ones(20_000, dtype=int))), Refused)
    assert isinstance(StructureRules(merge_images=True).admit(Structure(heap, np.ones(20_000, dtype=int))), Refused)


WATER = np.array([[0.0, 0, 0], [0.76, 0.59, 0], [-0.76, 0.59, 0]])
OHH = np.array([8, 1, 1])


def infinite(i):
    positions = WATER.copy()
    positions[i, 1] = np.inf
    return positions


@pytest.mark.parametrize(
    "structure, reason",
    (
        (Structure(np.zeros((0, 3)), np.zeros(0, dtype=int)), "an empty frame: it has no atoms"),
        (Structure(WATER[:2], OHH), r"positions have shape \(2, 3\), but 3 atoms have \(3, 3\)"),
        (Structure(infinite(2), OHH), r"atom 2 is at \[-0.76, inf, 0.0\], but coordinates must be finite"),
        (Structure(WATER, OHH, arrays={"forces": np.full((3, 3), np.nan)}), r"'forces'\[0, 0\] is nan"),
        (Structure(WATER, OHH, arrays={"forces": np.zeros((2, 3))}), "an array of 3 atoms starts with 3"),
        (Structure(WATER, OHH, info={"energy": np.array(np.inf)}), "the value 'energy' is inf"),
        (Structure(WATER, OHH, pbc=ALL), "a periodic axis needs a cell vector"),
        (Structure(WATER, OHH, np.diag([5.0, 5, 0]), ALL), "a periodic axis needs a cell vector"),
        (Structure(WATER, OHH, np.ones((3, 3)), ALL), "has no volume"),
        (Structure(WATER * 0.01, OHH), "atoms 0 and 1 are 0.00962 Å apart, but atoms closer than 0.1 Å"),
        (Structure(WATER[:1], OHH[:1], np.diag([5.0, 5, 0.05]), ALL), "the cell repeats atom 0 at 0.05 Å"),
    ),
)
def test_refusals(structure, reason):
    refused = StructureRules().admit(structure)
    assert isinstance(refused, Refused)
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(refused.reason)


def test_a_sound_structure_is_taken_as_it_is():
    slab = Structure(WATER, OHH, np.diag([5.0, 5, 0]), np.array([True, True, False]))
    for structure in (Structure(WATER, OHH), Structure(WATER, OHH, np.eye(3) * 4, ALL), slab):
        assert StructureRules().admit(structure) is structure
    assert StructureRules(closest=0.005).admit(Structure(WATER * 0.01, OHH)).numbers is OHH


def test_images_are_merged_only_if_all_they_carry_agrees():
    corners = np.stack(np.meshgrid(*[[0.0, 4.0]] * 3), -1).reshape(-1, 3)
    positions, numbers = np.vstack([corners, [[2.0, 2, 2]]]), np.array([22] * 8 + [56])
    charges = {"charges": np.array([4.0] * 8 + [2.0])}
    cell = np.eye(3) * 4
    rules = StructureRules(merge_images=True)
    merged = rules.admit(Structure(positions, numbers, cell, ALL, charges))
    assert merged.numbers.tolist() == [22, 56]
    assert merged.arrays["charges"].tolist() == [4, 2]
    assert merged.info["merged_images"] == 7
    charges["charges"][3] = 5
    assert (
        "atoms 0 and 3 are images of one atom, but their 'charges' differ"
        in rules.admit(Structure(positions, numbers, cell, ALL, charges)).reason
    )
    for other in (np.array([21, *numbers[1:]]), numbers):  # other species at one corner; not through the cell
        points = positions.copy()
        points[1] = points[0] + (other is numbers) * 0.01
        refused = rules.admit(Structure(points, other, cell, ALL))
        assert isinstance(refused, Refused)


def test_the_threshold_is_a_distance():
    with pytest.raises(ValueError, match="closest is -1, but a distance is finite and not negative"):
        StructureRules(closest=-1)
