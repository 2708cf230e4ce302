"""The parts of the search, each against a slow and plain way."""

import itertools
import math

import numpy as np
import pytest
import torch

from symbreak.groups import Orthogonal
from symbreak.symmetry.points.candidates import references
from symbreak.symmetry.points.closure import largest, products
from symbreak.symmetry.points.exact import averaged
from symbreak.symmetry.points.finite import Search
from symbreak.symmetry.points.input import centred
from symbreak.symmetry.points.names import hermann_mauguin, schoenflies
from symbreak.symmetry.points.nearest import nearest
from symbreak.symmetry.points.places import shells
from symbreak.symmetry.points.procrustes import fitted, inertia, inverted, turns
from symbreak.symmetry.points.table import generators, multiplication_table


@pytest.fixture
def random():
    return np.random.default_rng(0)


def group(name):
    """Matrices of a few groups, the identity first."""
    signed = [
        np.diag(s)[list(p)] for p in itertools.permutations(range(3)) for s in itertools.product((1.0, -1.0), repeat=3)
    ]
    octahedral = np.stack(sorted(signed, key=lambda g: -np.trace(g)))
    if name == "Oh":
        return octahedral
    if name == "Td":
        corners = {(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)}
        keeps = [all(tuple(map(int, g @ c)) in corners for c in corners) for g in octahedral]
        return octahedral[np.array(keeps)]
    angle = 2 * np.pi / 7 * np.arange(7)
    return turns(angle[:, None] * np.array([[0.6, 0.0, 0.8]]))


def test_shells():
    x = np.array([[0, 0, 2.0], [1, 0, 0], [0, 1.05, 0], [0, 0, 1.5], [0, 0, 1.0], [1, 0, 0]])
    cloud, label = np.array([0, 0, 0, 0, 0, 1]), np.array([5, 5, 5, 5, 7, 5])
    places = shells(x, cloud, label, np.array([0.1, 0.1]))
    assert places.source.tolist() == [1, 2, 3, 0, 4, 5]
    assert places.shell.tolist() == [0, 0, 1, 2, 3, 4]
    assert places.shell_size.tolist() == [2, 1, 1, 1, 1]
    assert (places.first.tolist(), places.size.tolist()) == ([0, 5], [5, 1])


@pytest.mark.parametrize("spread", (0.1, 1.0))
def test_nearest_by_list_and_by_grid(spread, random):
    """Shells of a few places and of hundreds, against all distances."""
    x = random.normal(size=(700, 3))
    cloud, label = (
        np.repeat([0, 1, 2], [10, 390, 300]),
        np.concatenate([np.zeros(10), np.ones(390), np.arange(300) % 2]),
    )
    places = shells(x, cloud, label.astype(np.int64), np.full(3, np.inf))
    pick = random.integers(len(x), size=900)
    y, shell = places.x[pick] + spread * random.normal(size=(900, 3)), places.shell[pick]
    reach = random.uniform(0.05, 0.5, size=900)
    distance = np.linalg.norm(y[:, None] - places.x, axis=-1)
    distance[shell[:, None] != places.shell] = np.inf
    for but in (None, pick):
        if but is not None:
            distance[np.arange(900), but] = np.inf
        found, measured = nearest(places, y, shell, reach, but)
        large = places.shell_size[shell] > 24
        seen = ~large | (distance.min(1) <= reach)
        assert np.array_equal(found[seen], distance.argmin(1)[seen])
        assert np.allclose(measured[seen], distance.min(1)[seen])
        assert (found[~seen] == -1).all()
        assert np.isinf(measured[~seen]).all()


