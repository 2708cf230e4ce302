"""Space groups, sites and operations of crystals that are known, and of general ones."""

import sys
from dataclasses import replace

import moyopy
import pytest
import torch

from symbreak.symmetry.crystals import crystal_symmetry, nearby_symmetry
from symbreak.symmetry.crystals.space_group import _check_group

FAST = (1, 2, 5, 9, 14, 19, 36, 62, 76, 82, 92, 136, 146, 148, 161, 176, 186, 198)
SLOW = tuple(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 231) if n not in FAST)


def assert_operations(found, given):
    """Every operation takes every atom to where its permutation says, and the operations are a group."""
    g, scaled_back = found.operations, torch.linalg.inv(given.cell)
    moved = given.positions @ g.rotations.mT + g.translations[:, None]
    gap = (moved - given.positions[g.permutations]) @ scaled_back
    distance = ((gap - gap.round()) @ given.cell).norm(dim=-1).amax(1)
    torch.testing.assert_close(g.residuals, distance, atol=1e-6, rtol=0)
    assert torch.equal(given.numbers[g.permutations], given.numbers.expand_as(g.permutations))
    table = g.products()
    slots = torch.arange(len(g))
    assert torch.equal(table.sort(0).values, slots[:, None].expand(len(g), len(g)))
    h, k = torch.randint(len(g), (2, 50))
    assert torch.equal(g.permutations[table[h, k]], g.permutations[h].gather(1, g.permutations[k]))
    torch.testing.assert_close(g.rotations[table[h, k]], g.rotations[h] @ g.rotations[k])


def test_perovskite(perovskite):
    found = crystal_symmetry(*perovskite)
    assert (str(found), found.hall, str(found.point_group)) == ("Pm-3m (221)", "-P 4 2 3", "m-3m (Oh)")
    assert [str(site) for site in found.sites] == ["1b (m-3m, Oh)", "1a (m-3m, Oh)"] + 3 * ["3d (4/mm.m, D4h)"]
    assert found.equivalent_atoms.tolist() == [0, 1, 2, 2, 2]
    assert found.complete
    assert len(found.operations) == len(found.primitive_operations) == 48
    assert_operations(found, perovskite)
    torch.testing.assert_close(found.conventional_cell.abs().sum(), perovskite.cell.sum())


def test_tilted_perovskite(tilted):
    found = crystal_symmetry(*tilted, tolerance=1e-4)
    assert (str(found), found.point_group.schoenflies, len(found.operations)) == ("Pnma (62)", "D2h", 8)
    assert [str(found.sites[i]) for i in (0, 4, 8, 16)] == ["4c (.m., Cs)", "4b (-1, Ci)", "8d (1, C1)", "4c (.m., Cs)"]
    assert_operations(found, tilted)


def test_barium_titanate(barium_titanate):
    found = {phase: crystal_symmetry(*given) for phase, given in barium_titanate.items()}
    assert {phase: str(one) for phase, one in found.items()} == {
        "cubic": "Pm-3m (221)",
        "tetragonal": "P4mm (99)",
        "orthorhombic": "Amm2 (38)",
    }
    orthorhombic = found["orthorhombic"]
    assert orthorhombic.point_group.schoenflies == "C2v"
    assert len(orthorhombic.first_atoms) == 5  # half of the centred cell
    assert len(orthorhombic.operations) == 8
    assert orthorhombic.sites[0].multiplicity == 2


@pytest.mark.parametrize("number", (*FAST, *SLOW))
def test_general_crystals(general_crystal, moved, number, generator):
    """The space group that made a crystal is found again, however the crystal is presented."""
    generator.manual_seed(number)
    given = general_crystal(number, generator)
    found = crystal_symmetry(*given)
    assert found.number == number
    assert_operations(found, given)
    assert found.complete
    assert {site.point_group.schoenflies for site in found.sites} == {"C1"}
    assert {site.multiplicity for site in found.sites} == {len(given.numbers) // 2}
    other, turn, order = moved(given, generator)
    again = crystal_symmetry(*other)
    assert (again.number, len(again.operations)) == (number, len(found.operations))
    assert_operations(again, other)
    conjugated = (turn @ found.operations.rotations @ turn.T).flatten(1)
    gap = torch.cdist(conjugated, again.operations.rotations.flatten(1)).amin(1)
    assert float(gap.max()) < 1e-6
    assert torch.equal(again.equivalent_atoms[again.equivalent_atoms], again.equivalent_atoms)


@pytest.mark.parametrize("number", (2, 15, 62, 88, 148, 167, 194, 205, 225, 227))
def test_agrees_with_spglib(general_crystal, number, generator, monkeypatch):
    spglib = pytest.importorskip("spglib")
    monkeypatch.setattr(spglib.error, "OLD_ERROR_HANDLING", False)
    generator.manual_seed(number)
    given = general_crystal(number, generator, points=torch.tensor([[0.0, 0, 0], [0.25, 0.25, 0.25]]).double())
    scaled = given.positions @ torch.linalg.inv(given.cell)
    reference = spglib.get_symmetry_dataset((given.cell.numpy(), scaled.numpy(), given.numbers.numpy()), symprec=1e-3)
    found = crystal_symmetry(*given)
    assert (found.number, found.hermann_mauguin) == (reference.number, reference.international)
    assert len(found.operations) == len(reference.rotations)
    assert [site.hermann_mauguin for site in found.sites] == list(reference.site_symmetry_symbols)
    assert found.equivalent_atoms.tolist() == reference.equivalent_atoms.tolist()


def test_literal_convention():
    """A quarter turn about z takes the atom on x to that on y: slot i goes to slot g[i]."""
    points = torch.tensor([[1.0, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [0, 0, 1]])
    found = crystal_symmetry(torch.diag(torch.tensor([6.0, 6, 7])), points, [1, 1, 1, 1, 2])
    assert found.hermann_mauguin == "P4mm"
    turn = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]).double()
    which = (found.operations.rotations - turn).abs().amax((1, 2)).argmin()
    assert found.operations.permutations[which].tolist() == [1, 2, 3, 0, 4]
    vectors = torch.tensor([[1.0, 2, 3], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]])
    mean = found.average(vectors)  # along the spokes, and along z
    assert mean[1].tolist() == pytest.approx([0, 0.25, 0.75])
    assert mean[2].tolist() == pytest.approx([-0.25, 0, 0.75])


