"""One process of the data-parallel training of networks that have every relaxed layer among them.

`test_distributed.py` starts two, and compares: python two_processes.py RANK WORLD FOLDER
"""

import sys

import torch
import torch.distributed as dist
from e3nn import o3
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from symbreak.actions import Orientation, Scalar
from symbreak.groups import Dihedral, p4
from symbreak.layers import (
    ConditionedWeight,
    RelaxedConvolution,
    RelaxedGroupConv,
    RelaxedLinear,
    RelaxedPointConv,
    RelaxedRegular,
    RelaxedTensorProduct,
    RelaxedWeight,
)

GRAPHS, NODES = 4, 5


class Network(nn.Module):
    """Two convolutions that share θ, and a linear map with its own."""

    def __init__(self):
        super().__init__()
        theta, hidden = RelaxedWeight(1), "2x0e + 2x1o + 2x1e"
        self.first = RelaxedConvolution("0e", "0e + 1o", hidden, theta, [1, 4], 4.0)
        self.mix = RelaxedLinear(o3.Linear(hidden, hidden), 1)
        self.last = RelaxedConvolution(hidden, "0e + 1o", "1o", theta, [1, 4], 4.0)

    def forward(self, positions):
        count = len(positions)
        graph = torch.arange(count) // NODES
        src, dst = ((graph[:, None] == graph) & ~torch.eye(count, dtype=torch.bool)).nonzero().T
        r = positions[src] - positions[dst]
        edges = (src, dst, o3.spherical_harmonics([0, 1], r, True), r.norm(dim=1, keepdim=True))
        return self.last(self.mix(self.first(torch.ones(count, 1), *edges)), *edges)


class InFields(nn.Module):
    """A product whose θ follows the field of each sample; sample by sample a vector and a field go in."""

    def __init__(self):
        super().__init__()
        self.weight = ConditionedWeight(1, "1o")
        self.product = RelaxedTensorProduct(o3.FullyConnectedTensorProduct("0e + 1o", "0e", "1o"), self.weight)

    def forward(self, samples):
        v, field = samples[:, 0], samples[:, 1]
        ones = torch.ones_like(v[:, :1])
        return self.product(torch.cat([ones, v], 1), ones, theta=self.weight(field))


class OnGroups(nn.Module):
    """Every relaxed layer of a finite group; a 4 × 4 image is made of the samples."""

    def __init__(self):
        super().__init__()
        self.lift = RelaxedPointConv(p4(4), Scalar(1), 2, banks=2)
        self.lattice = RelaxedGroupConv(p4(4), (Orientation(2),), 2)
        self.regular = RelaxedRegular(Dihedral(4), 4, 3)

    def forward(self, samples):
        images = samples.flatten(1)[:, :15]
        x = torch.nn.functional.pad(images, (0, 1)).reshape(-1, 1, 4, 4)
        x = self.lattice(self.lift(x).tanh()).flatten(1)[:, :32].reshape(-1, 4, 8)
        return self.regular(x.tanh()).mean(-1)


NETWORKS = {"irreps": Network, "fields": InFields, "groups": OnGroups}


def trained(kind: str, rank: int, world: int) -> dict[str, torch.Tensor]:
    """The state after three steps on this process's samples, which are pulled along a field that θ must find."""
    torch.manual_seed(0)
    network = NETWORKS[kind]()
    f = DistributedDataParallel(network) if world > 1 else network
    positions, field = torch.randn(GRAPHS, NODES, 3), torch.tensor([0.0, 0.0, 1.0])
    mine = positions[torch.arange(rank, GRAPHS, world)]
    optimizer = torch.optim.SGD(f.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        (f(mine.flatten(0, 1) if kind == "irreps" else mine) - field).square().mean().backward()
        optimizer.step()
    return network.state_dict()


def main(rank: int, world: int, folder: str):
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    store = dist.FileStore(f"{folder}/store", world)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=world)
    for kind in NETWORKS:
        torch.save(trained(kind, rank, world), f"{folder}/{kind}{rank}.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
