"""What comes out of files: structures, graphs and fields, and in their place what was refused, with the reason."""

from dataclasses import dataclass, field

import numpy as np

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Structure:
    """Atoms in space: a molecule, or a crystal with its cell.

    Args:
        positions: float64 `(n, 3)`, Å.
        numbers: int64 `(n,)`, atomic numbers; 0 is a dummy atom, above 118 are species that are no element (see `cif`).
        cell: float64 `(3, 3)`, the rows are the cell vectors in Å; None without a cell.
        pbc: bool `(3,)`, along which cell vectors the structure repeats.
        arrays: values of each atom, `(n, ...)`. Those that ASE knows by name are in its units: energies eV, forces
            eV/Å, momenta (Å u)/t with t = Å √(u/eV), velocities Å/t, charges |e|, magnetic moments µ_B.
        info: values of the structure; numbers, truth values or text. `stress` is always `(3, 3)`, in eV/Å³.
        index: its number in the file, from 0.
        line: its first line in the file, from 1; None where the format has no lines.
        name: its name in the file, or "".

    Example:
        >>> water = Structure(np.zeros((3, 3)), np.array([8, 1, 1]))
        >>> water.periodic, water.cell
        (False, None)
    """

    positions: Array
    numbers: Array
    cell: Array | None = None
    pbc: Array = field(default_factory=lambda: np.zeros(3, dtype=bool))
    arrays: dict[str, Array] = field(default_factory=dict)
    info: dict[str, Array] = field(default_factory=dict)
    index: int = 0
    line: int | None = None
    name: str = ""

    @property
    def periodic(self) -> bool:
        """Whether it repeats along any cell vector; a file may mix frames that do with frames that do not."""
        return bool(self.pbc.any())


@dataclass(frozen=True, eq=False)
class GraphSample:
    """A graph with attributes on its nodes, its edges and itself.

    An undirected edge is listed once. There are no parallel edges; loops may be.

    Args:
        n: the number of nodes.
        edge_index: int64 `(2, m)`; if directed, from the first row to the second.
        directed: whether an edge has a direction.
        node: attributes of the nodes, `(n, ...)`: numbers or text.
        edge: attributes of the edges, `(m, ...)`.
        graph: attributes of the graph.
        labels: `(n,)`, what the file calls its nodes; None where they have no names. No attribute: symmetries may move
            a node to one of another name.
        index, line, name: as in `Structure`.

    Example:
        >>> path = GraphSample(3, np.array([[0, 1], [1, 2]]), edge={"weight": np.array([0.5, 0.5])})
        >>> path.m
        2
    """

    n: int
    edge_index: Array
    directed: bool = False
    node: dict[str, Array] = field(default_factory=dict)
    edge: dict[str, Array] = field(default_factory=dict)
    graph: dict[str, Array] = field(default_factory=dict)
    labels: Array | None = None
    index: int = 0
    line: int | None = None
    name: str = ""

    @property
    def m(self) -> int:
        """The number of edges."""
        return self.edge_index.shape[1]


@dataclass(frozen=True, eq=False)
class FieldSample:
    """A field on a lattice, or an image.

    Args:
        array: real `(C, L_1, ..., L_d)`, in the file's own precision; it may be a read-only view of the file.
        info: what other arrays of the file hold for this sample.
        index: its number in the stream, from 0.
        line: None; arrays have no lines.
        name: the array's name in the file, or "".

    Example:
        >>> FieldSample(np.zeros((2, 8, 8))).array.shape
        (2, 8, 8)
    """

    array: Array
    info: dict[str, Array] = field(default_factory=dict)
    index: int = 0
    line: int | None = None
    name: str = ""


@dataclass(frozen=True)
class Refused:
    """A sample that was not taken, and why. It stands in the stream where the sample would have stood.

    Example:
        >>> print(Refused(6, "an empty frame: it has no atoms.", line=13))
        sample 6 (line 13): an empty frame: it has no atoms.
    """

    index: int
    reason: str
    line: int | None = None
    name: str = ""

    def __str__(self) -> str:
        return f"{where(self)}: {self.reason}"


Sample = Structure | GraphSample | FieldSample


def where(sample: Sample | Refused) -> str:
    """The place of a sample in its file, in words.

    Example:
        >>> where(Refused(6, "", line=13, name="water"))
        "sample 6 ('water', line 13)"
    """
    notes = [repr(sample.name)] * bool(sample.name) + [f"line {sample.line}"] * (sample.line is not None)
    return f"sample {sample.index}" + (f" ({', '.join(notes)})" if notes else "")


def not_finite(values: dict[str, Array], owner: str) -> str:
    """The reason to refuse values of which some are NaN or infinite; "" if none is.

    Example:
        >>> not_finite({"x": np.array([[0.0, 1.0], [np.nan, 0.0]])}, "node attribute")
        "node attribute 'x'[1, 0] is nan, but every value must be finite."
    """
    for name, array in values.items():
        if array.dtype.kind in "fc" and not np.isfinite(array).all():
            bad = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            place = f"[{', '.join(map(str, bad))}]" if bad else ""
            return f"{owner} {name!r}{place} is {array[bad]}, but every value must be finite."
    return ""
