"""Fields on atoms lower the space group: charges, dipoles, moments."""

import pytest
import torch

from symbreak.groups import Orthogonal
from symbreak.representations import Trivial, Vector
from symbreak.symmetry.crystals import AtomField, crystal_symmetry
from symbreak.symmetry.crystals.operations import Operations, closed_subset

O3 = Orthogonal(3)


def cubic_cells(cell, positions, numbers, m):
    """`m × m × m` cells."""
    steps = torch.cartesian_prod(*[torch.arange(m)] * 3).double()
    places = (positions[:, None] + steps @ cell).flatten(0, 1)
    return m * cell, places, numbers.repeat_interleave(len(steps)), steps.repeat(len(numbers), 1)


def test_a_dipole_leaves_what_turns_about_it(perovskite):
    values = torch.zeros(5, 3)
    values[1, 2] = 0.2
    found = crystal_symmetry(*perovskite, fields=[AtomField(values, Vector(O3))])
    assert str(found) == "P4mm (99)"
    assert [str(site) for site in found.sites[:2]] == ["1b (4mm, C4v)", "1a (4mm, C4v)"]
    assert found.equivalent_atoms.tolist() == [0, 1, 2, 2, 4]
    values[1] = torch.tensor([0.1, 0.2, 0.3])
    assert crystal_symmetry(*perovskite, fields=[AtomField(values, Vector(O3))]).number == 1


def test_an_axial_vector_keeps_the_inversion(perovskite):
    Irreps = pytest.importorskip("symbreak.representations.irreps").Irreps
    values = torch.zeros(5, 3)
    values[1, 2] = 1.0
    found = crystal_symmetry(*perovskite, fields=[AtomField(values, Irreps(O3, "1e"))])
    assert (str(found), found.point_group.schoenflies) == ("P4/m (83)", "C4h")


def test_equal_charges_lower_nothing_and_unequal_ones_split_orbits(perovskite):
    charges = torch.tensor([[1.0], [2.0], [-1.0], [-1.0], [-1.0]])
    same = crystal_symmetry(*perovskite, fields=[AtomField(charges, Trivial(O3, 1))])
    assert (same.number, len(same.operations)) == (221, 48)
    charges[4] = -1.1
    split = crystal_symmetry(*perovskite, fields=[AtomField(charges, Trivial(O3, 1))])
    assert (str(split), split.equivalent_atoms.tolist()) == ("P4/mmm (123)", [0, 1, 2, 2, 4])
    close = crystal_symmetry(*perovskite, fields=[AtomField(charges, Trivial(O3, 1), tolerance=0.2)])
    assert close.number == 221


# Moments along z on the B atoms at (x, y, z): their sign, and the type that is left without time reversal.
ORDERS = {
    "F": (lambda r: torch.ones(len(r)), "P4/m"),
    "G": (
        lambda r: (-1.0) ** r.sum(1),
        "I4/mcm",
    ),  # the halves of the moments are exchanged by glides of the double cell
    "A": (lambda r: (-1.0) ** r[:, 2], "P4/mcc"),
    "C": (lambda r: (-1.0) ** r[:, :2].sum(1), "P4/mbm"),
}


@pytest.mark.parametrize("sign, name", ORDERS.values(), ids=ORDERS)
def test_antiferromagnets(perovskite, sign, name, monkeypatch):
    """Moments of alternating sign enlarge the primitive cell, in a box that shows all its translations."""
    Irreps = pytest.importorskip("symbreak.representations.irreps").Irreps
    spglib = pytest.importorskip("spglib")
    monkeypatch.setattr(spglib.error, "OLD_ERROR_HANDLING", False)
    cell, positions, numbers, steps = cubic_cells(*perovskite, 2)
    moments = torch.zeros(40, 3, dtype=torch.float64)
    moments[8:16, 2] = sign(steps[8:16])
    found = crystal_symmetry(cell, positions, numbers, fields=[AtomField(moments, Irreps(O3, "1e"))])
    assert found.hermann_mauguin == name
    scaled = positions @ torch.linalg.inv(cell)
    reference = spglib.get_magnetic_symmetry(
        (cell.numpy(), scaled.numpy(), numbers.numpy(), moments.numpy()), symprec=1e-3, is_axial=True
    )
    assert len(found.operations) == int((~reference["time_reversals"]).sum())
    g = found.operations
    turned = torch.linalg.det(g.rotations)[:, None, None] * (moments @ g.rotations.mT)
    torch.testing.assert_close(turned, moments[g.permutations])
    copies = {"F": 1, "G": 2, "A": 2, "C": 2}[next(k for k, v in ORDERS.items() if v[1] == name)]
    assert len(found.first_atoms) == 5 * copies
    assert len(found.primitive_operations) == found.sites[0].point_group.order * sum(
        int(a) == int(found.equivalent_atoms[0]) for a in found.equivalent_atoms[found.first_atoms]
    )


