"""One HTML page that stands alone: text, tables and images in a single file, no script, nothing to fetch."""

import base64
import html
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Template

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>
:root { color-scheme: light dark; --text: #1b1b1b; --soft: #555; --back: #fff; --line: #d0d0d0; --mark: #fff4ce; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e6e6; --soft: #a9a9a9; --back: #16181c; --line: #3a3e45; --mark: #4a3f14; }
}
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: var(--text); background: var(--back);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { margin-bottom: 0; font-size: 1.6rem; }
h2 { margin-top: 2.5rem; font-size: 1.2rem; }
h3 { margin: 2rem 0 0.5rem; font-size: 1rem; }
.soft, figcaption { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: 0.5rem; }
th, td { padding: 0.25rem 0.6rem; text-align: right; white-space: nowrap; }
thead th { border-top: 2px solid var(--text); border-bottom: 1px solid var(--text); }
tbody tr { border-bottom: 1px solid var(--line); }
tbody tr:last-child { border-bottom: 2px solid var(--text); }
th:first-child, table.results th:nth-child(2), table.results td:nth-child(2), table.facts td { text-align: left; }
th[scope="row"] { font-weight: 500; }
table.facts td, table.told td:last-child { text-align: left; white-space: normal; overflow-wrap: anywhere; }
figure { margin: 1.5rem 0; }
figure img { display: block; max-width: 100%; height: auto; background: #fff; border-radius: 4px; padding: 8px;
  box-sizing: border-box; }
figcaption { margin-top: 0.5rem; max-width: 50rem; }
mark { background: var(--mark); color: inherit; padding: 0 0.25em; }
pre { overflow-x: auto; padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 4px;
  font: 0.85rem/1.5 ui-monospace, monospace; }
</style>
</head>
<body>
<main>
<h1>$title</h1>
<p class="soft">$subtitle</p>
$sections
</main>
</body>
</html>
""")


class Block(ABC):
    """A part of a section."""

    @abstractmethod
    def markup(self) -> str:
        """Its HTML, with all text escaped."""


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it; `name` is that of its place in the page."""

    name: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Heading(Block):
    """A heading within a section."""

    text: str

    def markup(self) -> str:
        return f"<h3>{html.escape(self.text)}</h3>"


@dataclass(frozen=True)
class Paragraph(Block):
    """A paragraph."""

    text: str

    def markup(self) -> str:
        return f"<p>{_marked(self.text)}</p>"


@dataclass(frozen=True)
class Notes(Block):
    """A list of sentences; `**bold**` becomes a mark."""

    notes: Sequence[str]

    def markup(self) -> str:
        items = "\n".join(f"<li>{_marked(note)}</li>" for note in self.notes)
        return f"<ul>\n{items}\n</ul>"


@dataclass(frozen=True)
class Code(Block):
    """Lines of code."""

    lines: Sequence[str]

    def markup(self) -> str:
        return f"<pre><code>{html.escape(chr(10).join(self.lines))}</code></pre>"


@dataclass(frozen=True)
class Picture(Block):
    """A PNG image with a caption and, for readers who do not see it, a description.

    Args:
        png: the image.
        caption, description: text.
        width: in CSS pixels at most; None for that of the image.
    """

    png: bytes
    caption: str
    description: str
    width: int | None = None

    def markup(self) -> str:
        data = base64.b64encode(self.png).decode("ascii")
        width = "" if self.width is None else f' width="{self.width}"'
        return (
            f'<figure><img src="data:image/png;base64,{data}"{width} alt="{html.escape(self.description)}">\n'
            f"<figcaption>{html.escape(self.caption)}</figcaption></figure>"
        )


@dataclass(frozen=True)
class Table(Block):
    """A table: the first cell of a line is its heading.

    Args:
        name: what it is, for readers who do not see it.
        caption: text above it.
        columns, cells: text.
        told: whether the last column holds sentences.
    """

    name: str
    caption: str
    columns: Sequence[str]
    cells: Sequence[Sequence[str]]
    told: bool = False

    def markup(self) -> str:
        header = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.columns)
        body = "\n".join(
            f'<tr><th scope="row">{html.escape(line[0])}</th>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in line[1:])
            + "</tr>"
            for line in self.cells
        )
        return (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{html.escape(self.name)}">\n'
            f'<table class="{"told" if self.told else "results"}">\n<caption>{html.escape(self.caption)}</caption>\n'
            f"<thead><tr>{header}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>"
        )


@dataclass(frozen=True)
class Facts(Block):
    """Names with their values."""

    name: str
    entries: Mapping[str, object]

    def markup(self) -> str:
        lines = "\n".join(
            f'<tr><th scope="row">{html.escape(str(key))}</th><td>{html.escape(_text(value))}</td></tr>'
            for key, value in self.entries.items()
        )
        return (
            f'<table class="facts">\n<caption>{html.escape(self.name)}</caption>\n<tbody>\n'
            f"{lines or '<tr><td>not recorded</td></tr>'}\n</tbody>\n</table>"
        )


def page(title: str, subtitle: str, sections: Sequence[Section]) -> str:
    """The page as text.

    Example:
        >>> text = page("Runs & results", "", [Section("runs", "Runs", [Paragraph("a < b")])])
        >>> "<h1>Runs &amp; results</h1>" in text, "<p>a &lt; b</p>" in text
        (True, True)
    """
    return _PAGE.substitute(
        title=html.escape(title), subtitle=html.escape(subtitle), sections="\n".join(map(_section, sections))
    )


def _section(section: Section) -> str:
    name = html.escape(section.name)
    return "\n".join(
        [
            f'<section aria-labelledby="{name}">',
            f'<h2 id="{name}">{html.escape(section.title)}</h2>',
            *(block.markup() for block in section.blocks),
            "</section>",
        ]
    )


def _text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "not recorded" if value is None else str(value)


def _marked(note: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<mark>\1</mark>", html.escape(note))
