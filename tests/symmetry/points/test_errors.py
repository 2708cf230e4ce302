"""What cannot have a stabilizer is refused, with the reason."""

import pytest
import torch

from symbreak.groups import Orthogonal
from symbreak.representations import Trivial, Vector
from symbreak.symmetry.points import PointField, point_stabilizer, point_stabilizers

G = Orthogonal(3)


@pytest.mark.parametrize("value", (float("nan"), float("inf")))
def test_not_finite(value):
    x = torch.zeros(3, 3)
    x[1, 2] = value
    with pytest.raises(ValueError, match=r"positions\[1, 2\] is (nan|inf), so no map"):
        point_stabilizer(x)


@pytest.mark.parametrize("shape", ((3,), (4, 2), (2, 4, 3)))
def test_shape(shape):
    with pytest.raises(ValueError, match="points of space are"):
        point_stabilizer(torch.zeros(shape))


def test_empty():
    with pytest.raises(ValueError, match="Cloud 0 has 0 points"):
        point_stabilizer(torch.zeros(0, 3))
    with pytest.raises(ValueError, match="Cloud 1 has 0 points"):
        point_stabilizers(torch.randn(3, 3), torch.tensor([0, 2, 2, 3]))


@pytest.mark.parametrize("dtype", (torch.complex64, torch.bool))
def test_type(dtype):
    with pytest.raises(ValueError, match=f"positions are {dtype}, but the coordinates of points are real numbers"):
        point_stabilizer(torch.eye(3).to(dtype))


@pytest.mark.parametrize("size", (1e41, 1e160))
def test_too_large_for_the_numbers(size):
    with pytest.raises(ValueError, match="lengths are at most 1e.40, since their powers"):
        point_stabilizer(size * torch.eye(3, dtype=torch.float64), tolerance=0.01 * size)


@pytest.mark.parametrize("size", (1e-36, 1e-8, 1e8, 1e39))
def test_every_other_unit(size):
    found = point_stabilizer(size * torch.eye(3, dtype=torch.float64), tolerance=0.01 * size)
    assert (found.schoenflies, found.order) == ("D3h", 12)
    assert found.residuals.max() < 1e-15 * size


def test_a_tolerance_below_rounding():
    """In float64 about the origin, and in float32 far from it, where the three corners may come to lie anyhow."""
    corners = torch.eye(3, dtype=torch.float64)
    with pytest.raises(ValueError, match="coordinates of cloud 0 are so large that torch.float64 rounds them by up to"):
        point_stabilizer(corners, tolerance=1e-16)
    assert point_stabilizer(corners, tolerance=1e-13).schoenflies == "D3h"
    far = torch.cat([corners, corners + 1e6]).to(torch.float32)
    with pytest.raises(ValueError, match="cloud 1 are so large that torch.float32 rounds them by up to 0.12"):
        point_stabilizers(far, torch.tensor([0, 3, 6]))
    assert [found.order for found in point_stabilizers(far, torch.tensor([0, 3, 6]), tolerance=0.2)] == [12, 12]


@pytest.mark.parametrize("ptr", ([0, 2], [1, 3], [0, 2, 4], [[0, 3]], [0, 1.5, 3]))
def test_ptr(ptr):
    with pytest.raises(ValueError, match="it holds integers, begins with 0"):
        point_stabilizers(torch.zeros(3, 3), torch.tensor(ptr))


def test_ptr_that_goes_back():
    with pytest.raises(ValueError, match="Cloud 1 has -1 points"):
        point_stabilizers(torch.zeros(3, 3), torch.tensor([0, 2, 1, 3]))


@pytest.mark.parametrize("species", (torch.zeros(4, dtype=torch.int64), torch.zeros(3), torch.zeros(3, 1)))
def test_species(species):
    with pytest.raises(ValueError, match="3 points have one integer each"):
        point_stabilizer(torch.eye(3), species=species)


@pytest.mark.parametrize("tolerance", (0.0, -1.0, 1e-50, float("nan"), float("inf")))
def test_tolerance(tolerance):
    with pytest.raises(ValueError, match="must be positive and finite"):
        point_stabilizer(torch.eye(3), tolerance=tolerance)


def test_group():
    with pytest.raises(ValueError, match="turn under Orthogonal\\(3\\)"):
        point_stabilizer(torch.eye(3), group=Orthogonal(2))


def test_coincident_points():
    """Two like points nearer than the tolerance, but not at one place, can be told apart by nothing."""
    x = torch.tensor([[1.0, 0, 0], [-1, 0, 0], [0, 2, 0], [0, 2.004, 0], [0.3, 0.3, 1]])
    with pytest.raises(ValueError, match="Points 2 and 3 of cloud 0 are alike and 0.004 apart") as error:
        point_stabilizer(x)
    assert "Use a tolerance below 0.002" in str(error.value)
    assert point_stabilizer(x, tolerance=0.0015).schoenflies == "C1"
    assert point_stabilizer(x, species=torch.tensor([0, 0, 1, 2, 0])).schoenflies == "C1"


def test_coincident_points_on_a_line_and_in_a_batch():
    line = torch.tensor([[0, 0, 1.0], [0, 0, 1.004], [0, 0, -1]])
    x = torch.cat([torch.eye(3), line, torch.eye(3)])
    with pytest.raises(ValueError, match="Points 0 and 1 of cloud 1 are alike"):
        point_stabilizers(x, torch.tensor([0, 3, 6, 9]))


def test_rounding_does_not_keep_points_apart():
    """Equal points that went through single precision by different ways are one place."""
    x = torch.tensor([[100.0, 0, 0], [100.00001, 0, 0], [-100, 0, 0], [-100, 0, 0], [0, 0, 30]])
    assert point_stabilizer(x, tolerance=0.01).schoenflies == "C2v"


def test_field_shape():
    with pytest.raises(ValueError, match="moves one vector for each point"):
        PointField(Vector(G), torch.zeros(4, 2))
    with pytest.raises(ValueError, match=r"A number for each point is \(N, 1\)"):
        PointField(Trivial(G), torch.zeros(4))
    with pytest.raises(ValueError, match="A field has 4 vectors, but there are 3 points"):
        point_stabilizer(torch.eye(3), fields=[PointField(Vector(G), torch.zeros(4, 3))])


def test_field_values():
    with pytest.raises(ValueError, match=r"values\[2, 0\] of the field is not finite"):
        PointField(Trivial(G), torch.tensor([[0.0], [1.0], [float("nan")]]))


def test_field_tolerance():
    with pytest.raises(ValueError, match="it must be positive"):
        PointField(Trivial(G), torch.zeros(3, 1), tolerance=0.0)


def test_field_group():
    field = PointField(Vector(Orthogonal(3, special=True)), torch.zeros(3, 3))
    with pytest.raises(ValueError, match="one element moves both"):
        point_stabilizer(torch.eye(3), fields=[field])


def test_positions_of_another_cloud():
    found = point_stabilizer(torch.eye(3))
    for call in (found.symmetrized, found.measure):
        with pytest.raises(ValueError, match=r"the stabilizer is that of \(3, 3\)"):
            call(torch.zeros(4, 3))
