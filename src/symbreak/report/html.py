"""One HTML page that stands alone: text, tables and images in a single file, no script, nothing to fetch."""

import base64
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
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
table.facts td { white-space: normal; overflow-wrap: anywhere; }
figure { margin: 1.5rem 0; }
figure img { display: block; max-width: 100%; height: auto; background: #fff; border-radius: 4px; padding: 8px;
  box-sizing: border-box; }
figcaption { margin-top: 0.5rem; max-width: 50rem; }
mark { background: var(--mark); color: inherit; padding: 0 0.25em; }
</style>
</head>
<body>
<main>
<h1>$title</h1>
<p class="soft">$subtitle</p>
<section aria-labelledby="results">
<h2 id="results">Results</h2>
$figures_first
<div class="scroll" tabindex="0" role="region" aria-label="Table of results">
$table
</div>
<ul>
$notes
</ul>
</section>
<section aria-labelledby="figures">
<h2 id="figures">Figures</h2>
$figures_rest
</section>
<section aria-labelledby="run">
<h2 id="run">The run</h2>
$facts
</section>
</main>
</body>
</html>
""")


@dataclass(frozen=True)
class Picture:
    """A PNG file with a caption and, for readers who do not see it, a description."""

    path: Path
    caption: str
    description: str


def page(
    title: str,
    subtitle: str,
    columns: Sequence[str],
    cells: Sequence[Sequence[str]],
    notes: Sequence[str],
    pictures: Sequence[Picture],
    facts: Mapping[str, Mapping[str, object]],
) -> str:
    """The page as text: the first picture, the table and notes, the other pictures, then tables of facts.

    All text is escaped; `**bold**` in a note becomes a mark.
    """
    header = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in columns)
    body = "\n".join(
        f'<tr><th scope="row">{html.escape(line[0])}</th>'
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in line[1:])
        + "</tr>"
        for line in cells
    )
    table = (
        '<table class="results">\n<caption>Energies per site. ID: conditions as in training. '
        f"OOD: out of distribution.</caption>\n<thead><tr>{header}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    )
    return _PAGE.substitute(
        title=html.escape(title),
        subtitle=html.escape(subtitle),
        table=table,
        notes="\n".join(f"<li>{_marked(note)}</li>" for note in notes),
        figures_first="\n".join(map(_figure, pictures[:1])),
        figures_rest="\n".join(map(_figure, pictures[1:])) or "<p>None: the rows have left no files yet.</p>",
        facts="\n".join(_facts(name, entries) for name, entries in facts.items()),
    )


def _figure(picture: Picture) -> str:
    data = base64.b64encode(picture.path.read_bytes()).decode("ascii")
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="{html.escape(picture.description)}">\n'
        f"<figcaption>{html.escape(picture.caption)}</figcaption></figure>"
    )


def _facts(name: str, entries: Mapping[str, object]) -> str:
    lines = "\n".join(
        f'<tr><th scope="row">{html.escape(str(key))}</th><td>{html.escape(_text(value))}</td></tr>'
        for key, value in entries.items()
    )
    return (
        f'<table class="facts">\n<caption>{html.escape(name)}</caption>\n<tbody>\n'
        f"{lines or '<tr><td>not recorded</td></tr>'}\n</tbody>\n</table>"
    )


def _text(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "not recorded" if value is None else str(value)


def _marked(note: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<mark>\1</mark>", html.escape(note))
