"""Sets of points, and points under motions of space: Slots, Rigid, Commuting."""

import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.actions import Commuting, Fields, Pointwise, Relabel, Rigid, Slots
from symbreak.groups import Cyclic, Orthogonal, SemidirectElement
from symbreak.representations import DirectSum, Regular, Trivial, Vector
from symbreak.testing import check_action

O3 = Orthogonal(3)
POINTS = Pointwise(Vector(O3))
FIELDS = Fields(O3, (("v", Vector(O3)), ("pos", Vector(O3))), still=("z",))


def cloud(columns=3):
    return torch.randn(4, 5, columns, dtype=torch.float64)


def molecules():
    def molecule(n):
        return Data(pos=torch.randn(n, 3).double(), v=torch.randn(n, 3).double(), z=torch.arange(n))

    return Batch.from_data_list([molecule(3), molecule(1), molecule(4)])


@pytest.mark.parametrize(
    "action",
    (
        Slots(),
        Rigid(POINTS),
        Rigid(Pointwise(Vector(Orthogonal(3, special=True)))),
        Commuting((Slots(), POINTS)),
        Commuting((Slots(), Rigid(POINTS))),
    ),
    ids=repr,
)
def test_conformance(action):
    check_action(action, cloud())


def test_conformance_of_fields_and_further_columns():
    check_action(Rigid(FIELDS), molecules())
    check_action(Rigid(Pointwise(DirectSum((Vector(O3), Vector(O3), Trivial(O3))))), cloud(7))


def test_a_motion_shifts_positions_and_nothing_else():
    turn = torch.diag(torch.tensor([-1.0, -1.0, 1.0])).double()[None]
    g = SemidirectElement(torch.tensor([[5.0, 6.0, 7.0]]).double(), turn)
    batch = Batch.from_data_list(
        [Data(pos=torch.ones(1, 3).double(), v=torch.ones(1, 3).double(), z=torch.tensor([8]))]
    )
    moved = Rigid(FIELDS).act(g, batch)
    assert moved.pos.tolist() == [[4.0, 5.0, 8.0]]
    assert moved.v.tolist() == [[-1.0, -1.0, 1.0]]
    x = torch.ones(1, 1, 6).double()
    assert Rigid(Pointwise(DirectSum((Vector(O3), Vector(O3))))).act(g, x).tolist() == [[[4, 5, 8, -1, -1, 1]]]


CELLS = Fields(O3, (("pos", Vector(O3)), ("cell", Vector(O3))), still=("z",))


def crystals():
    def crystal(n):
        return Data(pos=torch.randn(n, 3).double(), cell=torch.randn(1, 3, 3).double(), z=torch.arange(n))

    return Batch.from_data_list([crystal(2), crystal(1), crystal(4)])


def test_conformance_of_crystals():
    check_action(Rigid(CELLS), crystals())
    check_action(CELLS, crystals())


def test_a_cell_turns_with_its_crystal_and_is_not_shifted():
    """Its vectors are rows; the atom at half of the first stays there, seen from the origin that moves."""
    quarter = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]).double()[None]
    g = SemidirectElement(torch.tensor([[7.0, 0.0, 0.0]]).double(), quarter)
    cell = torch.diag(torch.tensor([2.0, 3.0, 4.0])).double()
    one = Data(pos=cell[:1] / 2, cell=cell[None], z=torch.tensor([84]))
    moved = Rigid(CELLS).act(g, Batch.from_data_list([one]))
    assert moved.cell.tolist() == [[[0, 2, 0], [-3, 0, 0], [0, 0, 4]]]
    assert moved.pos.tolist() == [[7, 1, 0]]


def test_a_permutation_sends_slot_i_to_slot_g_i():
    x = torch.tensor([[10.0, 11.0, 12.0], [20.0, 21.0, 22.0]])
    assert Slots().act(torch.tensor([[2, 0, 1], [0, 2, 1]]), x).tolist() == [[11, 12, 10], [20, 22, 21]]


def test_ragged_sets_of_points():
    """The index vector runs over all nodes, the matrices over the graphs."""
    batch = molecules()
    both = Commuting((Relabel(("pos", "v", "z")), Rigid(FIELDS)))
    g, h = (both.haar(batch) for _ in range(2))
    one, two = both.act(g, both.act(h, batch)), both.act(both.group.compose(g, h), batch)
    for name in ("pos", "v", "z"):
        torch.testing.assert_close(one[name], two[name])


def test_parts_that_do_not_commute_are_found_out():
    first = Pointwise(DirectSum((Regular(Cyclic(3)), Trivial(Cyclic(3), 2))))
    second = Pointwise(DirectSum((Trivial(Cyclic(3), 2), Regular(Cyclic(3)))))
    with pytest.raises(AssertionError, match="left action"):
        check_action(Commuting((first, second)), cloud(5), atol=0)


def test_errors():
    with pytest.raises(ValueError, match="points of E\\(n\\) turn by matrices"):
        Rigid(Pointwise(Regular(Cyclic(3))))
    with pytest.raises(ValueError, match="first columns of the data moves by Trivial"):
        Rigid(Pointwise(DirectSum((Trivial(O3), Vector(O3)))))
    with pytest.raises(ValueError, match="the field 'x' of the data moves by None"):
        Rigid(FIELDS, position="x")
    with pytest.raises(ValueError, match="tuple of at least two"):
        Commuting((POINTS,))
    with pytest.raises(ValueError, match=r"shape \(3,\), but Slots"):
        Slots().haar(torch.zeros(3))
    with pytest.raises(ValueError, match=r"have 5 points in each of 4 items: \(4, 5\)"):
        Slots().act(torch.zeros(4, 3, dtype=torch.int64), cloud())
