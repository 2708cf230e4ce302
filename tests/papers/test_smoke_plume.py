import json
import math
from dataclasses import replace

import pytest
import torch

from symbreak.data.smoke import turned_frames
from symbreak.groups import p4
from symbreak.papers import smoke_plume
from symbreak.papers.smoke_plume import Row, SmokePlumeConfig, make_row, run, simulations, weights_read
from symbreak.papers.smoke_plume_data import (
    LEVELS,
    MAIN,
    Level,
    Times,
    Windows,
    data_error,
    law_degree,
    orbits,
    plume_data,
    simulated,
)
from symbreak.papers.smoke_plume_networks import METHODS, PlumeNetwork, multiplications
from symbreak.papers.smoke_plume_training import Rollout, errors, network_degree

BY_NAME = {level.name: level for level in LEVELS}
METHOD = {method.name: method for method in METHODS}
TINY = SmokePlumeConfig(seeds=1, size=12, orbits=2, others=1, epochs=2, batch=2)
SHORT = Times(first=1, ahead=3)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_strengths_keep_their_mean_and_the_main_ones_are_a_published_tuple():
    for level in LEVELS:
        assert sum(level.strengths) == pytest.approx(4)
    assert [b / BY_NAME[MAIN].strengths[0] for b in BY_NAME[MAIN].strengths] == pytest.approx([1, 2, 3, 4])


def test_the_symmetry_of_each_level():
    found = {level.name: level.symmetry for level in LEVELS}
    assert found["0"] == (0, 1, 2, 3)
    assert found["axes-0.6"] == (0, 2)
    assert found["stairs-0.3"] == found["stairs-0.9"] == (0,)


def test_orbits_of_equal_strengths_are_turns_of_each_other():
    frames = simulated(orbits(BY_NAME["0"], 2, 12, generator=seeded()), 12, 5)
    assert frames.shape == (2, 4, 5, 3, 12, 12)
    for k in range(4):
        torch.testing.assert_close(frames[:, k], turned_frames(frames[:, 0], k), rtol=0, atol=1e-6)
    smoke, across, along = frames[:, 0, -1].unbind(1)
    assert (smoke * across).sum() > 10 * (smoke * along).sum().abs()  # from the left, to the right


def test_breaking_in_the_data_grows_with_the_dial():
    dials = (0.0, 0.3, 0.6)
    found = []
    for dial in dials:
        level = Level("x", "x", dial, BY_NAME[MAIN].pattern)
        data = plume_data(level, (1, 1), 12, SHORT, generator=seeded())
        law = law_degree(level, 1, 12, SHORT, data.units.double(), generator=seeded())
        found.append((*data_error(data.early()), law))
    assert max(found[0]) < 1e-6
    assert all(a < b for a, b in zip(found[0], found[1], strict=True))
    assert found[2][1] == pytest.approx(2 * found[1][1], rel=0.2)  # about linear, and the degree quadratic
    assert found[2][2] == pytest.approx(4 * found[1][2], rel=0.2)


def test_the_degree_of_the_law_by_hand():
    """With pressure and inertia small, the push is b s: of strengths b_i the degree of velocities is known."""
    level = Level("x", "x", 0.5, (-1.0, 1.0, -1.0, 1.0))
    times = Times(first=1, ahead=1)
    units = torch.tensor([1e9, 1.0, 1.0], dtype=torch.float64)  # velocities alone
    found = law_degree(level, 1, 12, times, units, generator=seeded())
    b = torch.tensor(level.strengths)
    off = torch.stack([(b.roll(-k) - b).square().mean() for k in (1, 2, 3)]).mean()
    assert found == pytest.approx(float(off / b.square().mean()), rel=0.1)


def test_windows_take_orbits_whole():
    frames = torch.arange(3 * 4 * 6, dtype=torch.float32).reshape(3, 4, 6, 1, 1, 1).expand(3, 4, 6, 3, 2, 2)
    windows = Windows(frames, 4)
    assert len(windows) == 9
    found = windows[torch.tensor([0, 5])]
    torch.testing.assert_close(found[0], frames[0, :, :4])
    torch.testing.assert_close(found[1], frames[1, :, 2:6])
    with pytest.raises(ValueError, match="There are 6 frames, but a window has 7: simulate longer"):
        Windows(frames, 7)


