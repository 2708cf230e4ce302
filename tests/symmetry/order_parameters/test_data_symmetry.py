"""The joint symmetry of sets of inputs and targets."""

import pytest
import torch

from symbreak.groups import Orthogonal
from symbreak.representations import Trivial, Vector
from symbreak.representations.irreps import Irreps
from symbreak.symmetry.order_parameters import DataPair, allowed_dimensions, data_symmetry
from symbreak.symmetry.points import PointField

O3 = Orthogonal(3)
POLAR, AXIAL = Vector(O3), Irreps(O3, "1e")
CORNERS = torch.cartesian_prod(*[torch.tensor([-0.5, 0.5], dtype=torch.float64)] * 3)


def deformation(*scales):
    return DataPair(CORNERS, targets=[PointField(POLAR, CORNERS * torch.tensor(scales, dtype=torch.float64))])


SINGLE = [
    ("cube to cube", deformation(1, 1, 1), "Oh"),
    ("cube to prism", deformation(0.5, 0.5, 2), "D4h"),
    ("cube to box", deformation(0.5, 0.7, 2), "D2h"),
    ("a uniform field", DataPair(CORNERS, targets=[PointField(POLAR, torch.tensor([[0.0, 0, 1]]))]), "C4v"),
    ("a uniform magnetic field", DataPair(CORNERS, [PointField(AXIAL, torch.tensor([[0.0, 0, 1]]))]), "C4h"),
    ("crossed fields at a point", None, "Cs"),
    ("an atom", DataPair(torch.zeros(1, 3)), "Kh"),
    ("a pseudoscalar", DataPair(torch.zeros(1, 3), [], [PointField(Irreps(O3, "0o"), torch.ones(1, 1))]), "K"),
    ("an axial vector", DataPair(torch.zeros(1, 3), [PointField(AXIAL, torch.tensor([[0.0, 0, 1]]))]), "C∞h"),
]


@pytest.mark.parametrize("name, pair, group", SINGLE, ids=[row[0] for row in SINGLE])
def test_one_pair_has_the_stabilizer_of_input_and_target(name, pair, group):
    if pair is None:
        fields = [PointField(POLAR, torch.tensor([[1.0, 0, 0]])), PointField(AXIAL, torch.tensor([[0.0, 1, 0]]))]
        pair = DataPair(torch.zeros(1, 3), inputs=fields)
    found = data_symmetry([pair])
    assert found.schoenflies == group
    assert found.pairs.shape == (len(found.symmetry.elements), 1)
    assert found.symmetry.nodes == len(pair.positions)


def test_pairs_may_be_exchanged():
    along = [deformation(0.5, 0.5, 2), deformation(0.5, 2, 0.5), deformation(2, 0.5, 0.5)]
    assert data_symmetry(along[:1]).schoenflies == "D4h"
    assert data_symmetry(along[:2]).schoenflies == "D4h"  # about x: the two axes are exchanged
    whole = data_symmetry(along)
    assert whole.schoenflies == "Oh"
    assert whole.order == 48
    assert len(whole.pairs.unique(dim=0)) == 6
    twice = data_symmetry([*along, along[0]])
    assert twice.schoenflies == "D4h"  # one of the three counts twice


def test_inputs_count_as_well_as_targets():
    up = DataPair(CORNERS, [PointField(Trivial(O3), torch.tensor([[1.0]]))], [PointField(POLAR, CORNERS)])
    down = DataPair(CORNERS, [PointField(Trivial(O3), torch.tensor([[2.0]]))], [PointField(POLAR, -CORNERS)])
    assert data_symmetry([up, down]).schoenflies == "Oh"
    fields = torch.tensor([[0.0, 0, 1]]), torch.tensor([[0.0, 0, -1]])
    ends = [DataPair(CORNERS, [PointField(POLAR, f)]) for f in fields]
    assert data_symmetry(ends).schoenflies == "D4h"
    labelled = [
        DataPair(CORNERS, [PointField(POLAR, f)], [PointField(Trivial(O3), torch.tensor([[t]]))])
        for f, t in zip(fields, (0.0, 1.0), strict=True)
    ]
    assert data_symmetry(labelled).schoenflies == "C4v"


