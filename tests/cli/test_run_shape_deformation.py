import dataclasses
import inspect
import json

import pytest

pytest.importorskip("e3nn")

from symbreak.cli import main, run_shape_deformation
from symbreak.papers.shape_deformation import ShapeDeformationConfig

TINY = ["run", "shape-deformation", "--shape", "cube", "--method", "mlp", "--steps", "2", "--seeds", "1"]


def test_the_options_mirror_the_config():
    options = inspect.signature(run_shape_deformation.shape_deformation, eval_str=True).parameters
    fields = {field.name: field.default for field in dataclasses.fields(ShapeDeformationConfig)}
    assert list(options) == [*fields, "workers", "out", "resume"]
    for name, default in fields.items():
        (option,) = options[name].annotation.__metadata__
        assert option.show_default == ("all" if default == () else str(default))
        assert options[name].default is None


@pytest.mark.slow
def test_a_run_prints_its_table_and_is_resumed_and_reported_again(tmp_path, capsys):
    out = str(tmp_path / "out")
    assert main([*TINY, "--workers", "1", "--out", out]) == 0
    assert "| cube → cube | MLP |" in capsys.readouterr().out
    (tmp_path / "out" / "result.json").unlink()
    assert main(["run", "shape-deformation", "--resume", "--workers", "1", "--out", out]) == 0
    assert main(["report", out]) == 0
    assert "Report: " in capsys.readouterr().out


@pytest.mark.parametrize(
    "options, message",
    [
        (["--shape", "cone"], "There is no shape 'cone'"),
        (["--steps", "0"], "steps is 0"),
        (["--resume"], "There is no folder"),
    ],
)
def test_bad_options(tmp_path, capsys, options, message):
    assert main([*TINY, *options, "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err


def test_a_run_of_another_paper_is_not_resumed(tmp_path, capsys):
    (tmp_path / "config.json").write_text(json.dumps({"config": {"paper": "ising"}}))
    assert main(["run", "shape-deformation", "--resume", "--out", str(tmp_path)]) == 2
    assert "holds a run of ising" in capsys.readouterr().err
