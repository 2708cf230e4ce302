import dataclasses
import inspect
import json

import pytest

from symbreak.cli import main, run_symmetry_discovery
from symbreak.papers.symmetry_discovery import DiscoveryConfig

TINY = ["run", "symmetry-discovery", "--seeds", "1", "--crystal-seeds", "0", "--steps", "2", "--workers", "1"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "finished"
    assert main([*TINY, "--out", str(folder)]) == 0
    return folder


def test_the_options_mirror_the_config():
    options = inspect.signature(run_symmetry_discovery.symmetry_discovery, eval_str=True).parameters
    fields = {field.name: field.default for field in dataclasses.fields(DiscoveryConfig)}
    assert list(options) == [*fields, "workers", "out", "resume"]
    for name, default in fields.items():
        (option,) = options[name].annotation.__metadata__
        assert option.show_default == str(default)
        assert options[name].default is None


def test_report_makes_the_table_and_the_page_again(finished, capsys):
    table = (finished / "table.md").read_text()
    for name in ("report.html", "table.md"):
        (finished / name).unlink()
    assert main(["report", str(finished)]) == 0
    assert (finished / "table.md").read_text() == table
    assert table in capsys.readouterr().out
    assert (finished / "report.html").exists()


def test_resume_has_the_options_of_the_start(finished, capsys):
    assert main(["run", "symmetry-discovery", "--resume", "--workers", "1", "--out", str(finished)]) == 0
    assert json.loads((finished / "result.json").read_text())["config"]["steps"] == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--resume"], "no unfinished run in results/symmetry-discovery"),
        (["--steps", "0"], "steps is 0"),
        (["--grid", "4"], "grid is 4"),
    ],
)
def test_errors(arguments, message, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(["run", "symmetry-discovery", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_of_another_paper(tmp_path, capsys):
    (tmp_path / "config.json").write_text(json.dumps({"config": {"paper": "ising"}}))
    assert main(["run", "symmetry-discovery", "--resume", "--out", str(tmp_path)]) == 2
    assert "holds a run of ising" in capsys.readouterr().err
    (tmp_path / "config.json").write_text("[")
    assert main(["run", "symmetry-discovery", "--resume", "--out", str(tmp_path)]) == 2
    assert "is corrupt" in capsys.readouterr().err