def test_turning_the_data_turns_their_symmetry(generator):
    R = O3.sample(generator=generator, dtype=torch.float64)
    target = CORNERS * torch.tensor([0.5, 0.5, 2.0])
    pair = DataPair(CORNERS @ R.T, targets=[PointField(POLAR, target @ R.T)])
    found = data_symmetry([pair, pair])
    assert found.schoenflies == "D4h"
    axis = R[:, 2]
    assert (found.symmetry.elements @ axis).abs().sub(axis.abs()).abs().max() < 1e-8


def test_translations_of_each_pair():
    moved = DataPair(CORNERS + torch.tensor([3.0, 1.0, 2.0]), targets=deformation(1, 1, 1).targets)
    assert data_symmetry([moved]).schoenflies == "Oh"
    assert data_symmetry([moved], translations=False).schoenflies == "C1"


def test_a_set_of_vectors_is_one_cloud():
    """Accelerations `a = E + v × B` with E along x and B along y, at velocities on a grid that the mirror keeps."""
    v = torch.cartesian_prod(*[torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)] * 3)
    E, B = torch.tensor([1.0, 0, 0]).double(), torch.tensor([0.0, 0.5, 0]).double()
    a = E + torch.linalg.cross(v, B.expand_as(v))
    law = DataPair(v, targets=[PointField(POLAR, a)])
    K = data_symmetry([law], translations=False)
    assert K.schoenflies == "Cs"
    assert allowed_dimensions(K.symmetry, "0o + 1o + 1e") == {"0o": 0, "1o": 2, "1e": 1}
    electric = DataPair(v, targets=[PointField(POLAR, E.expand_as(v))])
    assert data_symmetry([electric], translations=False).schoenflies == "C4v"
    half = v[v[:, 1] > -0.5]  # sampling breaks the mirror
    sampled = DataPair(half, targets=[PointField(POLAR, a[v[:, 1] > -0.5])])
    assert data_symmetry([sampled], translations=False).schoenflies == "C1"


def test_maps_that_are_left_without_their_products_are_left_out():
    """At a tolerance, the pairs may let through maps of which a product moves too far: a group is what remains."""
    from symbreak.symmetry.order_parameters.data_symmetry import _closed
    from symbreak.symmetry.points import point_stabilizer

    box = point_stabilizer(CORNERS * torch.tensor([1.0, 2.0, 3.0]))
    kept = torch.ones(8, dtype=torch.bool)
    assert _closed(box, kept).all()
    kept[5] = False
    left = _closed(box, kept)
    assert int(left.sum()) == 4
    assert not left[5]


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="There are no pairs"):
        data_symmetry([])
    with pytest.raises(ValueError, match="finite points of space"):
        DataPair(torch.zeros(0, 3))
    with pytest.raises(ValueError, match="has 2 rows, but the cloud has 8"):
        DataPair(CORNERS, [PointField(POLAR, torch.zeros(2, 3))])
    with pytest.raises(ValueError, match="species has shape"):
        DataPair(CORNERS, species=torch.zeros(3, dtype=torch.int64))
    with pytest.raises(ValueError, match="4096 points in all"):
        data_symmetry([DataPair(CORNERS)] * 512)
    with pytest.raises(ValueError, match="2 kinds of inputs"):
        data_symmetry([DataPair(CORNERS), DataPair(CORNERS, [PointField(POLAR, CORNERS)])])
    with pytest.raises(ValueError, match="K is looked for in"):
        data_symmetry([DataPair(CORNERS, [PointField(Vector(Orthogonal(3, special=True)), CORNERS)])])
