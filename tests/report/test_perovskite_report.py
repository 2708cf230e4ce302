import json
import os
import shutil

import pytest

pytest.importorskip("e3nn")
pytest.importorskip("moyopy")

from symbreak.papers.perovskite import PerovskiteConfig, run
from symbreak.report.perovskite import write_perovskite_report
from symbreak.report.perovskite_result import load_perovskite

pytestmark = pytest.mark.skipif(not os.environ.get("SYMBREAK_DATA"), reason="SYMBREAK_DATA is not set")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    config = PerovskiteConfig(("none", "all", "all-stock-adam", "pairs"), steps=4, seeds=1)
    return run(config, tmp_path_factory.mktemp("perovskite") / "run", workers=1)


@pytest.fixture(scope="module")
def written(finished, tmp_path_factory):
    folder = shutil.copytree(finished, tmp_path_factory.mktemp("perovskite") / "written")
    write_perovskite_report(folder)
    return folder


@pytest.fixture
def copied(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "copied")


def changed(folder, change):
    path = folder / "result.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def test_the_page_stands_alone(written):
    text = (written / "report.html").read_text(encoding="utf-8")
    assert "<script" not in text
    for word in ("http:", "https:", "url(", "@import"):
        assert word not in text
    assert text.count("data:image/png;base64,") == 4
    figures = {path.name for path in (written / "figures").iterdir()}
    assert figures == {"crystal.png", "errors.png", "gradient.png", "norms.png"}


def test_the_tables(written):
    lines = (written / "table.md").read_text().splitlines()
    none, all_, stock, pairs = (lines[k].strip("| ").split(" | ") for k in range(2, 6))
    assert none[:7] == ["no order parameter", "0", "0", "0.0676", "0.0676", "0.0676", "0.0676"]
    assert all_[5:7] == ["0", "0.0105"]
    assert all_[8:12] == ["Pnma (62)", "Pnma (62)", "Pnma (62)", "62"]
    assert pairs[5:7] == ["0.0292", "0.03"]
    assert pairs[8:12] == ["Imma (74)", "Imma (74)", "Imma (74)", "74"]
    assert float(all_[15]) < 1e-12 < 1e-6 < float(stock[15])
    assert stock[9] != "Pnma (62)"
    text = "\n".join(lines)
    assert "Of 44 parts the rule gives 5 a gradient" in text
    assert "agrees in every seed" in text
    assert "| R | 1e | T1g | 1 | yes |" in text


def test_a_gradient_against_the_rule_is_told(copied):
    def forbid(data):
        row = next(row for row in data["rows"] if row["method"] == "all")
        next(star for star in row["gradient"]["stars"] if star["irrep"] == "1o")["part"] = 1e-3

    changed(copied, forbid)
    assert "<mark>does not agree</mark>" in write_perovskite_report(copied).read_text(encoding="utf-8")


def test_what_is_not_there_is_not_drawn(copied):
    for path in copied.glob("rows/*/curve.safetensors"):
        path.unlink()
    assert write_perovskite_report(copied).read_text(encoding="utf-8").count("data:image/png;base64,") == 1


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda data: data.update(paper="ising"), "this report reads"),
        (lambda data: data.update(rows=3), "no list of objects as 'rows'"),
        (lambda data: data["rows"][1].pop("error"), r"rows\[1\] has no 'error'"),
        (lambda data: data["predictions"][0].pop("floor"), r"predictions\[0\] has no 'floor'"),
        (lambda data: data["crystal"].pop("modes"), "crystal has no 'modes'"),
        (lambda data: data.update(crystal=None), "crystal has no 'crystal'"),
        (lambda data: data["rows"][0].update(folder="../x"), "a report reads its own folder only"),
    ],
)
def test_a_defect_is_named(copied, change, message):
    changed(copied, change)
    with pytest.raises(ValueError, match=message):
        load_perovskite(copied)


@pytest.mark.parametrize("content, message", [(b"x", "is not a safetensors file"), (None, "lacks one of")])
def test_a_broken_curve_is_named(copied, content, message):
    path = next(copied.glob("rows/all-seed*/curve.safetensors"))
    if content is None:
        import numpy as np
        from safetensors.numpy import save_file

        save_file({"step": np.zeros(2)}, path)
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        write_perovskite_report(copied)
