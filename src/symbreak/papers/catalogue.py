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
    Paper(
        name="symmetry-discovery",
        title="Which symmetry data break, by relaxed group convolution (Wang et al. 2024)",
        command="symbreak run symmetry-discovery",
        runtime="about 6 minutes on 2 cores",
        references=(bib.WANG_2024, bib.WANG_2022, bib.COHEN_2016, bib.PASZKE_2019),
    ),
    Paper(
        name="charged-particle",
        title="A charged particle in uniform fields, found by relaxed weights (Hofgard et al. 2024)",
        command="symbreak run charged-particle",
        runtime="about 4 minutes on 2 cores",
        references=(bib.HOFGARD_2024, bib.GEIGER_2022, bib.PASZKE_2019),
    ),
    Paper(
        name="shape-deformation",
        title="A cube deformed by relaxed convolutions (Hofgard et al. 2024)",
        command="symbreak run shape-deformation",
        runtime="about 8 minutes on 2 cores",
        references=(bib.HOFGARD_2024, bib.GEIGER_2022, bib.PASZKE_2019),
    ),
    Paper(
        name="explicit-or-spontaneous",
        title="One direction for all samples or one for each: relaxed weights and SymPE on each other's data",
        command="symbreak run explicit-or-spontaneous",
        runtime="about 6 minutes on 2 cores",
        references=(bib.HOFGARD_2024, bib.LAWRENCE_2025, bib.GNEITING_2007, bib.GEIGER_2022, bib.PASZKE_2019),
    ),
    Paper(
        name="smoke-plume",
        title="A smoke plume driven unequally from four sides: relaxed, strict, plain (Wang et al. 2022)",
        command="symbreak run smoke-plume",
        runtime="about 4 minutes on 2 cores",
        references=(bib.WANG_2022, bib.WANG_2024, bib.COHEN_2016, bib.HOLL_2020, bib.PASZKE_2019, bib.FALCON_2019),
    ),
    Paper(
        name="dialled-breaking",
        title="Molecules in a field: the breaking is dialled, and relaxed networks learn how much there is",
        command="symbreak run dialled-breaking",
        runtime="about 6 minutes on 2 cores",
        references=(
            bib.HOFGARD_2024,
            bib.MANOLACHE_2025,
            bib.PERTIGKIOZOGLOU_2024,
            bib.CURTISS_1997,
            bib.LARSEN_2017,
            bib.GEIGER_2022,
            bib.PASZKE_2019,
        ),
    ),
    Paper(
        name="perovskite",
        title="The order parameter of a phase transition, learned: a perovskite (Smidt et al. 2021)",
        command="symbreak run perovskite",
        runtime="about 4 minutes on 2 cores",
        references=(bib.SMIDT_2021, bib.GEIGER_2022, bib.PASZKE_2019),
    ),
)
