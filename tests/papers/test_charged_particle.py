import json
import math
from dataclasses import replace

import pytest
import torch
from torch.func import functional_call

from symbreak.data.charged_particle import keeping, octahedral
from symbreak.groups import Orthogonal
from symbreak.layers import moved, relaxed_weights
from symbreak.papers import charged_particle_cases as cases
from symbreak.papers.charged_particle import ChargedParticleConfig, directed_angle, run
from symbreak.papers.charged_particle_limit import direction_limits, least_squares
from symbreak.papers.charged_particle_networks import network, response
from symbreak.papers.charged_particle_summary import bootstrap, summaries
from symbreak.papers.charged_particle_training import fit_particles, polish
from symbreak.symmetry import Symmetry
from symbreak.symmetry.order_parameters import allowed_dimensions, selection_rule

F64 = torch.float64
SMALL = ChargedParticleConfig(seeds=1, samples=96, steps=120)


def trained(setting, seed=0, steps=400, count=96):
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    frame = cases.random_frame(generator)
    fields = cases.CASES[setting.case].fields().turned(frame)
    data = cases.samples(setting, fields, frame, count, generator=generator)
    model = network(setting, cases.CASES[setting.case].vectors)
    fit_particles(model, data, steps=steps, rate=0.1, optimizer=setting.optimizer)
    return model, fields


@pytest.mark.parametrize("case", [0, 2, 7])
def test_the_response_is_the_fields(case):
    model, fields = trained(cases.Setting(case, "one"), seed=case)
    seen = response(model)
    for name in ("electric", "magnetic", "gravity"):
        assert (getattr(seen, name) - getattr(fields, name)).norm() < 1e-6
    assert seen.drag == pytest.approx(cases.DRAG, abs=1e-6)
    assert seen.rest < 1e-6


@pytest.mark.parametrize("kind", ["one", "two", "strict"])
def test_at_the_scalar_no_network_responds_with_a_field(kind):
    seen = response(network(cases.Setting(0, kind), 1))
    assert max(float(x.norm()) for x in (seen.electric, seen.magnetic, seen.gravity)) < 1e-12


@pytest.mark.parametrize("kind", ["one", "two"])
def test_turning_theta_turns_the_network(kind):
    model = network(cases.Setting(0, kind), 1)
    for weight in relaxed_weights(model).values():
        torch.nn.init.normal_(weight.theta)
    q, v = torch.ones(5, 1, dtype=F64), torch.randn(5, 3, dtype=F64)
    for seed in range(4):
        g = Orthogonal(3).sample(generator=torch.Generator().manual_seed(seed), dtype=F64)
        there = functional_call(model, moved(model, g), (q, v @ g.T))
        torch.testing.assert_close(there, model(q, v) @ g.T, rtol=1e-12, atol=1e-12)
        assert not torch.allclose(model(q, v @ g.T), model(q, v) @ g.T)


@pytest.mark.parametrize("case", [0, 3, 5])
def test_on_closed_data_nothing_forbidden_grows_but_under_adam(case):
    found = {}
    for optimizer in ("equivariant", "adam"):
        setting = cases.Setting(case, "two", data="closed", optimizer=optimizer)
        model, fields = trained(setting, seed=1, steps=60, count=48)
        K = cases.stabilizer(fields).symmetry
        rules = [selection_rule(w.theta, str(w.irreps), K) for w in relaxed_weights(model).values()]
        found[optimizer] = max(rule.outside for layer in rules for rule in layer)
    assert found["equivariant"] < 1e-12
    if case != 5:  # without a field the forbidden gradients are 0 but for rounding, which its ε keeps small
        assert found["adam"] > 1e-2


def response_error(model, fields):
    seen = response(model)
    return max(float((getattr(seen, n) - getattr(fields, n)).norm()) for n in ("electric", "magnetic", "gravity"))


@pytest.mark.parametrize(
    "setting",
    [cases.Setting(5, "one"), cases.Setting(0, "one", l_relaxed=2), cases.Setting(0, "two")],
    ids=["0", "2e", "two products"],
)
def test_what_is_not_there_vanishes_by_the_polish_alone(setting):
    generator = torch.Generator().manual_seed(3)
    torch.manual_seed(3)
    fields = cases.CASES[setting.case].fields()
    data = cases.samples(setting, fields, torch.eye(3, dtype=F64), 96, generator=generator)
    model = network(setting, 1)
    fit_particles(model, data, steps=100, rate=0.1)

    def error():
        return float((model(data.charges, data.velocities) - data.accelerations).detach().abs().max())

    before = error()
    polish(model, data)
    assert error() < 1e-8 < before


def test_the_polish_keeps_theta_where_the_gradients_are():
    setting = cases.Setting(0, "one", data="closed")
    model, fields = trained(setting, seed=1, steps=60, count=48)
    generator = torch.Generator().manual_seed(1)
    data = cases.samples(setting, fields, cases.random_frame(generator), 48, generator=generator)
    assert response_error(model, fields) > 1e-6
    polish(model, data)
    K = cases.stabilizer(fields).symmetry
    rules = [selection_rule(w.theta.detach(), str(w.irreps), K) for w in relaxed_weights(model).values()]
    assert max(rule.outside for layer in rules for rule in layer) < 1e-12
    assert response_error(model, fields) < 1e-9


def noisy_electric(count, sigma, seed):
    """Rows of E across B with noise, whose fields lie along x and y."""
    generator = torch.Generator().manual_seed(seed)
    fields = cases.CASES[0].fields()
    return cases.samples(
        cases.Setting(0, "one", noise=sigma), fields, torch.eye(3, dtype=F64), count, generator=generator
    )


