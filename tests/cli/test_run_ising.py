import dataclasses
import inspect
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from symbreak.cli import experiment_run, main, run_ising
from symbreak.papers.ising import IsingConfig

TINY = ["run", "ising", "--size", "4", "--samples", "16", "--side", "3"]
GCNN = [*TINY, "--method", "gcnn", "--epochs", "1", "--workers", "1"]


def refused(capsys, *arguments):
    """The one line that answers a bad command; what comes before it is progress."""
    assert main(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    errors = [line for line in lines if line.startswith("symbreak: error: ")]
    assert lines[-1:] == errors
    assert "Traceback" not in "".join(lines)
    return errors[0]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "finished"
    assert main([*GCNN, "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def copied(finished, tmp_path):
    return Path(shutil.copytree(finished, tmp_path / "copied"))


def test_the_options_mirror_the_config():
    options = inspect.signature(run_ising.ising, eval_str=True).parameters
    fields = {field.name: field.default for field in dataclasses.fields(IsingConfig)}
    assert list(options) == [*fields, "workers", "out", "resume"]
    for name, default in fields.items():
        (option,) = options[name].annotation.__metadata__
        assert option.show_default == {"methods": "all", "conditions": "a grid"}.get(name, str(default))
        assert options[name].default is None  # the default itself is the config's


def test_the_options_reach_the_run(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr("symbreak.papers.ising.run", lambda *args, **options: calls.append((args, options)))
    monkeypatch.setattr(experiment_run, "show_report", lambda folder: calls.append(folder))
    command = "run ising --method gcnn --method sympe --task disordered --sign -1 --size 8 --epochs 3 --seed 4"
    command += f" --seeds 5 --samples 6 --side 7 --device cpu --workers 9 --out {tmp_path}"
    assert main(command.split()) == 0
    config = IsingConfig(("gcnn", "sympe"), "disordered", -1, 8, 3, 4, 5, 6, 7, "cpu")
    assert calls == [((config, tmp_path), {"resume": False, "workers": 9}), tmp_path]


def test_a_run_prints_its_table_and_report_makes_it_again(finished, capsys):
    table = (finished / "table.md").read_text()
    for name in ("report.html", "table.md"):
        (finished / name).unlink()
    assert main(["report", str(finished)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(table)
    assert f"Report: {finished / 'report.html'}" in out
    assert (finished / "report.html").exists()
    assert (finished / "table.md").read_text() == table


@pytest.mark.parametrize(
    "options, message",
    [
        ("--size 5", "size is 5, but .* even lattice .* try 6"),
        ("--size -4", "size is -4, but .* even lattice"),
        ("--size 0", "size is 0, but .* even lattice"),
        ("--size 4.5", "Invalid value for '--size'"),
        ("--method simpe", "There is no method 'simpe'. Did you mean 'sympe'?"),
        ("--task constnat", "There is no task 'constnat'."),
        ("--sign 0", "sign is 0, but"),
        ("--epochs 0", "epochs is 0, but at least 1"),
        ("--seeds 0", "seeds is 0, but at least 1"),
        ("--samples -1", "samples is -1, but at least 1"),
        ("--side 1", "side is 1, but"),
        ("--device cuda:77", r"The device 'cuda:77' was asked for, but torch sees \d+ CUDA devices"),
        ("--device gpu", "The device 'gpu' is not to be had here"),
        ("--workers 0", "There are 0 workers"),
        ("--out /proc/no/such", "The result folder /proc/no/such cannot be written"),
        ("--out /proc/no/such --resume", "There is no folder /proc/no/such to resume"),
    ],
)
def test_bad_options(capsys, tmp_path, options, message):
    out = [] if "--out" in options else ["--out", str(tmp_path / "out")]
    error = refused(capsys, *TINY, *options.split(), *out)
    assert re.search(message, error), error


@pytest.fixture
def fields(tmp_path):
    """Writes fields of one's own to a NumPy file."""

    def write(*shape, spoil=None):
        values = np.random.default_rng(0).normal(size=shape)
        if spoil is not None:
            values[spoil] = np.nan
        np.save(tmp_path / "fields.npy", values)
        return ["--conditions", str(tmp_path / "fields.npy"), "--out", str(tmp_path / "out")]

    return write


@pytest.mark.parametrize(
    "shape, spoil, message",
    [
        ((5, 3, 4, 4), (2, 1, 0, 3), r"fields.npy: conditions\[2, 1, 0, 3\] \(channel J_y\) is nan"),
        ((5, 3, 4, 6), None, r"fields.npy has shape \(5, 3, 4, 6\), but .* square lattice"),
        ((5, 2, 4, 4), None, r"fields.npy has shape \(5, 2, 4, 4\)"),
        ((3, 4, 4), None, r"fields.npy has shape \(3, 4, 4\)"),
        ((0, 3, 4, 4), None, r"fields.npy has shape \(0, 3, 4, 4\)"),
        ((5, 3, 6, 6), None, "Give --size the side of your lattice"),
    ],
)
def test_bad_fields(capsys, fields, shape, spoil, message):
    options = fields(*shape, spoil=spoil)
    error = refused(capsys, *GCNN, *options)
    assert re.search(message, error), error
    assert not Path(options[-1]).exists()


def test_files_that_hold_no_fields(capsys, tmp_path):
    (tmp_path / "fields.npy").write_text("J_x, J_y, h")
    np.save(tmp_path / "words.npy", np.array(["a", "b"]))
    np.save(tmp_path / "objects.npy", np.array([{}, None]), allow_pickle=True)
    for name in ("fields.npy", "words.npy", "objects.npy", "none.npy"):
        error = refused(capsys, *GCNN, "--conditions", str(tmp_path / name), "--out", str(tmp_path / "out"))
        assert f"{name} is not a NumPy file of numbers" in error


def test_fields_of_ones_own(fields):
    options = fields(5, 3, 4, 4)
    assert main([*GCNN, *options]) == 0
    result = json.loads((Path(options[-1]) / "result.json").read_text())
    assert result["reference"]["source"] == "exact (transfer matrix)"
    assert all(row["energy_id"] >= result["reference"]["ground_energy_id"] for row in result["rows"])


def test_bad_folders(capsys, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    assert "file/run cannot be written: Not a directory" in refused(capsys, *GCNN, "--out", f"{tmp_path}/file/run")
    assert "already holds file. Give another --out" in refused(capsys, *GCNN, "--out", str(tmp_path))
    assert "holds file but no config.json" in refused(capsys, *GCNN, "--out", str(tmp_path), "--resume")
    (tmp_path / "config.json").write_text('{"config": {')
    assert "config.json is corrupt" in refused(capsys, *GCNN, "--out", str(tmp_path), "--resume")
    (tmp_path / "config.json").write_text('{"config": {"paper": "qm9", "methods": []}}')
    assert "holds a run of qm9, not of ising" in refused(capsys, *GCNN, "--out", str(tmp_path), "--resume")
    monkeypatch.chdir(tmp_path)
    assert "no unfinished run in results/ising. Leave out --resume" in refused(capsys, *GCNN, "--resume")


def test_resuming_takes_the_options_of_the_start_and_refuses_others(copied, capsys, monkeypatch):
    error = refused(capsys, "run", "ising", "--resume", "--out", str(copied), "--epochs", "2", "--sign", "-1")
    assert "sign was 1, now -1; epochs was 1, now 2. Resume it with the same options" in error
    before = json.loads((copied / "result.json").read_text())["rows"]
    assert main(["run", "ising", "--resume", "--out", str(copied), "--workers", "1"]) == 0
    assert json.loads((copied / "result.json").read_text())["rows"] == before
    newer = copied.parent / "results" / "ising" / "newer"
    shutil.copytree(copied, newer)
    (newer / "result.json").unlink()
    monkeypatch.chdir(copied.parent)
    assert main(["run", "ising", "--resume", "--workers", "1"]) == 0
    assert json.loads((newer / "result.json").read_text())["rows"] == before


def test_a_corrupt_checkpoint(copied, capsys):
    (copied / "result.json").unlink()
    row = copied / "rows" / "gcnn-plain-seed0"
    (row / "row.json").unlink()
    data = (row / "last.ckpt").read_bytes()
    (row / "last.ckpt").write_bytes(data[:1000])
    command = ["run", "ising", "--resume", "--out", str(copied), "--workers", "1"]
    error = refused(capsys, *command)
    assert "gcnn plain 0: The checkpoint" in error
    assert "gcnn-plain-seed0/last.ckpt is corrupt" in error
    assert "Delete it to restart that row" in error
    (row / "last.ckpt").unlink()
    assert main(command) == 0


def lines_of(folder):
    return sum(len(path.read_bytes().splitlines()) for path in folder.glob("rows/*/curve.jsonl"))


def numbers_of(folder):
    """Every number of the result but the times, and every file that the figures read."""
    rows = json.loads((folder / "result.json").read_text())["rows"]
    rows = [{name: value for name, value in row.items() if not name.endswith("_seconds")} for row in rows]
    names = ("curve.csv", "curve.jsonl", "grid.safetensors", "samples.safetensors")
    return rows, {row["folder"]: [(folder / row["folder"] / name).read_bytes() for name in names] for row in rows}


def broken_off(command, folder, ending):
    """Starts the command, ends it by a signal in the middle of the training, returns its exit code and stderr."""
    before = lines_of(folder)
    code = "import sys; from symbreak.cli import main; sys.exit(main())"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", code, *command],
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 300
        while lines_of(folder) < before + 8:
            assert process.poll() is None, process.communicate()
            if time.monotonic() > deadline:
                os.killpg(process.pid, signal.SIGKILL)  # or leaving the block would wait for the run
                pytest.fail("the training did not get under way")
            time.sleep(0.01)
        if ending == signal.SIGINT:
            os.killpg(process.pid, ending)  # as a terminal does
        else:
            process.send_signal(ending)
        error = process.communicate(timeout=120)[1]
    return process.returncode, error


def test_kill_and_ctrl_c_and_resume_give_the_numbers_of_an_unbroken_run(tmp_path):
    options = [*TINY, "--method", "sympe", "--epochs", "24"]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert main([*options, "--workers", "1", "--out", str(whole)]) == 0

    code, _ = broken_off([*options, "--workers", "2", "--out", str(broken)], broken, signal.SIGKILL)
    assert code == -signal.SIGKILL
    resume = ["run", "ising", "--resume", "--out", str(broken)]
    code, error = broken_off([*resume, "--workers", "1"], broken, signal.SIGINT)
    assert code == 130
    assert error.splitlines()[-1] == f"Interrupted. Go on with: symbreak run ising --resume --out {broken}"
    assert "Traceback" not in error
    assert not (broken / "result.json").exists()

    assert main([*resume, "--workers", "1"]) == 0
    assert numbers_of(broken) == numbers_of(whole)
