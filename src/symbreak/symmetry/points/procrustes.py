"""Orthogonal maps that fit pairs of points best, many at a time."""

import numpy as np

from symbreak.symmetry.points.ragged import Floats, Ints

_SQUARED = 1e-8  # radians, or a defect; the next of Newton's steps is as its square, rounding


def moved(R: Floats, x: Floats) -> Floats:
    """`R x` row by row: `(Q, 3, 3), (Q, 3) -> (Q, 3)`."""
    return R[:, :, 0] * x[:, :1] + R[:, :, 1] * x[:, 1:2] + R[:, :, 2] * x[:, 2:]


def dot(a: Floats, b: Floats) -> Floats:
    """`a · b` row by row: `(Q, 3), (Q, 3) -> (Q,)`."""
    return a[:, 0] * b[:, 0] + a[:, 1] * b[:, 1] + a[:, 2] * b[:, 2]


def outer(y: Floats, x: Floats, first: Ints) -> Floats:
    """`Σ y xᵀ` over segments of rows that begin at `first`, none of them empty: `(Q, 3), (Q, 3), (B,) -> (B, 3, 3)`."""
    sums = np.empty((len(first), 3, 3))
    for i in range(3):
        for j in range(3):  # entry by entry: reduceat is slow along short rows
            sums[:, i, j] = np.add.reduceat(y[:, i] * x[:, j], first)
    return sums


def turns(w: Floats) -> Floats:
    """The rotations by `|w|` about `w`: `(K, 3) -> (K, 3, 3)`, exactly orthogonal up to rounding."""
    angle = np.sqrt(dot(w, w))[:, None, None]
    half = np.sinc(angle / (2 * np.pi)) ** 2 / 2  # (1 - cos) / angle²
    return np.cos(angle) * np.eye(3) + np.sinc(angle / np.pi) * skew(w) + half * w[:, :, None] * w[:, None, :]


def skew(w: Floats) -> Floats:
    """`A` with `A x = w × x`: `(..., 3) -> (..., 3, 3)`."""
    A = np.zeros((*w.shape, 3))
    A[..., 2, 1], A[..., 0, 2], A[..., 1, 0] = w[..., 0], w[..., 1], w[..., 2]
    A[..., 1, 2], A[..., 2, 0], A[..., 0, 1] = -w[..., 0], -w[..., 1], -w[..., 2]
    return A


def torque(A: Floats) -> Floats:
    """`Σ x × z` of `A = Σ z xᵀ`: `(..., 3, 3) -> (..., 3)`."""
    return np.stack([A[..., 2, 1] - A[..., 1, 2], A[..., 0, 2] - A[..., 2, 0], A[..., 1, 0] - A[..., 0, 1]], axis=-1)


def inertia(S: Floats) -> Floats:
    """`tr(S) - S`, which is what a small turn meets, from `S = Σ x xᵀ`."""
    return np.trace(S, axis1=-2, axis2=-1)[..., None, None] * np.eye(3) - S


def fitted(R: Floats, H: Floats, resistance: Floats, steps: int = 3) -> Floats:
    """The orthogonal maps near `R`, of the same determinant, that minimise `Σ |R x - y|²`, with `H = Σ y xᵀ`.

    One step with the inertia of the points themselves, which is safe far off, then Newton's method.

    Args:
        R, H: `(K, 3, 3)`.
        resistance: `(K, 3, 3)`, the inverse of the inertia of the points `x`.
    """
    R, rows = R.copy(), np.arange(len(R))
    for step in range(steps + 1):
        A = np.swapaxes(R[rows], 1, 2) @ H[rows]
        inverse = inverted(inertia((A + np.swapaxes(A, 1, 2)) / 2)) if step else resistance
        w = moved(inverse, torque(A))
        angle = np.sqrt(dot(w, w))
        R[rows] = R[rows] @ turns(w / np.maximum(angle, 1.0)[:, None])
        rows = rows[angle > _SQUARED]
        if not len(rows):
            break
    return R


def inverted(M: Floats) -> Floats:
    """The inverses of symmetric matrices `(K, 3, 3)`; zero where there is none."""
    a, b, c = M[:, 0], M[:, 1], M[:, 2]
    adjugate = np.stack([cross(b, c), cross(c, a), cross(a, b)], axis=-1)
    determinant = dot(a, adjugate[..., 0])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        inverse = adjugate / determinant[:, None, None]
    inverse[~np.isfinite(inverse).all((1, 2))] = 0.0
    return inverse


def cross(a: Floats, b: Floats) -> Floats:
    """`a × b`: `(Q, 3), (Q, 3) -> (Q, 3)`."""
    out = np.empty_like(a)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        out[:, i] = a[:, j] * b[:, k] - a[:, k] * b[:, j]
    return out


def polar(M: Floats) -> Floats:
    """The orthogonal matrices nearest to nearly orthogonal ones, by Newton and Schulz: `(K, 3, 3)`."""
    for _ in range(20):
        defect = np.eye(3) - np.swapaxes(M, -1, -2) @ M
        M = M + 0.5 * M @ defect
        if np.abs(defect).max(initial=0.0) < _SQUARED:
            break
    return M
