import pytest
import torch

pytest.importorskip("moyopy")

from symbreak.symmetry.crystals import crystal_symmetry
from symbreak.symmetry.crystals.operations import operations_on


def repeated(cell, positions, numbers, M, generator):
    """A supercell with the rows of `M` as vectors, its atoms shuffled and moved by lattice vectors."""
    M = torch.tensor(M)
    D = abs(round(float(torch.linalg.det(M.double()))))
    box = torch.cartesian_prod(*[torch.arange(-6, 7)] * 3)
    place = ((box.double() @ torch.linalg.inv(M.double()) + 1e-9) % 1.0 * D).round()
    number = place.unique(dim=0, return_inverse=True)[1]
    cells = torch.stack([box[number == k][0] for k in range(D)])  # one of each class modulo the supercell
    big = M.double() @ cell
    x = (positions[:, None] + cells.double() @ cell).flatten(0, 1)
    order = torch.randperm(len(x), generator=generator)
    x = x + torch.randint(-2, 3, x.shape, generator=generator).double() @ big
    return big, x[order], numbers.repeat_interleave(D)[order]


@pytest.mark.parametrize(
    "M",
    [
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[2, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[1, 1, 0], [-1, 1, 0], [0, 0, 2]],
        [[2, 0, 0], [0, 2, 0], [0, 0, 2]],
        [[1, 2, 0], [0, 1, -1], [1, 0, 3]],
    ],
    ids=str,
)
def test_partners_are_those_that_are_nearest(perovskite, M):
    generator = torch.Generator().manual_seed(0)
    cell, x, numbers = repeated(*perovskite, M, generator)
    x = x + 1e-4 * torch.randn(x.shape, generator=generator, dtype=torch.float64)
    found = crystal_symmetry(cell, x, numbers, tolerance=5e-3)
    assert found.number == 221
    ours, back = found.operations, torch.linalg.inv(cell)
    W = (cell @ ours.rotations.mT @ back).mT.round()
    other = operations_on(W, ours.translations @ back, ours.rotations, cell, x, numbers)
    assert torch.equal(ours.permutations, other.permutations)
    torch.testing.assert_close(ours.residuals, other.residuals, rtol=0, atol=1e-9)
    assert (ours.products() >= 0).all()


def test_operations_of_a_large_supercell():
    fcc = torch.tensor([[0.0, 2, 2], [2, 0, 2], [2, 2, 0]], dtype=torch.float64)
    start = fcc, torch.zeros(1, 3, dtype=torch.float64), torch.tensor([29])
    M = [[-3, 3, 3], [3, -3, 3], [3, 3, -3]]
    found = crystal_symmetry(*repeated(*start, M, torch.Generator().manual_seed(0)))
    assert (found.number, len(found.operations), len(found.numbers)) == (225, 48 * 108, 108)
    assert (found.operations.permutations.sort(1).values == torch.arange(108)).all()
    assert float(found.operations.residuals.max()) < 1e-9