def supercell(given, M):
    cells = torch.cartesian_prod(*[torch.arange(0, m) for m in M]).double()
    positions = (given.positions[:, None] + cells @ given.cell).flatten(0, 1)
    return torch.diag(torch.tensor(M).double()) @ given.cell, positions, given.numbers.repeat_interleave(len(cells))


def test_a_supercell_of_lower_symmetry(perovskite, capfd):
    """2 × 1 × 1 cells of a cube: 16 rotations keep the cell, 48 the crystal; both are told."""
    cell, positions, numbers = supercell(perovskite, (2, 1, 1))
    found = crystal_symmetry(cell, positions, numbers)
    assert str(found) == "Pm-3m (221)"
    assert (len(found.operations), len(found.primitive_operations), found.complete) == (32, 48, False)
    assert found.primitive_atoms.reshape(5, 2).diff(dim=1).abs().sum() == 0
    assert capfd.readouterr().err == ""
    small = crystal_symmetry(*perovskite)
    assert found.average(torch.randn(10, 3)).abs().max() < 1e-12  # no polar vector at these sites
    strain = torch.diag(torch.tensor([0.1, 0.2, 0.3]))
    assert found.primitive_operations.average_tensor(strain).diagonal().tolist() == pytest.approx([0.2] * 3)
    assert found.operations.average_tensor(strain).diagonal().tolist() == pytest.approx([0.1, 0.25, 0.25])
    assert len(small.symmetry().elements) == 48
    assert small.symmetry().complete


def fixed_vectors(symmetry):
    """The dimension of the per-atom vectors that a list of elements keeps."""
    n = symmetry.permutations.shape[1]
    rows = []
    for R, p in zip(symmetry.elements, symmetry.permutations, strict=True):
        matrix = torch.zeros(n, 3, n, 3, dtype=torch.float64)
        matrix[p, :, torch.arange(n)] = R
        rows.append(matrix.reshape(3 * n, 3 * n) - torch.eye(3 * n))
    return 3 * n - int(torch.linalg.matrix_rank(torch.cat(rows), rtol=1e-9))


@pytest.mark.parametrize("cells", ((1, 1, 1), (2, 1, 1), (1, 2, 3)), ids=str)
@pytest.mark.parametrize("number", (36, 150, 198))
def test_the_symmetry_fixes_what_the_mean_fixes(general_crystal, number, cells, generator):
    """One free vector for each orbit of general points, however many cells and whether they keep the rotations."""
    generator.manual_seed(number)
    found = crystal_symmetry(*supercell(general_crystal(number, generator), cells))
    assert found.number == number
    assert fixed_vectors(found.symmetry()) == 6
    u = torch.randn(len(found.numbers), 3, dtype=torch.float64)
    mean = found.average(u)
    torch.testing.assert_close(found.average(mean), mean)
    if found.complete:
        torch.testing.assert_close(found.operations.average(u), mean)
    symmetry = found.symmetry()
    for R, p in zip(symmetry.elements, symmetry.permutations, strict=True):
        torch.testing.assert_close(mean[p], mean @ R.T)


