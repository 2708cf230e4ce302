import dataclasses
import inspect
import json

import pytest

from symbreak.cli import main, run_charged_particle
from symbreak.papers.charged_particle import ChargedParticleConfig

TINY = "run charged-particle --seeds 1 --samples 48 --steps 10 --workers 1 --only e-across-b-one-particles-equivariant"


def test_the_options_mirror_the_config():
    options = inspect.signature(run_charged_particle.charged_particle, eval_str=True).parameters
    fields = {field.name: field.default for field in dataclasses.fields(ChargedParticleConfig)}
    assert list(options) == [*fields, "workers", "out", "resume"]
    for name, default in fields.items():
        (option,) = options[name].annotation.__metadata__
        assert option.show_default == {"only": "all"}.get(name, str(default))
        assert options[name].default is None  # the default itself is the config's


def test_a_run_prints_its_table_and_is_resumed_and_reported(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("symbreak.report.charged_particle.pictures_of_theta", lambda result: [])  # slow, tested there
    folder = tmp_path / "out"
    assert main([*TINY.split(), "--out", str(folder)]) == 0
    assert "| E across B | one product | particles |" in capsys.readouterr().out
    (folder / "result.json").unlink()
    assert main(["run", "charged-particle", "--resume", "--out", str(folder), "--workers", "1"]) == 0
    assert json.loads((folder / "result.json").read_text())["config"]["steps"] == 10
    capsys.readouterr()
    assert main(["report", str(folder)]) == 0
    assert str(folder / "report.html") in capsys.readouterr().out


@pytest.mark.parametrize(
    "stored, message",
    [
        ('{"config": {"paper": "ising"}}', "holds a run of ising, not of charged-particle"),
        ("{", "config.json is corrupt"),
    ],
)
def test_a_folder_of_another_run_is_refused(capsys, tmp_path, stored, message):
    (tmp_path / "config.json").write_text(stored)
    assert main(["run", "charged-particle", "--resume", "--out", str(tmp_path)]) == 2
    assert message in capsys.readouterr().err


def test_resume_without_a_folder_needs_an_unfinished_run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(["run", "charged-particle", "--resume"]) == 2
    assert "no unfinished run in results/charged-particle" in capsys.readouterr().err
