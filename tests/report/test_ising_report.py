import json

import numpy as np
import pytest
from matplotlib.figure import Figure

from symbreak.report import load_result, write_report
from symbreak.report.ising_samples import pick
from symbreak.report.ising_style import lattice


def figures(folder):
    files = sorted((folder / "figures").iterdir())
    assert all(file.stat().st_size > 3000 for file in files)
    return [file.name for file in files]


def names(*stems):
    return [f"{stem}{end}" for stem in stems for end in (".png", ".svg")]


def test_a_full_report(tmp_path, write_folder, parse_page):
    folder = write_folder(tmp_path / "run", size=8, side=6)
    path = write_report(folder)
    assert path == folder / "report.html"
    assert figures(folder) == names("curves", "energy_map", "headline", "samples")
    assert "| G-CNN + SymPE | annealed |" in (folder / "table.md").read_text(encoding="utf-8")
    page, text = parse_page(path)
    assert len(page.images) == 4
    for word in ("0123abc", "2.13.0", "learning_rate", "0.002", "−3.064", "Compare fractions"):
        assert word in text
    assert "Unfinished" not in text


def test_the_same_result_gives_the_same_files(tmp_path, write_folder):
    folder = write_folder(tmp_path / "run", methods=("sympe",), size=4, side=3)
    kinds = ("report.html", "figures/headline.svg", "figures/samples.svg")
    write_report(folder)
    first = [(folder / name).read_bytes() for name in kinds]
    write_report(folder)
    assert [(folder / name).read_bytes() for name in kinds] == first


@pytest.mark.parametrize("seeds", [1, 3])
def test_a_subset_of_methods_and_the_other_sign(tmp_path, write_folder, seeds, parse_page):
    folder = write_folder(tmp_path / "run", methods=("gcnn", "relaxed"), sign=-1, seeds=seeds, size=4, side=5)
    parse_page(write_report(folder))
    assert figures(folder) == names("curves", "energy_map", "headline", "samples")


def test_the_disordered_task_has_no_energy_map(tmp_path, write_folder, parse_page):
    folder = write_folder(tmp_path / "run", task="disordered", methods=("random", "gcnn", "sympe"), size=4)
    (folder / "figures").mkdir()
    (folder / "figures" / "energy_map.png").write_text("left by an earlier report")
    _, text = parse_page(write_report(folder))
    assert figures(folder) == names("curves", "headline", "samples")
    assert "best of simulated annealing" in text


def test_a_partial_result_shows_what_is_there(tmp_path, write_folder, parse_page):
    folder = write_folder(tmp_path / "run", methods=("gcnn", "sympe"), size=4, side=5)
    data = json.loads((folder / "result.json").read_text())
    data["rows"] = [row for row in data["rows"] if row["method"] == "gcnn"]
    data["finished"] = None
    (folder / "result.json").write_text(json.dumps(data))
    (folder / "rows/gcnn-annealed-seed0/grid.safetensors").unlink()
    _, text = parse_page(write_report(folder))
    assert figures(folder) == names("curves", "headline", "samples")
    assert "Unfinished" in text
    assert "sympe (annealed): 0 of 1 seeds" in text
    assert "No grid.safetensors, so not drawn: G-CNN (annealed)." in text


def test_a_result_without_rows(tmp_path, write_folder, parse_page):
    folder = write_folder(tmp_path / "run", methods=(), size=4)
    data = json.loads((folder / "result.json").read_text())
    data["config"]["methods"] = ["random", "sympe"]
    (folder / "result.json").write_text(json.dumps(data))
    page, text = parse_page(write_report(folder))
    assert page.images == []
    assert "random: 0 of 1 seeds" in text


def test_text_is_escaped(tmp_path, write_folder, parse_page):
    folder = write_folder(tmp_path / "run", methods=("gcnn",), size=4, side=3)
    data = json.loads((folder / "result.json").read_text())
    data["git"] = "<script>x</script>$title"
    data["rows"] = []  # nothing to draw
    (folder / "result.json").write_text(json.dumps(data))
    _, text = parse_page(write_report(folder))
    assert "<script>x</script>$title" in text


def test_methods_that_answer_other_conditions_are_refused(tmp_path, write_folder):
    folder = write_folder(tmp_path / "run", methods=("gcnn", "sympe"), size=4, side=3)
    other = write_folder(tmp_path / "other", methods=("gcnn", "sympe"), size=6, side=3)
    name = "rows/sympe-annealed-seed0/samples.safetensors"
    (folder / name).write_bytes((other / name).read_bytes())
    with pytest.raises(ValueError, match=r"sympe-annealed-seed0.*answers other conditions"):
        write_report(folder)


def test_samples_are_picked_by_phase(tmp_path, write_folder):
    folder = write_folder(tmp_path / "run", methods=("gcnn",), size=4, side=3)
    conditions = np.array([[1, 2, 1], [1, -1, 0.5], [1, -2.5, 0.4], [1, -0.55, 1]], float)[..., None, None]
    picked = pick(load_result(folder), conditions * np.ones((4, 4)))
    assert picked == {0: "ferromagnet", 2: "stripes", 3: "near boundary"}


def test_lattices_have_x_to_the_right_and_y_up():
    axes = Figure().add_subplot()
    lattice(axes, np.array([[1.0, -1.0], [1.0, 1.0]]))  # x=0, y=1 is down
    image = axes.images[0]
    assert image.origin == "lower"
    assert image.get_array().tolist() == [[1.0, 1.0], [-1.0, 1.0]]
    assert axes.get_ylim() == (-0.5, 1.5)
