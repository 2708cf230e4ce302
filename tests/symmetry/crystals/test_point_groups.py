"""The 32 point groups and their irreps, from the operations of a space group of each."""

import math

import moyopy
import pytest
import torch

from symbreak.groups import Orthogonal
from symbreak.symmetry.crystals import mulliken_irreps, point_group
from symbreak.symmetry.crystals.characters import character_table, multiplication_table
from symbreak.symmetry.crystals.point_groups import HERMANN_MAUGUIN, rotation_orders

HEXAGONAL = torch.tensor([[1, -0.5, 0], [0, math.sqrt(0.75), 0], [0, 0, 1]], dtype=torch.float64)

# A space group of each point group; the irreps of polar and of axial vectors, z first where it is apart.
GROUPS = {
    1: ("C1", "A", "A"),
    2: ("Ci", "Au", "Ag"),
    3: ("C2", "A+B", "A+B"),
    6: ("Cs", "A'+A''", "A'+A''"),
    10: ("C2h", "Au+Bu", "Ag+Bg"),
    16: ("D2", "B1+B2+B3", "B1+B2+B3"),
    25: ("C2v", "A1+B1+B2", "A2+B1+B2"),
    47: ("D2h", "B1u+B2u+B3u", "B1g+B2g+B3g"),
    75: ("C4", "A+E", "A+E"),
    81: ("S4", "B+E", "A+E"),
    83: ("C4h", "Au+Eu", "Ag+Eg"),
    89: ("D4", "A2+E", "A2+E"),
    99: ("C4v", "A1+E", "A2+E"),
    111: ("D2d", "B2+E", "A2+E"),
    123: ("D4h", "A2u+Eu", "A2g+Eg"),
    143: ("C3", "A+E", "A+E"),
    147: ("C3i", "Au+Eu", "Ag+Eg"),
    150: ("D3", "A2+E", "A2+E"),
    156: ("C3v", "A1+E", "A2+E"),
    164: ("D3d", "A2u+Eu", "A2g+Eg"),
    168: ("C6", "A+E1", "A+E1"),
    174: ("C3h", "A''+E'", "A'+E''"),
    175: ("C6h", "Au+E1u", "Ag+E1g"),
    177: ("D6", "A2+E1", "A2+E1"),
    183: ("C6v", "A1+E1", "A2+E1"),
    187: ("D3h", "A2''+E'", "A2'+E''"),
    191: ("D6h", "A2u+E1u", "A2g+E1g"),
    195: ("T", "T", "T"),
    200: ("Th", "Tu", "Tg"),
    207: ("O", "T1", "T1"),
    215: ("Td", "T2", "T1"),
    221: ("Oh", "T1u", "T1g"),
}
NUMBERS = pytest.mark.parametrize("number", GROUPS, ids=[row[0] for row in GROUPS.values()])


def rotations(number):
    """The point group of a space group, in Cartesian axes with the conventional cell along them."""
    W = torch.tensor(moyopy.operations_from_number(number, primitive=True).rotations, dtype=torch.float64)
    primitive = moyopy.operations_from_number(number, primitive=False)
    W = torch.tensor(primitive.rotations, dtype=torch.float64).unique(dim=0)
    cell = HEXAGONAL if 143 <= number <= 194 else torch.eye(3, dtype=torch.float64)
    return cell @ W @ torch.linalg.inv(cell)


def axes(number):
    return HEXAGONAL.T if 143 <= number <= 194 else torch.eye(3, dtype=torch.float64)


def content(irreps, character):
    """Which irreps a real representation of the given character has."""
    return {irrep.label for irrep in irreps if abs(float((character * irrep.characters).mean())) > 1e-9}


@NUMBERS
def test_names(number, generator):
    R, schoenflies = rotations(number), GROUPS[number][0]
    turn = Orthogonal(3, special=True).sample(generator=generator, dtype=torch.float64)
    order = torch.randperm(len(R), generator=generator)
    for group in (R, (turn @ R @ turn.T)[order], R.float()):
        found = point_group(group)
        assert (found.schoenflies, found.order) == (schoenflies, len(R))
    tables = moyopy.SpaceGroupType(number).geometric_crystal_class
    assert found.hermann_mauguin == {"-62m": "-6m2", "-4m2": "-42m"}.get(tables, tables)


def test_all_are_known():
    assert {row[0] for row in GROUPS.values()} == set(HERMANN_MAUGUIN)
    assert len(set(HERMANN_MAUGUIN.values())) == 32


@NUMBERS
def test_characters_are_orthonormal_and_complete(number):
    table = character_table(rotations(number))
    characters, k = table.characters, len(table.table)
    members = torch.nn.functional.one_hot(table.classes).sum(0)
    assert characters.shape[0] == len(members)
    assert int(table.dimensions.square().sum()) == k
    eye = torch.eye(len(members), dtype=torch.complex128)
    torch.testing.assert_close(characters @ characters.mH / k, eye)
    first = torch.stack([(table.classes == c).nonzero()[0, 0] for c in range(len(members))])
    columns = characters[:, first]
    torch.testing.assert_close(columns.mH @ columns, torch.diag(k / members).to(torch.complex128))
    for h in range(k):  # constant on classes
        inverse = (table.table[h] == table.identity).nonzero()[0, 0]
        conjugates = table.table[table.table[h], inverse]
        torch.testing.assert_close(characters[:, conjugates], characters)


