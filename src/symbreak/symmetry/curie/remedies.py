"""The floor that is left once a remedy is applied."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from symbreak.representations import Representation
from symbreak.symmetry.curie.floor import curie_floors
from symbreak.symmetry.fixed_subspace import FixedSubspace
from symbreak.symmetry.self_symmetry import Symmetry

_STEPS = 500
_CONVERGED = 1e-11  # of the residual, relative to the first


@dataclass(frozen=True, eq=False)
class RemedyFloors:
    """Squared errors `(items,)` that each remedy can reach, float64. See `remedy_floors`."""

    none: Tensor
    """`|y - P y|²`, of an equivariant model."""
    random_pose: Tensor
    """0: of the nearest of the outputs `h y` that a model with a random pose can give, as in SymPE."""
    one_draw: Tensor
    """`2 |y - P y|²`: the mean of one random output, uniform on the orbit of y, against the label y itself."""
    fixed_direction: Tensor
    """Of an equivariant model plus one constant vector, the same for all items, as relaxed weights can learn."""
    subgroup: Tensor | None
    """Of a model that is equivariant under a smaller group only; None if none was given."""
    direction: Tensor = field(repr=False)
    """The constant vector, of the shape of one item's target."""


def remedy_floors(
    symmetries: Sequence[Symmetry],
    local: Representation,
    target: Tensor,
    *,
    per_node: bool = False,
    kept: Sequence[Symmetry] | None = None,
    tolerance: float = 1e-4,
) -> RemedyFloors:
    """What is left of the Curie floor under each remedy.

    *Random pose* (SymPE, randomized canonicalization): the input is `(x, g v)` with a pose g of x and an encoding v,
    whose stabilizer is `H ∩ Stab(g v)`. So y can be reached if and only if it is fixed by that group: every y if v is
    free, which is the case here (for an encoding that keeps a subgroup, use `kept`). The outputs are then `h y` with h
    uniform on H, and one of them is y: the floor of the minimum over the orbit is 0. Against the one label y the
    expected squared error of a single draw is

        E_h |h y - y|² = 2 |y|² - 2 <y, E_h h y> = 2 (|y|² - |P y|²) = 2 |y - P y|²,

    twice that of the deterministic answer `P y`: a squared error against one label punishes the breaking of symmetry.

    *One fixed direction* (relaxed weights, a constant bias): the output is `f(x) + b`, so the floor is that of
    `y - b`, and the best b solves `Σ (1 - P_i) b = Σ (1 - P_i) y_i`; if all items have one symmetry, b is the mean of
    the unreachable parts. With as few items as b has components it fits anything: test by `direction_test` whether the
    direction is real.

    *A smaller group*: the floors under `kept`, the parts of the symmetries that the model still respects.

    Args:
        symmetries: one for each item.
        local: how a target moves, or with `per_node` the vector of one node.
        target: `(items, d)`, or with `per_node` `(nodes, d)`, of items with equally many nodes in the same order.
        per_node: whether targets are per node.
        kept: subgroups of the symmetries, see `Symmetry.subgroup`.
        tolerance: see `fixed_subspace`.
    Raises:
        ValueError: if the items have different numbers of nodes, so that no vector is common to them; and as
            `curie_floors` does.

    Example:
        >>> from symbreak.groups import Orthogonal
        >>> from symbreak.representations import Vector
        >>> mirror = Symmetry(torch.diag_embed(torch.tensor([[1.0, 1, 1], [1, 1, -1]])), complete=True)
        >>> y = torch.tensor([[5.0, 0.0, 1.0], [7.0, 0.0, 3.0]])
        >>> floors = remedy_floors([mirror, mirror], Vector(Orthogonal(3)), y)
        >>> floors.none.tolist(), floors.fixed_direction.tolist(), floors.direction.tolist()
        ([1.0, 9.0], [1.0, 1.0], [0.0, 0.0, 2.0])
    """
    floor = curie_floors(symmetries, local, target, per_node=per_node, tolerance=tolerance)
    if kept is not None and len(kept) != len(symmetries):
        raise ValueError(f"kept has {len(kept)} symmetries for {len(symmetries)} items: give a subgroup for each.")
    items = len(symmetries)
    sizes = torch.bincount(floor.fixed.orbits.owner, minlength=items)
    if items and bool((sizes != sizes[0]).any()):
        raise ValueError(
            f"The items have between {int(sizes.min())} and {int(sizes.max())} nodes, so one constant vector is not "
            "common to them. Compare items of one size, or a target for each item."
        )
    y = floor.fixed.sites(target)
    direction = _best_constant(floor.fixed, y, items)
    moved = y - direction.repeat(items, 1)
    rest = moved - floor.fixed.project(moved)
    smaller = None if kept is None else curie_floors(kept, local, target, per_node=per_node, tolerance=tolerance)
    return RemedyFloors(
        none=floor.squared_error,
        random_pose=torch.zeros_like(floor.squared_error),
        one_draw=2 * floor.squared_error,
        fixed_direction=floor.fixed.orbits.total((rest**2).sum(-1)),
        subgroup=None if smaller is None else smaller.squared_error,
        direction=direction if per_node else direction.flatten(),
    )


def _best_constant(fixed: FixedSubspace, y: Tensor, items: int) -> Tensor:
    """`(nodes, d)`: the b of least norm with `Σ (1 - P_i) b = Σ (1 - P_i) y_i`, by conjugate gradients from 0."""

    def unreachable(y: Tensor) -> Tensor:
        return (y - fixed.project(y)).unflatten(0, (items, -1)).sum(0)

    rest = unreachable(y) if items else y
    b, step, size = torch.zeros_like(rest), rest, (rest**2).sum()
    enough = _CONVERGED**2 * float(size)
    for _ in range(_STEPS):
        if float(size) <= enough:
            break
        image = unreachable(step.repeat(items, 1))
        scale = size / (step * image).sum()
        b, rest = b + scale * step, rest - scale * image
        step, size = rest + (rest**2).sum() / size * step, (rest**2).sum()
    return b
