"""The experiments that `symbreak run` knows. Imports nothing heavy: the command line reads it at every start."""

from dataclasses import dataclass

from . import bibliography as bib


@dataclass(frozen=True)
class Paper:
    """One reproduced experiment.

    Args:
        name: on the command line, and of its file in this folder.
        title: in a line.
        command: that computes all of it.
        runtime: of that command, and on what.
        references: BibTeX entries of what it uses, the reproduced paper first.
    """

    name: str
    title: str
    command: str
    runtime: str
    references: tuple[str, ...]


PAPERS = (
    Paper(
        name="ising",
        title="Ising ground states by probabilistic symmetry breaking (Lawrence et al. 2025, Table 3)",
        command="symbreak run ising",
        runtime="about 6 minutes on 2 cores for one seed",
        references=(
            bib.LAWRENCE_2025,
            bib.COHEN_2016,
            bib.KABA_2023,
            bib.MONDAL_2023,
            bib.WANG_2022,
            bib.WANG_2024,
            bib.PASZKE_2019,
            bib.FALCON_2019,
        ),
    ),
)
