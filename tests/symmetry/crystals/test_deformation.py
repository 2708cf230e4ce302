"""Strain and displacement between two crystals, and unit cells from drawings."""

import math

import pytest
import torch

from symbreak.symmetry.crystals import crystal_symmetry, deformation, unit_cell

FORMULA = {56: 1, 22: 1, 8: 3}


def strained(generator, size):
    e = size * torch.randn(3, 3, generator=generator, dtype=torch.float64)
    return torch.eye(3, dtype=torch.float64) + (e + e.T) / 2


@pytest.mark.parametrize(
    "M",
    (torch.eye(3), torch.diag(torch.tensor([2.0, 1, 1])), torch.tensor([[1.0, -1, 0], [1, 1, 0], [0, 0, 2]])),
    ids=("1", "2", "4"),
)
def test_a_made_distortion_is_found(perovskite, moved, M, generator):
    """Cells that differ by a strain, a turn, a shift, another basis and the order of the atoms."""
    parent = crystal_symmetry(*perovskite)
    still = deformation(parent, *fill(perovskite, M)).parent
    n = len(still.numbers)
    u = 0.05 * torch.randn(n, 3, generator=generator, dtype=torch.float64)
    u -= u.mean(0)
    stretch = strained(generator, 0.01)
    child = type(perovskite)(still.cell @ stretch, (still.positions + u) @ stretch, still.numbers)
    (cell, positions, numbers), turn, _ = moved(child, generator)
    found = deformation(parent, cell, positions, numbers)
    F = found.rotation @ (torch.eye(3) + found.strain)
    torch.testing.assert_close(found.parent.cell @ F.T, cell)  # a' = R (1 + ε) a
    torch.testing.assert_close(found.rotation.T @ found.rotation, torch.eye(3, dtype=torch.float64))
    torch.testing.assert_close(found.strain.trace(), (stretch - torch.eye(3)).trace())
    torch.testing.assert_close(found.displacement.square().sum(), u.square().sum())
    assert sorted(found.atoms.tolist()) == list(range(n))
    assert torch.equal(numbers[found.atoms], found.parent.numbers)
    placed = (found.parent.positions + found.displacement) @ F.T - positions[found.atoms]
    apart = (placed - placed[0]) @ torch.linalg.inv(cell)  # one shift for all, modulo the lattice
    assert float((apart - apart.round()).abs().max()) < 1e-9
    assert str(found.parent) == "Pm-3m (221)"


def fill(given, M):
    """A supercell of a crystal, by brute force."""
    M = M.double()
    steps = torch.cartesian_prod(*[torch.arange(-3, 4)] * 3).double()
    scaled = (given.positions @ torch.linalg.inv(given.cell))[:, None] + steps
    inside = (scaled @ torch.linalg.inv(M)).flatten(0, 1)
    kept = ((inside > -1e-9) & (inside < 1 - 1e-9)).all(1)
    cell = M @ given.cell
    return type(given)(cell, inside[kept] @ cell, given.numbers.repeat_interleave(len(steps))[kept])


def test_axes_are_kept_if_they_can_be(tilted, perovskite):
    """The parent comes out in the child's axes where one of its domains lies so."""
    found = deformation(
        crystal_symmetry(*fill(perovskite, torch.tensor([[1.0, -1, 0], [1, 1, 0], [0, 0, 2]]))), *tilted
    )
    quarter = math.pi / 4
    turn = torch.tensor([[math.cos(quarter), -math.sin(quarter)], [math.sin(quarter), math.cos(quarter)]])
    assert float((found.rotation[:2, :2].abs() - turn.abs()).abs().max()) < 1e-6
    assert float(found.strain.abs().max()) < 1e-4
    assert float(found.displacement.square().sum()) == pytest.approx(0.7493, abs=1e-4)
    assert float(found.displacement.norm(dim=1).max()) == pytest.approx(0.2565, abs=1e-4)


def test_barium_titanate(barium_titanate):
    parent = crystal_symmetry(*barium_titanate["cubic"])
    tetragonal = deformation(parent, *barium_titanate["tetragonal"])
    a, c = 3.9903790951 / 4.0076818466 - 1, 4.1026554108 / 4.0076818466 - 1
    torch.testing.assert_close(tetragonal.strain, torch.diag(torch.tensor([a, a, c], dtype=torch.float64)))
    assert float(tetragonal.displacement[:, :2].abs().max()) < 1e-9
    heights = torch.tensor([0.582541466 - 0.5, 0.100042701, 0.06422054, 0.06422054, 0.548971772 - 0.5]).double()
    torch.testing.assert_close(tetragonal.displacement[:, 2], 4.0076818466 * (heights - heights.mean()))
    orthorhombic = deformation(parent, *barium_titanate["orthorhombic"])
    assert len(orthorhombic.parent.numbers) == 10
    stretches = torch.linalg.eigvalsh(orthorhombic.strain)
    lengths = torch.tensor([3.9833338261, 5.7251901627 / 2**0.5, 5.7506790161 / 2**0.5]).double() / 4.0076818466
    torch.testing.assert_close(stretches, lengths - 1)


