import dataclasses
import json
import pickle
import shutil

import pytest
import torch

pytest.importorskip("e3nn")
pytest.importorskip("ase")

from symbreak.groups import Orthogonal
from symbreak.layers import ConditionedWeight, moved, relaxed_weights
from symbreak.papers.dialled_breaking import DialledBreakingConfig, chosen, run
from symbreak.papers.dialled_breaking_data import all_turns, answers, axial_group, closed, floor, split
from symbreak.papers.dialled_breaking_law import SHARPNESS, TASKS, divergence, parts, score, true_breaking
from symbreak.papers.dialled_breaking_molecules import g2_molecules, icosahedral, seen_by_atoms
from symbreak.papers.dialled_breaking_networks import FreeNetwork, MoleculeNetwork, graph, scores, strict
from symbreak.papers.dialled_breaking_reading import breaking_of, haar_breaking, joint_error, read_theta, scored
from symbreak.papers.dialled_breaking_settings import ANNEALED, LEARNED, OPENED, Setting, settings
from symbreak.papers.dialled_breaking_training import fit, network, predicted, problem

TINY = DialledBreakingConfig(seeds=1, steps=2, samples=48, studies=("closed", "fields"), dials=(0.5,))
REGRESSION, GRAPHS, NODES = TASKS
FIELD = torch.tensor([0.6, 0.0, 0.8], dtype=torch.float64)


@pytest.fixture
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run(TINY, tmp_path_factory.mktemp("dialled") / "run", workers=1)


def some(*names):
    known, molecules = g2_molecules()
    return molecules.rows(torch.tensor([known.index(name) for name in names]))


def test_what_molecules_with_known_symmetry_see():
    methane, dioxide, water = some("CH4"), some("CO2"), some("H2O")
    assert seen_by_atoms(methane).dipole.sum(1).abs().max() < 1e-6  # T_d: no dipole, no quadrupole
    assert seen_by_atoms(methane)[2][0].sum(0).abs().max() < 1e-6
    assert seen_by_atoms(dioxide).dipole.sum(1).abs().max() < 1e-9  # D∞h: no dipole, an axial quadrupole
    values = torch.linalg.eigvalsh(seen_by_atoms(dioxide).quadrupole[0].sum(0))
    assert values.tolist() == pytest.approx([-values[2].item() / 2] * 2 + [values[2].item()])
    assert seen_by_atoms(water).dipole.sum(1).norm() > 0.1  # C2v


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_dial_is_the_breaking_of_the_law(task):
    molecules = g2_molecules()[1]
    for dial in (0.0, 0.25, 0.8, 1.0):
        assert true_breaking(parts(task, molecules), dial) == pytest.approx(dial, abs=1e-12)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_closed_form_is_the_degree_of_equivariance(task, generator):
    turned = all_turns(g2_molecules()[1].rows(split(0)[1]), generator=generator)
    u = score(parts(task, turned), 0.4, FIELD)
    exact = true_breaking(parts(task, turned), 0.4)
    assert breaking_of(u) == pytest.approx(exact, rel=1e-9)
    measured = haar_breaking(lambda x: score(parts(task, x), 0.4, FIELD), turned, seed=0, every=1)
    assert measured == pytest.approx(exact, rel=0.1)
    inside = score(parts(task, turned), 0.4, torch.zeros(3, dtype=torch.float64))
    assert breaking_of(inside) < 1e-20  # without a field the law breaks nothing


def test_the_law_turns_with_its_field(generator):
    molecules = g2_molecules()[1].rows(torch.arange(20))
    g = Orthogonal(3).sample(generator=generator, dtype=torch.float64)
    for task in TASKS:
        here = score(parts(task, molecules), 0.7, FIELD)
        there = score(parts(task, molecules.turned(g.expand(20, 3, 3))), 0.7, g @ FIELD)
        assert torch.allclose(here, there, atol=1e-12)
    with pytest.raises(ValueError, match="The dial is 1.5"):
        score(parts(REGRESSION, molecules), 1.5, FIELD)


def test_the_icosahedral_group():
    turns = icosahedral()
    assert torch.allclose(turns @ turns.mT, torch.eye(3, dtype=torch.float64).expand(60, 3, 3), atol=1e-12)
    products = (turns[:, None] @ turns).reshape(-1, 1, 9)
    assert ((products - turns.reshape(1, 60, 9)).norm(dim=-1).min(1).values < 1e-9).all()
    x = turns @ torch.tensor([0.48, 0.6, 0.64], dtype=torch.float64)
    assert (x[:, 0] ** 2 * x[:, 1] ** 2).mean().item() == pytest.approx(1 / 15)  # ∫ x² y²
    assert (x[:, 0] ** 6).mean().item() != pytest.approx(1 / 7, abs=1e-6)  # degree 6 is too much


def test_the_split():
    train, held = split(3)
    assert len(train) == 90
    assert sorted([*train.tolist(), *held.tolist()]) == list(range(120))
    assert not torch.equal(held, split(4)[1])


