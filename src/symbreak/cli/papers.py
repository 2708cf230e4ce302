"""The verbs that look things up: which experiments there are, and whom to cite for one."""

from typing import Annotated

import typer

from symbreak.papers.catalogue import PAPERS

from .names import unknown


def list_papers() -> None:
    """List the experiments."""
    for paper in PAPERS:
        print(f"{paper.name}: {paper.title}\n    {paper.command}    ({paper.runtime})")


def cite(name: Annotated[str, typer.Argument(help="Of an experiment; `symbreak list` names them.")]) -> None:
    """Print the BibTeX of what an experiment uses."""
    for paper in PAPERS:
        if paper.name == name:
            print("\n\n".join(paper.references))
            return
    raise unknown("experiment", name, [paper.name for paper in PAPERS])
