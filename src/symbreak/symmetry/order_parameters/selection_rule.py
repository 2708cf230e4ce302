"""Which irreps the symmetry of the data lets grow, and which did."""

from dataclasses import dataclass

from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.representations.irreps import Irreps
from symbreak.symmetry.fixed_subspace import fixed_subspace
from symbreak.symmetry.order_parameters.irrep_block import IrrepBlock, IrrepsLike, irrep_blocks, irreps_read
from symbreak.symmetry.self_symmetry import Symmetry

_O3 = Orthogonal(3)


@dataclass(frozen=True, eq=False)
class SelectedIrrep:
    """One irrep of a learned vector against the fixed subspace of the data's symmetry.

    Args:
        irrep: such as "2e".
        copies: how often it is in the vector.
        allowed: how many of the `2l + 1` directions the symmetry fixes.
        basis: orthonormal rows, the directions that may grow: `(allowed, 2l+1)`.
        inside, outside: the norm along them, and across.
        limit: below which a norm counts as 0.
    """

    irrep: str
    copies: int
    allowed: int
    basis: Tensor
    inside: float
    outside: float
    limit: float

    @property
    def dimension(self) -> int:
        """`2l + 1`."""
        return self.basis.shape[1]

    @property
    def grew(self) -> bool:
        """Whether something that may grow did."""
        return self.inside > self.limit

    @property
    def violated(self) -> bool:
        """Whether something grew that may not, by noise, mini-batches, or an optimizer that works entry by entry."""
        return self.outside > self.limit

    def __str__(self) -> str:
        may = f"{self.allowed} of {self.dimension} may grow"
        did = "grew" if self.grew else "did not grow" if self.allowed else "none did"
        if not self.violated:
            return f"{may}, {did}"
        return f"{may}, {'grew; ' if self.grew else ''}FORBIDDEN part grew: {self.outside:.3g}"


def selection_rule(
    theta: Tensor, irreps: IrrepsLike, symmetry: Symmetry, *, tolerance: float = 1e-3
) -> tuple[SelectedIrrep, ...]:
    """Each irrep of a learned vector against `Fix_K = {θ : D(g) θ = θ for all g in K}`.

    If K maps the training set to itself, the gradient of the loss at a vector of `Fix_K` lies in `Fix_K`; so a network
    that starts at scalars ends in it, if the optimizer commutes with K, as SGD and `EquivariantAdam` do.

    Args:
        theta, irreps: as in `irrep_blocks`.
        symmetry: K, of the whole set of inputs with their targets; see `data_symmetry`.
        tolerance: the part of the norm of θ below which a norm counts as 0.
    Raises:
        ValueError: if the vector does not fit the irreps.

    Example:
        >>> import torch
        >>> from symbreak.symmetry.points import point_stabilizer
        >>> box = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 3) * torch.tensor([0.5, 0.5, 2.0])
        >>> K = Symmetry(point_stabilizer(box).rotations, complete=True)  # D4h
        >>> theta = torch.tensor([1.0, 0.0, 0.0, 0.1, 0.0, 0.0, -0.5, 0.0, 0.866])
        >>> for row in selection_rule(theta, "0e + 1o + 2e", K):
        ...     print(row.irrep, row)
        0e 1 of 1 may grow, grew
        1o 0 of 3 may grow, FORBIDDEN part grew: 0.1
        2e 1 of 5 may grow, grew

    Reference:
        Smidt, Geiger, Miller (2021), Finding symmetry breaking order parameters with Euclidean neural networks, Phys.
        Rev. Research 3.
    """
    blocks = irrep_blocks(theta, irreps)
    limit = tolerance * sum(block.norm**2 for block in blocks) ** 0.5
    return tuple(_selected(block, symmetry, limit) for block in blocks)


def _selected(block: IrrepBlock, symmetry: Symmetry, limit: float) -> SelectedIrrep:
    fixed = fixed_subspace(_unpermuted(symmetry), Irreps(_O3, f"1x{block.name}"))
    inside = fixed.project(block.values)
    return SelectedIrrep(
        irrep=block.name,
        copies=len(block.values),
        allowed=fixed.dimension,
        basis=fixed.basis,
        inside=float(inside.norm()),
        outside=float((block.values - inside).norm()),
        limit=limit,
    )


def allowed_dimensions(symmetry: Symmetry, irreps: IrrepsLike) -> dict[str, int]:
    """How many directions of one copy of each irrep a symmetry fixes: the number of amplitudes that may grow.

    Example:
        >>> import torch
        >>> from symbreak.symmetry.points import point_stabilizer
        >>> octahedron = torch.cat([torch.eye(3), -torch.eye(3)])
        >>> K = Symmetry(point_stabilizer(octahedron).rotations, complete=True)
        >>> allowed_dimensions(K, "0e + 0o + 1o + 2e + 4e")
        {'0e': 1, '0o': 0, '1o': 0, '2e': 0, '4e': 1}
    """
    names = dict.fromkeys(str(irrep) for mul, irrep in irreps_read(irreps) if mul)
    K = _unpermuted(symmetry)
    return {name: fixed_subspace(K, Irreps(_O3, f"1x{name}")).dimension for name in names}


def _unpermuted(symmetry: Symmetry) -> Symmetry:
    """What the elements do to space alone."""
    return Symmetry(symmetry.elements, None, symmetry.tangents, symmetry.complete)
