"""The least squared error that an equivariant model can have on a target."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from symbreak.representations import Representation
from symbreak.symmetry.fixed_subspace import FixedSubspace, fixed_subspace, fixed_subspaces
from symbreak.symmetry.isotypic import isotypic_projectors
from symbreak.symmetry.self_symmetry import Symmetry


@dataclass(frozen=True, eq=False)
class CurieFloor:
    """The squared error `|y - P y|²` that no deterministic equivariant model gets below, and where it comes from.

    Leading dimensions are those of the target: `(...)` for several targets of one input, `(items,)` for a batch.
    """

    fixed: FixedSubspace
    """What can be reached."""
    nearest: Tensor = field(repr=False)
    """`P y`, the nearest output that can be reached; in the shape and dtype of the target."""
    unreachable: Tensor = field(repr=False)
    """`y - P y`; its squares are the floor of each component."""
    squared_error: Tensor
    """float64 `(...)`, the sum over the components (and nodes)."""
    share: Tensor
    """float64 `(...)`, of `|y|²`, between 0 and 1; 0 where y = 0."""
    irreps: dict[str, Tensor]
    """float64 `(...)` for each irrep of O(3): the part of the squared error that it carries."""

    @property
    def vanishing(self) -> Tensor:
        """bool, which components of the output must be 0 whatever the target is."""
        return self.fixed.vanishing


def curie_floor(
    symmetry: Symmetry, representation: Representation, target: Tensor, *, tolerance: float = 1e-4
) -> CurieFloor:
    """The floor for one input, and one or several targets.

        min |f(x) - y|²  over equivariant f   =   |y - P y|²,    P = (1/|H|) Σ_h ρ(h)

    since `f(x)` may be any vector fixed by the symmetry H of x, and no other. It is reached by a model that can tell
    x from other orbits; a data set that holds one orbit twice, with two targets, has a higher one.

    Args:
        symmetry: H.
        representation: how the target moves; see `fixed_subspace`.
        target: y.
        tolerance: see `fixed_subspace`.
    Shapes:
        target `(..., dim)`, or `(..., nodes, d)` for a `SiteRepresentation`.
    Raises:
        ValueError: if the target has another shape or is not finite; and as `fixed_subspace` does.

    Example:
        >>> from symbreak.groups import Orthogonal
        >>> from symbreak.representations import Vector
        >>> water = Symmetry(torch.diag_embed(torch.tensor([[1.0, 1, 1], [-1, -1, 1], [-1, 1, 1], [1, -1, 1]])),
        ...                  complete=True)
        >>> floor = curie_floor(water, Vector(Orthogonal(3)), torch.tensor([0.5, 0.0, 1.5]))
        >>> floor.nearest, float(floor.squared_error), float(floor.share)
        (tensor([0.0000, 0.0000, 1.5000]), 0.25, 0.1)

    Reference:
        Curie (1894), Sur la symétrie dans les phénomènes physiques.
    """
    fixed = fixed_subspace(symmetry, representation, tolerance=tolerance)
    return _floor(fixed, target, batched=False)


def curie_floors(
    symmetries: Sequence[Symmetry],
    local: Representation,
    target: Tensor,
    *,
    per_node: bool = False,
    tolerance: float = 1e-4,
) -> CurieFloor:
    """The floors of a ragged batch, at once.

    Args:
        symmetries: one for each item.
        local: how a target moves, or with `per_node` the vector of one node.
        target: one vector for each item, or with `per_node` for each node, the items one after another.
        per_node: whether targets are per node.
        tolerance: see `fixed_subspace`.
    Shapes:
        target `(items, d)` or `(nodes, d)`; the floors are `(items,)`.
    Raises:
        ValueError: as `curie_floor` does.

    Example:
        >>> from symbreak.groups import Symmetric
        >>> from symbreak.representations import Trivial
        >>> flip, turn = torch.tensor([[2, 1, 0]]), torch.tensor([[1, 0]])
        >>> y = torch.tensor([[1.0], [0.0], [0.0], [1.0], [1.0]])
        >>> curie_floors([Symmetry(flip, flip), Symmetry(turn, turn)], Trivial(Symmetric()), y, per_node=True
        ... ).squared_error
        tensor([0.5000, 0.0000], dtype=torch.float64)
    """
    fixed = fixed_subspaces(symmetries, local, per_node=per_node, tolerance=tolerance)
    return _floor(fixed, target, batched=True)


def _floor(fixed: FixedSubspace, target: Tensor, batched: bool) -> CurieFloor:
    check_finite("targets", target)
    y = fixed.sites(target)
    nearest = fixed.project(y.reshape(target.shape))
    rest = y - fixed.sites(nearest)

    def total(squares: Tensor) -> Tensor:
        sums = squares.sum(-1)  # (..., N)
        return fixed.orbits.total(sums) if batched else sums.sum(-1)

    error, size = total(rest**2), total(y**2)
    share = torch.where(size > 0, error / size.clamp(min=torch.finfo(torch.float64).tiny), 0.0).clamp(max=1.0)
    irreps = {name: total((rest @ Q.to(rest)) ** 2) for name, Q in isotypic_projectors(fixed.local).items()}
    unreachable = rest.reshape(target.shape).to(target)
    return CurieFloor(fixed, nearest.to(target), unreachable, error, share, irreps)


def check_finite(names: str, y: Tensor) -> None:
    """Refuses numbers that are not finite, and integers."""
    if not y.is_floating_point():
        raise ValueError(
            f"The {names} are {y.dtype}, but an error is one of real numbers: pass floats, or labels to "
            "cross_entropy_floor."
        )
    if not bool(y.isfinite().all()):
        where = y.isfinite().logical_not().nonzero()[0].tolist()
        raise ValueError(
            f"Of the {names}, entry {where} is not finite, so no error is. Leave that item out, and count it."
        )
