"""Ragged batches of graphs: literal examples, empty graphs, errors."""

import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.actions import Fields, Pointwise, Relabel
from symbreak.groups import Cyclic, Orthogonal, SampleKeys
from symbreak.representations import Regular, Vector

O2 = Orthogonal(2)
QUARTER = torch.tensor([[0.0, -1.0], [1.0, 0.0]])


def pair():
    """A path 0 - 1 - 2, an empty graph, and one edge 0 -> 1."""
    return Batch.from_data_list(
        [
            Data(
                x=torch.tensor([[10.0], [11], [12]]),
                edge_index=torch.tensor([[0, 1], [1, 2]]),
                edge_attr=torch.tensor([5.0, 6.0]),
            ),
            Data(x=torch.zeros(0, 1), edge_index=torch.zeros(2, 0, dtype=torch.int64), edge_attr=torch.zeros(0)),
            Data(x=torch.tensor([[20.0], [21]]), edge_index=torch.tensor([[0], [1]]), edge_attr=torch.tensor([7.0])),
        ]
    )


def test_literal_relabel():
    batch = pair()
    moved = Relabel(("x",), ("edge_attr",)).act(torch.tensor([2, 0, 1, 4, 3]), batch)
    assert moved.x[:, 0].tolist() == [11, 12, 10, 21, 20]  # node 0 -> 2, 1 -> 0, 2 -> 1; 3 -> 4, 4 -> 3
    assert moved.edge_index.tolist() == [[2, 0, 4], [0, 1, 3]]  # edges keep their order, and so their attributes
    assert moved.edge_attr.tolist() == [5, 6, 7]
    assert batch.x[:, 0].tolist() == [10, 11, 12, 20, 21]


def test_haar_permutes_each_graph_by_itself_and_uniformly():
    action, batch = Relabel(("x",), ("edge_attr",)), pair()
    draws = torch.stack([action.haar(batch, generator=SampleKeys(torch.arange(3), seed=k)) for k in range(600)])
    assert (draws.sort(1).values == torch.arange(5)).all()
    assert (draws[:, :3] < 3).all()
    counts = draws[:, :3].unique(dim=0, return_counts=True)[1]
    assert len(counts) == 6
    assert (counts - 100).abs().max() < 60  # six sigma


def test_literal_fields():
    data = Data(pos=torch.tensor([[1.0, 0], [0, 2]]), two=torch.tensor([[[1.0, 0], [0, 1]], [[3.0, 0], [0, 3]]]))
    moved = Fields(O2, (("pos", Vector(O2)), ("two", Vector(O2)))).act(QUARTER[None], Batch.from_data_list([data]))
    assert moved.pos.tolist() == [[0, 1], [-2, 0]]
    assert moved.two.tolist() == [[[0, 1], [-1, 0]], [[0, 3], [-3, 0]]]


def test_a_field_of_edges_goes_with_the_graph_of_the_edge():
    """As many edges as nodes in the batch, but not in each graph: sizes cannot tell one from the other."""
    batch = Batch.from_data_list(
        [
            Data(x=torch.ones(3, 2), edge_index=torch.zeros(2, 2, dtype=torch.int64), edge_vec=torch.ones(2, 2)),
            Data(x=torch.ones(2, 2), edge_index=torch.zeros(2, 3, dtype=torch.int64), edge_vec=torch.ones(3, 2)),
        ]
    )
    g = torch.stack([torch.eye(2), -torch.eye(2)])
    moved = Fields(O2, (("x", Vector(O2)), ("edge_vec", Vector(O2)))).act(g, batch)
    assert moved.x[:, 0].tolist() == [1, 1, 1, -1, -1]
    assert moved.edge_vec[:, 0].tolist() == [1, 1, -1, -1, -1]


def test_a_batch_of_empty_graphs():
    batch = Batch.from_data_list([Data(x=torch.zeros(0, 2), edge_index=torch.zeros(2, 0, dtype=torch.int64))] * 2)
    assert Relabel(("x",)).act(Relabel(("x",)).haar(batch), batch).x.shape == (0, 2)
    action = Fields(O2, (("x", Vector(O2)),))
    assert action.act(action.haar(batch), batch).x.shape == (0, 2)


@pytest.mark.parametrize(
    "action", (Relabel(("x",)), Fields(Cyclic(1), (("x", Regular(Cyclic(1))),))), ids=("relabel", "fields")
)
def test_undeclared_and_missing_fields(action):
    batch = pair()
    with pytest.raises(ValueError, match=r"\['edge_attr'\], of which .* Declare each one"):
        action.act(action.haar(batch) if isinstance(action, Fields) else torch.arange(5), batch)
    with pytest.raises(ValueError, match=r"has no fields \['x'\]"):
        action.act(torch.arange(3), Batch.from_data_list([Data(num_nodes=3)]))


def test_data_that_is_no_batch():
    with pytest.raises(ValueError, match=r"Batch.from_data_list\(\[data\]\)"):
        Relabel(("x",)).act(torch.arange(2), Data(x=torch.zeros(2, 1)))
    with pytest.raises(ValueError, match=r"Batch.from_data_list\(\[data\]\)"):
        Relabel(("x",)).haar(Data(x=torch.zeros(2, 1)))


def test_wrong_sizes():
    batch = pair()
    with pytest.raises(ValueError, match=r"g has shape \(3,\), but the batch has 5 nodes"):
        Relabel(("x",), ("edge_attr",)).act(torch.arange(3), batch)
    flat = Fields(O2, (("x", Vector(O2)),), ("edge_attr",))
    with pytest.raises(ValueError, match="g has 1 elements, but the batch has 3 graphs"):
        flat.act(QUARTER[None], batch)
    with pytest.raises(ValueError, match="'edge_attr' has 3 rows, but a field of nodes has one for each of the 5"):
        Relabel(("x", "edge_attr")).act(torch.arange(5), batch)
    batch.x = torch.zeros(4, 2)
    with pytest.raises(ValueError, match="has 4 rows, but a field that moves"):
        flat.act(QUARTER.expand(3, 2, 2), batch)
    two = Batch.from_data_list([Data(pos=torch.zeros(2)), Data(pos=torch.zeros(0))])
    two["num_nodes"] = 2
    with pytest.raises(ValueError, match=r"has shape \(2,\), but .* moves \(rows, ..., 2\)"):
        Fields(O2, (("pos", Vector(O2)),)).act(QUARTER.expand(2, 2, 2), two)


def test_wrong_construction():
    with pytest.raises(ValueError, match="no field that moves"):
        Fields(O2, ())
    with pytest.raises(ValueError, match="moves by .* but the elements are of"):
        Fields(Orthogonal(3), (("pos", Vector(O2)),))
    with pytest.raises(ValueError, match=r"moves \(B, ..., 2\)"):
        Pointwise(Vector(O2)).haar(torch.zeros(4, 3))
