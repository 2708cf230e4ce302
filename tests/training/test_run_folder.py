import json
import os
import shlex
import sys

import pytest

from symbreak.training import RunFolder, atomic
from symbreak.training import run_folder as module

CONFIG = {"size": 8, "methods": ("SymPE", "noise"), "nested": {"a": 1}}


def test_a_folder_says_how_the_run_was_made(tmp_path):
    folder = RunFolder.create(tmp_path / "new" / "run", CONFIG, seed=3)
    stored = folder.read_json("config.json")
    assert stored["config"] == {"size": 8, "methods": ["SymPE", "noise"], "nested": {"a": 1}}
    assert stored["seed"] == 3
    assert set(stored["versions"]) == {"symbreak", "torch", "lightning", "numpy"}
    assert stored["versions"]["torch"]
    assert stored["python"].startswith("3.")
    assert stored["git"] is None or len(stored["git"].removesuffix("-dirty")) == 40
    assert stored["command"].endswith(shlex.join(sys.argv[1:]))


def test_an_empty_folder_is_taken_and_a_full_one_refused(tmp_path):
    RunFolder.create(tmp_path, CONFIG, seed=0)
    with pytest.raises(ValueError, match=r"already holds config\.json\. Give another --out"):
        RunFolder.create(tmp_path, CONFIG, seed=0)
    (tmp_path / "table.md").write_text("")
    for name in "xyz":
        (tmp_path / name).write_text("")
    with pytest.raises(ValueError, match=r"already holds config\.json, table\.md, x and 2 more"):
        RunFolder.create(tmp_path, CONFIG, seed=0)


def test_resuming_asks_for_the_same_config(tmp_path):
    first = RunFolder.create(tmp_path, CONFIG, seed=0)
    before = (tmp_path / "config.json").read_bytes()
    assert RunFolder.create(tmp_path, CONFIG, seed=0, resume=True) == first
    assert (tmp_path / "config.json").read_bytes() == before
    other = {"size": 10, "methods": ["SymPE", "noise"], "new": True}
    message = r'size was 8, now 10; nested was {"a": 1}, now absent; new was absent, now true\. Resume it with'
    with pytest.raises(ValueError, match=message):
        RunFolder.create(tmp_path, other, seed=0, resume=True)


def test_resuming_asks_for_the_same_versions(tmp_path, monkeypatch):
    RunFolder.create(tmp_path, CONFIG, seed=0)
    monkeypatch.setattr(module, "_version", lambda package: "0.0.1")
    with pytest.raises(ValueError, match=r'other versions: .*torch was ".*", now "0\.0\.1"'):
        RunFolder.create(tmp_path, CONFIG, seed=0, resume=True)


def test_resuming_what_is_not_a_run(tmp_path):
    with pytest.raises(ValueError, match="There is no folder .*absent to resume"):
        RunFolder.create(tmp_path / "absent", CONFIG, seed=0, resume=True)
    assert not (tmp_path / "absent").exists()
    (tmp_path / "photo.jpg").write_text("")
    with pytest.raises(ValueError, match=r"holds photo\.jpg but no config\.json"):
        RunFolder.create(tmp_path, CONFIG, seed=0, resume=True)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ValueError, match=r"config\.json cannot be read"):
        RunFolder.create(tmp_path, CONFIG, seed=0, resume=True)


def test_a_run_killed_at_its_very_start_is_resumed(tmp_path):
    (tmp_path / ".config.json.123.tmp").write_text("{")
    folder = RunFolder.create(tmp_path, CONFIG, seed=0, resume=True)
    assert os.listdir(folder.path) == ["config.json"]


def test_an_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"result folder .*file/run cannot be written: Not a directory"):
        RunFolder.create(tmp_path / "file" / "run", CONFIG, seed=0)
    with pytest.raises(ValueError, match="cannot be written: Not a directory"):
        RunFolder.create(tmp_path / "file", CONFIG, seed=0)
    with pytest.raises(ValueError, match="cannot be written"):
        RunFolder.create("/proc/no/such", CONFIG, seed=0)


def test_rows_and_files(tmp_path):
    folder = RunFolder.create(tmp_path, CONFIG, seed=0)
    row = folder.row("SymPE-seed3")
    assert row == tmp_path / "rows" / "SymPE-seed3"
    assert row.is_dir()
    assert folder.row("SymPE-seed3") == row
    for name in ("a/b", "..", "", ".hidden"):
        with pytest.raises(ValueError, match="its name is that of a folder"):
            folder.row(name)
    folder.write_json("result.json", {"energie": "é", "n": 1})
    assert folder.read_json("result.json") == {"energie": "é", "n": 1}
    with pytest.raises(ValueError, match="not JSON compliant"):
        folder.write_json("result.json", {"energy": float("nan")})
    assert json.loads((tmp_path / "result.json").read_text())["n"] == 1
    with pytest.raises(ValueError, match="holds no absent.json"):
        folder.read_json("absent.json")


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "note"
    path.write_text("old")

    def write_half():
        with atomic(path) as temporary:
            temporary.write_text("half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_half()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["note"]


def test_the_hash_is_that_of_a_checkout_that_tracks_the_package(monkeypatch, tmp_path):
    calls = []

    def git(folder, *arguments):
        calls.append(arguments[0])
        if arguments[0] == "ls-files":
            raise FileNotFoundError
        return "0" * 40

    monkeypatch.setattr(module, "_git", git)
    assert module.git_hash() is None
    assert calls == ["ls-files"]
