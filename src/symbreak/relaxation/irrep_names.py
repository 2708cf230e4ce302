"""Mulliken's names of the irreps of a molecule's point group, whatever its orientation."""

import math

import torch
from torch import Tensor

from symbreak.symmetry.crystals.mulliken import mulliken_irreps
from symbreak.symmetry.crystals.point_groups import HERMANN_MAUGUIN

_SAME = 1e-3  # characters, and entries of matrices


def irrep_name(name: str, characters: Tensor, rotations: Tensor, permutations: Tensor, positions: Tensor) -> str:
    """The name of the irrep, or of the complex conjugate pair, with a real character.

    What Mulliken's rules leave open is settled by the molecule. Of two classes of half turns across the principal
    axis, or of mirrors through it, the first, C2' or σv, is the one that keeps more atoms in place, of equals the one
    that keeps the farthest. In C2v, D2 and D2h the three axes are ordered by how far the molecule extends, the least
    first: x is across the plane of a planar molecule, and B1 of C2v is even under the mirror across y.

    Args:
        name: of the group, in Schoenflies' notation; of C∞v and D∞h the elements are those of C4v and D4h.
        characters: `(k,)`, over the elements.
        rotations, permutations, positions: `(k, 3, 3)`, `(k, n)` and `(n, 3)`.
    """
    proper = torch.linalg.det(rotations) > 0
    if "∞" in name:
        inversion = _where((rotations + torch.eye(3)).abs().amax((1, 2)) < _SAME)
        parity = "" if inversion is None else "g" if characters[inversion] > 0 else "u"
        return ("Σ" + parity + "+") if characters[_identity(rotations)] < 1.5 else "Π" + parity
    if ("C3i" if name == "S6" else name) in HERMANN_MAUGUIN:
        axes = _directions(name, rotations, proper, permutations, positions)
        for irrep in mulliken_irreps(rotations, axes):
            if float((irrep.characters - characters).abs().max()) < _SAME:
                return irrep.label
        raise ArithmeticError(f"The character {characters.tolist()} is none of {name}. Please report the structure.")
    return _larger(name, characters, rotations, proper, permutations, positions)


def _larger(
    name: str, characters: Tensor, rotations: Tensor, proper: Tensor, permutations: Tensor, positions: Tensor
) -> str:
    """Groups with axes of order 5, 7 and more."""
    identity, flat = _identity(rotations), torch.eye(3, dtype=rotations.dtype)
    dimension = round(float(characters[identity]))
    inversion = _where((rotations + flat).abs().amax((1, 2)) < _SAME)
    parity = "" if inversion is None else "g" if characters[inversion] > 0 else "u"
    trace = rotations.diagonal(dim1=1, dim2=2).sum(-1)
    if name in ("I", "Ih"):
        fifth = int(torch.where(proper & (trace < 2.9), trace, -1.0).argmax())  # by 72 degrees
        index = "" if dimension != 3 else "1" if characters[fifth] > 0 else "2"
        return {1: "A", 3: "T", 4: "G", 5: "H"}[dimension] + index + parity
    # The least turn; where no other name tells even from odd improper elements, the least improper one, S2n.
    improper = inversion is None and (name.startswith("S") or name.endswith("d"))
    angle = torch.arccos(((trace - 1) / 2 if not improper else (trace + 1) / 2).clamp(-1, 1))
    angle = torch.where((proper != improper) & (angle > _SAME), angle, 7.0)
    least = int(angle.argmin())
    order = round(2 * math.pi / float(angle[least]))
    if dimension == 1:
        letter = "A" if characters[least] > 0 else "B"
        second = _second(rotations, proper, permutations, positions)
        letter += "" if second is None else "1" if characters[second] > 0 else "2"
    else:
        k = round(order * math.acos(max(-1.0, min(1.0, float(characters[least]) / 2))) / (2 * math.pi))
        letter = f"E{k}"
    axis = _axis(rotations[least] if not improper else -rotations[least])
    mirror = _where((rotations - flat + 2 * axis[:, None] * axis).abs().amax((1, 2)) < _SAME)
    primes = "" if mirror is None or parity else "'" if characters[mirror] > 0 else "''"
    return letter + parity + primes


def _directions(name: str, rotations: Tensor, proper: Tensor, permutations: Tensor, positions: Tensor) -> Tensor:
    """Three directions of reference, as rows, for `mulliken_irreps`."""
    centred = positions - positions.mean(0)
    extents = torch.linalg.eigh(centred.T @ centred).eigenvectors.T  # the least first
    second = None if name in ("C2v", "D2", "D2h") else _second(rotations, proper, permutations, positions)
    if second is None:
        return extents
    R = rotations[second] if proper[second] else -rotations[second]
    return _axis(R).expand(3, 3)


def _second(rotations: Tensor, proper: Tensor, permutations: Tensor, positions: Tensor) -> int | None:
    """The number of one C2', or σv where there is none; None where there is neither."""
    half = torch.where(proper[:, None, None], rotations, -rotations)
    half_turn = (half.diagonal(dim1=1, dim2=2).sum(-1) + 1).abs() < _SAME
    turn = torch.where(half_turn | ~proper, 4.0, rotations.diagonal(dim1=1, dim2=2).sum(-1))
    turn = torch.where(turn > 3 - _SAME, -1.0, turn)
    if float(turn.max()) < -1 + _SAME:
        return None  # no principal axis of an order above two
    principal = _axis(rotations[int(turn.argmax())])
    across = torch.stack([_axis(R) for R in half]) @ principal
    chosen = half_turn & (across.abs() < _SAME)
    chosen = (chosen & proper) if bool((chosen & proper).any()) else chosen
    if not bool(chosen.any()):
        return None
    kept = permutations == torch.arange(permutations.shape[1])
    radius = (positions - positions.mean(0)).norm(dim=1)
    rank = [(int(row.sum()), round(float((radius * row).max()), 6)) for row in kept]
    return max(chosen.nonzero()[:, 0].tolist(), key=lambda g: rank[g])


def _axis(R: Tensor) -> Tensor:
    """The unit vector that a rotation keeps, up to its sign."""
    return torch.linalg.eigh((R + R.T) / 2).eigenvectors[:, -1]


def _identity(rotations: Tensor) -> int:
    return int(rotations.diagonal(dim1=1, dim2=2).sum(-1).argmax())


def _where(mask: Tensor) -> int | None:
    found = mask.nonzero()[:, 0]
    return int(found[0]) if len(found) else None
