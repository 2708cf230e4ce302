"""Mulliken's names of the irreps of a crystallographic point group."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.symmetry.crystals.characters import character_table
from symbreak.symmetry.crystals.point_groups import point_group, rotation_orders

_ALONG = 0.05  # of a cosine


@dataclass(frozen=True, eq=False)
class Irrep:
    """An irrep over the reals, or a pair of complex conjugate ones taken together, as E of C3.

    `characters` are float64 `(k,)` over the elements; `dimension` is that over the reals, the character of the
    identity, and `degree` that of each complex irrep in it: the projector on all copies is
    `degree / k · Σ_g χ(g) D(g)`.
    """

    label: str
    dimension: int
    degree: int
    characters: Tensor


def mulliken_irreps(rotations: Tensor, axes: Tensor) -> tuple[Irrep, ...]:
    """The irreps of a point group with their names, which depend on the orientation of the group.

    A and B are even and odd under the principal turn, E and T have two and three dimensions; g and u are even and odd
    under the inversion, ' and '' under the mirror across the principal axis; 1 and 2 are even and odd under C2' (or σv
    where there is none), in cubic groups under C4 or S4. What a name leaves open is settled by three directions of
    reference: C2' is the class of half turns that has an axis along one of them, σv the class of mirrors that has a
    normal along one of them; B1, B2, B3 of D2 and D2h are even under the half turns nearest to the third, the second
    and the first direction; B1 of C2v is even under the mirror whose normal is nearest to the later of the directions.
    Complex conjugate irreps of one dimension are taken together as E.

    Args:
        rotations: the elements of the group, float64 `(k, 3, 3)`, each once.
        axes: three directions as rows, such as those of the conventional cell, `(3, 3)`.

    Returns:
        The irreps in the order A, B, E, T, g before u; the totally symmetric one is first.

    Raises:
        ValueError: if the matrices are not a crystallographic point group.

    Example:
        >>> mirror = torch.diag_embed(torch.tensor([[1.0, 1, 1], [1, 1, -1]]))
        >>> [irrep.label for irrep in mulliken_irreps(mirror, torch.eye(3))]
        ["A'", "A''"]

    Reference:
        Mulliken (1955), Report on notation for the spectra of polyatomic molecules.
    """
    rotations, axes = rotations.to(torch.float64), torch.nn.functional.normalize(axes.to(torch.float64), dim=1)
    name = point_group(rotations).schoenflies
    characters = character_table(rotations).characters
    landmarks = _landmarks(name, rotations, axes)
    e = int((rotations - torch.eye(3, dtype=torch.float64)).abs().amax((1, 2)).argmin())
    found: list[Irrep] = []
    for chi in characters:
        complex_ = bool(chi.imag.abs().max() > 1e-6)
        if complex_ and float(chi.imag[chi.imag.abs() > 1e-6][0]) < 0:
            continue  # its conjugate stands for both
        real = chi.real * (1 + complex_)
        found.append(Irrep(_label(name, real, e, landmarks), round(float(real[e])), round(float(chi.real[e])), real))
    labels = [irrep.label for irrep in found]
    assert len(set(labels)) == len(labels), (name, labels)
    return tuple(sorted(found, key=lambda irrep: _rank(irrep.label)))


def _landmarks(name: str, rotations: Tensor, axes: Tensor) -> dict[str, list[int]]:
    """The numbers of the elements whose characters decide a name, by their roles."""
    proper, order = rotation_orders(rotations)
    axis = _axes(rotations, proper)

    def having(is_proper: bool, n: int) -> list[int]:
        return ((proper == is_proper) & (order == n)).nonzero()[:, 0].tolist()

    found: dict[str, list[int]] = {"i": having(False, 1)}
    halves, normals = having(True, 2), having(False, 2)  # mirrors are minus half turns
    if name in ("T", "Th", "O", "Oh", "Td"):
        found["subscript"] = (having(True, 4) or having(False, 4))[:1]
        return found
    if name in ("D2", "D2h"):
        along = (axis[halves] @ axes.T).abs()  # (half turn, direction)
        z = int(along[:, 2].argmax())
        y = max((h for h in range(3) if h != z), key=lambda h: float(along[h, 1]))
        found["B123"] = [halves[z], halves[y], halves[3 - y - z]]
        return found
    principal = next((g for g in (having(True, 6), having(True, 4), having(False, 4), having(True, 3)) if g), halves)
    found["principal"] = principal[:1]
    found["sixfold"] = having(True, 6)[:1]
    if principal:
        across = (axis @ axis[principal[0]]).abs() < _ALONG
        flat = [g for g in normals if float((axis[g] @ axis[principal[0]]).abs()) > 1 - _ALONG]
        if not found["i"]:
            found["σh"] = flat[:1]
        second = [g for g in halves if bool(across[g])] or [g for g in normals if bool(across[g])]
        if name == "C2v":
            second = sorted(
                second, key=lambda g: tuple((axis[g] @ axes.T).abs().flip(0).round(decimals=6)), reverse=True
            )
        else:
            second = sorted(second, key=lambda g: -float((axis[g] @ axes.T).abs().max().round(decimals=6)))
        found["subscript"] = second[:1]
    elif name == "Cs":
        found["σh"] = normals
    return found


def _axes(rotations: Tensor, proper: Tensor) -> Tensor:
    """The axis of each rotation, the normal of a mirror: `(k, 3)`; anything for the identity and the inversion."""
    R = torch.where(proper[:, None, None], rotations, -rotations)
    values, vectors = torch.linalg.eigh((R + R.mT) / 2)
    return vectors[..., 2]  # of the eigenvalue 1, the largest


def _label(name: str, chi: Tensor, e: int, landmarks: dict[str, list[int]]) -> str:
    """The name of a real character: letter, subscript, g or u, primes."""

    def even(role: str) -> bool | None:
        where = landmarks.get(role)
        return bool(chi[where[0]] > 0) if where else None

    dimension = round(float(chi[e]))
    subscript = ""
    if "B123" in landmarks:
        signs = [bool(chi[g] > 0) for g in landmarks["B123"]]
        letter = "A" if all(signs) else "B"
        subscript = "" if all(signs) else str(1 + signs.index(True))
    elif dimension == 1:
        letter = "B" if even("principal") is False else "A"
        subscript = {True: "1", False: "2", None: ""}[even("subscript")]
        if name in ("T", "Th"):
            subscript = ""
    else:
        letter = "E" if dimension == 2 else "T"
        if dimension == 2 and landmarks.get("sixfold"):
            subscript = "1" if float(chi[landmarks["sixfold"][0]]) > 0 else "2"
        if dimension == 3 and landmarks.get("subscript"):
            subscript = "1" if even("subscript") else "2"
    parity = {True: "g", False: "u", None: ""}[even("i")]
    primes = {True: "'", False: "''", None: ""}[even("σh")]
    return letter + subscript + parity + primes


def _rank(label: str) -> tuple:
    return ("''" in label, label.endswith("u"), "ABET".index(label[0]), label)
