"""The search: large graphs, graphs that it gives up, and that nothing leaks between graphs."""

import math

import networkx as nx
import numpy as np
import pytest
import torch

from symbreak.groups import SampleKeys
from symbreak.symmetry.graphs import ColouredGraph, ColouredGraphs, automorphisms, canonical_form, graph_symmetry
from symbreak.symmetry.graphs.engine import engine
from symbreak.symmetry.graphs.symmetry import poses


def edges_of(graph):
    return ColouredGraph.from_edges(len(graph), np.array(graph.edges).reshape(-1, 2))


def shuffled(graph, seed=0):
    return graph.relabel(np.random.default_rng(seed).permutation(len(graph.node_colour)))


def latin_square(n, swaps):
    """The graph of a Latin square, strongly regular; each swap of rows on a cycle takes away symmetry."""
    rng, square = np.random.default_rng(0), np.add.outer(np.arange(n), np.arange(n)) % n
    for _ in range(swaps):
        a, b = rng.choice(n, 2, replace=False)
        one, other, start = square[a].copy(), square[b].copy(), int(rng.integers(n))
        columns, j = [start], int(np.nonzero(one == other[start])[0][0])
        while j != start:
            columns.append(j)
            j = int(np.nonzero(one == other[j])[0][0])
        square[a, columns], square[b, columns] = other[columns], one[columns]
        square = square.T.copy()
    cells = [(i, j, square[i, j]) for i in range(n) for j in range(n)]
    lines = ((0, 1, 2), (1, 0, 2), (2, 0, 1))
    pairs = [(u, v) for u in range(n * n) for v in range(u) for k, *_ in lines if cells[u][k] == cells[v][k]]
    return ColouredGraph.from_edges(n * n, pairs)


@pytest.mark.parametrize("n", (3, 10, 1001))
def test_stars_and_complete_graphs(n):
    star = graph_symmetry(shuffled(edges_of(nx.star_graph(n - 1))))
    assert star.order == math.factorial(n - 1)
    assert len(star.generators) == max(n - 2, 0)
    assert star.work < 100 * n  # no pair of leaves is tried but n of them
    if n < 1000:
        assert graph_symmetry(edges_of(nx.complete_graph(n))).order == math.factorial(n)


def test_a_path_of_100_000_nodes():
    path = shuffled(edges_of(nx.path_graph(100_000)))
    found = graph_symmetry(path)
    assert (found.order, found.decided, found.labelled) == (2, True, True)
    assert found.work < 100 * 100_000
    assert path.relabel(found.generators[0]).same_as(path)


def test_a_tree_of_100_000_nodes():
    """Work that grows like the tree, and generators that are kept by the nodes that they move."""
    tree = shuffled(edges_of(nx.random_labeled_tree(100_000, seed=1)))
    found = graph_symmetry(tree)
    assert found.decided
    assert found.labelled
    assert found.work < 100 * 100_000
    assert found.order % 2**5000 == 0
    nodes, images = found.moves(0)
    assert len(nodes) == len(images) < 100
    with pytest.raises(ValueError, match=r"too many for one array. Take them one by one by moves\(k\)"):
        _ = found.generators
    draw = found.sample(1, generator=torch.Generator().manual_seed(0))[0]
    assert not torch.equal(draw, torch.arange(100_000))
    assert tree.relabel(draw).same_as(tree)


def test_many_parts():
    """Twelve asymmetric cubic graphs of 50 nodes and their copies: no work that multiplies from part to part."""
    parts = [nx.random_regular_graph(3, 50, seed=seed) for seed in range(12)]
    graph = edges_of(nx.disjoint_union_all(parts * 2))
    found = automorphisms([graph, shuffled(graph)])
    one = automorphisms([edges_of(part) for part in parts])
    assert found.order(0) == math.prod(one.order(b) for b in range(12)) ** 2 * 2**12
    assert found.labelled.all()
    assert (found.work < 20_000_000).all()
    assert canonical_form(graph).same_as(canonical_form(shuffled(graph)))


@pytest.mark.parametrize("part, power", ((nx.path_graph(2), 1), (nx.path_graph(5), 1), (nx.petersen_graph(), 2)))
def test_work_that_grows_with_the_number_of_copies(part, power):
    """In proportion where exchanging two copies leaves no choice, and else with its square."""
    few, many = (graph_symmetry(edges_of(nx.disjoint_union_all([part] * k))) for k in (20, 200))
    assert few.order == graph_symmetry(edges_of(part)).order ** 20 * math.factorial(20)
    assert many.decided
    assert many.labelled
    assert many.work < 1.5 * 10**power * few.work


def test_draws_on_a_long_cycle_are_short_products():
    """A cycle has more generators than it needs: each rotation is a product of a few."""
    found = graph_symmetry(shuffled(edges_of(nx.cycle_graph(4000))))
    assert found.order == 8000
    assert 4 < len(found.generators) < 12
    draws = found.sample(20, generator=torch.Generator().manual_seed(0))
    assert len(draws.unique(dim=0)) > 15


