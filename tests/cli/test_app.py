import subprocess
import sys

import pytest

import symbreak.cli.app as app_module
from symbreak.cli import main
from symbreak.papers.catalogue import PAPERS


def refused(capsys, *arguments):
    """The one line that answers a bad command."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("symbreak: error: ")
    assert err.count("\n") == 1
    return err


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from symbreak.cli import main\n"
        "assert main(sys.argv[1:]) == 0\n"
        "heavy = {'torch', 'lightning', 'numpy', 'matplotlib', 'e3nn', 'ase'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    for arguments in (["--help"], ["run", "ising", "--help"], ["list"], ["cite", "ising"]):
        subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["run"], ["run", "--help"], ["run", "ising", "--help"]])
def test_help(capsys, arguments):
    assert main(arguments) == 0
    assert "Usage: symbreak" in capsys.readouterr().out


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("symbreak")


def test_list(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    for paper in PAPERS:
        assert paper.title in out
        assert paper.command in out


def test_cite(capsys):
    assert main(["cite", "ising"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("@inproceedings{lawrence2025improving,")
    assert out.count("{") == out.count("}")
    assert out.count("\n@") + 1 == len(PAPERS[0].references) == 8
    keys = [line.split("{")[1] for line in out.splitlines() if line.startswith("@")]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["rum", "ising"], "There is no command 'rum'. Did you mean 'run'?"),
        (["run", "isign"], "There is no experiment 'isign'. Did you mean 'ising'?"),
        (["cite", "isin"], "There is no experiment 'isin'. Did you mean 'ising'?"),
        (["cite", "zzz"], "There is no experiment 'zzz'. Known: ising, "),
        (["cite"], "Missing argument"),
        (["run", "ising", "--sead", "1"], "No such option: --sead (Possible options: --seed"),
        (["run", "ising", "--seed", "one"], "Invalid value for '--seed'"),
        (["run", "ising", "--seed", "-1"], "Invalid value for '--seed'"),
        (["run", "ising", "--seed"], "--seed"),
        (["run", "ising", "extra"], "unexpected extra argument"),
        (["report"], "Missing argument 'DIR'"),
        (["report", "/no/such/folder"], "There is no folder /no/such/folder."),
        (["list", "--all"], "No such option: --all"),
    ],
)
def test_bad_commands(capsys, arguments, message):
    assert message in refused(capsys, *arguments)


def test_a_file_that_cannot_be_had_is_a_bad_input_and_a_defect_is_not(monkeypatch, capsys, tmp_path):
    def missing():
        (tmp_path / "gone").read_text()

    def long_message():
        raise ValueError("one\n  two")

    def defect():
        raise RuntimeError("a bug")

    def full():
        raise OSError("odd")

    for verb in (missing, long_message, defect, full):
        monkeypatch.setattr(app_module, "app", lambda *args, verb=verb, **options: verb())
        if verb is missing:
            assert "gone: No such file or directory." in refused(capsys)
        elif verb is long_message:
            assert refused(capsys) == "symbreak: error: one two\n"
        else:
            with pytest.raises((RuntimeError, OSError), match="a bug|odd"):
                main([])
