"""The README's code runs, and prints what the README says."""

import contextlib
import io
import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"```python\n(.*?)```\n```\n(.*?)```\n", re.DOTALL)


def test_the_readme_prints_what_it_says():
    blocks = BLOCK.findall(README.read_text(encoding="utf-8"))
    assert len(blocks) == 3
    names: dict[str, object] = {"__name__": "readme"}
    for code, expected in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(README), "exec"), names)  # the README's own code, in this test alone
        assert printed.getvalue().split() == expected.split()


def test_the_contrast_takes_ten_lines_and_eleven():
    failing, mending, _ = (code for code, _ in BLOCK.findall(README.read_text(encoding="utf-8")))
    assert len([line for line in failing.splitlines() if line]) <= 10
    assert len([line for line in mending.splitlines() if line]) <= 11
