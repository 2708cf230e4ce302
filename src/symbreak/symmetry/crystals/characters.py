"""Conjugacy classes and irreducible characters of a small group of matrices."""

from dataclasses import dataclass

import torch
from torch import Tensor

_SAME = 1e-3  # largest difference of an entry of two equal matrices
_EXACT = 1e-8  # of the orthogonality of characters
# Logarithms of primes are linearly independent over the algebraic numbers (Baker 1966): weighted by them, the
# characters of no two irreps have the same sum. No crystallographic point group has more than twelve classes.
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


@dataclass(frozen=True, eq=False)
class CharacterTable:
    """Irreducible characters of a finite group, over its elements.

    Shapes:
        table `(k, k)`, the number of `g h`; classes `(k,)`, the number of the class of each element; characters
        complex128 `(r, k)`, one row for each irrep.
    """

    table: Tensor
    classes: Tensor
    characters: Tensor

    @property
    def dimensions(self) -> Tensor:
        """int64 `(r,)`: the dimension of each irrep."""
        return self.characters[:, self.identity].real.round().long()

    @property
    def identity(self) -> int:
        """The number of the neutral element."""
        return int((self.table.diagonal() == torch.arange(len(self.table))).nonzero()[0])


def multiplication_table(rotations: Tensor) -> Tensor:
    """int64 `(k, k)`: the number of `R_g R_h` in a group of matrices `(k, 3, 3)`.

    Raises:
        ValueError: if a product is not in the list.

    Example:
        >>> multiplication_table(torch.stack([torch.eye(3), -torch.eye(3)]))
        tensor([[0, 1],
                [1, 0]])
    """
    R = rotations.to(torch.float64).flatten(1)
    products = (rotations[:, None] @ rotations[None, :]).to(torch.float64).flatten(0, 1).flatten(1)
    gap, number = torch.cdist(products, R, p=float("inf")).min(1)
    if not bool((gap <= _SAME).all()):
        g, h = divmod(int(gap.argmax()), len(R))
        raise ValueError(
            f"The product of matrices {g} and {h} is not among the {len(R)}; the nearest differs by "
            f"{float(gap.max()):.2g}. List all the elements of the group."
        )
    return number.reshape(len(R), len(R))


def character_table(rotations: Tensor) -> CharacterTable:
    """All irreducible characters of a group of matrices, by Burnside's method.

    The sums of the classes, `C_i C_j = Σ_k a_ijk C_k`, commute, and each irrep is one joint eigenvector of the matrices
    `a_i` with eigenvalues `|C_i| χ(C_i) / d`. The characters are checked to be orthonormal.

    Args:
        rotations: the elements `(k, 3, 3)`, each once. They need not be irreducible, only faithful.

    Raises:
        ValueError: if the list is not closed, or the group has more than twelve classes.
        ArithmeticError: if the characters are not orthonormal, which would be a fault of this function.

    Example:
        >>> mirror = torch.diag_embed(torch.tensor([[1.0, 1, 1], [1, 1, -1]]))
        >>> character_table(mirror).characters.real
        tensor([[ 1.,  1.],
                [ 1., -1.]], dtype=torch.float64)

    Reference:
        Burnside (1911), Theory of groups of finite order, §223; Dixon (1967), High speed computation of group
        characters.
    """
    table = multiplication_table(rotations)
    k = len(table)
    e = int((table.diagonal() == torch.arange(k)).nonzero()[0])
    inverse = (table == e).int().argmax(1)
    h = torch.arange(k)[:, None]
    conjugates = table[table[h, torch.arange(k)], inverse[h]]  # (h, g): h g h⁻¹
    _, classes = conjugates.amin(0).unique(return_inverse=True)
    r = int(classes.max()) + 1
    if r > len(_PRIMES):
        raise ValueError(
            f"The group has {r} conjugacy classes, but a crystallographic point group has at most {len(_PRIMES)}: the "
            "characters of larger groups are not known here."
        )
    member = torch.nn.functional.one_hot(classes, r).double()  # (k, r)
    size = member.sum(0)
    weight = torch.tensor(_PRIMES[:r], dtype=torch.float64).log() / size
    # Row j, column l: how often a product of class j with the weighted sum of all gives one element of class l.
    M = torch.zeros(r, r, dtype=torch.float64)
    M.index_put_(
        (classes.repeat(k), classes[table].flatten()),
        (weight[classes][:, None] / size[classes[table]]).flatten(),
        accumulate=True,
    )
    _, vectors = torch.linalg.eig(M)
    omega = vectors / vectors[classes[e]]  # (class, irrep): |C| χ / d
    dimension = (k / (omega.abs().square() / size[:, None]).sum(0)).sqrt()
    characters = (dimension * omega / size[:, None]).T[:, classes]  # (r, k)
    gram = characters @ characters.conj().T / k
    if float((gram - torch.eye(r)).abs().max()) > _EXACT:
        raise ArithmeticError(
            f"The characters of a group of order {k} came out orthonormal to "
            f"{float((gram - torch.eye(r)).abs().max()):.2g} only. Please report the group."
        )
    order = sorted(
        range(r), key=lambda a: (round(float(dimension[a])), [-round(float(z.real), 6) for z in characters[a]])
    )
    return CharacterTable(table, classes, _clean(characters[order]))


def _clean(characters: Tensor) -> Tensor:
    """Rounding errors about integers and half-integers removed."""
    real, imag = (
        torch.where((p * 2 - (p * 2).round()).abs() < _EXACT, (p * 2).round() / 2, p)
        for p in (characters.real, characters.imag)
    )
    return torch.complex(real + 0.0, imag + 0.0)