def test_least_squares_reaches_the_limit():
    fields, found = cases.CASES[0].fields(), []
    for seed in range(200):
        data = noisy_electric(96, 0.3, seed)
        seen = least_squares(data)
        ours = [directed_angle(a, b) for a, b in ((fields.electric, seen.electric), (fields.magnetic, seen.magnetic))]
        found.append([angle / limit for angle, limit in zip(ours, direction_limits(data, fields, 0.3), strict=True)])
    rms = torch.tensor(found).square().mean(0).sqrt()
    assert (rms - 1).abs().max() < 4 * 0.5 / 200**0.5  # the angle has two degrees of freedom, so std(rms) = rms / 2√n


def test_the_limit_of_many_rows_is_that_of_a_mean():
    data = noisy_electric(4608, 0.3, 0)
    limit, _ = direction_limits(data, cases.CASES[0].fields(), 0.3)
    assert limit == pytest.approx(math.degrees(2**0.5 * 0.3 / (0.8 * 4608**0.5)), rel=0.2)


def test_the_limit_of_what_is_not_there():
    fields = cases.CASES[3].fields()
    data = cases.samples(cases.Setting(3, "one"), fields, torch.eye(3, dtype=F64), 96, generator=torch.Generator())
    assert direction_limits(data, fields, 0.3)[1] is None
    with pytest.raises(ValueError, match="There is a gravity of"):
        direction_limits(data, cases.CASES[6].fields(), 0.3)


def test_the_symmetry_of_each_case():
    names = [cases.stabilizer(case.fields()).schoenflies for case in cases.CASES]
    assert names == ["Cs", "C∞", "C1", "C∞v", "C∞h", "Kh", "C∞v", "Cs"]


@pytest.mark.parametrize("case", range(len(cases.CASES)))
def test_the_subgroup_of_the_data_fixes_what_the_symmetry_of_the_fields_fixes(case):
    fields = cases.CASES[case].fields()
    finite = Symmetry(keeping(fields, octahedral()), complete=True)
    every = "0e + 0o + 1o + 1e + 2e + 2o"
    assert allowed_dimensions(finite, every) == allowed_dimensions(cases.stabilizer(fields).symmetry, every)


def test_settings_have_names_of_their_own():
    names = [setting.name for setting in cases.settings()]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() and " " not in name and "," not in name for name in names)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("particle") / "run"
    chosen = [cases.Setting(0, "one"), cases.Setting(0, "calibrated"), cases.Setting(0, "mlp"), cases.Setting(5, "two")]
    return run(replace(SMALL, only=tuple(s.name for s in chosen)), folder, workers=1)


def test_a_run_writes_its_result(finished):
    result = json.loads((finished / "result.json").read_text())
    assert (result["schema"], result["paper"], len(result["rows"])) == (1, "charged-particle", 4)
    one, calibrated, mlp, _ = result["rows"]
    assert one["transfer_identity"] < 1e-12 < mlp["transfer_identity"]
    assert one["electric_angle"] < 1
    assert one["theta_electric_angle"] < 1
    assert calibrated["calibrated_electric_error"] < 0.1
    assert {entry["irrep"] for entry in result["agreement"] if entry["setting"] == one["setting"]} == {"1o", "1e"}


def test_a_resumed_run_has_the_same_numbers(finished):
    before = json.loads((finished / "result.json").read_text())
    (finished / "result.json").unlink()
    config = replace(SMALL, only=tuple(row["setting"] for row in before["rows"]))
    one = next(finished.glob("rows/*-one-*/row.json"))
    one.unlink()
    run(config, finished, resume=True, workers=1)
    after = json.loads((finished / "result.json").read_text())
    timeless = [[{k: v for k, v in row.items() if k != "cpu_seconds"} for row in r["rows"]] for r in (before, after)]
    assert timeless[0] == timeless[1]


def test_the_interval_of_a_mean():
    low, high = bootstrap([float(k) for k in range(100)], seed=0)
    assert 49.5 - 1.96 * 2.9 == pytest.approx(low, abs=1.0)
    assert 49.5 + 1.96 * 2.9 == pytest.approx(high, abs=1.0)
    with pytest.raises(ValueError, match="There are no values to draw from"):
        bootstrap([])


def test_a_summary_leaves_out_what_is_not_there(finished):
    rows = json.loads((finished / "result.json").read_text())["rows"]
    found = {entry["network"]: entry for entry in summaries(rows, seed=0)}
    assert found["one"]["gravity_angle"]["mean"] is None
    assert found["mlp"]["forbidden"] == {}
    assert found["two"]["group"] == "O(3)"


def test_opposite_vectors_are_not_the_same():
    x = torch.tensor([0.3, 0.1, 0.0], dtype=F64)
    assert directed_angle(x, -2 * x) == pytest.approx(180)
    assert directed_angle(x, 2 * x) < 1e-12


@pytest.mark.parametrize(
    "options, message",
    [
        ({"seeds": 0}, "There are 0 seeds from 0 and 600 steps, but all count from 1"),
        ({"samples": 10}, "There are 10 samples, but a set closed under O_h has 48 at least"),
        ({"rate": -1.0}, "The rate is -1.0, but steps go downhill"),
        ({"only": ("e-only",)}, "There is no setting 'e-only'. Known: e-across-b-one"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        ChargedParticleConfig(**options)