@pytest.mark.parametrize("kind", ["strict", "relaxed"])
def test_a_network_of_equal_weights_commutes_with_turns(kind):
    torch.manual_seed(0)
    network = PlumeNetwork(kind, 2, 2).double()
    x = torch.randn(2, 2, 3, 12, 12, dtype=torch.float64)
    for k in (1, 2, 3):
        torch.testing.assert_close(network(turned_frames(x, k)), turned_frames(network(x), k), rtol=0, atol=1e-13)


def test_a_relaxed_network_commutes_if_its_weights_turn_along():
    torch.manual_seed(0)
    network = PlumeNetwork("relaxed", 2, 1).double()
    x = torch.randn(2, 1, 3, 12, 12, dtype=torch.float64)
    for w in network.mixing():
        torch.nn.init.normal_(w)
    here = network(x)
    assert not torch.allclose(network(turned_frames(x, 1)), turned_frames(here, 1))
    for w in network.mixing():
        w.data = w.data.roll(1, -1)  # (h w)(g) = w(h⁻¹ g)
    torch.testing.assert_close(network(turned_frames(x, 1)), turned_frames(here, 1), rtol=0, atol=1e-12)


def test_a_plain_network_does_not_commute():
    rollout = Rollout(PlumeNetwork("plain", 2, 1), torch.ones(3), 1e-3)
    assert network_degree(rollout, torch.randn(4, 1, 3, 12, 12)) > 0.1
    rollout = Rollout(PlumeNetwork("strict", 2, 1), torch.ones(3), 1e-3)
    assert network_degree(rollout, torch.randn(4, 1, 3, 12, 12)) < 1e-10


def test_parameters_and_multiplications():
    network = PlumeNetwork("plain", 1, 1)
    x = torch.zeros(1, 1, 3, 8, 8)
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        network(x)
    assert counter.get_total_flops() == 2 * multiplications(network, 8)
    strict = PlumeNetwork("strict", 1, 1)
    with FlopCounterMode(display=False) as counter:
        strict(x)
    convolutions = counter.get_flop_counts()["Global"][torch.ops.aten.convolution]
    assert convolutions == 2 * multiplications(strict, 8)


def test_errors_are_those_of_the_velocities():
    class Still(PlumeNetwork):
        def forward(self, frames):
            return torch.zeros_like(frames[:, -1])

    frames = torch.zeros(2, 3, 3, 4, 4)
    frames[:, 1, 1], frames[:, 2, 2], frames[:, :, 0] = 1.0, 3.0, torch.arange(3.0)[:, None, None]
    found = errors(Rollout(Still("plain", 1, 1), torch.ones(3), 1e-3), frames)
    torch.testing.assert_close(found, torch.tensor([0.5, 4.5], dtype=torch.float64).sqrt())


def trained_weights(level, steps=12):
    config = replace(TINY, seeds=1)
    data = simulations(level, config)
    torch.manual_seed(0)
    network = PlumeNetwork("relaxed", 1, 1).double()
    rollout = Rollout(network, data.units.double(), 1e-2)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    windows = Windows(data.early().double(), 2)
    order = torch.randperm(len(windows), generator=seeded())
    for index in order[: 2 * steps].split(2):
        optimizer.zero_grad()
        rollout.training_step((windows[index], index), 0).backward()
        optimizer.step()
    return network.mixing()


@pytest.mark.filterwarnings("ignore:You are trying to `self.log")
@pytest.mark.parametrize("name, stabilizer", [("0", "C4"), ("axes-0.6", "C2"), (MAIN, "C1")])
def test_the_weights_keep_the_symmetry_of_the_level(name, stabilizer):
    found = weights_read(trained_weights(BY_NAME[name]), BY_NAME[name])
    assert (found["stabilizer"], found["data_symmetry"]) == (stabilizer, stabilizer)
    assert found["forbidden"] < 1e-6
    assert set(found["grown"]) <= set(found["allowed"])


