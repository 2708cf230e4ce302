import json

import pytest

from symbreak.report.symmetry_discovery import load_cases, write_discovery_report
from symbreak.report.symmetry_discovery_figure import draw_case


def row(target, relaxed=True, seed=0, **changes):
    return {
        "task": "image",
        "target": target,
        "seed": seed,
        "relaxed": relaxed,
        "losses": [0.5, 0.25],
        "floor": 0.125,
        "components": {"A": 4.0, "B": 1.0 + seed, "E": 0.0},
        "components_first": {"A": 4.0, "B": 2.0 + 2 * seed, "E": 0.0},
        "grown": ["A", "B"],
        "allowed": ["A", "B"],
        "forbidden_share": 3e-9,
        "stabilizer": [0, 2],
        "stabilizer_name": "C2",
        "data_symmetry": [0, 2],
        "data_symmetry_name": "C2",
        "polar_axis": None,
    } | changes


def write(folder, rows, **changes):
    result = {
        "schema": 1,
        "paper": "symmetry-discovery",
        "config": {"seeds": 2},
        "versions": {"torch": "2"},
        "git": None,
        "finished": "then",
        "seconds": 2.0,
        "rows": rows,
        "published": [
            {"task": "image", "target": "rectangle", "components": {"A": 4.047, "B": 1.867}, "loss": 0.0153, "order": 2}
        ],
    } | changes
    (folder / "result.json").write_text(json.dumps(result))
    return folder


def test_the_tables(tmp_path):
    write(tmp_path, [row("rectangle"), row("rectangle", seed=1), row("rectangle", relaxed=False, losses=[0.5])])
    page = write_discovery_report(tmp_path).read_text()
    table = (tmp_path / "table.md").read_text()
    line = "| image, C4 | rectangle | 2 | C2 (2) | C2 (2) | 2 | A + B | 3.0e-09 | 0.25 | 0.5 | 0.125 | 0.25 | 0.0153 |"
    assert line in table
    assert "| image | rectangle | B | 3 ± 1.41 | 1.87 | yes |" in table
    assert "No component grew that the symmetry of the data forbids" in table
    assert "C2 (2)" in page
    assert "data:image/png" in page
    assert (tmp_path / "figures" / "components.svg").exists()


def test_a_zero_stands_at_zero_and_what_is_small_does_not(tmp_path):
    from matplotlib.figure import Figure

    _, (case,) = load_cases(write(tmp_path, [row("rectangle", components_first={"A": 4.0, "B": 4e-9, "E": 0.0})]))
    axes = Figure().add_subplot()
    draw_case(axes, case)
    ticks = {label.get_text(): place for label, place in zip(axes.get_yticklabels(), axes.get_yticks(), strict=True)}
    dots = [line.get_ydata()[0] for line in axes.lines if line.get_marker() == "o" and line.get_markersize() == 3]
    assert dots == [1.0, 1e-9, ticks["0"]]
    assert axes.get_ylim()[0] < ticks["0"] < 1e-17


def test_the_legend_is_drawn_once(tmp_path):
    rows = [row(target) for target in ("square", "rectangle", "random")]
    write_discovery_report(write(tmp_path, rows))
    svg = (tmp_path / "figures" / "components.svg").read_text()
    assert svg.count("legend_1") == 1
    assert svg.count("<!-- published -->") == 1


def test_what_may_not_grow_is_flagged(tmp_path):
    write(
        tmp_path, [row("rectangle", grown=["A", "E"]), row("rectangle", seed=1, stabilizer_name="C1", stabilizer=[0])]
    )
    page = write_discovery_report(tmp_path).read_text()
    assert "<mark>image to rectangle, seed 0: E may not grow.</mark>" in page
    assert "C2 (2) in 1; C1 (1) in 1" in page


def test_the_same_result_gives_the_same_files(tmp_path):
    files = []
    for _ in range(2):
        write_discovery_report(write(tmp_path, [row("rectangle")]))
        files.append([(tmp_path / name).read_bytes() for name in ("report.html", "table.md", "figures/components.svg")])
    assert files[0] == files[1]


@pytest.mark.parametrize(
    ("rows", "changes", "message"),
    [
        ([row("square")], {"paper": "ising"}, r"\(1, 'ising'\), but this report reads \(1, 'symmetry-discovery'\)"),
        ([], {}, "has no relaxed row"),
        ([row("square", relaxed=False)], {}, "has no relaxed row"),
        ([{"task": "image"}], {}, "has a row without 'target'"),
    ],
)
def test_errors(rows, changes, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        load_cases(write(tmp_path, rows, **changes))
