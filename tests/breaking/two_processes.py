"""One process of a data-parallel step of SymPE; test_distributed.py starts one, or two, and compares.

python two_processes.py RANK WORLD FOLDER
"""

import sys

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from symbreak.actions import Lattice, Orientation, Scalar
from symbreak.breaking import FieldEncoding, PixelField, SymPE
from symbreak.groups import SampleKeys, p4m
from symbreak.kernels import LatticeInversion
from symbreak.layers import GroupConv

SAMPLES = 8


def model():
    torch.manual_seed(0)
    group = p4m(4)
    action, code = Lattice(group, (Scalar(),)), Lattice(group, (Orientation(1),))
    network = nn.Sequential(
        GroupConv(group, (Scalar(),), copies=2), nn.Tanh(), GroupConv(group, (Orientation(3),), copies=1)
    )
    return SymPE(network, LatticeInversion(action), FieldEncoding(code, PixelField(code)), at="2").double()


def main(rank: int, world: int, folder: str):
    torch.set_num_threads(1)
    store = dist.FileStore(f"{folder}/store{world}", world)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=world)
    f = DistributedDataParallel(model())
    mine = torch.arange(rank, SAMPLES, world)
    x = torch.zeros(SAMPLES, 1, 4, 4, dtype=torch.float64)
    x[4:] = torch.arange(4.0).reshape(4, 1, 1, 1) + torch.eye(4)
    g = f.module.kernel(x[mine], generator=SampleKeys(mine, seed=3, epoch=1))
    f(x[mine], generator=SampleKeys(mine, seed=3, epoch=1)).square().mean().backward()
    gradients = {name: p.grad for name, p in f.module.named_parameters()}
    torch.save({"mine": mine, "n": g.n, "h": g.h, "gradients": gradients}, f"{folder}/{world}-{rank}.pt")
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
