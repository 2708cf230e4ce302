import json
import os
import re
import shutil

import pytest

from symbreak.cli import main
from symbreak.report.diagnosis import write_diagnosis_report

DATA = os.environ.get("SYMBREAK_DATA")


SLOW_KINDS = [pytest.param(kind, marks=pytest.mark.slow) for kind in ("molecules", "crystal")]  # seconds to draw
KINDS = pytest.mark.parametrize("kind", [*SLOW_KINDS, "graphs", "fields"])


def test_a_set_of_molecules(made, parse_page):
    folder = made("molecules")
    page, text = parse_page(folder / "report.html")
    figures = sorted(path.name for path in (folder / "figures").iterdir())
    examples = json.loads((folder / "examples.json").read_text())["examples"]
    assert figures == sorted(
        ["floors.png", "near.png", "stabilizers.png", *(f"example-{example['sample']}.png" for example in examples)]
    )
    assert len(page.images) == len(figures) == 3 + 6
    words = (
        "6 entries 6 were diagnosed", "D6h", "C∞v", "SymPE", "from symbreak.breaking import", "their floors",
        "dipole, vector of each sample", "forces, vector of each node", "forces to vanish", "with the highest floors",
        "1 axis C₆, 6 axes C₂, 7 mirror planes, an inversion centre", "Largest residual", "Near-symmetry",
        "nothing was left out", "torch", "numpy",
    )  # fmt: skip
    for word in words:
        assert word in text, word
    assert {image["alt"] for image in page.images} >= {"Bar chart of the numbers in the table of stabilizers."}


def test_the_change_of_a_crystal(made, parse_page):
    _, text = parse_page(made("crystal") / "report.html")
    for word in (
        "Pm-3m (221)", "Γ T1u", "strain Eg", "displacement", "Modes of the change", "through the site 1b (m-3m, Oh)",
        "3 axes C₄", "9 mirror planes", "Of each kind some are drawn.", "Arrows: the part",
    ):  # fmt: skip
        assert word in text, word
    assert (made("crystal") / "figures" / "modes.png").exists()


@pytest.mark.skipif(DATA is None, reason="SYMBREAK_DATA is not set")
def test_a_phase_transition_of_a_perovskite(tmp_path, parse_page):
    first, second = (f"{DATA}/crystals/{name}.cif" for name in ("221_anon", "62_anon_sorted"))
    assert main(["diagnose", first, "--final", second, "--out", str(tmp_path / "out")]) == 0
    page, text = parse_page(tmp_path / "out" / "report.html")
    for word in ("R T1g", "M A2g", "X Eg", "R T2g", "0.7492", "Pm-3m (221)"):
        assert word in text, word
    assert len(page.images) == 4


def test_graphs(made, parse_page):
    page, text = parse_page(made("graphs") / "report.html")
    assert len(page.images) == 2 + 4
    for word in ("order 120", "10 nodes in 1 orbit", "no remedy, cross-entropy", "wrong labels"):
        assert word in text, word


def test_graphs_in_two_views(made, parse_page):
    page, text = parse_page(made("smiles") / "report.html")
    assert "Hydrogens as nodes" in text
    assert len(page.images) == 1 + 2


def test_fields(made, parse_page):
    page, text = parse_page(made("fields") / "report.html")
    assert len(page.images) == 2 + 3 + 1  # one is nearly more symmetric
    for word in ("p4m with translations (4,0),(0,4)", "Green: mirror lines", "Squares: fourfold centres"):
        assert word in text, word


def test_nothing_to_draw(made, parse_page):
    page, text = parse_page(made("trivial") / "report.html")
    assert "None: no sample that is small enough to be drawn has a symmetry." in text
    assert "Remedy: nothing" in re.sub(r"\s+", " ", text)
    assert len(page.images) == 1


@KINDS
def test_the_page_is_made_again_from_its_files_alone(made, tmp_path, kind, capsys):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for name in ("report.json", "examples.json"):
        shutil.copy(made(kind) / name, folder)
    assert main(["report", str(folder)]) == 0
    assert f"Report: {folder / 'report.html'}" in capsys.readouterr().out
    assert (folder / "report.html").read_bytes() == (made(kind) / "report.html").read_bytes()


def test_a_folder_without_examples(copied, parse_page):
    folder = copied("graphs")
    (folder / "examples.json").unlink()
    page, text = parse_page(write_diagnosis_report(folder))
    assert "no examples.json" in text
    assert len(page.images) == 2


def test_a_target_that_is_zero(tmp_path, parse_page):
    path = tmp_path / "zero.xyz"
    path.write_text('2\ndipole="0 0 0"\nH 0 0 0\nH 0 0 0.74\n')
    assert main(["diagnose", str(path), "--target", "dipole", "--out", str(tmp_path / "out")]) == 0
    page, text = parse_page(tmp_path / "out" / "report.html")
    assert not (tmp_path / "out" / "figures" / "floors.png").exists()
    assert "dipole, vector of each sample" in text
    assert "The axis is continuous" in text


def hostile(value, text):
    """The same with other text everywhere but in what is compared."""
    if isinstance(value, dict):
        known = ("kind", "per", "stabilizer", "order", "started", "remedy")
        return {key: item if key in known else hostile(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return [hostile(item, text) for item in value]
    return text if isinstance(value, str) else value


@KINDS
def test_hostile_text_is_shown_and_not_obeyed(copied, parse_page, kind):
    folder, text = copied(kind), '<script>x()</script>"& $\\frac{$ 中\n'
    for name in ("report.json", "examples.json"):
        (folder / name).write_text(json.dumps(hostile(json.loads((folder / name).read_text()), text)))
    _, shown = parse_page(write_diagnosis_report(folder))
    assert text in shown
