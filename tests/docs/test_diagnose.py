"""The commands of docs/diagnose.md run, and print what the page says."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from symbreak.cli import main

ROOT = Path(__file__).parents[2]
CASE = re.compile(r"```sh\n(.*?)```\n\n```\n(.*?)```\n", re.DOTALL)
CASES = CASE.findall((ROOT / "docs" / "diagnose.md").read_text(encoding="utf-8"))
MINUTES = ("qm9_smiles.csv", "g2_dipoles.py")  # what takes long


def marked(case):
    commands, _ = case
    name = Path(commands.split("\n")[-2].split(" --")[0].split()[-1]).name
    return pytest.param(*case, id=name, marks=[pytest.mark.slow] if any(x in commands for x in MINUTES) else [])


@pytest.mark.parametrize("commands, expected", [marked(case) for case in CASES])
def test_the_page_prints_what_it_says(commands, expected, tmp_path, monkeypatch, capsys):
    if "SYMBREAK_DATA" in commands and "SYMBREAK_DATA" not in os.environ:
        pytest.skip("SYMBREAK_DATA is not set")
    if "g2_dipoles" in commands:
        pytest.importorskip("pyscf")
    if "networkx" in commands:
        pytest.importorskip("networkx")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    shutil.copytree(ROOT / "examples", "examples")
    for line in commands.splitlines():
        program, *arguments = shlex.split(os.path.expandvars(line))
        if program == "python":
            subprocess.run([sys.executable, *arguments], check=True)
        else:
            capsys.readouterr()
            assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
    printed = iter(capsys.readouterr().out.splitlines())
    for line in expected.splitlines():  # in this order, with others between
        assert any(says_the_same(line, found) for found in printed), line


def says_the_same(line, found):
    """The same words and numbers; those that are rounding need not be the same."""
    ours, theirs = line.split(), found.split()
    return len(ours) == len(theirs) and all(map(is_the_same, ours, theirs))


def is_the_same(word, other):
    if word == other:
        return True
    try:
        return "e-1" in word and abs(float(word) - float(other)) < 1e-8
    except ValueError:
        return False


def test_the_page_has_its_cases():
    assert len(CASES) == 7


def test_a_wrong_number_is_noticed():
    assert says_the_same("no remedy 6.555e-11 0.00%", "no remedy   1.2e-12   0.00%")
    assert not says_the_same("no remedy 44.18 11.30%", "no remedy 44.19 11.30%")
    assert not says_the_same("no remedy 44.18", "no remedy 44.18 11.30%")
