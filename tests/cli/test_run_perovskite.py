import dataclasses
import inspect
import json
import os

import pytest

pytest.importorskip("e3nn")

from symbreak.cli import main, run_perovskite
from symbreak.papers.perovskite import PerovskiteConfig

TINY = ["run", "perovskite", "--only", "none", "--steps", "2", "--seeds", "1"]
needs_data = pytest.mark.skipif(not os.environ.get("SYMBREAK_DATA"), reason="SYMBREAK_DATA is not set")


def test_the_options_mirror_the_config():
    options = inspect.signature(run_perovskite.perovskite, eval_str=True).parameters
    fields = {field.name: field.default for field in dataclasses.fields(PerovskiteConfig)}
    assert list(options) == [*fields, "workers", "out", "resume"]
    for name, default in fields.items():
        (option,) = options[name].annotation.__metadata__
        assert option.show_default == ("all" if default == () else str(default))
        assert options[name].default is None


@needs_data
@pytest.mark.slow
def test_a_run_prints_its_table_and_is_resumed_and_reported_again(tmp_path, capsys):
    pytest.importorskip("moyopy")
    out = str(tmp_path / "out")
    assert main([*TINY, "--workers", "1", "--out", out]) == 0
    assert "| no order parameter | 0 | 0 | 0.0676 |" in capsys.readouterr().out
    (tmp_path / "out" / "result.json").unlink()
    assert main(["run", "perovskite", "--resume", "--workers", "1", "--out", out]) == 0
    assert main(["report", out]) == 0
    assert "Report: " in capsys.readouterr().out


@pytest.mark.parametrize(
    "options, message",
    [
        (["--only", "3e"], "There is no row '3e'"),
        (["--steps", "0"], "steps is 0"),
        (["--epsilon", "0"], "epsilon is 0.0"),
    ],
)
def test_bad_options(tmp_path, capsys, options, message):
    assert main([*TINY, *options, "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err


def test_without_the_data_folder(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("SYMBREAK_DATA", raising=False)
    assert main([*TINY, "--out", str(tmp_path / "out")]) == 2
    assert "SYMBREAK_DATA, which is not set" in capsys.readouterr().err


def test_a_run_of_another_paper_is_not_resumed(tmp_path, capsys):
    (tmp_path / "config.json").write_text(json.dumps({"config": {"paper": "ising"}}))
    assert main(["run", "perovskite", "--resume", "--out", str(tmp_path)]) == 2
    assert "holds a run of ising" in capsys.readouterr().err