@NUMBERS
def test_vectors(number, generator):
    """Polar and axial vectors are in the irreps that every table lists for x, y, z and the rotations about them."""
    R = rotations(number)
    turn = Orthogonal(3, special=True).sample(generator=generator, dtype=torch.float64)
    trace, det = R.diagonal(dim1=1, dim2=2).sum(-1), torch.linalg.det(R)
    for frame in (torch.eye(3, dtype=torch.float64), turn):
        irreps = mulliken_irreps(frame @ R @ frame.T, axes(number) @ frame.T)
        assert content(irreps, trace) == set(GROUPS[number][1].split("+"))
        assert content(irreps, det * trace) == set(GROUPS[number][2].split("+"))
        assert float((irreps[0].characters - 1).abs().max()) < 1e-9
        assert sum(irrep.degree * irrep.dimension for irrep in irreps) == len(R)


@NUMBERS
def test_projectors_of_the_regular_representation(number):
    """`degree / k Σ χ(g) D(g)` are orthogonal projectors that add up to one."""
    R = rotations(number)
    table, k = multiplication_table(R), len(R)
    regular = torch.nn.functional.one_hot(table, k).double().mT  # (g, gh, h)
    P = torch.stack(
        [i.degree / k * torch.einsum("g,gab->ab", i.characters, regular) for i in mulliken_irreps(R, axes(number))]
    )
    products = P[:, None] @ P
    expected = torch.eye(len(P), dtype=torch.float64)[..., None, None] * P
    torch.testing.assert_close(products, expected, atol=1e-10, rtol=0)
    torch.testing.assert_close(P.sum(0), torch.eye(k, dtype=torch.float64), atol=1e-10, rtol=0)


def test_what_the_axes_decide():
    """x, y, z in D2h are B3u, B2u, B1u; x and y in C2v are B1 and B2; x² - y² in D4h is B1g."""

    def label(number, function, frame=None):
        R = rotations(number)
        irreps = mulliken_irreps(R, torch.eye(3) if frame is None else frame)
        x = torch.randn(3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        (name,) = content(irreps, function(R.mT @ x) / function(x[None]))
        return name

    assert [label(47, lambda x, c=c: x[:, c]) for c in range(3)] == ["B3u", "B2u", "B1u"]
    assert [label(25, lambda x, c=c: x[:, c]) for c in range(3)] == ["B1", "B2", "A1"]
    assert label(123, lambda x: x[:, 0] ** 2 - x[:, 1] ** 2) == "B1g"
    assert label(123, lambda x: x[:, 0] * x[:, 1]) == "B2g"
    diagonal = torch.tensor([[1.0, 1, 0], [-1, 1, 0], [0, 0, 1]])
    assert label(123, lambda x: x[:, 0] * x[:, 1], diagonal) == "B1g"  # with C2' along the diagonals
    assert label(221, lambda x: x[:, 0] * x[:, 1] * x[:, 2]) == "A2u"


def test_literal_character_table_of_the_tetrahedron():
    irreps = {irrep.label: irrep.characters for irrep in mulliken_irreps(rotations(215), torch.eye(3))}
    proper, order = rotation_orders(rotations(215))
    columns = [(proper & (order == n)).nonzero()[0, 0] for n in (1, 3, 2)]
    columns += [(~proper & (order == n)).nonzero()[0, 0] for n in (4, 2)]  # E, C3, C2, S4, σd
    rows = {name: [round(float(chi[c])) for c in columns] for name, chi in irreps.items()}
    assert rows == {
        "A1": [1, 1, 1, 1, 1],
        "A2": [1, 1, 1, -1, -1],
        "E": [2, -1, 2, 0, 0],
        "T1": [3, 0, -1, 1, -1],
        "T2": [3, 0, -1, -1, 1],
    }


def test_refusals():
    turn = torch.tensor([[math.cos(0.4 * math.pi), -math.sin(0.4 * math.pi), 0], [0, 0, 0], [0, 0, 1]])
    turn[1, :2] = torch.tensor([math.sin(0.4 * math.pi), math.cos(0.4 * math.pi)])
    with pytest.raises(ValueError, match="trace 1.62, but in a crystal it is an integer"):
        point_group(torch.stack([turn.matrix_power(n) for n in range(5)]))
    with pytest.raises(ValueError, match="not orthogonal: .* not in those of the cell"):
        point_group(torch.tensor([[[1.0, -1, 0], [1, 0, 0], [0, 0, 1]]]))
    with pytest.raises(ValueError, match="orders .* but no crystallographic point group does"):
        point_group(rotations(221)[:40])
    with pytest.raises(ValueError, match=r"shape \(3, 3\)"):
        point_group(torch.eye(3))
    with pytest.raises(ValueError, match="is not among the 3; .* List all the elements"):
        multiplication_table(rotations(75)[:3])
    with pytest.raises(ValueError, match="trace"):
        mulliken_irreps(torch.stack([turn.matrix_power(n) for n in range(5)]), torch.eye(3))
