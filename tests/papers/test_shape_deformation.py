import dataclasses
import json
import math

import pytest
import torch

pytest.importorskip("e3nn")

from e3nn.io import SphericalTensor

from symbreak.groups import Orthogonal
from symbreak.papers.shape_deformation import Row, ShapeDeformationConfig, run, train
from symbreak.papers.shape_deformation_networks import METHODS, FlattenedMLP, VertexNetwork, cloud, strict, thetas
from symbreak.papers.shape_deformation_shapes import IRREPS, SHAPES, corners, peaks
from symbreak.report.shape_deformation import write_shape_deformation_report
from symbreak.representations import Irreps
from symbreak.symmetry.order_parameters import allowed_dimensions
from symbreak.symmetry.points import point_stabilizer

CUBE, PRISM, RANDOM = SHAPES
TINY = ShapeDeformationConfig(("cube", "prism"), ("relaxed", "relaxed-stock-adam", "strict", "mlp"), 4, 4, 0, 1)
AUTHORS = ShapeDeformationConfig(("prism",), ("published",), 3, 4, 0, 1)


@pytest.fixture
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return run(TINY, tmp_path_factory.mktemp("shapes") / "run", workers=1)


def test_targets_are_those_of_e3nn(double):
    vertices = torch.tensor(RANDOM.vertices)
    signal = SphericalTensor(2, 1, -1)
    expected = torch.stack([signal.with_peaks_at(v[None]) for v in vertices])
    assert torch.allclose(peaks(vertices), expected, atol=1e-12)


def test_the_prism_is_a_box_and_the_random_shape_is_as_published():
    assert torch.equal(torch.tensor(PRISM.vertices).double(), corners() * torch.tensor([0.5, 0.5, 2.0]))
    signs = corners().sign().tolist()
    moved = dict(zip(map(tuple, signs), RANDOM.vertices, strict=True))
    assert moved[1.0, 1.0, -1.0] == pytest.approx((0.48, 0.9, -0.54))
    assert moved[-1.0, 1.0, -1.0] == pytest.approx((-0.72, 0.6, -1.26))


@pytest.mark.parametrize(
    "shape, group, even",
    [
        (CUBE, "Oh", {"0e": 1, "1e": 0, "2e": 0, "3e": 0, "4e": 1}),
        (PRISM, "D4h", {"0e": 1, "1e": 0, "2e": 1, "3e": 0, "4e": 2}),
        (RANDOM, "C1", {"0e": 1, "1e": 3, "2e": 5, "3e": 7, "4e": 9}),
    ],
)
def test_what_the_data_allow(shape, group, even):
    K = shape.symmetry()
    assert K.schoenflies == group
    assert allowed_dimensions(K.symmetry, "0e + 1e + 2e + 3e + 4e") == even
    assert not any(allowed_dimensions(K.symmetry, "0o + 1o + 2o + 3o + 4o").values()) or group == "C1"


def test_no_strict_network_passes_the_floor(double):
    torch.manual_seed(0)
    network, x = strict(4), cloud(corners())
    for shape in SHAPES:
        assert (network(x) - shape.target()).square().sum().item() >= shape.floor() - 1e-9
    assert CUBE.floor() < 1e-20


def test_the_output_of_the_strict_network_has_the_symmetry_of_the_cube(double):
    torch.manual_seed(0)
    y, rep = strict(4)(cloud(corners())), Irreps(Orthogonal(3), IRREPS)
    cube = point_stabilizer(corners())
    for g, sent in zip(cube.rotations, cube.permutations, strict=True):
        assert torch.allclose(rep.act(g, y), y[sent], atol=1e-10)


def test_networks(double):
    x = cloud(corners())
    assert VertexNetwork(4)(x).shape == FlattenedMLP()(x).shape == (8, 9)
    assert thetas(strict(4)) == []
    assert [t.numel() for t in thetas(VertexNetwork(4))] == [50, 50]


def test_theta_stays_in_what_the_data_fix_and_not_under_adam(double):
    def outside(method, shape):
        row = Row(shape, method, ShapeDeformationConfig(steps=25), "", False)
        theta = train(row)[1]["theta"][-1]
        allowed = {"cube": {0, 36, 40}, "prism": {0, 10, 12, 36, 38, 40}}[shape]
        return float(theta[:, [k for k in range(theta.shape[1]) if k not in allowed]].norm())

    for shape in ("cube", "prism"):
        assert outside("relaxed", shape) < 1e-12
        assert outside("relaxed-stock-adam", shape) > 1e-2


