"""What an orthogonal map of space does: a turn about an axis, a mirror, the inversion, or a turn and a mirror."""

import math
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

import numpy as np

from symbreak.data.samples import Array

_SHARP = 1e-4  # of an angle, radians: crystals are strained a little


class OperationKind(Enum):
    """Kinds of orthogonal maps."""

    IDENTITY = "identity"
    ROTATION = "rotation"
    REFLECTION = "reflection"
    INVERSION = "inversion"
    ROTOREFLECTION = "rotoreflection"


@dataclass(frozen=True)
class Operation:
    """An orthogonal map of finite order.

    Args:
        kind: what it does.
        order: n of a turn by `2π m / n` in lowest terms; of a rotoreflection, that of the turn which goes with the
            mirror across its axis. 1 for the identity and the mirror, 2 for the inversion.
        direction: of the axis, or of the mirror's normal: a unit vector whose first entry that is not 0 is positive.
            None for the identity and the inversion.
    """

    kind: OperationKind
    order: int
    direction: tuple[float, float, float] | None

    @property
    def symbol(self) -> str:
        """Schoenflies' symbol of the operation, whichever power of it.

        Example:
            >>> operation(np.diag([-1.0, -1.0, 1.0])).symbol, operation(np.diag([1.0, 1.0, -1.0])).symbol
            ('C2', 'σ')
        """
        match self.kind:
            case OperationKind.ROTATION:
                return f"C{self.order}"
            case OperationKind.ROTOREFLECTION:
                return f"S{self.order}"
        return {OperationKind.IDENTITY: "E", OperationKind.REFLECTION: "σ", OperationKind.INVERSION: "i"}[self.kind]


def operation(matrix: Array, *, largest: int = 2000) -> Operation:
    """What an orthogonal matrix does.

        R = turn by θ:  tr R = 1 + 2 cos θ,      R = turn by θ and mirror across the axis:  tr R = 2 cos θ - 1

    Args:
        matrix: `(3, 3)`, of finite order.
        largest: the largest n that is looked for.
    Raises:
        ValueError: if it is not orthogonal.

    Example:
        >>> quarter = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
        >>> operation(quarter).symbol, operation(quarter).direction, operation(-quarter).symbol
        ('C4', (0.0, 0.0, 1.0), 'S4')
    """
    R = np.asarray(matrix, dtype=np.float64)
    if R.shape != (3, 3) or not np.abs(R @ R.T - np.eye(3)).max() < 1e-2:
        raise ValueError(
            f"The matrix {R.tolist()} is not orthogonal, but a symmetry operation is. Give Cartesian axes."
        )
    proper = np.linalg.det(R) > 0
    cosine = (np.trace(R) - 1) / 2 if proper else (np.trace(R) + 1) / 2
    sine = np.linalg.norm(R - R.T) / 8**0.5
    angle = math.atan2(sine, cosine)  # 0 .. π
    turn = Fraction(angle / (2 * math.pi)).limit_denominator(largest)
    if angle < _SHARP:
        turn = Fraction(0)
    elif math.pi - angle < _SHARP:
        turn = Fraction(1, 2)
    n = turn.denominator
    if proper and n == 1:
        return Operation(OperationKind.IDENTITY, 1, None)
    if not proper and n == 2:
        return Operation(OperationKind.INVERSION, 2, None)
    vectors = np.linalg.eigh((R + R.T) / 2)[1]  # of the eigenvalues cos θ, cos θ, ±1
    direction = _pointing(vectors[:, 2] if proper else vectors[:, 0])
    if proper:
        return Operation(OperationKind.ROTATION, n, direction)
    return Operation(OperationKind.REFLECTION if n == 1 else OperationKind.ROTOREFLECTION, n, direction)


def _pointing(v: Array) -> tuple[float, float, float]:
    """One of the two directions of a line."""
    v = np.where(np.abs(v) < 1e-9, 0.0, v)
    first = v[np.flatnonzero(np.abs(v) > 1e-6)[0]]
    x, y, z = ((v if first > 0 else -v) + 0.0).tolist()
    return x, y, z
