import dataclasses
import inspect
import json

from symbreak.cli import main, run_smoke_plume
from symbreak.papers.smoke_plume import SmokePlumeConfig

TINY = "run smoke-plume --seeds 1 --size 12 --orbits 1 --others 1 --epochs 1 --level 0 --method relaxed --workers 1"


def test_the_options_mirror_the_config():
    options = inspect.signature(run_smoke_plume.smoke_plume, eval_str=True).parameters
    fields = {field.name: field.default for field in dataclasses.fields(SmokePlumeConfig)}
    assert list(options) == [*fields, "workers", "out", "resume"]
    for name, default in fields.items():
        (option,) = options[name].annotation.__metadata__
        assert option.show_default == (str(default) if default != () else "all")
        assert options[name].default is None  # the default itself is the config's


def test_a_run_prints_its_table_and_is_resumed_and_reported(capsys, tmp_path):
    folder = tmp_path / "out"
    assert main([*TINY.split(), "--out", str(folder)]) == 0
    assert "| relaxed group conv. |" in capsys.readouterr().out
    (folder / "result.json").unlink()
    assert main(["run", "smoke-plume", "--resume", "--out", str(folder), "--workers", "1"]) == 0
    assert json.loads((folder / "result.json").read_text())["config"]["size"] == 12
    capsys.readouterr()
    assert main(["report", str(folder)]) == 0
    assert str(folder / "report.html") in capsys.readouterr().out


def test_an_unknown_row_is_told(capsys):
    assert main(["run", "smoke-plume", "--method", "mlp"]) == 2
    assert "There is no 'mlp'" in capsys.readouterr().err
