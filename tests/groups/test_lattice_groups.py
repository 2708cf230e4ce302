"""Lattice groups in one, two and three dimensions: the contract, literal examples, errors."""

import pytest
import torch

from symbreak.actions import Bond, Lattice, Orientation, Scalar
from symbreak.groups import Cayley, Cyclic, Dihedral, FiniteSemidirect, SemidirectElement, p4, p4m
from symbreak.groups.wallpaper import LatticeTurn, inversions, lattice_group, mirrors, p432, pm3m, translations
from symbreak.testing import check_action, check_group

SCREEN = ((0, 1, 0), (1, 0, 0), (0, 0, -1))  # a half turn about the diagonal of x and y
GROUPS = {
    "p1 of a ring": (translations((5,)), 5),
    "pm of a ring": (inversions((6,)), 12),
    "pm of one site": (inversions((1,)), 2),
    "p1": (translations((3, 4)), 12),
    "p2": (inversions((3, 2)), 12),
    "pmm": (mirrors((4, 2)), 32),
    "P-1": (inversions((2, 3, 2)), 24),
    "Pmmm": (mirrors((2, 3, 1)), 48),
    "P2 along a diagonal": (lattice_group((3, 3, 2), (SCREEN,)), 36),
    "P432": (p432(2), 192),
    "Pm-3m": (pm3m(3), 1296),
}


def field(group):
    """One of each kind of channel, but regular ones on large groups."""
    channels = (Scalar(2), Bond(), Orientation()) if group.acting.order <= 8 else (Scalar(), Bond())
    action = Lattice(group, channels)
    return action, torch.randint(0, 200, (3, action.width, *action.sizes))


@pytest.mark.parametrize("group, order", GROUPS.values(), ids=GROUPS)
def test_contract(group, order):
    assert group.order == order
    check_group(group)
    check_action(*field(group), atol=0)
    assert hash(group) == hash(FiniteSemidirect(group.normal, group.acting, group.phi))


def test_a_broken_group_fails():
    """The matrices of one group with the multiplication of another."""
    good = pm3m(2)
    wrong = FiniteSemidirect(good.normal, Cyclic(48), good.phi)
    with pytest.raises(AssertionError, match="breaks the law"):
        check_group(wrong)


def test_dimensions_of_the_ring_are_cyclic_and_dihedral():
    assert Cayley.of(translations((5,))) == Cayley.of(Cyclic(5))
    ring = inversions((5,))  # (t, f) moves r to t + (-1)^f r: numbered like r^t s^f
    assert Cayley.of(ring) == Cayley.of(Dihedral(5))
    assert mirrors((5,)) == ring


def test_the_square_lattice_agrees_with_p4_and_p4m():
    quarter, mirror = ((0, -1), (1, 0)), ((1, 0), (0, -1))
    for named, generators in ((p4(4), (quarter,)), (p4m(4), (quarter, mirror))):
        listed = lattice_group((4, 4), generators)
        assert set(listed.phi.matrices) == set(named.phi.matrices)
        assert listed.order == named.order


def test_literal_turn_of_the_box():
    group = p432(5)
    third = group.phi.matrices.index(((0, 0, 1), (1, 0, 0), (0, 1, 0)))
    turn = SemidirectElement(torch.tensor([[1, 0, 0]]), torch.tensor([third]))
    x = torch.zeros(1, 1, 5, 5, 5)
    x[0, 0, 0, 2, 3] = 1.0
    moved = Lattice(group, (Scalar(),)).act(turn, x)
    assert moved[0, 0].nonzero().tolist() == [[4, 0, 2]]  # (0, 2, 3) -> (3, 0, 2), and a step along x


def test_literal_bond_of_the_box():
    """The bond from (1, 0, 0) along z, turned by (x, y, z) -> (z, x, y), runs from (0, 1, 0) along x."""
    group = p432(3)
    third = group.phi.matrices.index(((0, 0, 1), (1, 0, 0), (0, 1, 0)))
    action, x = Lattice(group, (Bond(),)), torch.zeros(1, 3, 3, 3, 3)
    x[0, 2, 1, 0, 0] = 1.0
    moved = action.act(SemidirectElement(torch.zeros(1, 3, dtype=torch.int64), torch.tensor([third])), x)
    assert moved[0].nonzero().tolist() == [[0, 0, 1, 0]]


def test_the_identity_is_first_and_rotations_come_from_the_cube():
    M = torch.tensor(pm3m(2).phi.matrices).double()
    assert torch.equal(M[0], torch.eye(3, dtype=torch.float64))
    assert sorted(torch.linalg.det(M).round().tolist()) == [-1.0] * 24 + [1.0] * 24
    R = torch.tensor(p432(2).phi.matrices).double()
    assert bool((torch.linalg.det(R) > 0).all())
    assert len(R.unique(dim=0)) == 24


def test_errors():
    with pytest.raises(ValueError, match="has 4 axes, but .* at most three"):
        translations((2, 2, 2, 2))
    with pytest.raises(ValueError, match="takes axis 1 of length 3 to axis 0 of length 4.*equal sides"):
        lattice_group((4, 3), (((0, 1), (1, 0)),))
    for wrong in (((1, 1), (0, 1)), ((1, 0), (1, 0)), ((2, 0), (0, 1)), ((1, 0, 0), (0, 1, 0)), ((0.5, 0), (0, 1))):
        with pytest.raises(ValueError, match="a signed permutation matrix: one 1 or -1"):
            lattice_group((4, 4), (wrong,))
    for make in (p432, pm3m):
        with pytest.raises(ValueError, match=f"{make.__name__} was given the size 0"):
            make(0)
    with pytest.raises(ValueError, match="no sizes"):
        translations(())


def test_lattice_turn_is_public():
    assert isinstance(pm3m(2).phi, LatticeTurn)