def test_a_field_on_a_cell_that_does_not_show_it_all(perovskite):
    """On 2 × 1 × 1 cells the charges of a cube are found cubic, and those of a layer tetragonal."""
    cell = perovskite.cell * torch.tensor([[2.0], [1.0], [1.0]])
    positions = torch.cat([perovskite.positions, perovskite.positions + perovskite.cell[0]])
    numbers = perovskite.numbers.repeat(2)
    charges = torch.tensor([1.0, 2, -1, -1, -1]).repeat(2)[:, None]
    same = crystal_symmetry(cell, positions, numbers, fields=[AtomField(charges, Trivial(O3, 1))])
    assert (same.number, same.complete) == (221, False)
    charges[[2, 7]] = -3.0  # the oxygens on the bonds along x
    layered = crystal_symmetry(cell, positions, numbers, fields=[AtomField(charges, Trivial(O3, 1))])
    assert (str(layered), layered.complete, len(layered.operations)) == ("P4/mmm (123)", True, 32)
    charges[2] = -4.0  # of one cell alone
    doubled = crystal_symmetry(cell, positions, numbers, fields=[AtomField(charges, Trivial(O3, 1))])
    assert (str(doubled), len(doubled.first_atoms), len(doubled.operations)) == ("P4/mmm (123)", 10, 16)


@pytest.mark.parametrize("number", (19, 62, 92, 167, 198))
def test_a_symmetric_field_keeps_a_general_crystal(general_crystal, number, generator):
    generator.manual_seed(number)
    given = general_crystal(number, generator)
    bare = crystal_symmetry(*given)
    u = bare.average(torch.randn(len(given.numbers), 3, generator=generator, dtype=torch.float64))
    found = crystal_symmetry(*given, fields=[AtomField(u, Vector(O3), 1e-6)])
    assert (found.number, len(found.operations)) == (number, len(bare.operations))
    u[0, 0] += 0.1
    assert crystal_symmetry(*given, fields=[AtomField(u, Vector(O3), 1e-6)]).number == 1


def test_misfits_without_a_gap_still_leave_a_group(perovskite):
    """Of the turns about z, the quarter turns just fit, and the half turn does not: none may stay without it."""
    found = crystal_symmetry(*perovskite).operations
    axis = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
    turns = found.take(((found.rotations @ axis - axis).norm(dim=1) < 1e-6) & (torch.linalg.det(found.rotations) > 0))
    half = (turns.rotations[:, 0, 0] + 1).abs() < 1e-6
    quarter = turns.rotations[:, 0, 0].abs() < 1e-6
    misfit = torch.zeros(4, dtype=torch.float64)
    misfit[quarter], misfit[half] = 0.9, 1.1
    assert closed_subset(turns, misfit, 1.0).sum() == 1
    misfit[half] = 0.5
    assert closed_subset(turns, misfit, 1.0).sum() == 4
    misfit[quarter] = 1.1
    assert torch.equal(closed_subset(turns, misfit, 1.0), ~quarter)
    with pytest.raises(ArithmeticError, match="Not even the identity"):
        closed_subset(turns, misfit + 2.0, 1.0)


def test_the_mean_of_an_incomplete_list_is_no_projection():
    """`average` is over a group: of half of one it does not repeat itself."""
    turn = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]], dtype=torch.float64)
    part = Operations(
        torch.stack([torch.eye(3).double(), turn]), torch.zeros(2, 3), torch.zeros(2, 1).long(), torch.zeros(2)
    )
    once = part.average(torch.tensor([[1.0, 2.0, 3.0]]))
    assert not torch.allclose(part.average(once), once)
    assert bool((part.products() < 0).any())


def test_refusals(perovskite):
    with pytest.raises(ValueError, match=r"moves by Vector\(.*n=2.*but the operations of a crystal are in O\(3\)"):
        AtomField(torch.zeros(5, 2), Vector(Orthogonal(2)))
    with pytest.raises(ValueError, match=r"shape \(5, 2\), but .* \(n, 3\)"):
        AtomField(torch.zeros(5, 2), Vector(O3))
    with pytest.raises(ValueError, match=r"not finite at \[0, 1\]"):
        AtomField(torch.tensor([[0.0, float("nan"), 0.0]]), Vector(O3))
    with pytest.raises(ValueError, match="tolerance is 0.0, but it is above 0"):
        AtomField(torch.zeros(5, 3), Vector(O3), 0.0)
    with pytest.raises(ValueError, match="A field has 4 values, but the crystal has 5 atoms"):
        crystal_symmetry(*perovskite, fields=[AtomField(torch.zeros(4, 3), Vector(O3))])