def test_a_group_about_an_axis_fixes_no_more_than_all_turns_about_it():
    group = axial_group(FIELD)
    assert torch.allclose(group @ FIELD, FIELD.expand(8, 3), atol=1e-12)
    assert torch.allclose(group.mean(0), torch.outer(FIELD, FIELD), atol=1e-12)  # one vector is fixed
    squares = torch.einsum("kij,klm->iljm", group, group).reshape(9, 9) / 8
    assert torch.linalg.matrix_rank(squares, atol=1e-9) == 2  # of symmetric matrices: 1 and E Eᵀ


def test_images_are_next_to_each_other():
    molecules = g2_molecules()[1].rows(torch.tensor([5, 9]))
    images = closed(molecules, axial_group(FIELD))
    u = score(parts(REGRESSION, images), 0.5, FIELD).reshape(2, 8)
    assert torch.allclose(u, u[:, :1].expand(2, 8), atol=1e-12)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_no_equivariant_network_passes_the_floor(task, double):
    test = answers(task, all_turns(some("CH3OH", "H2O", "NH3", "HCN")), 0.5, FIELD)
    model = strict()
    found = predicted(model, test, task).detach()
    least = floor(task, test)
    share = float(((found - test.score)[test.there]).square().mean() / test.score[test.there].square().mean())
    if task.labels:
        assert divergence(SHARPNESS * test.score[test.there], found[test.there]).mean() >= least - 1e-12
    else:
        assert share >= least - 1e-12
        assert least == pytest.approx(true_breaking(parts(task, test.molecules), 0.5), rel=1e-9)
    assert least > 1e-3
    assert floor(task, answers(task, test.molecules, 0.0, FIELD)) < 1e-15


def test_divergence():
    a, b = torch.tensor([0.3, -2.0]).double(), torch.tensor([1.0, 0.5]).double()
    p, q = (torch.distributions.Bernoulli(logits=x) for x in (a, b))
    assert torch.allclose(divergence(a, b), torch.distributions.kl_divergence(p, q))


def test_symmetry_of_the_networks(double, generator):
    molecules = g2_molecules()[1].rows(torch.arange(0, 120, 12))
    g = Orthogonal(3).sample(generator=generator)
    here, there = graph(molecules), graph(molecules.turned(g.expand(10, 3, 3)))
    model = strict()
    assert torch.allclose(model(here), model(there), atol=1e-10)
    model = MoleculeNetwork()
    assert torch.allclose(model(here), model(there), atol=1e-10)  # θ is at its start
    with torch.no_grad():
        for weight in relaxed_weights(model).values():
            weight.theta.normal_(generator=generator)
    assert not torch.allclose(model(here), model(there), atol=1e-3)
    turned = torch.func.functional_call(model, moved(model, g), (there,))
    assert torch.allclose(model(here), turned, atol=1e-10)
    assert len(relaxed_weights(model)) == 1  # one θ for both layers
    free = FreeNetwork()
    assert not torch.allclose(free(here), free(there), atol=1e-3)


def test_other_weights_undo_the_length_of_theta(double, generator):
    molecules = graph(g2_molecules()[1].rows(torch.arange(10)))
    model = MoleculeNetwork()
    (weight,) = relaxed_weights(model).values()
    with torch.no_grad():
        weight.theta.normal_(generator=generator)
        before = model(molecules)
        weight.theta[1:] /= 100  # 0e comes first
        for layer in (model.first, model.second):
            layer.product.filter.weight *= 100
        assert torch.allclose(model(molecules), before, atol=1e-10)  # so a bound on θ is no bound on the map


def test_scores_of_atoms_and_molecules():
    molecules = some("H2O", "CH4")
    atoms = torch.arange(8.0, dtype=torch.float64)
    assert scores(atoms, graph(molecules), True)[0, :4].tolist() == [0.0, 1.0, 2.0, 0.0]
    assert scores(atoms, graph(molecules), False).tolist() == [1.0, 5.0]


def test_conditioned_networks_turn_with_the_field(double, generator):
    data = problem(Setting("fields", "regression", 0.5, "conditioned", samples=48, fields=True), 0)
    model = MoleculeNetwork(ConditionedWeight(2, "1o"))
    with torch.no_grad():
        for p in model.condition.parameters():
            p.normal_(generator=generator)
    assert joint_error(model, data, seed=0) < 1e-11
    assert joint_error(FreeNetwork(field=True), data, seed=0) > 1e-3


def trained(steps=6, seed=0, **options):
    setting = Setting("closed", "regression", **{"dial": 0.0, "network": "relaxed", "samples": 96} | options)
    data = problem(setting, seed)
    model = network(setting)
    curve = fit(model, setting, data, steps=steps, rate=0.03, seed=seed, report=lambda step, text: None)
    return model, data, curve


