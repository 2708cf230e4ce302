"""Reduced bases of lattices, and all of one shape: as many as the point group has elements, whatever the cell."""

import math

import pytest
import torch

from symbreak.groups import Orthogonal
from symbreak.kernels.lattice_bases import reduced_basis, shortest_bases

HEIGHT = math.sqrt(0.75)
LATTICES = {  # and the orders of their point groups
    "cubic": ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], 48),
    "face-centred": ([[0, 1, 1], [1, 0, 1], [1, 1, 0]], 48),
    "body-centred": ([[-1, 1, 1], [1, -1, 1], [1, 1, -1]], 48),
    "hexagonal": ([[1, 0, 0], [-0.5, HEIGHT, 0], [0, 0, 1.6]], 24),
    "hexagonal, flat": ([[1, 0, 0], [-0.5, HEIGHT, 0], [0, 0, 0.6]], 24),
    "hexagonal, of equal edges": ([[1, 0, 0], [-0.5, HEIGHT, 0], [0, 0, 1]], 24),
    "rhombohedral": ([[1, 0.1, 0.1], [0.1, 1, 0.1], [0.1, 0.1, 1]], 12),
    "tetragonal": ([[1, 0, 0], [0, 1, 0], [0, 0, 1.3]], 16),
    "tetragonal, centred": ([[-1, 1, 1.3], [1, -1, 1.3], [1, 1, -1.3]], 16),
    "orthorhombic, centred": ([[0, 1, 1.2], [1.5, 0, 1.2], [1.5, 1, 0]], 8),
    "monoclinic": ([[1, 0, 0.3], [0, 1.2, 0], [0, 0, 1.7]], 4),
    "triclinic": ([[1, 0.2, 0.3], [0, 1.2, 0.4], [-0.1, 0, 1.7]], 2),
}
EVERY = pytest.mark.parametrize("rows, order", LATTICES.values(), ids=LATTICES)


def cells(rows, generator, count=6):
    """Other bases of one lattice, turned; and the turns."""
    turns = Orthogonal(3).sample((count,), generator=generator, dtype=torch.float64)
    for turn in turns:
        M = torch.eye(3, dtype=torch.float64)
        for _ in range(6):
            i, j = torch.randperm(3, generator=generator)[:2]
            M[i] += torch.randint(-4, 5, (), generator=generator) * M[j]
        yield M @ torch.tensor(rows, dtype=torch.float64) @ turn.T, turn


@EVERY
def test_bases_of_one_shape_are_the_point_group(rows, order, generator):
    found = []
    for cell, turn in cells(rows, generator):
        N = reduced_basis(cell)
        assert int(torch.linalg.det(N.double()).round().abs()) == 1
        reduced = N.double() @ cell
        assert torch.linalg.det(reduced) > 0
        bases = shortest_bases(reduced).double() @ reduced
        assert len(bases) == order
        group = torch.linalg.solve(bases[0], bases).mT
        torch.testing.assert_close(group.mT @ group, torch.eye(3).double().expand_as(group), rtol=0, atol=1e-9)
        found.append((bases @ turn).flatten(1))  # as the lattice stood first
    for rest in found[1:]:
        assert torch.cdist(rest, found[0], p=float("inf")).amin(1).max() < 1e-9


@EVERY
def test_no_vector_is_shorter_than_those_of_a_reduced_basis(rows, order, generator):
    small = torch.cartesian_prod(*[torch.arange(-3.0, 4.0)] * 3).double()
    for cell, _ in cells(rows, generator, count=2):
        A = reduced_basis(cell).double() @ cell
        lengths = (small @ A).norm(dim=1)
        edges = A.norm(dim=1)
        assert (edges.diff() > -1e-9).all()
        for k in range(3):  # what leads out of the span of those before is no shorter
            out = small[:, k:].abs().amax(1) > 0
            assert lengths[out].min() > edges[k] - 1e-9