def test_a_search_that_runs_out_is_reported_and_is_a_lower_bound():
    """A graph that takes longer than the budget, at every budget: never a wrong claim."""
    graph = latin_square(8, swaps=4)
    whole = graph_symmetry(graph)
    assert whole.decided
    assert whole.labelled
    seen = set()
    for budget in (0, 100, 1000, *(whole.work * k // 12 for k in range(1, 13))):
        found = graph_symmetry(graph, budget=budget)
        seen.add((found.decided, found.labelled))
        assert whole.order % found.order == 0
        assert not found.decided or found.order == whole.order
        assert found.decided or not found.labelled
        assert found.labelling.sort().values.tolist() == list(range(64))
        draws = found.sample(50, generator=torch.Generator().manual_seed(0))
        assert all(graph.relabel(g).same_as(graph) for g in draws)
        if found.labelled:
            assert torch.equal(found.labelling, whole.labelling)
    assert seen == {(False, False), (True, False), (True, True)}
    with pytest.raises(
        ValueError, match="A graph of 64 nodes was not decided within a budget of 1000. Raise the budget"
    ):
        canonical_form(graph, budget=1000)


def test_the_work_and_the_result_do_not_depend_on_the_rest_of_the_batch():
    rng = np.random.default_rng(0)
    graphs = [edges_of(nx.gnm_random_graph(int(n), int(m), seed=3)) for n, m in rng.integers(0, 12, (60, 2))]
    together = automorphisms(graphs)
    for b, graph in enumerate(graphs):
        alone = graph_symmetry(graph)
        assert (alone.order, alone.work) == (together[b].order, together[b].work)
        assert torch.equal(alone.labelling, together[b].labelling)
        assert torch.equal(alone.generators, together[b].generators)
        assert torch.equal(alone.edge_orbits, together[b].edge_orbits)
    with pytest.raises(IndexError, match="graph 60 of 60"):
        together[60]


def test_canonical_forms_depend_on_the_order_of_the_colours_alone():
    graph = edges_of(nx.gnm_random_graph(12, 20, seed=0))
    one = ColouredGraph(np.arange(12) % 3, graph.source, graph.target, np.arange(20) % 2)
    other = ColouredGraph(one.node_colour * 10**15 - 7, graph.source, graph.target, 5 * one.edge_colour + 2**62)
    assert torch.equal(graph_symmetry(one).labelling, graph_symmetry(other).labelling)


def test_draws_keyed_to_the_sample():
    found = graph_symmetry(edges_of(nx.petersen_graph()))
    draws = found.sample(5, generator=SampleKeys(torch.tensor([3, 1, 4, 1, 5]), seed=0))
    assert torch.equal(draws[1], draws[3])
    assert torch.equal(draws[2:3], found.sample(1, generator=SampleKeys(torch.tensor([4]), seed=0)))


def test_a_budget_is_a_number_of_visits():
    with pytest.raises(ValueError, match="The budget is -1, but it counts visits"):
        automorphisms([], budget=-1)
    assert len(automorphisms([])) == 0
    assert graph_symmetry(edges_of(nx.petersen_graph()), budget=math.inf).order == 120


def test_noise_has_a_number_for_each_node():
    found = automorphisms([edges_of(nx.cycle_graph(4))])
    with pytest.raises(ValueError, match=r"noise has shape \(3,\), but there is one number for each of the 4 nodes"):
        found.poses(np.zeros(3))


def test_poses_in_one_step_are_those_in_two():
    frucht = edges_of(nx.frucht_graph())
    directed = ColouredGraph.from_edges(4, [(0, 1), (1, 0), (2, 2), (1, 3), (1, 3)], directed=True)
    many = [edges_of(nx.petersen_graph()), ColouredGraph.from_edges(0, []), frucht, latin_square(6, 2), directed]
    graphs = ColouredGraphs.from_graphs(many)
    noise = np.random.default_rng(1).random(len(graphs.node_colour))
    pose, labelled = poses(graphs, noise)
    assert labelled.all()
    np.testing.assert_array_equal(pose, automorphisms(graphs).poses(noise))
    assert poses(graphs, noise, budget=0)[1].tolist() == [False, True, False, False, True]
    assert automorphisms(graphs, budget=0).labelled.tolist() == [False, True, False, False, True]
    with pytest.raises(ValueError, match="one number for each of the"):
        poses(graphs, noise[1:])
    with pytest.raises(ValueError, match="The budget is nan"):
        poses(graphs, noise, budget=math.nan)


def test_views_and_read_only_arrays_are_not_compiled_for():
    whole = ColouredGraphs.from_graphs([edges_of(nx.petersen_graph()), edges_of(nx.cycle_graph(4))])
    pairs = np.stack([whole.source, whole.target], axis=1)
    pairs.flags.writeable = False
    colour = np.repeat(whole.node_colour, 2)[::2]
    views = ColouredGraphs(
        colour, whole.ptr, pairs[:, 0], pairs[:, 1], whole.edge_colour, whole.edge_ptr, whole.directed
    )
    for graphs in (whole, views):
        found = automorphisms(graphs)
        assert [found.order(0), found.order(1)] == [120, 8]
        for dtype in (np.float32, np.float64):
            found.poses(np.random.default_rng(0).random(14).astype(dtype))
            poses(graphs, np.random.default_rng(0).random(14).astype(dtype))
    entries = engine().automorphisms, engine().search_poses, engine().draw_poses
    assert [len(entry.signatures) for entry in entries] == [1, 1, 1]
