"""The exact inversion kernel of lists of points: every rank, every group."""

import math

import pytest
import torch
from torch_geometric.data import Batch, Data

from symbreak.actions import Fields, Pointwise, Rigid
from symbreak.groups import Orthogonal, SemidirectElement
from symbreak.kernels import FrameInversion
from symbreak.representations import DirectSum, Trivial, Vector
from symbreak.representations.irreps import Irreps
from symbreak.testing import check_kernel, cloud_oracles

O3, SO3 = Orthogonal(3), Orthogonal(3, special=True)
SPECIAL = pytest.mark.parametrize("special", (False, True), ids=("O", "SO"))


def points(n, special=False):
    return Pointwise(Vector(Orthogonal(n, special)))


def lists(n):
    """Clouds of every rank, in general position."""
    x = torch.zeros(n + 1, n + 2, n, dtype=torch.float64)
    for rank in range(n + 1):
        x[rank, :, :rank] = torch.randn(n + 2, rank, dtype=torch.float64)
    turn = Orthogonal(n).sample((n + 1,), dtype=torch.float64)
    return points(n).act(turn, x)


@SPECIAL
@pytest.mark.parametrize("n", (1, 2, 3, 4))
def test_conformance(n, special):
    action = points(n, special)
    kernel, x = FrameInversion(action, tolerance=1e-6), lists(n)
    free = [1, 1 if special else 2] + [math.inf] * (n - 1)
    assert kernel.support_size(x).tolist() == free[::-1][: n + 1] if n > 1 else True
    finite = kernel.entropy(x).isfinite()
    check_kernel(kernel, action, x[~finite], draws=400, atol=1e-10)
    check_kernel(kernel, action, x[finite], order=kernel.support_size(x[finite]).long(), draws=400, atol=1e-10)


@SPECIAL
def test_conformance_anywhere(special):
    action = Rigid(points(3, special))
    x = lists(3) + 5 * torch.randn(4, 1, 3, dtype=torch.float64)
    kernel = FrameInversion(action, tolerance=1e-6)
    check_kernel(kernel, action, x, draws=400, atol=1e-10)
    assert isinstance(kernel(x), SemidirectElement)
    torch.testing.assert_close(kernel(x).n, x.mean(1))


@pytest.mark.parametrize("oracle", cloud_oracles(), ids=lambda oracle: oracle.name)
def test_known_clouds(oracle):
    """Their stabilizers as lists: trivial, a mirror, turns about a line, everything."""
    x = oracle.positions[None]
    kernel = FrameInversion(points(3))
    assert kernel.support_size(x).tolist() == [oracle.listed]
    if oracle.listed < math.inf:
        check_kernel(kernel, points(3), x, order=torch.tensor([oracle.listed]), draws=200, atol=1e-10)


def test_literal_frame():
    """The second point is the first to be far enough from the line of the first: 0.38 of the farthest."""
    x = torch.tensor([[[0.0, 0, 0.1], [0, 0, 2], [0, 1, 2], [3, 0, 0], [0, 0, 5]]])
    g = FrameInversion(points(3))(x)[0]
    assert g.tolist() == [
        [0, 1, 0],
        [0, 0, 1],
        [1, 0, 0],
    ]  # columns e_z from point 1, e_x from point 3, e_y from point 2


def test_the_condition_does_not_depend_on_the_order():
    """A short first point, with which Gram-Schmidt would begin, is passed over, and so is one near another's line."""
    x = torch.randn(200, 4, 3, dtype=torch.float64)
    x[:, 0] *= 1e-9
    x[:, 2] = x[:, 1] + 1e-9 * x[:, 2]
    x = torch.cat([x, torch.randn(200, 1, 3, dtype=torch.float64)], dim=1)
    kernel = FrameInversion(points(3), tolerance=1e-12)
    h = O3.sample((200,), dtype=torch.float64)
    torch.testing.assert_close(kernel(points(3).act(h, x)), h @ kernel(x), rtol=0, atol=1e-10)


def test_float32():
    x = lists(3).float()
    kernel = FrameInversion(points(3), tolerance=1e-4)
    assert kernel(x).dtype == torch.float32
    check_kernel(kernel, points(3), x, draws=200, atol=1e-4)


def test_ragged_batches_and_velocities():
    flat = Data(pos=torch.tensor([[1.0, 0, 0], [0, 1, 0]]).double(), v=torch.tensor([[0, 0, 0.5], [0, 0, 0]]).double())
    line = Data(pos=torch.tensor([[1.0, 0, 0], [2, 0, 0], [3, 0, 0]]).double(), v=torch.zeros(3, 3).double())
    batch = Batch.from_data_list([flat, line])
    action = Fields(O3, (("pos", Vector(O3)), ("v", Vector(O3))))
    assert FrameInversion(action).support_size(batch).tolist() == [2, math.inf]
    assert FrameInversion(action, fields=("v",)).support_size(batch).tolist() == [1, math.inf]
    check_kernel(FrameInversion(action, fields=("v",)), action, batch, draws=200)
    dense = Pointwise(DirectSum((Vector(O3), Vector(O3), Trivial(O3))))
    x = torch.cat([flat.pos, flat.v, torch.ones(2, 1)], dim=1)[None]
    assert FrameInversion(dense).support_size(x).tolist() == [1]


def test_empty():
    assert FrameInversion(points(3))(torch.zeros(2, 0, 3)).shape == (2, 3, 3)
    assert FrameInversion(points(3)).entropy(torch.zeros(2, 0, 3)).tolist() == [math.inf] * 2
    assert FrameInversion(points(3))(torch.zeros(0, 4, 3)).shape == (0, 3, 3)


def test_errors():
    with pytest.raises(ValueError, match=r"try Pointwise\(Vector\(Orthogonal\(3\)\)\)"):
        FrameInversion(Pointwise(Trivial(O3)).rep)
    with pytest.raises(ValueError, match="tolerance is 0.0, but it must be positive"):
        FrameInversion(points(3), tolerance=0.0)
    with pytest.raises(ValueError, match="moves by Irreps.*, but frames are made of vectors"):
        FrameInversion(Pointwise(DirectSum((Vector(O3), Irreps(O3, "2e")))))(torch.zeros(1, 2, 8))
    with pytest.raises(ValueError, match="Point 0 of cloud 0"):
        FrameInversion(points(3))(torch.full((1, 2, 3), float("inf")))
    with pytest.raises(ValueError, match="every translation keeps it"):
        FrameInversion(Rigid(points(3)))(torch.zeros(1, 0, 3))
