import json
import math
from dataclasses import replace

import pytest
import torch

from symbreak.groups import Orthogonal
from symbreak.layers import moved, relaxed_weights
from symbreak.papers.explicit_or_spontaneous import ExplicitOrSpontaneousConfig, run, settings, train
from symbreak.papers.explicit_or_spontaneous_closed import closed_row
from symbreak.papers.explicit_or_spontaneous_data import SHAPES, Law, Setting, clusters, data_set, law
from symbreak.papers.explicit_or_spontaneous_diagnosis import diagnosed
from symbreak.papers.explicit_or_spontaneous_judging import draws, judged
from symbreak.papers.explicit_or_spontaneous_networks import METHODS, double
from symbreak.papers.explicit_or_spontaneous_scores import (
    energy_distance,
    energy_score,
    expected_variation,
    floors,
    geometric_median,
    largest_spread,
    nearest,
    own_spread,
)
from symbreak.symmetry.points import point_stabilizer
from symbreak.testing import chi_square_threshold

F64 = torch.float64
EXPLICIT, SPONTANEOUS, BOTH = Setting("explicit"), Setting("spontaneous"), Setting("both", 2.0)
SMALL = ExplicitOrSpontaneousConfig(seeds=1, clusters=8, tests=2, steps=3, dial=(1.0,))
BY_NAME = {method.name: method for method in METHODS}


