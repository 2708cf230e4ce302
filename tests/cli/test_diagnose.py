import csv
import inspect
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from symbreak.cli import diagnose, main

WATER = [("O", 0.0, 0.0, 0.1), ("H", 0.0, 0.76, -0.5), ("H", 0.0, -0.76, -0.5)]


def frame(comment=""):
    return "\n".join(["3", comment, *(" ".join(map(str, row)) for row in WATER), ""])


@pytest.fixture
def water(tmp_path):
    path = tmp_path / "water.extxyz"
    path.write_text(frame('dipole="0 0.5 1.8"') + frame('dipole="0 0 1.8"') + frame())
    return path


def refused(capsys, *arguments):
    """The one line that answers a bad command."""
    assert main(["diagnose", *map(str, arguments)]) == 2
    lines = capsys.readouterr().err.splitlines()
    errors = [line for line in lines if line.startswith("symbreak: error: ")]
    assert len(errors) == 1
    assert "Traceback" not in "".join(lines)
    return errors[0]


def test_a_report(water, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["diagnose", str(water), "--target", "dipole", "--out", str(out)]) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "config.json", "examples.json", "figures", "report.html", "report.json", "samples.csv",
    ]  # fmt: skip
    report = json.loads((out / "report.json").read_text())
    assert report["schema"] == 1
    assert report["targets"][0]["floor"] == pytest.approx(0.25)
    assert report["config"]["targets"] == ["dipole"]
    assert {"versions", "git", "started", "seconds", "command"} <= set(report)
    assert "ase" in report["versions"]
    with (out / "samples.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["stabilizer"] for row in rows] == ["C2v", "C2v", "C2v"]
    assert [row["floor of dipole"] for row in rows[1:]] == ["0", ""] or float(rows[1]["floor of dipole"]) < 1e-9
    shown = capsys.readouterr().out
    for part in ("C2v", "Target dipole, vector of each sample: 2 samples", "Remedy: SymPE", "missing: 1 sample (2)"):
        assert part in shown
    for name in ("Report: {}/report.html", "Numbers: {}/report.json", "Samples: {}/samples.csv"):
        assert name.format(out) in shown
    examples = json.loads((out / "examples.json").read_text())["examples"]
    assert [(example["sample"], example["stabilizer"]) for example in examples] == [(0, "C2v")]
    assert report["statements"]["headline"].startswith("Diagnosis of water.extxyz: 3 read, 3 diagnosed in E(3)")


def test_options_reach_the_search(monkeypatch, tmp_path, water):
    from symbreak.diagnosis import Local, Quantity, Search, SpaceFrame
    from symbreak.groups import Orthogonal

    calls = []

    def note(*arguments, **options):
        calls.append((arguments, options))
        raise ValueError("enough")

    monkeypatch.setattr("symbreak.cli.diagnose_report.write_diagnosis", note)
    command = f"diagnose {water} --target dipole --as 1x1o --group so3 --tolerance 0.1 --fields charges --workers 3"
    assert main([*command.split(), "--budget", "7", "--limit", "5", "--seed", "4", "--out", str(tmp_path / "o")]) == 2
    ((folder, _, source, search), options) = calls[0]
    assert (folder, source.path, options["limit"], options["engine"]) == (tmp_path / "o", water, 5, Local(3))
    rotations = SpaceFrame(Orthogonal(3, special=True), translations=False)
    assert search == Search(rotations, 0.1, (Quantity("charges"),), (Quantity("dipole", "1x1o"),), 7, 4)
    assert source.rules.merge_images


def test_every_group_is_known():
    names = next(
        option.metavar and option.help
        for name, parameter in inspect.signature(diagnose.diagnose).parameters.items()
        if name == "group"
        for option in parameter.annotation.__metadata__
    )
    for name in names.replace(";", ",").replace("for images", "").rstrip(".").split(","):
        assert diagnose._frame(name.strip()) is not None


@pytest.mark.parametrize(
    "options, message",
    [
        (["--group", "p4n"], "There is no group 'p4n'. Did you mean 'p4"),
        (["--group", "p4m"], "The group is p4m, but the file holds structures. Give o3, so3, e3 or se3"),
        (["--engine", "dask"], "There is no engine 'dask'"),
        (["--address", "10.0.0.1"], "is that of a Ray cluster, but the engine is local"),
        (["--as", "1x1o"], "--as says how one target moves, but there are 0"),
        (["--target", "dipole", "--as", "1x7q"], "could not read '1x7q'"),
        (["--target", "quadrupole"], "No sample of water.extxyz has the target 'quadrupole'"),
        (["--workers", "0"], "There are 0 workers"),
        (["--tolerance", "-1"], "The tolerance is -1.0"),
        (["--limit", "0"], "The limit is 0"),
        (["--hydrogens"], "hydrogens=True does not apply to"),
    ],
)
def test_bad_options_are_answered_in_one_line(options, message, water, tmp_path, capsys):
    assert message in refused(capsys, water, *options, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_bad_file_is_answered_in_one_line(tmp_path, capsys):
    assert "the file cannot be read" in refused(capsys, tmp_path / "nowhere.xyz", "--out", tmp_path / "out")
    empty = tmp_path / "empty.xyz"
    empty.touch()
    assert "the file is empty" in refused(capsys, empty, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_written_already_stays(water, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("two years")
    assert "already holds thesis.txt" in refused(capsys, water, "--out", out)
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_a_failure_half_way_leaves_an_empty_folder_as_it_was(water, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    broken = tmp_path / "cut.xyz"
    broken.write_text(frame() + "3\n\nO 0 0 0\n")
    assert "the file ends after 1 of the 3 atoms" in refused(capsys, broken, "--out", out)
    assert list(out.iterdir()) == []


def test_a_package_that_is_missing(water, tmp_path, capsys, monkeypatch):
    def missing(*arguments, **options):
        raise ImportError("Reading it takes the package ase: python -m pip install ase")

    monkeypatch.setattr("symbreak.data.open_source", missing)
    assert "takes the package ase" in refused(capsys, water, "--out", tmp_path / "out")


def test_an_interrupt(water, tmp_path, capsys, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("symbreak.cli.diagnose_report.diagnose_file", interrupt)
    assert main(["diagnose", str(water), "--out", str(tmp_path / "out")]) == 130
    assert "Interrupted: nothing was written." in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_interrupt_of_the_pictures_leaves_the_numbers(water, tmp_path, capsys, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("symbreak.cli.diagnose_report.examples_document", interrupt)
    assert main(["diagnose", str(water), "--out", str(tmp_path / "out")]) == 130
    assert "Interrupted: only report.html is missing." in capsys.readouterr().err
    assert main(["report", str(tmp_path / "out")]) == 0
    assert "no sample is drawn" in (tmp_path / "out" / "report.html").read_text()


def test_the_examples_do_not_depend_on_the_chunks(tmp_path, monkeypatch):
    path = tmp_path / "many.xyz"
    path.write_text((frame() + "1\n\nO 0 0 0\n0\n\n") * 3)
    for name in ("whole", "pieces"):
        assert main(["diagnose", str(path), "--out", str(tmp_path / name)]) == 0
        monkeypatch.setattr(sys.modules["symbreak.diagnosis.diagnose_file"], "chunk_size", lambda source: 2)
    one, two = ((tmp_path / name / "examples.json").read_text() for name in ("whole", "pieces"))
    assert one == two
    assert [example["sample"] for example in json.loads(one)["examples"]] == [0, 1]


def test_without_a_folder(water, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["diagnose", str(water), "--limit", "1"]) == 0
    (folder,) = Path("results", "diagnose").iterdir()
    assert json.loads((folder / "report.json").read_text())["samples"]["read"] == 1


def test_structures_before_and_after(tmp_path, capsys):
    rows = [("N", 0.0, 0.0, 0.0), *(("H", np.cos(a), np.sin(a), 0.0) for a in np.radians([0, 120, 240]))]
    before, after = tmp_path / "before.xyz", tmp_path / "after.xyz"
    before.write_text("\n".join(["4", "", *(f"{s} {x:.8f} {y:.8f} {z:.8f}" for s, x, y, z in rows), ""]))
    rows[0] = ("N", 0.0, 0.0, 0.4)
    after.write_text("\n".join(["4", "", *(f"{s} {x:.8f} {y:.8f} {z:.8f}" for s, x, y, z in rows), ""]))
    assert main(["diagnose", str(before), "--final", str(after), "--out", str(tmp_path / "out")]) == 0
    assert "displacement must vanish for 1 node in 1 sample (D3h)" in capsys.readouterr().out  # of the nitrogen
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["targets"][0]["share"] == pytest.approx(1.0)
    header = (tmp_path / "out" / "samples.csv").read_text().splitlines()[0]
    assert "floor of displacement" in header


def test_molecules_in_both_views(tmp_path, capsys):
    path = tmp_path / "m.smi"
    path.write_text("CC\nC\n")
    assert main(["diagnose", str(path), "--out", str(tmp_path / "both")]) == 0
    assert "Symmetry, hydrogens as nodes" in capsys.readouterr().out
    assert main(["diagnose", str(path), "--hydrogens", "--out", str(tmp_path / "one")]) == 0
    report = json.loads((tmp_path / "one" / "report.json").read_text())
    assert report["views"] == {}
    assert report["symmetry"]["orders"] == {"24": 1, "72": 1}
