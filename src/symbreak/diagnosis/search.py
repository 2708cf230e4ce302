"""What is looked for in the samples of a file."""

from dataclasses import dataclass

from symbreak.diagnosis.domains.graphs import GraphDomain
from symbreak.diagnosis.domains.lattices import LatticeDomain
from symbreak.diagnosis.domains.structures import StructureDomain
from symbreak.diagnosis.frame import Frame, LatticeFrame, SpaceFrame
from symbreak.diagnosis.quantity import Quantity
from symbreak.symmetry.graphs.symmetry import BUDGET


@dataclass(frozen=True)
class Search:
    """Group, tolerance, fields and targets.

    Args:
        frame: the group to look in; None for the widest of each kind: E(3) for structures, S_n for graphs, all motions
            of the lattice for fields.
        tolerance: in Å for structures; for fields, of values that are equal, and 0 if None.
        fields: of atoms, nodes or edges, that belong to the input. None: the species of atoms alone, and of graphs all
            attributes but the targets.
        targets: what a model is to predict.
        budget: the work for each graph, in visits of nodes and edges.
        seed: of the tests.
    """

    frame: Frame | None = None
    tolerance: float | None = None
    fields: tuple[Quantity, ...] | None = None
    targets: tuple[Quantity, ...] = ()
    budget: int = BUDGET
    seed: int = 0

    def __post_init__(self):
        if self.tolerance is not None and not 0 <= self.tolerance < float("inf"):
            raise ValueError(f"The tolerance is {self.tolerance}, but it is a finite length. Try 0.01 (Å).")
        names = [quantity.name for quantity in self.targets]
        twice = {name for name in names if names.count(name) > 1}
        both = {quantity.name for quantity in self.fields or ()} & set(names)
        if twice or both:
            name = min(twice | both)
            problem = "a target twice" if twice else "a target and a field of the input"
            raise ValueError(f"{name!r} is {problem}, but a model predicts what it does not see. Name it once.")

    def structures(self) -> StructureDomain:
        """For molecules and crystals.

        Raises:
            ValueError: if the group is one of lattices.
        """
        frame = SpaceFrame() if self.frame is None else self.frame
        if not isinstance(frame, SpaceFrame):
            raise _other(frame, "structures", "o3, so3, e3 or se3")
        return StructureDomain(frame, 0.01 if self.tolerance is None else self.tolerance, self.fields or ())

    def graphs(self) -> GraphDomain:
        """For graphs.

        Raises:
            ValueError: if a group of space or of lattices was given.
        """
        if self.frame is not None:
            raise _other(self.frame, "graphs", "no group: the nodes of a graph are permuted")
        fields = None if self.fields is None else tuple(quantity.name for quantity in self.fields)
        return GraphDomain(self.budget, fields, frozenset(quantity.name for quantity in self.targets))

    def lattices(self) -> LatticeDomain:
        """For fields on lattices.

        Raises:
            ValueError: if the group is one of space, or fields of nodes are named.
        """
        frame = LatticeFrame() if self.frame is None else self.frame
        if not isinstance(frame, LatticeFrame):
            raise _other(frame, "fields on a lattice", "p4m, p4, mirrors or translations, or d4 for images")
        if self.fields:
            raise ValueError(
                f"The field {self.fields[0].name!r} was named as an input, but the input is the array on the lattice. "
                "Leave it out."
            )
        return LatticeDomain(frame, self.tolerance or 0.0)


def _other(frame: Frame, kind: str, fix: str) -> ValueError:
    return ValueError(f"The group is {frame}, but the file holds {kind}. Give {fix}.")
