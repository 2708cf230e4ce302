import itertools
import json
import os

import pytest
import torch

from symbreak.layers.relaxed_group_conv import point_rotations
from symbreak.papers import symmetry_discovery as paper
from symbreak.papers.symmetry_discovery_data import CASES, crystal_pairs, image_pairs, pairs, pendulum_pairs

NEEDS_CRYSTALS = pytest.mark.skipif(not os.environ.get("SYMBREAK_DATA"), reason="SYMBREAK_DATA is not set")
TINY = paper.DiscoveryConfig(seeds=1, crystal_seeds=0, steps=30)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("discovery") / "run"
    return paper.run(TINY, folder, workers=1)


def result(folder):
    return json.loads((folder / "result.json").read_text())


def test_images_and_their_floors():
    """The strict network's best answer is the mean over the four turns: four points at 1/4 each, or two of 1/2."""
    expected = {"square": ((0, 1, 2, 3), 0.0), "rectangle": ((0, 2), 2 / 81), "random": ((0,), 2.5 / 81)}
    for name, (symmetry, floor) in expected.items():
        data = image_pairs(name)
        assert data.symmetry == symmetry
        assert data.floor == pytest.approx(floor)
        assert data.x.sum() == data.y.sum() == 4


def test_the_pendulum_obeys_its_law():
    for name, beta in (("undamped", 0.0), ("damped", 0.3)):
        data = pendulum_pairs(name)
        series = torch.cat([data.y[:, 1:], data.x[:, 0], data.y[:, :1]], 1)  # before, the window, after
        # x(t+d) + e^{-2βd} x(t-d) = 2 e^{-βd} cos(ωd) x(t), exactly
        d, frequency = 0.1, (9.81 - beta**2) ** 0.5
        decay = torch.tensor(-beta * d, dtype=torch.float64).exp()
        left = series[:, 2:] + decay**2 * series[:, :-2]
        right = 2 * decay * torch.tensor(frequency * d, dtype=torch.float64).cos() * series[:, 1:-1]
        assert torch.allclose(left, right, atol=1e-12)
        assert len(series) == 92


@NEEDS_CRYSTALS
def test_the_crystals():
    for name, order in (("cubic", 48), ("tetragonal", 8), ("orthorhombic", 4)):
        data = crystal_pairs(name, 9)
        assert len(data.symmetry) == order
        atoms = data.y.sum((0, 2, 3, 4)) / (2 * torch.pi) ** 1.5  # Gaussians of height 1 and width 1
        assert torch.allclose(atoms, torch.tensor([1.0, 1.0, 3.0]), rtol=1e-3)
        assert (data.floor < 1e-10) == (name == "cubic")
    axis = point_rotations(data.group)[list(data.symmetry)].mean(0)  # the projector on what C2v keeps: (1, 1, 0)
    assert axis.flatten().tolist() == [0.5, 0.5, 0, 0.5, 0.5, 0, 0, 0, 0]


@NEEDS_CRYSTALS
def test_a_short_fit_of_a_crystal_finds_its_phase():
    config = paper.DiscoveryConfig(grid=5)
    data = pairs("crystal", "tetragonal", config.grid)
    network, rate = paper.build(paper.Row("crystal", "tetragonal", 0, True, config, "", False), data)
    paper.train(network, data, rate, 10, lambda *_: None)
    found = paper.read_out_group(data.group, network.mixing())
    assert (found.name, found.grown()) == ("C4v", ("A1g", "Eg", "T1u"))


def test_networks_start_equivariant(generator):
    for task, target in CASES:
        if task != "crystal":
            data = pairs(task, target, 5)
            network, _ = paper.build(paper.Row(task, target, 0, True, TINY, "", False), data)
            for x in torch.randn(2, *data.x.shape[1:], generator=generator, dtype=torch.float64):
                if task == "image":
                    assert torch.allclose(network(x[None].rot90(1, (2, 3))), network(x[None]).rot90(1, (2, 3)))
                else:
                    assert torch.allclose(network(x[None].flip(-1)), network(x[None]).flip(-1))


def test_a_run_finds_the_symmetry_of_the_data(finished):
    rows = result(finished)["rows"]
    assert [(row["task"], row["target"], row["relaxed"]) for row in rows] == [
        (*case, relaxed) for case, relaxed in itertools.product([c for c in CASES if c[0] != "crystal"], (True, False))
    ]
    for row in rows:
        assert row["forbidden_share"] < 1e-12
        assert len(row["losses"]) == TINY.steps + 1
        if row["relaxed"]:
            assert row["stabilizer"] == row["data_symmetry"]
            assert row["grown"] == row["allowed"]
        else:
            assert row["mixing"] == [[[1.0] * len(row["mixing"][0][0])]] * 3
            assert row["floor"] is None or row["losses"][-1] >= row["floor"]


def test_a_run_that_is_resumed_has_the_same_numbers(finished, tmp_path):
    first = paper.run(TINY, tmp_path / "other", workers=1)
    (first / "result.json").unlink()
    (first / "rows" / "image-random-relaxed-seed0" / "row.json").unlink()
    paper.run(TINY, first, resume=True, workers=1)

    def numbers(folder):
        return [{key: value for key, value in row.items() if key != "seconds"} for row in result(folder)["rows"]]

    assert numbers(first) == numbers(finished)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seeds": 0}, "seeds is 0, but it is an integer of at least 1"),
        ({"crystal_seeds": -1}, "crystal_seeds is -1"),
        ({"grid": 10}, "grid is 10, but a cell has a voxel at its centre: try 11"),
        ({"steps": True}, "steps is True"),
    ],
)
def test_a_bad_config(options, message):
    with pytest.raises(ValueError, match=message):
        paper.DiscoveryConfig(**options)


def test_crystals_that_are_not_there(monkeypatch, tmp_path):
    monkeypatch.delenv("SYMBREAK_DATA", raising=False)
    with pytest.raises(ValueError, match="SYMBREAK_DATA, which is not set.*--crystal-seeds 0"):
        paper.run(paper.DiscoveryConfig(), tmp_path / "none")
    monkeypatch.setenv("SYMBREAK_DATA", str(tmp_path))
    with pytest.raises(ValueError, match="holds no BaTiO3_cubic.vasp"):
        paper.run(paper.DiscoveryConfig(), tmp_path / "none")
    assert not (tmp_path / "none").exists()
