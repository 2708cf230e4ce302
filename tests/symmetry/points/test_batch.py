"""Batches of clouds of any size: what the clouds give one by one, in their order."""

import importlib

import torch

from symbreak.groups import Orthogonal
from symbreak.representations import Trivial, Vector
from symbreak.symmetry.points import PointField, point_stabilizer, point_stabilizers
from symbreak.symmetry.points.ragged import portions

PORTIONED = {
    "point_stabilizer": ("_POINTS",),
    "candidates": ("_ROWS", "_PAIRS"),
    "closure": ("_ROWS", "_CHECKED"),
    "exact": ("_ROWS",),
    "fields": ("_ENTRIES",),
}


def clouds(ring, generator):
    """Lines, places, solids and nothing in particular, some noisy, shuffled."""
    octahedron = torch.cat([torch.eye(3), -torch.eye(3)]).to(torch.float64)
    shapes = [ring(n) for n in (1, 2, 3, 4, 6, 17)] + [
        octahedron,
        5 * torch.randn(20, 3, generator=generator),
        ring(1) * 0,
    ]
    shapes = [x.to(torch.float64) for x in shapes * 4]
    order = torch.randperm(len(shapes), generator=generator).tolist()
    noisy = [x + 0.02 * torch.randn(x.shape, generator=generator) * (k % 2) for k, x in enumerate(shapes)]
    return [noisy[k] for k in order]


def same(one, two):
    assert (one.schoenflies, one.gap, one.tolerance) == (two.schoenflies, two.gap, two.tolerance)
    for name in ("permutations", "places"):
        assert torch.equal(getattr(one, name), getattr(two, name))
    for name in ("rotations", "residuals", "centre", "continuous"):
        assert torch.allclose(getattr(one, name), getattr(two, name), atol=1e-9)


def joined(some):
    ptr = torch.tensor([0] + [len(x) for x in some]).cumsum(0)
    return torch.cat(some), ptr


def test_a_batch_is_its_clouds(ring, generator, verify):
    some = clouds(ring, generator)
    x, ptr = joined(some)
    species = torch.randint(2, (len(x),), generator=generator) * (torch.arange(len(x)) % 3 == 0)
    for tolerance in (0.01, 0.1):
        found = point_stabilizers(x, ptr, species=species, tolerance=tolerance)
        assert len(found) == len(some)
        for one, cloud, start in zip(found, some, ptr.tolist(), strict=False):
            kinds = species[start : start + len(cloud)]
            same(one, point_stabilizer(cloud, species=kinds, tolerance=tolerance))
            verify(one, cloud, kinds)


def test_fields_of_a_batch(ring, generator, verify):
    """Each cloud sees its own rows of a field."""
    G = Orthogonal(3)
    some = [cloud for cloud in clouds(ring, generator) if len(cloud) < 20]
    x, ptr = joined(some)
    charge = torch.randint(2, (len(x), 1), generator=generator).to(torch.float64)
    velocity = torch.randint(2, (len(x), 1), generator=generator) * torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64)
    reps = (Trivial(G), Vector(G))
    found = point_stabilizers(
        x, ptr, fields=[PointField(rep, f) for rep, f in zip(reps, (charge, velocity), strict=True)], tolerance=0.1
    )
    for one, cloud, start in zip(found, some, ptr.tolist(), strict=False):
        rows = slice(start, start + len(cloud))
        own = [PointField(rep, f[rows]) for rep, f in zip(reps, (charge, velocity), strict=True)]
        same(one, point_stabilizer(cloud, fields=own, tolerance=0.1))
        verify(one, cloud, fields=own)


def test_portions_do_not_matter(ring, generator, monkeypatch):
    """Large batches are taken in portions, and so are their maps and products."""
    modules = {name: importlib.import_module(f"symbreak.symmetry.points.{name}") for name in PORTIONED}
    x, ptr = joined(clouds(ring, generator))
    whole = point_stabilizers(x, ptr, tolerance=0.1)
    for name, constants in PORTIONED.items():
        for constant in constants:
            monkeypatch.setattr(modules[name], constant, 50)
    for one, two in zip(whole, point_stabilizers(x, ptr, tolerance=0.1), strict=True):
        same(one, two)


def test_portions():
    assert [list(range(9))[part] for part in portions(torch.tensor([1] * 9).numpy(), 4)] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8],
    ]


def test_no_clouds():
    assert point_stabilizers(torch.zeros(0, 3), torch.tensor([0])) == []


def test_to_a_device(ring):
    found = point_stabilizer(ring(4))
    assert found.generators
    there = found.to(torch.device("meta"))
    names = ("rotations", "permutations", "residuals", "centre", "continuous", "places")
    assert {getattr(there, name).device.type for name in names} == {"meta"}
    assert (there.schoenflies, there.order, there.tolerance) == (found.schoenflies, found.order, found.tolerance)


def test_gradients_and_types_of_input_do_not_matter(ring):
    x = ring(4)
    whole = point_stabilizer((10 * x).round().to(torch.int64), tolerance=0.1)
    assert whole.schoenflies == "D4h"
    same(point_stabilizer(x.clone().requires_grad_()), point_stabilizer(x))
    same(point_stabilizer(x.numpy(), species=torch.ones(4, dtype=torch.uint8)), point_stabilizer(x))
