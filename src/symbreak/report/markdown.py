"""Tables in Markdown."""

from collections.abc import Sequence


def markdown_table(columns: Sequence[str], lines: Sequence[Sequence[str]], *, words: int | None = None) -> str:
    r"""A table in Markdown.

    Args:
        columns: their headings.
        lines: the cells, as many in each as columns.
        words: how many of the columns hold words, and stand to the left; the others hold numbers, and stand to the
            right. All stand to the left if None.

    Example:
        >>> print(markdown_table(("field", "|E|"), [("uniform", "1.5")], words=1))
        | field | \|E\| |
        | --- | ---: |
        | uniform | 1.5 |
    """
    left = len(columns) if words is None else words
    rule = ["---"] * left + ["---:"] * (len(columns) - left)
    shown = ([cell.replace("|", r"\|") for cell in line] for line in lines)
    heading = [name.replace("|", r"\|") for name in columns]
    return "\n".join("| " + " | ".join(line) + " |" for line in (heading, rule, *shown))