def test_no_deformation(perovskite):
    parent = crystal_symmetry(*perovskite)
    found = deformation(parent, *perovskite)
    assert float(found.displacement.abs().max()) < 1e-9
    assert float(found.strain.abs().max()) < 1e-9
    left_handed = deformation(parent, -perovskite.cell, perovskite.positions, perovskite.numbers)
    assert float(left_handed.displacement.abs().max()) < 1e-9
    torch.testing.assert_close(torch.linalg.det(left_handed.rotation), torch.tensor(1.0).double())


def test_large_supercells_are_matched_quickly(perovskite, generator):
    cell, positions, numbers = fill(perovskite, torch.diag(torch.tensor([3.0, 3, 2])))
    noise = 0.02 * torch.randn(90, 3, generator=generator, dtype=torch.float64)
    found = deformation(crystal_symmetry(*perovskite), cell, positions + noise, numbers)
    torch.testing.assert_close(found.displacement.square().sum(), (noise - noise.mean(0)).square().sum())


def test_refusals(perovskite, tilted):
    parent = crystal_symmetry(*perovskite)
    cell, positions, numbers = perovskite
    with pytest.raises(ValueError, match="1 of species 9, .* but the parent's primitive cell has 3 of species 9"):
        deformation(parent, cell, positions, [19, 30, 9, 19, 19])
    with pytest.raises(ValueError, match="child has 4|The child has 2 of species 9"):
        deformation(parent, cell, positions[:4], numbers[:4])
    with pytest.raises(ValueError, match="No supercell of 1 primitive cells .* to 10%"):
        deformation(parent, 1.3 * cell, 1.3 * positions, numbers)
    swapped = positions.clone()
    swapped[3] = positions[2] + torch.tensor([0.9, 0.0, 0.0])
    with pytest.raises(ValueError, match="two atoms of the child are nearest to one site"):
        deformation(parent, cell, swapped, numbers)
    with pytest.raises(ValueError, match="has no atoms"):
        deformation(parent, cell, positions[:0], numbers[:0])


def drawing(given, generator):
    """Every atom with some of its images, in another order."""
    images = torch.cartesian_prod(*[torch.arange(-1, 2)] * 3).double() @ given.cell
    positions = (given.positions[:, None] + images).flatten(0, 1)
    numbers = given.numbers.repeat_interleave(27)
    order = torch.randperm(len(numbers), generator=generator)
    kept = order[: len(order) // 2]
    return given.cell, positions[kept], numbers[kept]


def test_images_are_merged(perovskite, generator):
    listing = drawing(perovskite, generator)
    found = unit_cell(*listing)
    assert found.numbers.sort().values.tolist() == [9, 9, 9, 19, 30]
    assert torch.equal(listing[1][found.atoms], found.positions)
    assert crystal_symmetry(*found[:3]).number == 221
    with pytest.raises(ValueError, match="Merge atoms that are listed twice"):
        crystal_symmetry(*listing)


def test_translations_complete_a_centred_cell(barium_titanate):
    """The file draws one barium for two formula units: the translation of the other species brings the second."""
    cell, positions, numbers = barium_titanate["orthorhombic"]
    one = torch.tensor([i for i in range(10) if i != 5])
    listing = cell, positions[one], numbers[one]
    assert len(unit_cell(*listing).numbers) == 9  # without a formula nothing is added
    found = unit_cell(*listing, formula=FORMULA)
    assert len(found.numbers) == 10
    assert found.atoms[-1] == 0
    assert str(crystal_symmetry(*found[:3])) == "Amm2 (38)"
    assert len(unit_cell(*barium_titanate["orthorhombic"], formula=FORMULA).numbers) == 10


def test_a_vacancy_that_no_translation_fills_is_refused(barium_titanate):
    cell, positions, numbers = barium_titanate["cubic"]
    with pytest.raises(ValueError, match=r"no translation .* makes it the formula \{56: 1, 22: 1, 8: 3\}"):
        unit_cell(cell, positions[:4], numbers[:4], formula=FORMULA)
    with pytest.raises(ValueError, match=r"has the species \[8, 22, 56\]: name each"):
        unit_cell(cell, positions, numbers, formula={56: 1, 22: 1})
    with pytest.raises(ValueError, match=r"positions\[0, 0\] is nan"):
        unit_cell(cell, positions * float("nan"), numbers)
