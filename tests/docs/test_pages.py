"""The code of these pages runs, and prints what they say."""

import contextlib
import io
import math
import re
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```python\n(.*?)```\n(?:\n?```(?:text)?\n(.*?)```)?", re.DOTALL)
NUMBER = re.compile(r"(?<![\w.])-?\d+\.?\d*(?:e[+-]?\d+)?(?![\w.])")
ROUNDING = 1e-11
PAGES = {  # with the number of their blocks, and what they need
    "README.md": (3, ()),
    "docs/audit.md": (5, ("e3nn", "torch_geometric", "ase")),
    "docs/explicit-or-spontaneous.md": (4, ("e3nn",)),
    "docs/kick.md": (4, ("ase",)),
    "docs/losses.md": (4, ()),
    "docs/relaxed.md": (4, ("e3nn",)),
    "docs/symmetry-discovery.md": (1, ()),
}
SLOW = {"docs/explicit-or-spontaneous.md"}  # trains


@pytest.fixture
def default_dtype():
    before = torch.get_default_dtype()
    yield
    torch.set_default_dtype(before)


@pytest.mark.usefixtures("default_dtype")
@pytest.mark.parametrize("page", [pytest.param(page, marks=[pytest.mark.slow] * (page in SLOW)) for page in PAGES])
def test_the_page_prints_what_it_says(page):
    count, needed = PAGES[page]
    for name in needed:
        pytest.importorskip(name)
    blocks = BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    assert len(blocks) == count
    names: dict[str, object] = {"__name__": "page"}
    for code, expected in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, page, "exec"), names)  # the page's own code, in this test alone
        assert says_the_same(expected, printed.getvalue()), printed.getvalue()


def says_the_same(expected, printed):
    """The same words; the same numbers to 2 %, but for those that are rounding."""
    if NUMBER.sub("#", expected).split() != NUMBER.sub("#", printed).split():
        return False
    pairs = zip(map(float, NUMBER.findall(expected)), map(float, NUMBER.findall(printed)), strict=True)
    return all(math.isclose(x, y, rel_tol=0.02, abs_tol=ROUNDING) for x, y in pairs)


def test_other_words_and_numbers_are_noticed():
    assert says_the_same("error 1e-16, loss 7.53", "error  3.2e-17, loss 7.54")
    assert not says_the_same("error 1e-16, loss 7.53", "error 1e-16, loss 8.53")
    assert not says_the_same("error 1e-16", "error 1e-6")
    assert not says_the_same("equivariant: 5", "NOT equivariant: 5")
    assert not says_the_same("D4h 0e", "D4h 1e")


def test_the_contrast_of_the_readme_takes_ten_lines_and_eleven():
    failing, mending, _ = (code for code, _ in BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    assert len([line for line in failing.splitlines() if line]) <= 10
    assert len([line for line in mending.splitlines() if line]) <= 11
