"""One process of the data-parallel training of a relaxed network; test_distributed.py starts two, and compares.

python two_processes.py RANK WORLD FOLDER
"""

import sys

import torch
import torch.distributed as dist
from e3nn import o3
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from symbreak.layers import RelaxedConvolution, RelaxedLinear, RelaxedWeight

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


def trained(rank: int, world: int) -> dict[str, torch.Tensor]:
    """The state after three steps on this process's graphs, which are pulled along a field that θ must find."""
    torch.manual_seed(0)
    network = Network()
    f = DistributedDataParallel(network) if world > 1 else network
    positions, field = torch.randn(GRAPHS, NODES, 3), torch.tensor([0.0, 0.0, 1.0])
    mine = torch.arange(rank, GRAPHS, world)
    optimizer = torch.optim.SGD(f.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        (f(positions[mine].flatten(0, 1)) - field).square().mean().backward()
        optimizer.step()
    return network.state_dict()


def main(rank: int, world: int, folder: str):
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    store = dist.FileStore(f"{folder}/store", world)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=world)
    torch.save(trained(rank, world), f"{folder}/{rank}.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
