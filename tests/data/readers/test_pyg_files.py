"""Graphs that torch.save wrote: every form of PyTorch Geometric's, and none that would run code."""

import pickle

import numpy as np
import pytest
import torch

from symbreak.data import open_source
from symbreak.data.readers.pyg_files import PygFile
from symbreak.data.samples import GraphSample

PATH = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
ARC = torch.tensor([[0], [1]])


def dicts():
    return [
        {"edge_index": PATH, "x": torch.arange(3.0)[:, None], "edge_attr": torch.ones(4, 2), "y": torch.tensor([1.5])},
        {"edge_index": ARC, "x": torch.ones(2, 1), "edge_attr": torch.zeros(1, 2), "y": torch.tensor([2.5])},
    ]


def check(samples):
    path, arc = samples
    assert isinstance(path, GraphSample)
    assert (path.n, path.directed, path.index) == (3, False, 0)
    assert path.edge_index.tolist() == [[0, 1], [1, 2]]
    assert path.edge_index.dtype == np.int64
    assert path.node["x"].tolist() == [[0], [1], [2]]
    assert path.edge["edge_attr"].shape == (2, 2)
    assert path.graph["y"].item() == 1.5
    assert (arc.n, arc.directed, arc.edge_index.tolist(), arc.index) == (2, True, [[0], [1]], 1)
    assert arc.graph["y"].item() == 2.5


def data():
    geometric = pytest.importorskip("torch_geometric.data")
    return [geometric.Data(**graph) for graph in dicts()]


def collated():
    geometric = pytest.importorskip("torch_geometric.data")
    return geometric.InMemoryDataset.collate(data())


def batch_dict():
    geometric = pytest.importorskip("torch_geometric.data")
    return geometric.Batch.from_data_list(data()).to_dict()


FORMS = {
    "dicts": dicts,
    "tuple": lambda: tuple(dicts()),
    "data": data,
    "collated dict": lambda: (collated()[0].to_dict(), collated()[1]),
    "collated data": lambda: collated(),
    "batch dict": batch_dict,
    "batch without ptr": lambda: {key: value for key, value in batch_dict().items() if key != "ptr"},
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(tmp_path, form):
    path = tmp_path / "a.pt"
    torch.save(FORMS[form](), path)
    check(list(open_source(path)))
    assert [len(chunk) for chunk in PygFile(path).chunks(1)] == [1, 1]


def test_the_old_format_of_torch_holds_plain_data_only(tmp_path):
    """What such a file names cannot be listed without reading it."""
    path = tmp_path / "a.pt"
    torch.save(dicts(), path, _use_new_zipfile_serialization=False)
    check(list(open_source(path)))
    torch.save(data(), path, _use_new_zipfile_serialization=False)
    with pytest.raises(ValueError, match="no file of torch.save with plain data"):
        list(open_source(path))


def test_one_graph(tmp_path):
    torch.save(dicts()[0], tmp_path / "a.pth")
    (graph,) = open_source(tmp_path / "a.pth")
    assert graph.n == 3


def test_nodes_without_edges_in_a_collated_data_set(tmp_path):
    geometric = pytest.importorskip("torch_geometric.data")
    empty = torch.zeros(2, 0, dtype=torch.int64)
    graphs = [geometric.Data(edge_index=edge_index, num_nodes=n) for edge_index, n in ((ARC, 4), (empty, 2), (PATH, 3))]
    collated, slices = geometric.InMemoryDataset.collate(graphs)
    for content in ((collated.to_dict(), slices), [graph.to_dict() for graph in graphs]):
        torch.save(content, tmp_path / "a.pt")
        samples = list(open_source(tmp_path / "a.pt"))
        assert [(sample.n, sample.m) for sample in samples] == [(4, 1), (2, 0), (3, 2)]


def test_other_types_of_tensors(tmp_path):
    graph = {"edge_index": ARC, "x": torch.ones(2, 1, dtype=torch.bfloat16), "w": torch.ones(2, requires_grad=True)}
    torch.save([graph, graph | {"x": torch.eye(2).to_sparse()}], tmp_path / "a.pt")
    first, second = open_source(tmp_path / "a.pt")
    assert first.node["x"].tolist() == [[1], [1]]
    assert second.reason


class Trap:
    """Runs a call when it is unpickled."""

    sprung = 0

    def __reduce__(self):
        return Trap.spring, ()

    @staticmethod
    def spring():
        Trap.sprung += 1
        return {}


@pytest.mark.parametrize("in_zip", (True, False), ids=("zip", "legacy"))
@pytest.mark.parametrize("wrap", (lambda trap: trap, lambda trap: [*dicts(), {"x": trap}]), ids=("bare", "hidden"))
def test_no_code_of_the_file_runs(tmp_path, wrap, in_zip):
    path = tmp_path / "trap.pt"
    torch.save(wrap(Trap()), path, _use_new_zipfile_serialization=in_zip)
    with pytest.raises(ValueError, match="trap.pt: .*plain data.*Save plain tensors: torch.save"):
        list(PygFile(path))
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ValueError, match="trap.pt: no file of torch.save with plain data"):
        list(open_source(path))
    assert Trap.sprung == 0
    pickle.loads(path.read_bytes())
    assert Trap.sprung == 1  # the trap does work
    Trap.sprung = 0


def test_what_is_no_plain_data_is_refused_with_the_way_to_save_it(tmp_path):
    geometric = pytest.importorskip("torch_geometric.data")
    torch.save(geometric.Batch.from_data_list(data()), tmp_path / "a.pt")
    with pytest.raises(
        ValueError, match=r"names torch_geometric.data.batch.Batch.*data.to_dict\(\) for data in dataset"
    ):
        list(open_source(tmp_path / "a.pt"))


@pytest.mark.parametrize(
    "content, message",
    (
        ([], "there is no graph in it"),
        (torch.ones(3), "a Tensor is no graph"),
        ([{("a", "to", "b"): ARC}], "a dict is no graph"),
        (
            ({"edge_index": ARC, "x": ARC}, {"edge_index": torch.tensor([0, 1])}),
            r"does not say where its \['x'\] are cut",
        ),
    ),
)
def test_other_content(tmp_path, content, message):
    torch.save(content, tmp_path / "a.pt")
    with pytest.raises(ValueError, match=f"a.pt: .*{message}"):
        list(open_source(tmp_path / "a.pt"))


def test_cut_off(tmp_path):
    path = tmp_path / "a.pt"
    torch.save(dicts(), path)
    content = path.read_bytes()
    path.write_bytes(content[:-50])
    with pytest.raises(ValueError, match="a.pt: .*cut off"):
        list(open_source(path))
    torch.save(dicts(), path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ValueError, match="a.pt: .*cut off"):
        list(open_source(path))
