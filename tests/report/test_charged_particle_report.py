import json

import pytest

from symbreak.report.charged_particle import load_charged_particle, write_charged_particle_report
from symbreak.report.charged_particle_tables import GROWN, RECOVERED, grown, noisy, recovered, spread

QUANTITIES = (
    "electric_angle magnetic_angle gravity_angle electric_error magnetic_error gravity_error theta_electric_angle "
    "theta_magnetic_angle theta_gravity_angle electric_found magnetic_found gravity_found transfer_error "
    "transfer_identity unturned_error electric_limit magnetic_limit electric_least_squares magnetic_least_squares"
).split()


def entry(network, data="particles", optimizer="equivariant", forbidden=1e-16, noise=0.0):
    about = {
        "case": "E across B",
        "group": "Cs",
        "network": network,
        "data": data,
        "optimizer": optimizer,
        "noise": noise,
        "samples": 288,
    }
    about |= {"l_relaxed": 1, "setting": f"{network}-{data}-{optimizer}"}
    about |= {name: {"mean": 0.5, "low": 0.25, "high": 0.75, "rms": 0.6, "worst": 1.0} for name in QUANTITIES}
    about["gravity_angle"] = {"mean": None, "low": None, "high": None, "worst": None}
    irreps = {"0e": 0.5, "0o": forbidden, "1o": 0.5}
    return about | {
        "allowed": {"0e": 1, "0o": 0, "1o": 2},
        "parts": irreps,
        "forbidden": dict(irreps, **{"0e": 0, "1o": 0}),
    }


def row(network, data, optimizer="equivariant"):
    layer = {"irreps": "1x0e+1x1o", "theta": [1.0, 0.6, 0.0, 0.8], "forbidden": {"0e": 0.0, "1o": 1e-16}}
    layer["allowed"] = {"0e": 1, "1o": 2}
    about = {"setting": network, "case": "E across B", "network": network, "data": data, "optimizer": optimizer}
    return about | {"noise": 0.0, "l_relaxed": 1, "seed": 0, "layers": [layer]}


@pytest.fixture
def folder(tmp_path):
    result = {
        "schema": 1,
        "paper": "charged-particle",
        "config": {"seeds": 5},
        "versions": {},
        "rows": [row("one", "particles"), row("two", "closed"), row("two", "closed", "adam")],
        "summary": [entry("one"), entry("two", "closed"), entry("two", "closed", "adam", forbidden=0.3)],
        "agreement": [
            {"setting": "s", "irrep": "1o", "spread_degrees": 0.1, "within_degrees": None, "text": "1o: 5 directions"}
        ],
        "published": {"electric_angle": 2.8, "magnetic_angle": 3.6, "loss": 0.00268, "parameters": 4_570_000},
    }
    (tmp_path / "result.json").write_text(json.dumps(result))
    curve = [{"step": k, "loss": 1.0, "norms": [{"0e": 1.0, "1o": 0.1 * k}]} for k in range(3)]
    (tmp_path / "rows" / "two-seed0").mkdir(parents=True)
    (tmp_path / "rows" / "two-seed0" / "curve.json").write_text(json.dumps(curve))
    return tmp_path


def test_a_report_is_written_from_the_folder_alone(folder, monkeypatch):
    page = write_charged_particle_report(folder)
    assert page.read_text().count("<img") == 6  # the figure, the norms, two bodies that turn and stand still
    assert "script" not in page.read_text()
    figures = {path.name for path in (folder / "figures").glob("*.png")}
    assert figures == {"theta.png", "norms.png", "theta-one.png", "theta-two.png"}
    table = (folder / "table.md").read_text()
    assert "2.8 degrees of E and 3.6 of B" in table
    assert "| E across B | one product | particles | 0 | 0.50 [0.25, 0.75] | 0.50 [0.25, 0.75] | – |" in table
    first = (folder / "figures" / "theta.svg").read_bytes()
    monkeypatch.setattr("symbreak.report.charged_particle.pictures_of_theta", lambda result: [])  # slow, and seen above
    write_charged_particle_report(folder)
    assert (folder / "figures" / "theta.svg").read_bytes() == first


def test_a_forbidden_part_is_named_with_its_irrep():
    lines = grown([entry("two", "closed"), entry("two", "closed", "adam", forbidden=0.3)])
    assert [line[-1] for line in lines] == ["1e-16", "0.30 (0o)"]
    assert [line[-2] for line in lines] == ["1o", "0o, 1o"]
    assert [line[-3] for line in lines] == ["1o 2 of 3", "1o 2 of 3"]
    assert {len(line) for line in lines} == {len(GROWN)}


def test_closed_sets_are_not_counted_as_recoveries():
    lines = recovered([entry("one"), entry("two", "closed"), entry("two", optimizer="adam")])
    assert [line[1] for line in lines] == ["one product"]
    assert {len(line) for line in lines} == {len(RECOVERED)}


def test_rows_with_noise_stand_beside_their_limit():
    assert noisy([entry("one"), entry("one", noise=0.3)]) == [
        ("E across B", "288", "0.3", "0.60", "0.60", "0.60", "0.60", "0.60", "0.60")
    ]
    assert recovered([entry("one", noise=0.3)])[0][2:4] == ("288 particles", "0.3")


def test_scalars_alone_are_not_drawn(folder):
    path = folder / "result.json"
    result = json.loads(path.read_text())
    for row in result["rows"]:
        row["layers"][0]["theta"] = [1.0, 0.0, 0.0, 0.0]
    path.write_text(json.dumps(result))
    assert "0e only: there is nothing to draw" in write_charged_particle_report(folder).read_text()


def test_a_strength_is_told_in_percent():
    assert spread({"mean": 0.01, "low": 0.005, "high": 0.02}, 100) == "1.00 [0.50, 2.00]"


@pytest.mark.parametrize(
    "change, message",
    [
        ({"schema": 2}, r"has \(schema, paper\) = \(2, 'charged-particle'\), but this report reads"),
        ({"paper": "ising"}, r"= \(1, 'ising'\), but this report reads"),
        ({"summary": {}}, "holds no list as 'summary'"),
    ],
)
def test_errors(folder, change, message):
    path = folder / "result.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=message):
        load_charged_particle(folder)


def test_a_network_without_a_response_has_no_angle():
    silent = entry("strict") | {"electric_found": {"mean": 0.0, "low": 0.0, "high": 0.0, "worst": 0.0}}
    (line,) = recovered([silent])
    assert line[4:6] == ("–", "0.50 [0.25, 0.75]")
