import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from symbreak.report.smoke_plume import write_smoke_plume_report
from symbreak.report.smoke_plume_figures import levels
from symbreak.report.smoke_plume_result import load_smoke_plume
from symbreak.report.smoke_plume_tables import cells, level_cells, notes, weight_cells

LABELS = {"relaxed": "relaxed group conv.", "strict": "strict group conv.", "plain": "plain conv., same width"}


def row(level="stairs-0.6", method="relaxed", seed=0, **changes):
    dial = float(level.rpartition("-")[2])
    scale = {"relaxed": 1.0, "strict": 1.5, "plain": 1.1}[method] + 0.1 * seed
    found = {
        "level": level,
        "title": f"title of {level}",
        "dial": dial,
        "strengths": [1 - dial, 1.0, 1.0, 1 + dial],
        "method": method,
        "label": LABELS[method],
        "seed": seed,
        "losses": [0.5, 0.1],
        "data_absolute": 0.07 * dial,
        "data_relative": 0.7 * dial,
        "law_degree": 0.4 * dial**2,
        "network_degree": {"relaxed": 0.3 * dial**2, "strict": 0.0, "plain": 0.4 * dial**2 + 0.02}[method],
        "parameters": 17382,
        "multiplications": 5308416,
        "seconds": 12.0,
    }
    for part, size in (("domain", 0.02), ("future", 0.07)):
        ahead = np.linspace(0.1, 1.6, 10) * size * scale
        found[part] = size * scale
        found[f"{part}_ahead"] = ahead.tolist()
        found[f"{part}_still"], found[f"{part}_size"] = 5 * size, 8 * size
        found[f"{part}_still_ahead"] = np.linspace(0.5, 8, 10).tolist()
    relaxed = {
        "components": {"A": 1.0, "B": 0.1 * dial, "E": 0.2 * dial},
        "grown": ["A", "B", "E"] if dial else ["A"],
        "allowed": ["A", "B", "E"] if dial else ["A"],
        "forbidden": 0.0 if dial else 2e-9,
        "stabilizer": "C1" if dial else "C4",
        "data_symmetry": "C1" if dial else "C4",
        "mixing": [[1.0, 1.0, 1.0, 1.0]],
    }
    return found | (relaxed if method == "relaxed" else {"components": None}) | changes


def write(folder, rows, **changes):
    result = {
        "schema": 1,
        "paper": "smoke-plume",
        "config": {"seeds": 2},
        "versions": {"torch": "2"},
        "git": None,
        "finished": "then",
        "seconds": 2.0,
        "main": "stairs-0.6",
        "times": {"first": 6, "ahead": 10, "given": 1, "frame": 2},
        "rows": rows,
        "published": {"RGroup": {"domain": 0.73, "domain_spread": 0.02, "future": 0.82, "future_spread": 0.01}},
    } | changes
    (folder / "result.json").write_text(json.dumps(result))
    return folder


def everything(folder):
    rows = [
        row(level, method, seed)
        for level in ("stairs-0", "stairs-0.3", "stairs-0.6")
        for method in LABELS
        for seed in (0, 1)
    ]
    x = np.linspace(0, 1, 12, dtype=np.float32)
    truth = np.broadcast_to(np.stack([x[:, None] * x, x[:, None] + 0 * x, 0 * x[:, None] + x]), (4, 10, 3, 12, 12))
    for k, method in enumerate(LABELS):
        place = folder / "rows" / f"stairs-0.6-{method}-seed0"
        place.mkdir(parents=True)
        frames = {"truth": truth.copy(), "found": (truth * (1 + 0.1 * k)).astype(np.float32)}
        save_file(frames, place / "frames.safetensors")
    return write(folder, rows)


