import dataclasses
import json
import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

from symbreak.actions import Lattice, Scalar
from symbreak.data.ising import energy, lattice_conditions, local_field, uniform_energy
from symbreak.groups import SampleKeys, SemidirectElement, p4m
from symbreak.papers import ising_networks as networks
from symbreak.papers.ising import PUBLISHED, IsingConfig, _show, run
from symbreak.papers.ising_data import conditions_of, ground_of, quarter_turn
from symbreak.papers.ising_methods import ANTIFERROMAGNETIC_STEADY, METHODS, Settings
from symbreak.papers.ising_training import FreeEnergy, bond_strength, entropy, sample
from symbreak.testing import assert_pathwise_equivariant

SMALL = IsingConfig(size=4, samples=32, side=5, epochs=2)


def draw(network, x, seed=0):
    return network(x, generator=SampleKeys(torch.arange(len(x)), seed=seed))


@pytest.mark.parametrize("method", [method for method in METHODS if method.build], ids=lambda method: method.name)
def test_every_row_maps_conditions_to_logits_and_trains(method):
    network = method.build(4)
    logits = draw(network, conditions_of(SMALL, "train"))
    assert logits.shape == (32, 1, 4, 4)
    logits.square().sum().backward()
    missing = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert missing == []


def test_the_rows_are_those_of_the_paper_and_ours():
    names = [method.name for method in METHODS]
    assert names[:7] == list(PUBLISHED)
    assert names[7:] == ["sympe-learned", "sympe-fourier", "sympe-period2", "sympe-pixel"]


@pytest.mark.parametrize("name", ["sympe", "sympe-learned", "sympe-fourier", "sympe-period2", "sympe-pixel"])
def test_the_sympe_rows_are_equivariant_given_the_pose_and_break_constant_fields(name):
    network = next(method for method in METHODS if method.name == name).build(4).eval()
    x = torch.cat([conditions_of(SMALL, "train")[:2], torch.randn(2, 3, 4, 4)])
    out = Lattice(p4m(4), (Scalar(),))
    assert_pathwise_equivariant(network, networks.conditions_action(4), out, x, network.kernel)
    assert draw(network, x[:1]).std() > 1e-4


def test_the_gcnn_cannot_break_constant_fields():
    network = next(method for method in METHODS if method.name == "gcnn").build(4)
    assert draw(network, conditions_of(SMALL, "train")).std((1, 2, 3)).max() < 1e-6


def test_the_learned_pose_is_trained():
    network = networks.sympe_learned(4).train()
    draw(network, torch.randn(4, 3, 4, 4)).square().sum().backward()
    assert all(p.grad.abs().max() > 0 for p in network.kernel.parameters())


def test_period_two_keeps_the_translations_by_two():
    assert int(networks.period_two(8).keeps.sum()) == 16
    assert int(networks.multi_period(8).keeps.sum()) == 1


def test_entropy_is_that_of_a_spin():
    logit = torch.tensor([0.0, 1.0, -3.0, 50.0], dtype=torch.float64)
    up = (1 + logit.tanh()) / 2
    torch.testing.assert_close(entropy(logit), torch.special.entr(up) + torch.special.entr(1 - up))
    assert entropy(torch.tensor([-400.0, 400.0])).tolist() == [0.0, 0.0]


def test_bond_strength_counts_the_four_bonds_of_a_site():
    conditions = torch.zeros(1, 3, 4, 4)
    conditions[0, 0, 1, 2] = -2.0  # couples (1, 2) and (2, 2)
    conditions[0, 1, 1, 2] = 3.0  # couples (1, 2) and (1, 3)
    strength = bond_strength(conditions)[0, 0]
    assert strength[1, 2] == 5.0
    assert strength[2, 2] == 2.0
    assert strength[1, 3] == 3.0
    assert strength.sum() == 10.0


