from symbreak.report import load_result, table

EXPECTED = """\
| Method | Loss | Energy ID | Energy OOD | Fraction ID | Fraction OOD | Paper ID | Paper OOD | Parameters \
| Forward (ms) | Training (s) |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| G-CNN | plain | −1.986 | −1.986 | 0.647 | 0.647 | 0.431 | 0.431 | 10,143 | 120 | 21.0 |
| G-CNN | annealed | −2.134 | −2.134 | 0.695 | 0.695 | 0.431 | 0.431 | 10,143 | 120 | 21.0 |
| G-CNN + SymPE, learned | plain | −1.986 | −1.986 | 0.647 | 0.647 | – | – | 10,143 | 120 | 21.0 |
| G-CNN + SymPE, learned | annealed | −3.058 | −3.058 | 0.996 | 0.996 | – | – | 10,143 | 120 | 21.0 |
| Ground truth, closed form | – | −3.070 | −3.070 | 1.000 | 1.000 | – | – | – | – | – |
| Ceiling of a uniform magnetization, closed form | – | −2.145 | −2.145 | 0.699 | 0.699 | – | – | – | – | – |

- Energies are per site"""


def test_the_table_literally(tmp_path, write_folder):
    folder = write_folder(tmp_path / "run", methods=("gcnn", "sympe-learned"), size=4, side=3)
    text = table(load_result(folder))
    assert text.startswith(EXPECTED)
    assert "H = −Σ J s s′" in text
    assert "4×4 lattice" in text
    assert "Compare fractions with the paper, not energies" in text
    assert "±" not in text
    assert "Unfinished" not in text


def test_spread_over_seeds(tmp_path, write_folder):
    folder = write_folder(tmp_path / "run", methods=("sympe",), seeds=3, size=4, side=3)
    text = table(load_result(folder))
    assert "| G-CNN + SymPE | annealed | −3.052 ± 0.012 | −3.052 ± 0.012 | 0.994 ± 0.004 |" in text
    assert "over 3 seeds" in text


def test_the_disordered_table_names_its_ground_truth(tmp_path, write_folder):
    folder = write_folder(tmp_path / "run", task="disordered", methods=("random", "gcnn"), sign=-1, size=4)
    text = table(load_result(folder))
    assert "| Ground truth, best of simulated annealing | – | −4.100 |" in text
    assert "| Random spins | – | 0.000 |" in text
    assert "uniform magnetization" not in text
    assert "with the paper" not in text
    assert "H = Σ J s s′" in text
