"""Crystals with known symmetry: perovskites and their distortions, and general crystals of any space group."""

import math
from typing import NamedTuple

import pytest
import torch

moyopy = pytest.importorskip("moyopy")

A, B, X = 19, 30, 9  # species of KZnF3


class Crystal(NamedTuple):
    """Arguments of `crystal_symmetry`."""

    cell: torch.Tensor
    positions: torch.Tensor
    numbers: torch.Tensor


def crystal(cell, scaled, numbers):
    cell = torch.tensor(cell, dtype=torch.float64)
    cell = torch.diag(cell) if cell.dim() == 1 else cell
    return Crystal(cell, torch.as_tensor(scaled, dtype=torch.float64) @ cell, torch.tensor(numbers))


@pytest.fixture
def perovskite():
    """ABX3 with B at the origin, cubic."""
    sites = [[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]
    return crystal([4.056] * 3, sites, [A, B, X, X, X])


@pytest.fixture
def tilted():
    """The same with octahedra tilted to a⁻a⁻c⁺ (Pnma), on the cell √2 × √2 × 2."""
    a_sites = [[0, 0, 0.25], [0.5, 0.5, 0.25], [0.5, 0.5, 0.75], [0, 0, 0.75]]
    b_sites = [[0, 0.5, 0], [0.5, 0, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    x, y = 0.018, 0.026
    in_plane = [
        (0.25 + x, 0.75 - x, y),
        (0.75 - x, 0.25 + x, -y),
        (0.75 - x, 0.25 + x, 0.5 + y),
        (0.25 + x, 0.75 - x, 0.5 - y),
        (0.75 + x, 0.75 + x, -y),
        (0.25 - x, 0.25 - x, y),
        (0.25 - x, 0.25 - x, 0.5 - y),
        (0.75 + x, 0.75 + x, 0.5 + y),
    ]
    apical = [(-0.037, 0.518, 0.25), (0.537, 0.018, 0.25), (0.463, -0.018, 0.75), (0.037, 0.482, 0.75)]
    return crystal([5.736, 5.736, 8.112], a_sites + b_sites + in_plane + apical, [A] * 4 + [B] * 4 + [X] * 12)


@pytest.fixture
def barium_titanate():
    """Its cubic, tetragonal and orthorhombic phase, the last on a centred cell turned by 45°."""
    cubic = crystal(
        [4.0076818466] * 3, [[0.5, 0.5, 0.5], [0, 0, 0], [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]], [56, 22, 8, 8, 8]
    )
    tetragonal = crystal(
        [3.9903790951, 3.9903790951, 4.1026554108],
        [[0.5, 0.5, 0.582541466], [0, 0, 0.100042701], [0.5, 0, 0.06422054], [0, 0.5, 0.06422054], [0, 0, 0.548971772]],
        [56, 22, 8, 8, 8],
    )
    half = [
        [0, 0.00341385, 0],
        [0.5, 0.018503833, 0.5],
        [0.74353689, 0.234888785, 0.5],
        [0.25646311, 0.234888785, 0.5],
        [0.5, 0.988204762, 0],
    ]
    centred = torch.tensor(half) + torch.tensor([0.5, 0.5, 0.0])
    orthorhombic = crystal(
        [5.7251901627, 5.7506790161, 3.9833338261], torch.cat([torch.tensor(half), centred]), [56, 22, 8, 8, 8] * 2
    )
    return {"cubic": cubic, "tetragonal": tetragonal, "orthorhombic": orthorhombic}


@pytest.fixture
def general_crystal():
    """Two species at general points, or one at given points, under a space group in its usual setting."""

    def make(number, generator, points=None):
        operations = moyopy.operations_from_number(number, setting=moyopy.Setting.spglib())
        W, w = (torch.tensor(part, dtype=torch.float64) for part in (operations.rotations, operations.translations))
        cell = metric(number, generator)
        while True:
            seeds = torch.rand(2, 3, generator=generator, dtype=torch.float64) if points is None else points
            scaled, numbers = [], []
            for species, seed in enumerate(seeds, start=1):
                for image in (W @ seed + w) % 1.0:
                    if all(((image - x) - (image - x).round()).abs().max() > 1e-6 for x in scaled):
                        scaled.append(image)
                        numbers.append(species)
            scaled = torch.stack(scaled)
            gap = scaled[:, None] - scaled
            apart = ((gap - gap.round()) @ cell).norm(dim=-1) + 10 * torch.eye(len(scaled))
            if float(apart.min()) > 0.2 or points is not None:
                return Crystal(cell, scaled @ cell, torch.tensor(numbers))

    return make


def metric(number, generator):
    """A conventional cell that a space group allows, with edges between 4 and 8 Å."""
    a, b, c = (4 + 4 * torch.rand(3, generator=generator, dtype=torch.float64)).tolist()
    alpha, beta, gamma = ((75 + 30 * torch.rand(3, generator=generator)) * math.pi / 180).tolist()
    right = math.pi / 2
    if number >= 195:
        a, b, c, alpha, beta, gamma = a, a, a, right, right, right
    elif number >= 143:
        b, alpha, beta, gamma = a, right, right, 2 * math.pi / 3
    elif number >= 16:
        b, alpha, beta, gamma = (a if number >= 75 else b), right, right, right
    elif number >= 3:
        alpha = gamma = right
    x = c * math.cos(beta)
    y = c * (math.cos(alpha) - math.cos(beta) * math.cos(gamma)) / math.sin(gamma)
    rows = [[a, 0, 0], [b * math.cos(gamma), b * math.sin(gamma), 0], [x, y, math.sqrt(c * c - x * x - y * y)]]
    return torch.tensor(rows, dtype=torch.float64)


@pytest.fixture
def moved():
    """A crystal turned, shifted, with another basis of its lattice and its atoms in another order."""

    def move(given, generator):
        turn = torch.linalg.qr(torch.randn(3, 3, generator=generator, dtype=torch.float64)).Q
        turn = turn * torch.linalg.det(turn).sign()
        basis = torch.tensor([[1, 1, 0], [0, 1, -1], [1, 1, 1]], dtype=torch.float64)  # of determinant 1
        order = torch.randperm(len(given.numbers), generator=generator)
        shift = torch.randn(3, generator=generator, dtype=torch.float64)
        cell = basis @ given.cell @ turn.T
        jumps = torch.randint(-1, 2, (len(order), 3), generator=generator).double()
        return Crystal(cell, given.positions[order] @ turn.T + shift + jumps @ cell, given.numbers[order]), turn, order

    return move
