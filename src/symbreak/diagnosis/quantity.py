"""How quantities move: targets, and per-atom fields that belong to the input."""

from dataclasses import dataclass

from symbreak.data.samples import Array
from symbreak.data.targets import Per
from symbreak.groups import Orthogonal
from symbreak.representations import Representation, TensorProduct, Trivial, Vector

_VECTORS = ("force", "velocit", "momentum", "momenta", "displacement", "dipole", "polarization", "gradient", "electric")
_AXIAL = ("magmom", "spin", "magnetic", "angular", "vorticity")
_TENSORS = ("stress", "virial", "polarizab", "strain", "born", "quadrupole", "hessian", "shielding", "inertia")


@dataclass(frozen=True)
class Quantity:
    """A value by name, and how it moves.

    Without irreps, the name and the shape tell. A number is a scalar. Three numbers are an axial vector if the name
    holds one of "magmom", "spin", "magnetic", "angular", "vorticity", and a vector if it holds "force", "velocit",
    "momentum", "momenta", "displacement", "dipole", "polarization", "gradient", "electric". `(3, 3)` or nine numbers
    are a tensor of second rank if it holds "stress", "virial", "polarizab", "strain", "born", "quadrupole", "hessian",
    "shielding", "inertia". Nothing else is guessed.

    Args:
        name: in the file.
        irreps: as "1x1o" for a vector, "1x1e" for an axial one, "5x0e" for five scalars, "1x0e + 1x2e" for a symmetric
            tensor in e3nn's basis; None to infer.
        per: sample, node or edge, where the file leaves it open.

    Example:
        >>> Quantity("dipole").representation((3,), Orthogonal(3))
        Vector(group=Orthogonal(n=3, special=False))
    """

    name: str
    irreps: str | None = None
    per: Per | None = None

    def representation(self, shape: tuple[int, ...], group: Orthogonal) -> Representation:
        """How a value of this shape moves, its entries one after another.

        Args:
            shape: of the value of one sample, node or edge.
            group: `Orthogonal(3)`, special or not.
        Raises:
            ValueError: if the shape does not fit the irreps, or neither the name nor the shape tells how it moves.
        """
        entries = 1
        for size in shape:
            entries *= size
        if self.irreps is not None:
            return self._stated(shape, entries, group)
        name, vector = self.name.lower(), Vector(group)
        if entries == 1:
            return Trivial(group)
        if shape == (3,) and any(word in name for word in _AXIAL):
            return axial(group)
        if shape == (3,) and any(word in name for word in _VECTORS):
            return vector
        if shape in ((3, 3), (9,)) and any(word in name for word in _TENSORS):
            return TensorProduct(vector, vector)
        raise ValueError(
            f"{self.name!r} has {entries} entries of shape {shape}, and neither its name nor its shape says how they "
            f"move. Say it by irreps, such as {self.name}={entries}x0e for numbers that do not turn"
            + (f", or {self.name}=1x1o for a vector." if entries == 3 else ".")
        )

    def _stated(self, shape: tuple[int, ...], entries: int, group: Orthogonal) -> Representation:
        from symbreak.representations import Irreps

        rep = Irreps(group, self.irreps or "")
        if rep.dim != entries:
            raise ValueError(
                f"{self.name!r} has {entries} entries of shape {shape}, but {self.irreps!r} moves {rep.dim}. Give "
                "irreps of that dimension."
            )
        scalars = all(degree == 0 and parity == 1 for _, (degree, parity) in rep.irreps)  # type: ignore[misc]
        return Trivial(group, entries) if scalars else rep

    def __str__(self) -> str:
        return self.name if self.irreps is None else f"{self.name}={self.irreps}"


def axial(group: Orthogonal) -> Representation:
    """Axial vectors, as spins: the inversion leaves them as they are."""
    from symbreak.representations import Irreps

    return Vector(group) if group.special else Irreps(group, "1e")


def describe(rep: Representation) -> str:
    """How a target moves, in a word.

    Example:
        >>> describe(Vector(Orthogonal(3))), describe(Trivial(Orthogonal(3), 5))
        ('vector', '5 scalars')
    """
    match rep:
        case Trivial():
            return "scalar" if rep.dim == 1 else f"{rep.dim} scalars"
        case Vector():
            return "vector"
        case TensorProduct():
            return "tensor"
    return str(getattr(rep, "irreps", rep))


def is_text(value: Array) -> bool:
    """Whether values are words."""
    return value.dtype.kind == "U"


def is_label(value: Array) -> bool:
    """Whether values are classes: words, integers or truth values, one for each row."""
    return value.dtype.kind in "Ubiu" and value.ndim == 1