def test_a_report_is_written_from_the_folder_alone(tmp_path):
    page = write_smoke_plume_report(everything(tmp_path)).read_text()
    table = (tmp_path / "table.md").read_text()
    assert "| relaxed group conv. | 0.0210 ± 0.0014 | 0.0735 ± 0.0049 | 13 % | 13 % | 0.108 | 17,382 |" in table
    assert "| the last frame again | 0.1000 ± 0.0000 |" in table
    assert "| published: RGroup | 0.73 ± 0.02 | 0.82 ± 0.01 |" in table
    assert "−32.3 ± 1.5 %" in table  # of 1 / 1.5 and 1.1 / 1.6
    assert "| title of stairs-0 | 0 | C4 | C4 | 0 ± 0 | 0 ± 0 | A | 2.0e-09 |" in table
    assert page.count("data:image/png") == 3
    assert all((tmp_path / "figures" / f"{name}.png").stat().st_size > 1000 for name in ("frames", "horizon", "levels"))


def test_the_same_result_gives_the_same_files(tmp_path):
    everything(tmp_path)
    files = []
    for _ in range(2):
        write_smoke_plume_report(tmp_path)
        files.append([(tmp_path / name).read_bytes() for name in ("report.html", "table.md", "figures/levels.png")])
    assert files[0] == files[1]


def test_what_may_not_grow_is_flagged(tmp_path):
    wrong = row("stairs-0", grown=["A", "B"])
    result = load_smoke_plume(write(tmp_path, [wrong]))
    assert notes(result)[0] == "**title of stairs-0, seed 0: B may not grow.**"
    assert "<mark>" in write_smoke_plume_report(tmp_path).read_text()


def test_a_run_of_one_row_has_a_report_without_the_pictures_of_many(tmp_path):
    result = load_smoke_plume(write(tmp_path, [row(method="plain")]))
    write_smoke_plume_report(tmp_path)
    assert not (tmp_path / "figures" / "levels.png").exists()
    assert not (tmp_path / "figures" / "frames.png").exists()
    assert levels(result) is None
    assert weight_cells(result) == []
    assert level_cells(result)[0][-1] == "–"


def test_the_main_level_may_be_left_out(tmp_path):
    result = load_smoke_plume(write(tmp_path, [row("stairs-0.3")]))
    assert result.main == "stairs-0.3"
    assert cells(result)[0][0] == LABELS["relaxed"]


def test_seeds_that_disagree_are_told(tmp_path):
    rows = [row(), row(seed=1, stabilizer="C2")]
    assert weight_cells(load_smoke_plume(write(tmp_path, rows)))[0][3] == "C1 in 1; C2 in 1"


def without(name):
    return {key: value for key, value in row().items() if key != name}


@pytest.mark.parametrize(
    ("rows", "changes", "message"),
    [
        ([row()], {"paper": "ising"}, r"\(1, 'ising'\), but this report reads \(1, 'smoke-plume'\)"),
        ([], {}, "has no rows, so there is nothing to show"),
        ([without("domain")], {}, r"rows\[0\] has no 'domain'"),
        ([without("stabilizer")], {}, r"rows\[0\] has no 'stabilizer'"),
        ([row() | {"method": "../x"}], {}, "but they name a folder of the run"),
        ([row()], {"times": None, "main": None}, None),
    ],
)
def test_errors(rows, changes, message, tmp_path):
    write(tmp_path, rows, **changes)
    if message is None:
        data = json.loads((tmp_path / "result.json").read_text())
        del data["times"]
        (tmp_path / "result.json").write_text(json.dumps(data))
        message = "has no 'main' or 'times'"
    with pytest.raises(ValueError, match=message):
        load_smoke_plume(tmp_path)


def test_a_torn_file_of_frames_is_named(tmp_path):
    everything(tmp_path)
    (tmp_path / "rows" / "stairs-0.6-plain-seed0" / "frames.safetensors").write_bytes(b"x")
    with pytest.raises(ValueError, match="frames.safetensors is not a safetensors file"):
        write_smoke_plume_report(tmp_path)
