"""Names of point groups."""

from functools import lru_cache

import numpy as np

from symbreak.symmetry.points.procrustes import cross, dot
from symbreak.symmetry.points.ragged import Bools, Floats, Ints

_SHARP = 1e-9  # of a trace; a turn by 2π/10⁴ changes it by 4 · 10⁻⁷


def schoenflies(matrices: Floats, first: Ints) -> list[str]:
    """The Schoenflies symbols of finite groups of orthogonal matrices, one after the other.

    A group `G` of proper and improper maps is told by its rotations `H`, by whether it holds the inversion, and if not
    by `K`, its rotations together with its improper maps times -1.

    Args:
        matrices: `(Σ k, 3, 3)`.
        first: `(B,)`, where each group begins.

    Example:
        >>> mirror = np.diag([1.0, 1.0, -1.0])
        >>> schoenflies(np.stack([np.eye(3), mirror, np.eye(3)]), np.array([0, 2]))
        ['Cs', 'C1']
    """
    proper = dot(cross(matrices[:, 0], matrices[:, 1]), matrices[:, 2]) > 0
    trace = np.einsum("kii->k", matrices) * np.where(proper, 1.0, -1.0)
    order = np.diff(np.append(first, len(matrices)))
    rotations = np.add.reduceat(proper.astype(np.int64), first)
    inversion = np.logical_or.reduceat(~proper & (trace > 3 - _SHARP), first)
    fold, fold_all = _fold(trace, proper, first), _fold(trace, np.ones_like(proper), first)
    rows = zip(order.tolist(), rotations.tolist(), inversion.tolist(), fold.tolist(), fold_all.tolist(), strict=True)
    return [_schoenflies(*row) for row in rows]


def _fold(trace: Floats, among: Bools, first: Ints) -> Ints:
    """The order of the finest rotation: `2π` over the least angle."""
    none = -2.0  # below every trace: of groups without a rotation but the identity
    largest = np.maximum.reduceat(np.where(among & (trace < 3 - _SHARP), trace, none), first)
    fold = np.rint(2 * np.pi / np.arccos(np.clip((largest - 1) / 2, -1, 1))).astype(np.int64)
    return np.where(largest == none, 1, fold)


@lru_cache(maxsize=1024)
def _schoenflies(order: int, rotations: int, inversion: bool, fold: int, fold_all: int) -> str:
    kind, n = _rotations(rotations, fold)
    if order == rotations:
        return kind if kind in "TOI" else f"{kind}{n}"
    if inversion:
        if kind in ("T", "O", "I"):
            return {"T": "Th", "O": "Oh", "I": "Ih"}[kind]
        if kind == "C":
            return "Ci" if n == 1 else f"C{n}h" if n % 2 == 0 else f"S{2 * n}"
        return f"D{n}h" if n % 2 == 0 else f"D{n}d"
    if kind == "T":
        return "Td"
    if kind == "D":
        return f"D{n}d" if n % 2 == 0 else f"D{n}h"
    if n == 1:
        return "Cs"
    if _rotations(order, fold_all)[0] == "D":
        return f"C{n}v"
    return f"S{2 * n}" if n % 2 == 0 else f"C{n}h"


def _rotations(order: int, fold: int) -> tuple[str, int]:
    """The family of a finite group of rotations, and the order of its axis."""
    if order == fold:
        return "C", fold
    if order == 2 * fold:
        return "D", fold
    return {12: "T", 24: "O", 60: "I"}[order], fold


_NAMED = {
    "C1": "1", "Ci": "-1", "Cs": "m", "C2v": "mm2", "D2": "222", "D2h": "mmm", "D2d": "-42m",
    "T": "23", "Th": "m-3", "O": "432", "Td": "-43m", "Oh": "m-3m", "I": "235", "Ih": "m-3-5",
    "C∞": "∞", "C∞v": "∞m", "C∞h": "∞/m", "D∞": "∞2", "D∞h": "∞/mm", "K": "∞∞", "Kh": "∞∞m",
}  # fmt: skip


def hermann_mauguin(schoenflies: str) -> str:
    """The short Hermann-Mauguin symbol; a bar over a number is a minus in front of it.

    Example:
        >>> [hermann_mauguin(name) for name in ("C3v", "D6h", "S4", "D5d", "D4d", "Ih")]
        ['3m', '6/mmm', '-4', '-5m', '-82m', 'm-3-5']
    """
    if schoenflies in _NAMED:
        return _NAMED[schoenflies]
    kind, last = schoenflies[0], schoenflies[-1] if schoenflies[-1] in "vhd" else ""
    n = int(schoenflies[1:].removesuffix(last))
    even = n % 2 == 0
    if kind == "S":
        return f"-{n}" if n % 4 == 0 else f"-{n // 2}"
    one, two = f"{n}" + " " * (n > 9), f"-{2 * n}" + " " * (2 * n > 9)  # 12 2 2 is not 1222
    return {
        "C": f"{n}",
        "Cv": f"{one}mm" if even else f"{one}m",
        "Ch": f"{n}/m" if even else f"-{2 * n}",
        "D": f"{one}22" if even else f"{one}2",
        "Dh": f"{n}/mmm" if even else f"{two}m2",
        "Dd": f"{two}2m" if even else f"-{one}m",
    }[kind + last]