def test_turns_move_all_places_little_that_move_the_references_little(random):
    """For clouds that are round, flat or long, and turns about any axis, small or not."""
    for stretch in ([1, 1, 1], [1, 1, 0.02], [1, 0.05, 0.05]):
        x = random.normal(size=(40, 9, 3)) * stretch
        places = shells(x.reshape(-1, 3), np.repeat(np.arange(40), 9), np.zeros(360, np.int64), np.full(40, 0.01))
        pair = references(places, np.full(40, 0.01))
        axis = np.concatenate([random.normal(size=(100, 3)), random.normal(size=(100, 3)) * stretch])
        axis *= (10 ** random.uniform(-3, 0.5, size=200) / np.linalg.norm(axis, axis=1))[:, None]
        moved = np.linalg.norm((turns(axis) - np.eye(3))[:, None] @ places.x[..., None], axis=(2, 3))  # (200, 360)
        at_references = np.maximum(moved[:, pair.a], moved[:, pair.b])
        assert (moved.reshape(200, 40, 9).max(2) <= pair.growth * at_references + 1e-12).all()
        assert (moved.reshape(200, 40, 9).max(2) > 1.2 * at_references).any()


@pytest.mark.parametrize("noise", (0.0, 1e-4, 0.03))
def test_products_that_the_references_tell(noise, random):
    """Where residuals are clear, products are not compared place by place; the table is the same."""
    corners = np.array(list(itertools.product((1.0, -1.0), repeat=3)))
    x = torch.from_numpy(np.concatenate([corners, 2 * np.eye(3), -2 * np.eye(3)]) + noise * random.normal(size=(14, 3)))
    label = np.zeros(14, dtype=np.int64)
    clouds = centred(x, label, np.zeros(1, np.int64), np.array([14]), translations=True)
    search = Search(clouds, [], 0.2, Orthogonal(3))
    maps = search.maps.take(search.places, search.maps.residual <= 0.2)
    assert len(maps.cloud) == 48
    assert (maps.residual.max() <= search.clear[0]) == (noise < 0.01)
    table = products(search.places, maps, search.clear)
    assert np.array_equal(table, products(search.places, maps, np.array([-1.0])))
    assert (table >= 0).all()


def test_turns_are_exponentials(random):
    w = random.normal(size=(50, 3)) * np.logspace(-9, 0.7, 50)[:, None]
    A = np.zeros((50, 3, 3))
    A[:, 2, 1], A[:, 0, 2], A[:, 1, 0] = w.T
    expected = torch.linalg.matrix_exp(torch.from_numpy(A - np.swapaxes(A, 1, 2))).numpy()
    assert np.abs(turns(w) - expected).max() < 1e-14


@pytest.mark.parametrize("noise", (0.0, 1e-3, 0.2))
def test_fits_are_those_of_singular_values(noise, random):
    """From a start that is off by some degrees, to the end, for clouds in space and in the plane."""
    for flat in (False, True):
        x = random.normal(size=(40, 8, 3)) * ([1, 1, 0] if flat else [1, 1, 1])
        R = Orthogonal(3).sample((40,), generator=torch.Generator().manual_seed(0), dtype=torch.float64).numpy()
        y = x @ np.swapaxes(R, 1, 2) + noise * random.normal(size=x.shape)
        H = np.swapaxes(y, 1, 2) @ x
        start = R @ turns(0.1 * random.normal(size=(40, 3)))
        found = fitted(start, H, np.linalg.inv(inertia(np.swapaxes(x, 1, 2) @ x)), steps=5)
        U, _, Vt = np.linalg.svd(H)
        U[:, :, 2] *= (np.linalg.det(U @ Vt) * np.linalg.det(R))[:, None]
        assert np.abs(found - U @ Vt).max() < 1e-9


def test_inverses(random):
    M = random.normal(size=(20, 3, 3))
    M = M @ np.swapaxes(M, 1, 2)
    assert np.allclose(inverted(M) @ M, np.eye(3))
    assert not inverted(np.zeros((1, 3, 3))).any()