def test_ratios(double):
    row = Row("prism", "relaxed", ShapeDeformationConfig(steps=20), "", False)
    theta = train(row)[1]["theta"][-1]
    assert torch.allclose(theta[:, 12] / theta[:, 10], torch.tensor(-math.sqrt(3)), atol=1e-6)
    row = dataclasses.replace(row, shape="cube")
    theta = train(row)[1]["theta"][-1]
    assert torch.allclose(theta[:, 40] / theta[:, 36], torch.tensor(math.sqrt(5 / 7)), atol=1e-6)


def test_the_forbidden_part_stays_at_rounding_however_long_the_training(double):
    """It goes on below the loss at which the deformation is learned."""
    _, curve, _ = train(Row("cube", "relaxed", ShapeDeformationConfig(steps=200, seed=3), "", False))
    assert int(curve["step"][-1]) == 200
    assert float(curve["loss"][-1]) < 1e-6
    assert float(curve["theta"][-1][:, [k for k in range(50) if k not in {0, 36, 40}]].norm()) < 1e-12


def test_a_row_that_diverges_says_so(double, tmp_path, monkeypatch):
    from symbreak.papers import shape_deformation as paper
    from symbreak.papers.shape_deformation_networks import METHODS, Method, Trainer

    def explosive(network, steps):
        optimizer = torch.optim.SGD(network.parameters(), lr=1e3)
        return Trainer(optimizer, torch.optim.lr_scheduler.ConstantLR(optimizer, 1.0))

    wild = Method("published", "wild", lambda l, shape: VertexNetwork(l), explosive)
    monkeypatch.setattr(paper, "METHODS", (*METHODS[:-1], wild))
    folder = run(dataclasses.replace(AUTHORS, steps=20), tmp_path / "run", workers=1)
    (row,) = json.loads((folder / "result.json").read_text())["rows"]
    assert (row["diverged"], row["loss"], row["loss_turned"], row["grown"]) == (True, None, None, [])
    write_shape_deformation_report(folder)
    assert "| cube → prism | wild | 1 of 1 | – | – |" in (folder / "table.md").read_text()


@pytest.mark.slow
def test_the_authors_settings(double, tmp_path):
    method = next(method for method in METHODS if method.name == "published")
    network = method.build(4, "random")
    assert len(network.layers) == 3
    optimizer, rates = method.trainer(network, 5)
    assert isinstance(optimizer, torch.optim.SGD)
    for _ in range(20):
        optimizer.step()
        rates.step()
    assert rates.get_last_lr() == [pytest.approx(0.0097)]
    folder = run(AUTHORS, tmp_path / "run", workers=1)
    (row,) = json.loads((folder / "result.json").read_text())["rows"]
    assert (row["label"], row["diverged"]) == ("relaxed, the authors' settings", False)


def test_a_run_writes_every_row(finished):
    result = json.loads((finished / "result.json").read_text())
    assert (result["schema"], result["paper"]) == (1, "shape-deformation")
    assert len(result["rows"]) == 8
    for row in result["rows"]:
        assert (finished / row["folder"] / "curve.safetensors").is_file()
        if row["method"] != "mlp":  # θ turns along, or there is nothing to turn
            assert row["loss_turned"] == pytest.approx(row["loss"], rel=1e-8)
        else:
            assert row["loss_turned"] != pytest.approx(row["loss"], rel=1e-3)
    assert torch.get_default_dtype() == torch.float32


def test_a_resumed_run_has_the_same_rows(finished, tmp_path):
    import shutil

    folder = tmp_path / "again"
    shutil.copytree(finished, folder)
    (folder / "result.json").unlink()
    before = json.loads((finished / "result.json").read_text())["rows"]
    lost = folder / before[0]["folder"] / "row.json"
    lost.unlink()
    run(TINY, folder, resume=True, workers=1)
    after = json.loads((folder / "result.json").read_text())["rows"]
    assert [{**row, "seconds": 0} for row in after] == [{**row, "seconds": 0} for row in before]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"shapes": ("cone",)}, "There is no shape 'cone'. Known: cube, prism, random"),
        ({"methods": ("sgd",)}, "There is no method 'sgd'"),
        ({"shapes": ("cube", "cube")}, "A shape is named twice in cube, cube"),
        ({"steps": 0}, "steps is 0, but at least 1"),
        ({"l_relaxed": 0}, "l_relaxed is 0, but at least 1"),
        ({"seeds": 0}, "seeds is 0, but at least 1"),
        ({"seed": -1}, "seed is -1, but"),
    ],
)
def test_bad_configs(options, message):
    with pytest.raises(ValueError, match=message):
        ShapeDeformationConfig(**options)