def test_weights_that_break_what_they_may_not_are_told():
    w = torch.tensor([[1.0, 1.2, 1.0, 0.8]])
    found = weights_read([w], BY_NAME["axes-0.6"])
    assert found["forbidden"] > 0.05
    assert "E" in found["grown"]
    assert "E" not in found["allowed"]
    about = torch.tensor([[1.0, 1.0 + 0.9e-3, 1.0 + 1.8e-3, 1.0 + 0.9e-3]])
    assert weights_read([about], BY_NAME[MAIN])["stabilizer"] == "C1"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plume") / "run"
    return run(replace(TINY, level=("0", MAIN)), folder, workers=1)


def timeless(folder):
    rows = json.loads((folder / "result.json").read_text())["rows"]
    return [{key: value for key, value in row.items() if key not in ("seconds", "cpu_seconds")} for row in rows]


def test_a_run_writes_its_result(finished):
    result = json.loads((finished / "result.json").read_text())
    assert (result["schema"], result["paper"], len(result["rows"])) == (1, "smoke-plume", 7)
    assert (finished / "rows" / f"{MAIN}-plain-seed0" / "frames.safetensors").exists()
    rows = {(row["level"], row["method"]): row for row in result["rows"]}
    assert rows[MAIN, "strict"]["network_degree"] < 1e-9 < rows[MAIN, "plain"]["network_degree"]
    assert rows["0", "relaxed"]["network_degree"] < 1e-9
    assert rows["0", "relaxed"]["law_degree"] < 1e-20 < rows[MAIN, "relaxed"]["law_degree"]
    assert rows["0", "relaxed"]["stabilizer"] == "C4"
    for row in result["rows"]:
        assert row["domain"] == pytest.approx(math.sqrt(sum(e * e for e in row["domain_ahead"]) / 10))
        assert row["losses"][-1] < row["losses"][0]


def test_a_killed_run_is_resumed_to_the_same_numbers(finished, tmp_path, monkeypatch):
    config = replace(TINY, level=(MAIN,), method=("relaxed",))
    whole = [row for row in timeless(finished) if (row["level"], row["method"]) == (MAIN, "relaxed")]
    fitted = smoke_plume.fit

    def stop(epoch, metrics):
        raise KeyboardInterrupt

    def killed(*args, **options):
        return fitted(*args, **(options | {"on_epoch": stop}))

    monkeypatch.setattr(smoke_plume, "fit", killed)
    with pytest.raises(KeyboardInterrupt):
        run(config, tmp_path / "out", workers=1)
    monkeypatch.undo()
    run(config, tmp_path / "out", resume=True, workers=1)
    assert timeless(tmp_path / "out") == whole


def test_a_resumed_row_is_not_trained_again(finished):
    row = Row(BY_NAME[MAIN], METHOD["plain"], replace(TINY, seed=0), str(finished), True)
    said = []
    make_row(row, lambda epoch, text: said.append(text))
    assert said == ["done before"]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"seeds": 0}, "seeds is 0, but it is an integer of at least 1"),
        ({"window": 1}, "window is 1, but it is an integer of at least 2"),
        ({"window": 30}, "window is 30, but only 11 frames are trained on"),
        ({"seed": -1}, "The seed is -1, but seeds are from 0"),
        ({"size": 15}, "size is 15, but the box has an even number of cells"),
        ({"level": ("stairs",)}, "There is no 'stairs'. Known: 0, stairs-0.3"),
        ({"method": ("mlp",)}, "There is no 'mlp'. Known: relaxed, strict"),
    ],
)
def test_config_errors(options, message):
    with pytest.raises(ValueError, match=message):
        SmokePlumeConfig(**options)


def test_network_errors():
    with pytest.raises(ValueError, match="The kind is 'soft', but there are"):
        PlumeNetwork("soft", 1, 1)
    with pytest.raises(
        ValueError, match=r"shape \(1, 1, 3, 9, 9\), but this network takes \(B, 1, 3, N, N\) with N even"
    ):
        PlumeNetwork("plain", 1, 1)(torch.zeros(1, 1, 3, 9, 9))


def test_rows_that_nobody_asked_for(tmp_path):
    with pytest.raises(ValueError, match="No row has such a level and method"):
        run(replace(TINY, level=("0",), method=("plain-narrow",)), tmp_path / "out", workers=1)


def test_the_group_is_that_of_the_box():
    assert p4(3).acting.order == 4
