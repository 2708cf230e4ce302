"""Every action keeps the contract, for every group and dtype."""

import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.actions import Bond, Fields, Lattice, Orientation, Pointwise, Relabel, Scalar
from symbreak.groups import Dihedral, Orthogonal, Symmetric, p4, p4m
from symbreak.representations import Permutation, Regular, Vector
from symbreak.testing import check_action

CHANNELS = (Scalar(2), Bond(), Orientation(), Bond(2), Scalar())
O3 = Orthogonal(3)
DENSE = (Regular(Dihedral(4)), Vector(O3), Vector(Orthogonal(2, special=True)), Permutation(Symmetric(5)))


def graphs():
    """Graphs of 3, 0, 1 and 4 nodes with a field of each kind; as many edges as nodes in all."""
    return Batch.from_data_list(
        [
            Data(
                x=torch.randn(n, 2),
                pos=torch.randn(n, 3),
                channels=torch.randn(n, 4, 3),
                edge_index=torch.randint(max(n, 1), (2, edges)),
                edge_weight=torch.randn(edges),
                edge_vec=torch.randn(edges, 3),
                field=torch.randn(1, 3),
                label=torch.randn(1),
            )
            for n, edges in ((3, 2), (0, 0), (1, 1), (4, 5))
        ]
    )


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64, torch.int64, torch.uint8), ids=str)
@pytest.mark.parametrize("size", range(1, 7))
@pytest.mark.parametrize("group", (p4, p4m), ids=("p4", "p4m"))
def test_lattice(group, size, dtype):
    action = Lattice(group(size), CHANNELS)
    x = torch.randint(0, 200, (3, action.width, size, size)).to(dtype)
    check_action(action, x, atol=0)


@pytest.mark.parametrize("dtype, atol", ((torch.float32, 1e-5), (torch.float64, 1e-12)), ids=str)
@pytest.mark.parametrize("points", ((), (4,), (2, 3)), ids=str)
@pytest.mark.parametrize("rep", DENSE, ids=repr)
def test_pointwise(rep, points, dtype, atol):
    check_action(Pointwise(rep), torch.randn(5, *points, rep.dim, dtype=dtype), atol=atol)


def test_relabel():
    still = ("edge_weight", "edge_vec", "field", "label")
    check_action(Relabel(("x", "pos", "channels"), still), graphs(), atol=0)


@pytest.mark.parametrize("dtype, atol", ((torch.float32, 1e-5), (torch.float64, 1e-12)), ids=str)
def test_fields(dtype, atol):
    batch = graphs()
    for name in ("pos", "channels", "edge_vec", "field"):
        batch[name] = batch[name].to(dtype)
    moves = tuple((name, Vector(O3)) for name in ("pos", "channels", "edge_vec", "field"))
    check_action(Fields(O3, moves, ("x", "edge_weight", "label")), batch, atol=atol)


def test_one_item_and_one_site():
    check_action(Lattice(p4m(1), (Orientation(),)), torch.randn(1, 8, 1, 1), atol=0)
