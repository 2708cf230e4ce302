import dataclasses
import inspect
import json

import pytest

pytest.importorskip("e3nn")
pytest.importorskip("ase")

from symbreak.cli import main, run_dialled_breaking
from symbreak.papers.dialled_breaking import DialledBreakingConfig

TINY = ["run", "dialled-breaking", "--study", "closed", "--dial", "0.5", "--steps", "2", "--seeds", "1"]
TINY += ["--samples", "48"]


def test_the_options_mirror_the_config():
    options = inspect.signature(run_dialled_breaking.dialled_breaking, eval_str=True).parameters
    fields = {field.name: field.default for field in dataclasses.fields(DialledBreakingConfig)}
    assert list(options) == [*fields, "workers", "out", "resume"]
    for name, default in fields.items():
        (option,) = options[name].annotation.__metadata__
        assert option.show_default == ("all" if default == () else str(default))
        assert options[name].default is None


@pytest.mark.slow
def test_a_run_prints_its_tables_and_is_resumed_and_reported_again(tmp_path, capsys):
    out = str(tmp_path / "out")
    assert main([*TINY, "--workers", "1", "--out", out]) == 0
    assert "| 0.5 | C4v about the field | EquivariantAdam |" in capsys.readouterr().out
    (tmp_path / "out" / "result.json").unlink()
    assert main(["run", "dialled-breaking", "--resume", "--workers", "1", "--out", out]) == 0
    assert main(["report", out]) == 0
    assert "Report: " in capsys.readouterr().out


@pytest.mark.parametrize(
    "options, message",
    [
        (["--study", "dial"], "There is no study 'dial'"),
        (["--dial", "0.3"], "There is no dial 0.3"),
        (["--steps", "0"], "0 steps"),
        (["--resume"], "There is no folder"),
    ],
)
def test_bad_options(tmp_path, capsys, options, message):
    assert main([*TINY, *options, "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err


def test_a_run_of_another_paper_is_not_resumed(tmp_path, capsys):
    (tmp_path / "config.json").write_text(json.dumps({"config": {"paper": "ising"}}))
    assert main(["run", "dialled-breaking", "--resume", "--out", str(tmp_path)]) == 2
    assert "holds a run of ising" in capsys.readouterr().err
