"""The known orders are right: by trying every element, permutation or map."""

import itertools
import math

import networkx as nx
import pytest
import torch

from symbreak.actions import Lattice, Scalar, orbit
from symbreak.groups import p4, p4m
from symbreak.testing import graph_oracles, lattice_oracles, point_oracles


@pytest.mark.parametrize("size", (3, 4, 5, 6, 7, 8))
def test_lattice_fields(size):
    for oracle in lattice_oracles(size):
        for group, order in ((p4, oracle.p4), (p4m, oracle.p4m)):
            x = oracle.field[None, None]
            assert int((orbit(Lattice(group(size), (Scalar(),)), x) == x).flatten(1).all(1).sum()) == order, oracle.name


def test_small_lattices_are_refused():
    with pytest.raises(ValueError, match="below 3"):
        lattice_oracles(2)


@pytest.mark.parametrize("oracle", [o for o in point_oracles() if o.order < math.inf], ids=lambda oracle: oracle.name)
def test_point_sets(oracle):
    """Every symmetry sends a few points that span to others with the same inner products; each such map is tried."""
    points = oracle.points
    assert points.sum(0).abs().max() < 1e-12
    rank = int(torch.linalg.matrix_rank(points))
    base = next(
        c for c in itertools.combinations(range(len(points)), rank) if torch.linalg.matrix_rank(points[list(c)]) == rank
    )
    source = points[list(base)]
    images = points[torch.tensor(list(itertools.permutations(range(len(points)), rank)))]  # (K, rank, n)
    same = ((images @ images.mT - source @ source.mT).abs() < 1e-9).flatten(1).all(1)
    maps = images[same].mT @ torch.linalg.pinv(source).mT  # (K, n, n), on the span of the points
    moved = points @ maps.mT
    kept = torch.cdist(moved, points.expand(len(maps), -1, -1)).amin(1).amax(-1) < 1e-9
    signs = 2 if rank < points.shape[1] else 1  # the reflection in the plane of a flat set
    assert int(kept.sum()) * signs == oracle.order
    rotations = int(kept.sum()) if signs == 2 else int((torch.linalg.det(maps[kept]) > 0).sum())
    assert rotations == oracle.rotations


@pytest.mark.parametrize("oracle", graph_oracles(), ids=lambda oracle: oracle.name)
def test_graphs(oracle):
    graph = nx.Graph()
    graph.add_nodes_from(range(oracle.nodes))
    graph.add_edges_from(oracle.edges)
    assert graph.number_of_edges() == len(oracle.edges)
    count = sum(1 for _ in nx.isomorphism.GraphMatcher(graph, graph).isomorphisms_iter()) if oracle.nodes else 1
    assert count == oracle.automorphisms
    assert oracle.edge_index.shape == (2, 2 * len(oracle.edges))
