"""The examples of a diagnosis, as values that pictures are made from."""

from dataclasses import dataclass

from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Element:
    """A symmetry element: "axis", "plane" or "centre"; `order` of an axis is None where it turns by any angle."""

    kind: str
    order: int | None
    improper: int
    direction: NDArray | None
    class_number: int


@dataclass(frozen=True, eq=False)
class StructureShown:
    """A molecule, or a crystal with its cell.

    Shapes:
        positions and centre in Å, `(n, 3)` and `(3,)`; cell `(3, 3)` or None; bonds `(m, 5)`, of atom i with the image
        of atom j moved by cell vectors.
    """

    positions: NDArray
    species: list[str]
    cell: NDArray | None
    bonds: NDArray
    elements: tuple[Element, ...]
    centre: NDArray
    site: str | None


@dataclass(frozen=True, eq=False)
class GraphShown:
    """A graph: edges `(m, 2)`, and what is written on its nodes."""

    nodes: int
    edges: NDArray
    directed: bool
    labels: list[str] | None


@dataclass(frozen=True, eq=False)
class FieldShown:
    """A field: values `sizes`, and the motions `r -> M r + t` that keep it, one for each M.

    Shapes:
        matrices `(k, d, d)`, shifts `(k, d)`, translations `(m, d)`.
    """

    values: NDArray
    channels: int
    repeats: bool
    matrices: NDArray
    shifts: NDArray
    translations: NDArray


@dataclass(frozen=True, eq=False)
class TargetShown:
    """A target: its rows, and the nearest that an equivariant model can put out; both `(rows, d)`.

    Where rows are one-hot labels, `classes` says of what.
    """

    name: str
    per: str
    moves: str
    vectors: bool
    value: NDArray
    nearest: NDArray
    floor: float
    share: float
    classes: list[str] | None = None


@dataclass(frozen=True)
class Level:
    """A stabilizer of the profile; the order is None where it is infinite."""

    tolerance: float
    name: str
    order: int | None
    measure: float | None


@dataclass(frozen=True, eq=False)
class Example:
    """A sample in full."""

    sample: int
    title: str
    kind: str
    why: list[str]
    stabilizer: str
    order: str
    orbits: NDArray | None
    residual: float
    gap: float | None
    tolerance: float | None
    shown: StructureShown | GraphShown | FieldShown
    targets: tuple[TargetShown, ...]
    profile: tuple[Level, ...] = ()
    hermann_mauguin: str = ""
