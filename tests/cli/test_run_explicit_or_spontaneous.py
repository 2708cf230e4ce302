import dataclasses
import inspect
import json

import pytest

from symbreak.cli import main, run_explicit_or_spontaneous
from symbreak.papers.explicit_or_spontaneous import ExplicitOrSpontaneousConfig

TINY = "run explicit-or-spontaneous --seeds 1 --clusters 4 --tests 2 --steps 2 --workers 1 --method relaxed --dial 1"
SHOWN = {"methods": "all", "dial": "1 and 4"}


def test_the_options_mirror_the_config():
    options = inspect.signature(run_explicit_or_spontaneous.explicit_or_spontaneous, eval_str=True).parameters
    fields = {field.name: field.default for field in dataclasses.fields(ExplicitOrSpontaneousConfig)}
    assert list(options) == [*fields, "workers", "out", "resume"]
    assert fields["dial"] == (1.0, 4.0)
    for name, default in fields.items():
        (option,) = options[name].annotation.__metadata__
        assert option.show_default == SHOWN.get(name, str(default))
        assert options[name].default is None  # the default itself is the config's


@pytest.mark.slow
def test_a_run_prints_its_table_and_is_resumed_and_reported(capsys, tmp_path):
    folder = tmp_path / "out"
    assert main([*TINY.split(), "--out", str(folder)]) == 0
    assert "| explicit | relaxed (θ) |" in capsys.readouterr().out
    (folder / "result.json").unlink()
    assert main(["run", "explicit-or-spontaneous", "--resume", "--out", str(folder), "--workers", "1"]) == 0
    assert json.loads((folder / "result.json").read_text())["config"]["dial"] == [1.0]
    capsys.readouterr()
    assert main(["report", str(folder)]) == 0
    assert str(folder / "report.html") in capsys.readouterr().out


@pytest.mark.parametrize(
    "options, message",
    [("--method theta", "There is no method 'theta'"), ("--dial 2", "The dial has 2.0, but a strength is finite")],
)
def test_errors(capsys, tmp_path, options, message):
    assert main(["run", "explicit-or-spontaneous", *options.split(), "--out", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err


def test_resume_without_a_folder_needs_an_unfinished_run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main(["run", "explicit-or-spontaneous", "--resume"]) == 2
    assert "no unfinished run in results/explicit-or-spontaneous" in capsys.readouterr().err
