"""Graphs from .pt files of PyTorch Geometric, read without running anything that is in them."""

import pickle
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from symbreak.data.readers.graph_arrays import graph_from_arrays
from symbreak.data.samples import Array, GraphSample, Refused
from symbreak.data.source import SampleSource, batched, file_error, optional

_DATA = "torch_geometric.data.data."
_SAFE = (  # containers of tensors: nothing runs when they are filled
    f"{_DATA}Data",
    f"{_DATA}DataTensorAttr",
    f"{_DATA}DataEdgeAttr",
    "torch_geometric.data.storage.GlobalStorage",
)
_SAVE = "Save plain tensors: torch.save([data.to_dict() for data in dataset], path)"

Named = dict[str, Any]


@dataclass(frozen=True)
class PygFile(SampleSource):
    """Graphs that torch.save wrote: one or a list of dicts of tensors or of `Data`, or a collated dataset.

    A dict has `edge_index` and the arrays of `graph_from_arrays`; one with `ptr` or `batch` is a batch and is taken
    apart. A collated dataset is the pair (tensors, slices) of PyTorch Geometric's `InMemoryDataset`. The file is read
    by `torch.load(weights_only=True)`, which builds tensors and plain containers, `Data` among them, and runs no code
    of the file; one that names anything else, a `Batch` or a class of its own, is an error that says how to save.

    Tensors stay in the file until their graph is asked for, where the file is of torch's current format.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "pair.pt")
        ...     torch.save({"edge_index": torch.tensor([[0, 1], [1, 0]]), "x": torch.eye(2)}, path)
        ...     graph = next(iter(PygFile(path)))
        >>> graph.n, graph.edge_index.tolist()
        (2, [[0], [1]])
    """

    path: Path

    def chunks(self, size: int) -> Iterator[list[tuple[int, dict[str, Any]]]]:
        graphs = ({key: _plain(value) for key, value in graph.items()} for graph in self._graphs(self._load()))
        return batched(enumerate(graphs), size)

    def parse(self, chunk: list[tuple[int, dict[str, Any]]]) -> list[GraphSample | Refused]:
        return [graph_from_arrays(arrays, index) for index, arrays in chunk]

    def _load(self) -> Any:
        in_zip = zipfile.is_zipfile(self.path)
        try:
            names = torch.serialization.get_unsafe_globals_in_checkpoint(str(self.path)) if in_zip else []
            strange = sorted(set(names) - set(_SAFE))
            if strange:
                raise file_error(self.path, f"the file names {', '.join(strange)}, which is not plain data", _SAVE)
            with self._containers(names), warnings.catch_warnings(action="ignore"):  # about the pickle's version
                return torch.load(self.path, map_location="cpu", weights_only=True, mmap=in_zip)
        except (RuntimeError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile, OSError, KeyError) as error:
            reason = str(error).split("\n")[0][:120]
            raise file_error(
                self.path, f"no file of torch.save with plain data, or cut off ({reason})", _SAVE
            ) from None

    def _containers(self, names: list[str]) -> Any:
        if not names:
            return nullcontext()
        data = optional("torch_geometric.data.data", "torch-geometric", self.path)
        storage = optional("torch_geometric.data.storage", "torch-geometric", self.path)
        return torch.serialization.safe_globals(
            [data.Data, data.DataTensorAttr, data.DataEdgeAttr, storage.GlobalStorage]
        )

    def _graphs(self, content: Any) -> Iterator[Named]:
        if isinstance(content, tuple) and len(content) >= 2 and _are_slices(content[1]):
            yield from self._collated(self._named(content[0]), content[1])
            return
        graphs = content if isinstance(content, (list, tuple)) else [content]
        if not graphs:
            raise file_error(self.path, "there is no graph in it", _SAVE)
        for graph in graphs:
            named = self._named(graph)
            if "ptr" in named or "batch" in named:
                yield from _unbatched(named)
            else:
                yield named

    def _named(self, graph: Any) -> Named:
        named = graph.to_dict() if hasattr(graph, "to_dict") else graph
        if not isinstance(named, Mapping) or not all(isinstance(key, str) for key in named):
            raise file_error(self.path, f"a {type(graph).__name__} is no graph", _SAVE)
        return dict(named)

    def _collated(self, named: Named, slices: Mapping[str, Any]) -> Iterator[Named]:
        """Joined along the nodes or the edges, and cut where `slices` says; numbers of nodes are each graph's own."""
        named.pop("num_nodes", None)  # their sum
        count = named.pop("_num_nodes", None)
        unknown = sorted(set(named) - set(slices))
        if unknown or not slices:
            raise file_error(self.path, f"the collated data set does not say where its {unknown} are cut", _SAVE)
        for k in range(len(next(iter(slices.values()))) - 1):
            graph = {}
            for key, value in named.items():
                begin, end = int(slices[key][k]), int(slices[key][k + 1])
                along = -1 if "index" in key else 0
                graph[key] = (
                    value.narrow(along, begin, end - begin) if isinstance(value, Tensor) else value[begin:end][0]
                )
            if count is not None:
                graph["num_nodes"] = count[k]
            yield graph


def _are_slices(content: Any) -> bool:
    """Where each graph begins, for every array: one-dimensional tensors, that of `edge_index` too."""
    return isinstance(content, Mapping) and all(isinstance(v, Tensor) and v.dim() == 1 for v in content.values())


def _unbatched(named: Named) -> Iterator[Named]:
    """The graphs of a batch, each with its own numbers of nodes.

    Arrays with a row for each node or for each edge are cut; those with a row for each graph are shared out.
    """
    batch, ptr = named.pop("batch", None), named.pop("ptr", None)
    if ptr is None:
        ptr = torch.nn.functional.pad(torch.bincount(batch).cumsum(0), (1, 0))
    n, edge_index = int(ptr[-1]), named.pop("edge_index")
    named.pop("num_nodes", None)
    owner = torch.bucketize(edge_index[0], ptr[1:], right=True)
    m = edge_index.shape[1]
    for k in range(len(ptr) - 1):
        begin, end = int(ptr[k]), int(ptr[k + 1])
        own = owner == k
        graph: Named = {"edge_index": edge_index[:, own] - begin, "num_nodes": end - begin}
        for key, value in named.items():
            rows = len(value) if hasattr(value, "__len__") else -1
            if isinstance(value, Tensor) and "edge" in key and rows == m:
                graph[key] = value[own]
            elif isinstance(value, Tensor) and rows == n and n != len(ptr) - 1:
                graph[key] = value[begin:end]
            else:
                graph[key] = value[k] if rows == len(ptr) - 1 else value
        yield graph


def _plain(value: Any) -> Array | Any:
    if not isinstance(value, Tensor) or value.layout != torch.strided:
        return value
    return np.array((value.float() if value.dtype is torch.bfloat16 else value).detach().numpy())