@pytest.mark.parametrize("name", ("Oh", "Td", "C7"))
def test_tables_and_generators(name):
    matrices = group(name)
    table = multiplication_table(matrices)
    assert np.allclose(matrices[:, None] @ matrices, matrices[table], atol=1e-12)
    found = generators(table)
    assert len(found) <= 3
    span = {0}
    while True:
        more = span | {int(table[g, h]) for g in found for h in span}
        if more == span:
            break
        span = more
    assert len(span) == len(matrices)
    assert generators(np.zeros((1, 1), dtype=np.int64)) == ()


@pytest.mark.parametrize("name", ("Oh", "Td", "C7"))
@pytest.mark.parametrize("noise", (1e-9, 1e-3, 0.2))
def test_averaging_makes_representations_exact(name, noise, random):
    """Two groups at once, each element turned by a little of its own."""
    matrices = group(name)
    k = len(matrices)
    noisy = np.concatenate([matrices @ turns(noise * random.normal(size=(k, 3))) for _ in range(2)])
    table = multiplication_table(matrices)
    first = np.repeat([0, k], k)
    R, settled = averaged(noisy, np.concatenate([table.ravel(), k + table.ravel()]), first, np.full(2 * k, k))
    assert settled.all()
    for half in (R[:k], R[k:]):
        assert np.abs(half[:, None] @ half - half[table]).max() < 1e-13
        assert np.abs(half - matrices).max() < 5 * noise


def test_largest_group(random):
    """Of maps that are no group, against the largest of all groups that three elements generate."""
    matrices = group("Oh")
    table = multiplication_table(matrices)
    for kept in (40, 44, 30, 12, 46):
        chosen = np.append(0, 1 + random.permutation(47)[:kept])
        number = np.full(48, -1)
        number[chosen] = np.arange(len(chosen))
        partial = number[table[np.ix_(chosen, chosen)]]
        residual = random.uniform(size=len(chosen))
        found = largest(partial, matrices[chosen], residual)
        assert found[0] == 0
        assert (partial[np.ix_(found, found)] >= 0).all()
        assert np.isin(partial[np.ix_(found, found)], found).all()
        assert len(found) == max(len(span(table, seeds)) for seeds in inside(table, set(chosen.tolist())))


def span(table, seeds):
    reached = {0}
    while True:
        more = reached | {int(table[g, h]) for g in seeds for h in reached}
        if more == reached:
            return frozenset(reached)
        reached = more


def inside(table, chosen):
    """Generating sets of all subgroups of a group among the chosen, grown by one element at a time."""
    known, fresh = {frozenset({0}): ()}, [frozenset({0})]
    while fresh:
        smaller = fresh.pop()
        for g in chosen - smaller:
            larger = span(table, (*known[smaller], g))
            if larger <= chosen and larger not in known:
                known[larger] = (*known[smaller], g)
                fresh.append(larger)
    return known.values()


def test_names_of_groups_one_after_the_other():
    some = [group("Oh"), np.eye(3)[None], group("Td"), group("C7")]
    first = np.cumsum([0] + [len(g) for g in some[:-1]])
    assert schoenflies(np.concatenate(some), first) == ["Oh", "C1", "Td", "C7"]


def test_international_symbols():
    """All 32 crystallographic ones are in the tests of families but for these; and some beyond crystals."""
    symbols = {"S6": "-3", "S8": "-8", "C7v": "7m", "D8": "822", "D12": "12 22", "D9h": "-18 m2", "C11h": "-22"}
    symbols |= {"C∞v": "∞m", "D∞h": "∞/mm", "Kh": "∞∞m", "K": "∞∞", "D7d": "-7m", "D6d": "-12 2m"}
    assert {name: hermann_mauguin(name) for name in symbols} == symbols


def test_a_turn_of_a_thousandth():
    matrices = turns(2 * math.pi / 1000 * np.arange(1000)[:, None] * np.array([[0.0, 0.6, 0.8]]))
    assert schoenflies(matrices, np.array([0])) == ["C1000"]