def test_theta_stays_scalar_on_sets_closed_under_the_octahedral_group(double):
    model, data, _ = trained(closed=True)
    assert read_theta(model, data.field, 0.0)["forbidden"] < 1e-14
    assert breaking_of(predicted(model, data.test, data.task).detach()) < 1e-25
    assert len(data.train) == 96
    model, data, _ = trained(closed=True, optimizer="adam")
    assert read_theta(model, data.field, 0.0)["forbidden"] > 1e-2
    model, data, _ = trained(closed=False)
    assert read_theta(model, data.field, 0.0)["forbidden"] > 1e-4  # random turns are not closed


def test_theta_grows_along_the_field_on_sets_closed_about_it(double):
    model, data, _ = trained(dial=0.5, closed=True)
    read = read_theta(model, data.field, 0.5)
    assert read["forbidden"] < 1e-14
    assert read["norms"]["1o"] > 1e-3
    assert read["norms"]["2e"] > 1e-3
    assert max(read["angles"].values()) < 1e-6
    assert read_theta(model, torch.linalg.cross(data.field, FIELD), 0.5)["forbidden"] > 1e-3  # another axis
    assert read_theta(strict(), data.field, 0.5) is None
    assert (
        len(trained(dial=0.5, closed=True, samples=80, steps=1)[1].train) == 72
    )  # three whole batches of three orbits


@pytest.mark.parametrize("regime", [OPENED, ANNEALED], ids=lambda regime: regime.name)
def test_annealing_ends_exactly_equivariant(double, regime):
    model, data, curve = trained(dial=0.5, regime=regime)
    assert read_theta(model, data.field, 0.0)["forbidden"] == 0
    assert breaking_of(predicted(model, data.test, data.task).detach()) < 1e-25
    if regime is ANNEALED:
        weights = [note["weight"] for note in curve]
        assert weights == sorted(weights)
        assert weights[0] == pytest.approx(1e-3)


def test_the_opened_network_breaks_in_between(double):
    grown = dataclasses.replace(OPENED, opened=None)
    norms = [trained(dial=1.0, regime=regime)[2][-1]["theta"]["1o"] for regime in (OPENED, grown)]
    assert 0 < norms[0] < norms[1]


def test_the_learned_weight_follows_the_penalty(double):
    tight = dataclasses.replace(LEARNED, weight=dataclasses.replace(LEARNED.weight, allowed=0.0))
    curve = trained(dial=1.0, regime=tight)[2]
    assert curve[0]["weight"] == 0 < curve[-1]["weight"]
    assert trained(dial=1.0, steps=3)[2][-1]["weight"] == 0
    assert trained(dial=1.0, regime=LEARNED)[2][-1]["weight"] == 0  # the bound does not bind yet


def test_scored_is_what_is_predicted(double):
    data = problem(Setting("dials", "nodes", 0.5, "relaxed", samples=48), 0)
    model = MoleculeNetwork()
    few = data.test.rows(torch.arange(5))
    with torch.no_grad():
        assert torch.equal(scored(model, data.task)(few.molecules), predicted(model, few, data.task))


def test_rows_have_names_of_their_own():
    names = [setting.name for setting in settings()]
    assert len(set(names)) == len(names)
    assert names == [pickle.loads(pickle.dumps(setting)).name for setting in settings()]  # in a worker too
    with pytest.raises(ValueError, match="There is no network 'deep'"):
        network(Setting("dials", "nodes", 0.5, "deep"))


def test_a_run_writes_every_row(finished):
    result = json.loads((finished / "result.json").read_text())
    assert (result["schema"], result["paper"]) == (1, "dialled-breaking")
    assert len(result["rows"]) == len(chosen(TINY)) == 5
    for row in result["rows"]:
        assert (finished / row["folder"] / "curve.json").is_file()
        assert row["error"] > 0
    told = {row["network"]: row for row in result["rows"] if row["study"] == "fields"}
    assert told["conditioned"]["joint_error"] < 1e-12
    assert len(told["strict"]["fields"]) == 8
    assert torch.get_default_dtype() == torch.float32


def test_a_resumed_run_has_the_same_rows(finished, tmp_path):
    folder = tmp_path / "again"
    shutil.copytree(finished, folder)
    (folder / "result.json").unlink()
    before = json.loads((finished / "result.json").read_text())["rows"]
    (folder / before[0]["folder"] / "row.json").unlink()
    run(TINY, folder, resume=True, workers=1)
    after = json.loads((folder / "result.json").read_text())["rows"]
    assert [{**row, "cpu_seconds": 0} for row in after] == [{**row, "cpu_seconds": 0} for row in before]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"seeds": 0}, "There are 0 seeds"),
        ({"steps": 0}, "and 0 steps"),
        ({"seed": -1}, "seeds from -1"),
        ({"rate": 0.0}, "The rate is 0.0"),
        ({"samples": 10}, "There are 10 samples"),
        ({"studies": ("dial",)}, "There is no study 'dial'. Known: dials"),
        ({"dials": (0.3,)}, "There is no dial 0.3. Known: 0, 0.25"),
    ],
)
def test_bad_configs(options, message):
    with pytest.raises(ValueError, match=message):
        DialledBreakingConfig(**options)