@pytest.fixture(scope="module")
def some():
    return clusters(8, 48, generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def small():
    return data_set(128, 16, seed=7)


def field(seed=0):
    n = torch.randn(3, generator=torch.Generator().manual_seed(seed), dtype=F64)
    return n / n.norm()


def built(name, seed=0):
    torch.manual_seed(seed)
    with double():
        return BY_NAME[name].build()


# --- the data -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_has_its_symmetry_and_its_outcomes_are_one_orbit(shape):
    found = point_stabilizer(shape.atoms(), translations=False)
    assert (found.schoenflies, found.order) == (shape.group, shape.order)
    orbit = set(found.permutations[:, 0].tolist())
    assert orbit == set(range(shape.outcomes))
    assert shape.atoms().norm(dim=1).sub(1).abs().max() < 1e-12


def test_a_field_alone_gives_every_cluster_one_direction(some):
    found = law(EXPLICIT, some, field())
    assert found.outcomes.shape[1] == 1
    torch.testing.assert_close(found.outcomes[:, 0], some.shift[:, None] * field())


def test_no_field_and_chance_are_the_same_law(some):
    one, two = law(SPONTANEOUS, some, field()), law(Setting("both", 0.0), some, field())
    assert one.probability.equal(two.probability)
    assert one.probability[:, -1].tolist() == [0.125 if k == 2 else 0.0 for k in some.shape.tolist()]


def test_the_field_weighs_the_axes_as_boltzmann_says():
    cube = clusters(1, 1, generator=torch.Generator().manual_seed(0)).rows(torch.tensor([1]))
    axes = cube.positions[0, :6] / cube.radius
    expected = (2 * axes @ field()).exp()
    torch.testing.assert_close(law(BOTH, cube, field()).probability[0, :6], expected / expected.sum())


def test_the_law_turns_with_cluster_and_field(some):
    g = Orthogonal(3).sample(generator=torch.Generator().manual_seed(1), dtype=F64)
    for setting in (EXPLICIT, SPONTANEOUS, BOTH):
        here, there = law(setting, some, field()), law(setting, some.moved(g), g @ field())
        torch.testing.assert_close(there.outcomes, here.outcomes @ g.T)
        torch.testing.assert_close(there.probability, here.probability)
    turned = law(BOTH, some.moved(g), field()).probability
    assert not torch.allclose(turned, law(BOTH, some, field()).probability)


def test_shifts_are_drawn_by_their_probabilities():
    one = clusters(1, 1, generator=torch.Generator().manual_seed(0)).rows(torch.zeros(4000, dtype=torch.int64))
    found = law(BOTH, one, field())
    y = found.draw(generator=torch.Generator().manual_seed(0))
    number = torch.cdist(y[:, None], found.outcomes)[:, 0, :4].argmin(1)
    expected = 4000 * found.probability[0, :4]
    counts = torch.bincount(number, minlength=4)
    assert float(((counts - expected) ** 2 / expected).sum()) < chi_square_threshold(1e-6, 3)


# --- scores and floors --------------------------------------------------------------------------------------------


def test_the_energy_score_by_hand():
    drawn = torch.tensor([[[0.0, 0, 0], [3.0, 4.0, 0]]], dtype=F64)
    assert float(energy_score(drawn, torch.zeros(1, 3, dtype=F64))) == pytest.approx(2.5 - 2.5)
    assert float(energy_score(drawn[:, 1:], torch.zeros(1, 3, dtype=F64))) == pytest.approx(5.0)


def test_the_energy_distance_of_the_true_law_is_zero_and_of_another_is_not(some):
    right = law(BOTH, some, field())
    number = torch.multinomial(right.probability, 400, replacement=True, generator=torch.Generator().manual_seed(0))
    drawn = right.outcomes.gather(1, number[..., None].expand(-1, -1, 3))
    assert energy_distance(drawn, right).abs().mean() < 0.03
    assert energy_distance(drawn, law(SPONTANEOUS, some, field())).mean() > 0.1
    miss, variation = nearest(drawn, right)
    assert miss.max() < 1e-10
    assert variation.mean() < 0.06
    told = expected_variation(right, 400, generator=torch.Generator().manual_seed(1))
    assert float(variation.mean()) == pytest.approx(float(told.mean()), rel=0.3)


def test_the_geometric_median_is_the_least_of_all_points(some):
    right = law(BOTH, some, field())
    m = geometric_median(right)

    def cost(point):
        return ((point[:, None] - right.outcomes).norm(dim=-1) * right.probability).sum(1)

    generator = torch.Generator().manual_seed(0)
    for size in (0.3, 0.03, 0.003):
        other = m + size * torch.randn(m.shape, generator=generator, dtype=F64)
        assert (cost(other) >= cost(m) - 1e-9).all()


def test_a_heavy_outcome_is_the_median():
    y = torch.tensor([[[1.0, 0, 0], [-1, 0, 0], [0, 1, 0]]], dtype=F64)
    law_ = Law(y, torch.tensor([[0.8, 0.1, 0.1]], dtype=F64))
    torch.testing.assert_close(geometric_median(law_), y[:, 0])


def test_the_price_of_a_drawn_direction_is_that_of_many_draws():
    """Of directions uniform on the sphere ⅔; of the pose alone 1 - 3/16 d², by Monte Carlo at its own best vector."""
    generator = torch.Generator().manual_seed(0)
    n = torch.randn(200_000, 3, generator=generator, dtype=F64)
    n = n / n.norm(dim=1, keepdim=True)
    f, other = n.roll(1, 0), n.roll(2, 0)
    sphere = (f - n).norm(dim=1).mean() - (f - other).norm(dim=1).mean() / 2
    assert float(sphere) == pytest.approx(2 / 3, abs=3e-3)
    for shape in SHAPES:
        d = largest_spread(shape.atoms())
        assert d < 4 / 3
        rho = torch.linspace(0.05, 1.0, 400, dtype=F64)
        least = (1 + rho.square() / 3 - rho * d / 2).min()
        assert float(least) == pytest.approx(1 - 3 / 16 * d**2, abs=1e-5)
    octagon = sum(2 * math.sin(k * math.pi / 8) for k in range(8)) / 8
    assert largest_spread(SHAPES[3].atoms()) == pytest.approx(octagon, abs=1e-6)


def test_the_floors_by_hand():
    octahedra = clusters(1, 1, generator=torch.Generator().manual_seed(0)).rows(torch.tensor([1]))
    s = float(octahedra.shift)
    own = s * (2 + 4 * math.sqrt(2)) / 12  # of six axes: one opposite, four at a right angle
    right = law(SPONTANEOUS, octahedra, field())
    assert float(own_spread(right)) == pytest.approx(own)
    found = floors(SPONTANEOUS, octahedra, right)
    assert float(found.strict) == pytest.approx(s - own)
    assert float(found.deterministic) == pytest.approx(s - own)
    assert float(found.pose) == pytest.approx(0.0, abs=1e-9)
    found = floors(EXPLICIT, octahedra, law(EXPLICIT, octahedra, field()))
    assert [float(found.strict), float(found.deterministic), float(found.noise)] == pytest.approx([s, 0, 2 * s / 3])


def test_floors_over_the_field_go_from_one_failure_to_the_other(some):
    tables = [floors(s, some, law(s, some, field())) for s in (Setting("both", h) for h in (0.0, 1.0, 4.0, 50.0))]
    theta = [float(one.deterministic.mean()) for one in tables]
    pose = [float(one.pose.mean()) for one in tables]
    assert theta == sorted(theta, reverse=True)
    assert pose == sorted(pose)
    assert abs(pose[0]) < 1e-9
    assert theta[-1] < 0.03


def test_no_equivariant_map_goes_below_its_floor():
    """The pyramid has an axis: a strict network may follow it, and its best is the centre of the base."""
    pyramids = clusters(1, 1, generator=torch.Generator().manual_seed(0)).rows(torch.tensor([3]))
    right = law(SPONTANEOUS, pyramids, field())
    axis = pyramids.positions[0, 4] / pyramids.radius
    own = float(own_spread(right))
    along = [
        float((c * pyramids.shift * axis - right.outcomes[0, :4]).norm(dim=1).mean()) - own
        for c in torch.linspace(-1, 1, 201, dtype=F64)
    ]
    assert min(along) == pytest.approx(float(floors(SPONTANEOUS, pyramids, right).strict), abs=1e-6)


# --- the networks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["strict", "relaxed", "sympe", "relaxed-sympe", "sympe-pose"])
def test_joint_equivariance_in_theta_pose_and_cluster(some, name):
    model = built(name)
    for weight in relaxed_weights(model).values():
        if weight.theta.requires_grad:
            torch.nn.init.normal_(weight.theta)
    for seed in range(3):
        g = Orthogonal(3).sample(generator=torch.Generator().manual_seed(seed), dtype=F64)
        here = draws(model, some, 4, torch.Generator().manual_seed(5))
        there = draws(model, some.moved(g), 4, torch.Generator().manual_seed(5), moved(model, g))
        torch.testing.assert_close(there, here @ g.T, rtol=1e-10, atol=1e-10)
        if "relaxed" in name:
            unturned = draws(model, some.moved(g), 4, torch.Generator().manual_seed(5))
            assert not torch.allclose(unturned, here @ g.T, atol=1e-3)


def test_the_order_of_the_atoms_does_not_matter(some):
    model = built("relaxed-sympe")
    x = some.rows(torch.tensor([8]))  # an octahedron, in the first six rows
    shuffled = replace(x, positions=x.positions[:, [5, 3, 1, 0, 2, 4, 6, 7]])
    one, two = (draws(model, c, 4, torch.Generator().manual_seed(0)) for c in (x, shuffled))
    torch.testing.assert_close(one, two)


def test_a_strict_network_says_nothing_of_cubic_clusters(some):
    y = draws(built("strict"), some, 1, torch.Generator().manual_seed(0))[:, 0]
    assert y[some.shape < 3].abs().max() < 1e-12
    axis = some.positions[some.shape == 3][:, 4]
    assert torch.linalg.cross(y[some.shape == 3], axis).abs().max() < 1e-12


def test_an_mlp_is_not_equivariant_and_a_fixed_pose_is_found_out(some):
    g = Orthogonal(3).sample(generator=torch.Generator().manual_seed(0), dtype=F64)
    for name in ("mlp", "sympe-pose"):
        model = built(name)
        turned = some.moved(g) if name == "mlp" else replace(some.moved(g), poses=some.poses)
        here = draws(model, some, 4, torch.Generator().manual_seed(5))
        there = draws(model, turned, 4, torch.Generator().manual_seed(5))
        assert not torch.allclose(there, here @ g.T, atol=1e-3)


@pytest.mark.parametrize("name", ["relaxed", "relaxed-sympe"])
def test_on_a_closed_spontaneous_set_theta_stays_scalar_but_under_adam(name):
    found = closed_row(name, SPONTANEOUS, 0, steps=20)
    assert found["images"] == 4 * 48
    assert found["outside"] < 1e-10
    stock = closed_row(
        name, SPONTANEOUS, 0, steps=20, make_optimizer=lambda model, rate: torch.optim.Adam(model.parameters(), rate)
    )
    assert stock["outside"] > 10 * found["outside"]


def test_on_a_set_that_is_not_closed_theta_moves():
    found = closed_row("relaxed", EXPLICIT, 0, steps=5)
    assert found["outside"] < 1e-10  # all images of the field too: nothing points anywhere


@pytest.mark.parametrize(
    "setting, name, at_most",
    [(EXPLICIT, "relaxed", 0.2), (SPONTANEOUS, "sympe", 0.15)],
)
def test_each_learns_its_own_data(small, setting, name, at_most):
    config = ExplicitOrSpontaneousConfig(seed=7, steps=60)
    model = train(BY_NAME[name], setting, small, config)
    with torch.no_grad():
        found = judged(model, BY_NAME[name], setting, small, 7)
    assert found["distance"] < at_most
    assert found["both_turned"] == pytest.approx(found["distance"], abs=0.02)  # of fewer draws
    assert found["identity"] < 1e-10


@pytest.mark.parametrize("setting, name", [(SPONTANEOUS, "relaxed"), (EXPLICIT, "sympe-pose"), (EXPLICIT, "strict")])
def test_each_stays_above_its_floor_on_the_data_of_the_other(small, setting, name):
    model = train(BY_NAME[name], setting, small, ExplicitOrSpontaneousConfig(seed=7, steps=40))
    with torch.no_grad():
        found = judged(model, BY_NAME[name], setting, small, 7)
    assert found["floor"] > 0.3
    assert found["distance"] > found["floor"] - 0.03


def test_a_squared_error_on_one_label_collapses(small):
    config = ExplicitOrSpontaneousConfig(seed=7, steps=60)
    reach = {}
    for name in ("sympe-squared", "sympe-nearest"):
        model = train(BY_NAME[name], SPONTANEOUS, small, config)
        with torch.no_grad():
            drawn = draws(model, small.test, 8, torch.Generator().manual_seed(0))
        cubic = small.test.shape < 3
        reach[name] = float((drawn.norm(dim=-1)[cubic] / small.test.shift[cubic, None]).mean())
    assert reach["sympe-squared"] < 0.35 < 0.7 < reach["sympe-nearest"]


# --- the diagnosis and the run ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "setting, remedy",
    [(EXPLICIT, "relaxed weights"), (SPONTANEOUS, "SymPE"), (Setting("both", 8.0), "relaxed weights")],
)
def test_the_diagnosis_names_the_right_remedy(some, tmp_path, setting, remedy):
    found = diagnosed(setting, some, field(), tmp_path, seed=0)
    assert found["remedy"] == remedy
    assert found["samples"] == 32
    if setting is EXPLICIT:
        assert found["cosine"] > 0.999
        assert found["left_by_constant"] < 0.1


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    config = replace(SMALL, methods=("relaxed", "sympe", "sympe-pose", "mlp-noise"))
    return run(config, tmp_path_factory.mktemp("breaking") / "run", workers=1)


