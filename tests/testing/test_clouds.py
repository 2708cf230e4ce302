"""The known symmetries of clouds are right: by trying every map that three points allow."""

import itertools
import math

import pytest
import torch

from symbreak.symmetry.points import point_stabilizer
from symbreak.testing import cloud_oracles

ORACLES = cloud_oracles()
IDS = [oracle.name for oracle in ORACLES]
FINITE = [oracle for oracle in ORACLES if oracle.order < math.inf]


@pytest.mark.parametrize("oracle", FINITE, ids=lambda oracle: oracle.name)
def test_orders(oracle):
    """A map sends a few points that span to others with the same inner products; each such map is tried."""
    points, species = oracle.positions, oracle.species
    rank = int(torch.linalg.matrix_rank(points, rtol=1e-9))
    base = next(
        c for c in itertools.combinations(range(len(points)), rank) if torch.linalg.matrix_rank(points[list(c)]) == rank
    )
    source = points[list(base)]
    images = points[torch.cartesian_prod(*[torch.arange(len(points))] * rank)]  # (K, rank, 3)
    same = ((images @ images.mT - source @ source.mT).abs() < 1e-9).flatten(1).all(1)
    maps = (images[same].mT @ torch.linalg.pinv(source).mT).unique(dim=0)  # (K, 3, 3), on the span of the points
    exactly = "donot_use_mm_for_euclid_dist"
    apart = torch.cdist(points @ maps.mT, points.expand(len(maps), -1, -1), compute_mode=exactly)
    apart = apart + 9.0 * (species[:, None] != species)
    kept = maps[apart.amin(2).amax(1) < 1e-9]
    kept = kept[(torch.cdist(kept.flatten(1), kept.flatten(1)) < 1e-6).int().argmax(1).unique()]
    signs = 2 if rank < 3 else 1  # the reflection in the plane of a flat cloud
    assert len(kept) * signs == oracle.order
    assert (len(kept) if signs == 2 else int((torch.linalg.det(kept) > 0).sum())) == oracle.rotations


@pytest.mark.parametrize("oracle", ORACLES, ids=IDS)
def test_names_and_centres(oracle):
    assert len(oracle.species) == len(oracle.positions)
    if len(oracle.positions):
        assert oracle.positions.mean(0).abs().max() < 1e-12
        found = point_stabilizer(oracle.positions, species=oracle.species, tolerance=1e-9)
        assert (found.schoenflies, found.swaps) == (oracle.schoenflies, oracle.swaps)
        assert (found.order or math.inf) == oracle.order


def test_maps_that_keep_every_point():
    for oracle in ORACLES:
        rank = int(torch.linalg.matrix_rank(oracle.positions, rtol=1e-9)) if len(oracle.positions) else 0
        assert oracle.listed == {3: 1, 2: 2}.get(rank, math.inf)
