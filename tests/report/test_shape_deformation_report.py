import json
import shutil

import pytest

pytest.importorskip("e3nn")

from symbreak.papers.shape_deformation import ShapeDeformationConfig, run
from symbreak.report.shape_deformation import write_shape_deformation_report
from symbreak.report.shape_deformation_result import load_shape_deformation


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    config = ShapeDeformationConfig(("prism",), ("relaxed", "relaxed-stock-adam", "strict"), steps=4, seeds=1)
    return run(config, tmp_path_factory.mktemp("shapes") / "run", workers=1)


@pytest.fixture(scope="module")
def written(finished, tmp_path_factory):
    folder = shutil.copytree(finished, tmp_path_factory.mktemp("shapes") / "written")
    write_shape_deformation_report(folder)
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
    assert text.count("data:image/png;base64,") == 6  # a turning view with its still, four figures
    figures = {path.name for path in (written / "figures").iterdir()}
    assert figures == {"optimizers.png", "norms.png", "losses.png", "theta-prism.png"}


def test_the_table(written):
    lines = (written / "table.md").read_text().splitlines()
    relaxed, stock, strict, paper, floor = (lines[k].split(" | ") for k in range(2, 7))
    assert relaxed[6:11] == ["0e, 2e, 4e", "0e, 2e, 2 of 4e", "2e: −1.732051 (exact −1.732051)", "D4h", "D4h"]
    assert float(relaxed[11]) < 1e-12 < 1e-6 < float(stock[11])
    assert strict[6] == "–"
    assert paper[1:4] == ["the authors' notebook", "–", "0"]
    assert floor[1:4] == ["least of an equivariant network", "–", "6.63"]


def test_what_is_not_there_is_not_drawn(copied):
    for path in copied.glob("rows/*/curve.safetensors"):
        path.unlink()
    text = write_shape_deformation_report(copied).read_text(encoding="utf-8")
    assert "no relaxed row has left its files yet" in text


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda data: data.update(paper="ising"), "this report reads"),
        (lambda data: data.update(rows=3), "no list of objects as 'rows'"),
        (lambda data: data["rows"][1].pop("loss"), r"rows\[1\] has no 'loss'"),
        (lambda data: data["shapes"][0].pop("floor"), r"shapes\[0\] has no 'floor'"),
        (lambda data: data["rows"][0].update(folder="../x"), "a report reads its own folder only"),
    ],
)
def test_a_defect_is_named(copied, change, message):
    changed(copied, change)
    with pytest.raises(ValueError, match=message):
        load_shape_deformation(copied)


def test_a_broken_curve_is_named(copied):
    path = next(copied.glob("rows/*/curve.safetensors"))
    path.write_bytes(b"x")
    with pytest.raises(ValueError, match="is not a safetensors file"):
        write_shape_deformation_report(copied)
