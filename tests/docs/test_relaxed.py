"""The code of docs/relaxed.md runs, and prints what the page says."""

import contextlib
import io
import re
from pathlib import Path

import pytest
import torch

pytest.importorskip("e3nn")

PAGE = Path(__file__).parents[2] / "docs" / "relaxed.md"
BLOCK = re.compile(r"```python\n(.*?)```\n```\n(.*?)```\n", re.DOTALL)


@pytest.fixture
def default_dtype():
    before = torch.get_default_dtype()
    yield
    torch.set_default_dtype(before)


@pytest.mark.usefixtures("default_dtype")
def test_the_page_prints_what_it_says():
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) == 3
    names: dict[str, object] = {"__name__": "page"}
    for code, expected in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(PAGE), "exec"), names)  # the page's own code, in this test alone
        assert printed.getvalue() == expected