def test_tolerance(perovskite, generator):
    """Noise below the tolerance keeps the group, with its residuals; noise above leaves none."""
    noise = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    noise = 0.01 * noise / noise.norm(dim=1, keepdim=True)
    noisy = perovskite._replace(positions=perovskite.positions + noise)
    found = crystal_symmetry(*noisy, tolerance=0.05)
    assert found.number == 221
    assert 0.005 < float(found.operations.residuals.max()) < 0.05
    eye = torch.eye(3, dtype=torch.float64)
    torch.testing.assert_close(found.operations.rotations.mT @ found.operations.rotations, eye.expand(48, 3, 3))
    assert crystal_symmetry(*noisy, tolerance=1e-3).number == 1
    strained = perovskite._replace(cell=perovskite.cell * torch.tensor([1.0, 1.0, 1.001]).double())
    strained = strained._replace(positions=strained.positions * torch.tensor([1.0, 1.0, 1.001]).double())
    assert crystal_symmetry(*strained, tolerance=1e-4).number == 123
    loose = crystal_symmetry(*strained, tolerance=0.05)
    assert loose.number == 221
    assert float(loose.operations.residuals.max()) == pytest.approx(0.004056, rel=0.1)


def test_the_next_symmetry(perovskite, barium_titanate, tilted):
    """What a larger tolerance would find, and how far the crystal misses it."""
    tetragonal = crystal_symmetry(*barium_titanate["tetragonal"])
    near = nearby_symmetry(tetragonal)
    assert str(near) == "Pm-3m (221)"
    assert 0.1 < float(near.operations.residuals.max()) < 0.3
    assert nearby_symmetry(tetragonal, largest=0.05) is None
    assert nearby_symmetry(crystal_symmetry(*perovskite)) is None
    assert str(nearby_symmetry(crystal_symmetry(*tilted), largest=0.8)) == "Pm-3m (221)"


def test_left_handed_cells_and_other_arguments(perovskite):
    flipped = perovskite._replace(cell=-perovskite.cell)
    assert str(crystal_symmetry(*flipped)) == "Pm-3m (221)"
    swapped = perovskite._replace(cell=perovskite.cell[[1, 0, 2]])
    assert len(crystal_symmetry(*swapped).operations) == 48
    as_arrays = (perovskite.cell.numpy(), perovskite.positions.float().numpy(), perovskite.numbers.tolist())
    assert crystal_symmetry(*as_arrays).number == 221


@pytest.mark.parametrize(
    "change, message",
    (
        (lambda c: (c.cell[:2], *c[1:]), r"The cell has shape \(2, 3\)"),
        (lambda c: (c.cell, c.positions[:4], c.numbers), r"positions \(4, 3\) and numbers \(5,\)"),
        (lambda c: (c.cell, c.positions[:0], c.numbers[:0]), "has no atoms"),
        (lambda c: (c.cell, c.positions, c.numbers.double()), "torch.float64, but .* integers"),
        (lambda c: (c.cell, c.positions * float("nan"), c.numbers), r"positions\[0, 0\] is nan"),
        (lambda c: (c.cell * float("inf"), c.positions, c.numbers), r"cell\[0, 0\] is inf|cell\[0, 1\] is nan"),
        (lambda c: (c.cell * torch.tensor([1.0, 1, 0]), c.positions, c.numbers), "has no volume, .* For a molecule"),
        (lambda c: (c.cell, c.positions[[0, 1, 1, 3, 4]], c.numbers), "Atoms 1 and 2 are 0 Å apart, .* Merge atoms"),
        (lambda c: (c.cell, c.positions + c.cell.sum() * 1e-9, c.numbers, -1.0), "tolerance is -1.0"),
        (lambda c: (c.cell, c.positions, c.numbers, float("nan")), "tolerance is nan"),
        (lambda c: (c.cell, c.positions, c.numbers, 1.5), "twice the tolerance of 1.5 Å"),
    ),
)
def test_refusals(perovskite, change, message):
    cell, positions, numbers, *tolerance = change(perovskite)
    with pytest.raises(ValueError, match=message):
        crystal_symmetry(cell, positions, numbers, **({"tolerance": tolerance[0]} if tolerance else {}))


def test_a_tolerance_that_breaks_the_search_says_so(perovskite, monkeypatch):
    def fail(*args, **options):
        raise ValueError("Primitive symmetry search failed")

    monkeypatch.setattr(moyopy, "MoyoDataset", fail)
    with pytest.raises(ValueError, match=r"tolerance 0.5 Å \(Primitive symmetry search failed\).* try another one"):
        crystal_symmetry(*perovskite, tolerance=0.5)


def test_operations_that_are_no_group_are_refused(perovskite):
    found = crystal_symmetry(*perovskite).operations
    with pytest.raises(ValueError, match="47 operations .* do not permute the atoms as a group: .* Lower it"):
        _check_group(found.take(torch.arange(47)), 0.1)
    collapsed = replace(found, permutations=found.permutations.clamp(max=3))
    with pytest.raises(ValueError, match="do not permute the atoms as a group"):
        _check_group(collapsed, 0.1)


def test_without_moyopy(perovskite, monkeypatch):
    monkeypatch.setitem(sys.modules, "moyopy", None)
    with pytest.raises(ImportError, match="pip install moyopy"):
        crystal_symmetry(*perovskite)