def test_the_natural_gradient_is_the_gradient_without_its_vanishing_factor():
    conditions = torch.randn(2, 3, 4, 4, dtype=torch.float64)
    logit = torch.randn(2, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    mean = logit.tanh()
    free = energy(conditions, mean) - 0.7 * (bond_strength(conditions) * entropy(logit)).mean((1, 2, 3))
    (gradient,) = torch.autograd.grad(free.sum() * 16, logit)
    slope = 0.7 * bond_strength(conditions) * logit - local_field(conditions, mean)
    torch.testing.assert_close(gradient, (1 - mean**2) * slope)


def test_sampled_spins_have_the_expectations_of_the_network():
    x = lattice_conditions(1.0, torch.zeros(4000), torch.zeros(4000), 4)
    network = networks.plain_gcnn(4)
    spins = sample(network, x, seed=3, epoch=-3)
    assert spins.unique().tolist() == [-1.0, 1.0]
    mean = float(draw(network, x[:1]).detach().tanh().mean())
    assert abs(float(spins.mean()) - mean) < 5 / (16 * 4000) ** 0.5
    assert sample(network, x[:300], seed=3, epoch=-3, batch=7).equal(spins[:300])  # drawn by sample, not by batch


@pytest.mark.parametrize("make", (lambda: networks.sympe(4, networks.multi_period), lambda: networks.sympe_learned(4)))
def test_the_code_that_is_shown_is_v_at_the_drawn_pose(make):
    network = make()
    shown = _show(network, conditions_of(SMALL, "test")[:3], SMALL)
    g = SemidirectElement(shown["pose"][:, :2], shown["pose"][:, 2])
    v = getattr(network.encoding, "encoding", network.encoding)
    torch.testing.assert_close(shown["code"], v.action.act(g, v.field()[None]))


def test_the_turned_set_swaps_the_bonds_and_has_the_same_ground_states():
    straight, turned = conditions_of(SMALL, "test"), conditions_of(SMALL, "turned")
    assert turned[:, 0].equal(straight[:, 1])
    assert turned[:, 1].equal(straight[:, 0])
    twice = networks.conditions_action(4).act(quarter_turn(len(turned)), turned)
    assert twice.equal(straight)


def test_the_sets_differ_by_part_and_seed():
    other = dataclasses.replace(SMALL, seed=1)
    sets = [conditions_of(config, part) for config in (SMALL, other) for part in ("train", "validation")]
    for k, one in enumerate(sets):
        assert not any(one.equal(two) for two in sets[:k])
    assert conditions_of(SMALL, "test").equal(conditions_of(other, "test"))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_run_without_breaking_ends_at_the_uniform_ceiling_or_above_in_energy(tmp_path, sign):
    config = dataclasses.replace(SMALL, sign=sign, methods=("random", "gcnn"), epochs=8, samples=128)
    run(config, tmp_path / "out", workers=1)
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    jx, jy, h = conditions_of(config, "test")[:, :, 0, 0].unbind(1)
    ceiling = float(uniform_energy(jx, jy, h, sign).mean())
    assert [row["method"] for row in result["published"]] == list(PUBLISHED)
    assert result["reference"]["uniform_energy_id"] == pytest.approx(ceiling, abs=1e-6)
    for row in result["rows"]:
        slack = 4 / (25 * 16) ** 0.5  # of spins that are drawn
        assert row["energy_id"] > result["reference"]["uniform_energy_id"] - slack
    assert load_file(tmp_path / "out" / result["rows"][1]["folder"] / "grid.safetensors")["energy"].shape == (5, 5)


@pytest.mark.parametrize("size, source", [(4, "exact (transfer matrix)"), (10, "best of simulated annealing")])
def test_disordered_runs_stay_above_their_ground_states(tmp_path, size, source, monkeypatch):
    monkeypatch.setattr("symbreak.papers.ising_data.DISORDERED_TESTS", 8)
    config = IsingConfig(("gcnn",), "disordered", size=size, samples=16, epochs=1)
    run(config, tmp_path / "out", workers=1)
    ground = ground_of(tmp_path / "out", config, "test")
    spins = sample(None, conditions_of(config, "test"), seed=0, epoch=0)
    assert (energy(conditions_of(config, "test"), spins) > ground).all()
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert result["reference"]["source"] == source
    assert result["published"] == []  # the paper's table is on constant parameters


def test_settings_are_chosen_for_every_loss_of_every_trained_row():
    for method in METHODS:
        assert (method.annealed is None) == (method.build is None)
        assert method.annealed is None or isinstance(method.annealed, Settings)
        for loss, settings in method.settings(sign=1):
            assert settings == {"-": None, "plain": method.plain, "annealed": method.annealed}[loss]
        assert [loss for loss, _ in method.settings(sign=-1)] == [loss for loss, _ in method.settings(sign=1)]


def test_the_antiferromagnet_is_annealed_at_a_steady_rate():
    method = next(method for method in METHODS if method.name == "gcnn")
    plain, annealed = (dict(method.settings(sign=-1))[loss] for loss in ("plain", "annealed"))
    assert plain == method.plain
    assert annealed == replace(method.annealed, steady=ANTIFERROMAGNETIC_STEADY)


@pytest.mark.parametrize("steady", [0.0, 0.8])
def test_the_rate_warms_up_and_falls(steady):
    settings = Settings(1e-3, batch=8, steady=steady)
    method = next(method for method in METHODS if method.name == "gcnn")
    module = FreeEnergy(networks.plain_gcnn(4), method, settings, IsingConfig(size=4), torch.zeros(1, 3, 4, 4))
    module.trainer = SimpleNamespace(estimated_stepping_batches=100)
    made = module.configure_optimizers()
    optimizer, scheduler, rates = made["optimizer"], made["lr_scheduler"]["scheduler"], []
    for _ in range(100):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    if steady:
        warm, fall = [min(1.0, (k + 1) / 20) for k in range(100)], [min(1.0, (100 - k) / 20) for k in range(100)]
    else:
        warm = [min(1.0, (1 + 19 * k / 20) / 20) for k in range(100)]
        fall = [(1 + math.cos(math.pi * k / 100)) / 2 for k in range(100)]
    assert rates == pytest.approx([1e-3 * w * f for w, f in zip(warm, fall, strict=True)], rel=1e-6)