def test_a_run_writes_its_result(finished):
    result = json.loads((finished / "result.json").read_text())
    assert (result["schema"], result["paper"]) == (1, "explicit-or-spontaneous")
    seen = [(row["set"], row["strength"], row["method"]) for row in result["rows"]]
    assert len(set(seen)) == len(seen) == 3 * 3 + 1 + 2
    assert ("explicit", 0.0, "sympe-pose") in seen
    assert ("both", 1.0, "mlp-noise") not in seen
    assert [one["set"] for one in result["diagnosis"]] == ["explicit", "spontaneous", "both", "both"]
    assert len(result["curves"]) == 25
    assert {row["method"] for row in result["closed"]} == {"relaxed"}


def test_a_resumed_run_has_the_same_numbers(finished):
    before = json.loads((finished / "result.json").read_text())
    (finished / "result.json").unlink()
    next(finished.glob("rows/network-both-2-sympe-*/row.json")).unlink()
    run(replace(SMALL, methods=tuple(before["config"]["methods"])), finished, resume=True, workers=1)
    after = json.loads((finished / "result.json").read_text())
    timeless = [[{k: v for k, v in row.items() if k != "cpu_seconds"} for row in r["rows"]] for r in (before, after)]
    assert timeless[0] == timeless[1]


def test_settings_have_names_of_their_own():
    keys = [setting.key for setting in settings(ExplicitOrSpontaneousConfig())]
    assert keys == ["explicit", "spontaneous", "both-2", "both-1", "both-4"]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"methods": ("theta",)}, "There is no method 'theta'. Known: strict, relaxed"),
        ({"steps": 0}, "steps is 0, but at least 1 is needed"),
        ({"dial": (2.0,)}, "The dial has 2.0, but a strength is finite, not negative, and not 2"),
        ({"dial": (math.inf,)}, "The dial has inf, but a strength is finite"),
        ({"rate": -1.0}, "The rate is -1.0, but steps go downhill"),
        ({"seed": -1}, "seed is -1, but a seed is from 0"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        ExplicitOrSpontaneousConfig(**options)
