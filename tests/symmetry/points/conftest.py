"""What a stabilizer must satisfy, whatever the cloud, checked by moving its points."""

import math

import pytest
import torch

from symbreak.groups import Orthogonal


def check_stabilizer(found, positions, species=None, fields=()):
    """Moves the points, multiplies the maps, and recomputes the residuals."""
    x = positions.to(torch.float64) - found.centre
    R, p, n = found.rotations, found.permutations, len(positions)
    k, slots = len(R), torch.arange(n)
    assert R.shape == (k, 3, 3)
    assert p.shape == (k, n)
    assert found.residuals.shape == (k,)
    assert (R.dtype, p.dtype, found.residuals.dtype) == (torch.float64, torch.int64, torch.float64)
    assert torch.allclose(R[0], torch.eye(3, dtype=torch.float64), atol=1e-12)
    assert torch.equal(p[0], slots)
    assert torch.equal(p.sort(1).values, slots.expand(k, n))
    assert (R.mT @ R - torch.eye(3)).abs().max() < 1e-12
    if found.group.special:
        assert (torch.linalg.det(R) > 0).all()
    if species is not None:
        assert torch.equal(species[p], species.expand(k, n))
    moved = (x @ R.mT - x[p]).norm(dim=-1).amax(1)
    assert (found.residuals <= found.tolerance).all()
    if found.order is None:
        assert (moved <= found.residuals + 1e-12).all()  # of the whole component
        for A in found.continuous:
            assert torch.allclose(A, -A.mT)
            turn = torch.linalg.matrix_exp(2.1 * A)
            assert ((x @ (turn @ R).mT - x[p]).norm(dim=-1).amax(1) <= found.residuals + 1e-12).all()
    else:
        assert torch.allclose(moved, found.residuals, atol=1e-12)
        assert k == found.order
    product = R[:, None] @ R[None]
    apart = (product[:, :, None] - R).abs().amax((-1, -2))
    assert apart.amin(-1).max() < 1e-11  # closed
    assert torch.equal(p[:, p], p[apart.argmin(-1)])  # and the permutations with it: (g h)[i] = g[h[i]]
    generated = torch.eye(3, dtype=torch.float64)[None]
    for _ in range(12):
        words = torch.cat([generated] + [R[g] @ generated for g in found.generators])
        near = (words[:, None] - R).abs().amax((-1, -2)).argmin(1)
        generated = R[near.unique()]
    assert len(generated) == k or k > 200
    for field in fields:
        f = field.values.to(torch.float64)
        turned = torch.einsum("kij,nj->kni", field.rep.matrix(R, dtype=torch.float64), f)
        assert ((turned - f[p]).norm(dim=-1) <= field.tolerance).all()
    y = found.symmetrized(positions.to(torch.float64)) - found.centre
    assert ((y @ R.mT - y[p]).norm(dim=-1) < 1e-11 * (1 + x.abs().max())).all()


@pytest.fixture
def verify():
    return check_stabilizer


@pytest.fixture
def haar(generator):
    """Draws of O(3), float64."""
    return lambda: Orthogonal(3).sample((), generator=generator, dtype=torch.float64)


def ring(n, height=0.0, start=0.0, radius=1.0):
    """`(n, 3)`: a regular polygon about the z axis."""
    angle = start + 2 * math.pi / n * torch.arange(n, dtype=torch.float64)
    return torch.stack([radius * angle.cos(), radius * angle.sin(), torch.full_like(angle, height)], dim=1)


@pytest.fixture(name="ring")
def _ring():
    return ring
