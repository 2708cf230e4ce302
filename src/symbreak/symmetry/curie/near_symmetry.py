"""Inputs that are nearly symmetric: how steep a model must be to tell them from symmetric ones."""

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves

from symbreak.groups import batch_size
from symbreak.representations import Representation
from symbreak.symmetry.curie.floor import CurieFloor, check_finite, curie_floor
from symbreak.symmetry.derivative import derivative
from symbreak.symmetry.self_symmetry import Symmetry
from symbreak.symmetry.site_representation import SiteRepresentation

_ROUNDING = 32  # units in the last place of the norm


@dataclass(frozen=True, eq=False)
class ApproximateFloor:
    """What a near-symmetry costs. See `approximate_floor`; leading dimensions `(...)` are those of x and y."""

    curie: CurieFloor
    """The floor if the input were symmetric: that of a model that does not see the difference."""
    moved_in: Tensor = field(repr=False)
    """float64 `(..., k)`, `|h x - x|` for each element, and the slopes `|dρ(X) x|` for each tangent behind them."""
    moved_out: Tensor = field(repr=False)
    """float64 `(..., k)`, `|ρ(h) y - y|`, likewise."""
    elements: int
    """How many of the k are elements."""
    finite: bool
    """Whether these are all the elements of the group."""

    @property
    def ratio(self) -> Tensor:
        """float64 `(..., k)`, `|ρ(h) y - y| / |h x - x|`: infinite where x stays and y does not, 0 where both stay."""
        return torch.where(self.moved_out > 0, self.moved_out / self.moved_in, 0.0)

    @property
    def lipschitz(self) -> Tensor:
        """float64 `(...)`, the least Lipschitz constant of an equivariant model with `f(x) = y`."""
        return self.ratio.amax(-1)

    @property
    def worst(self) -> Tensor:
        """int64 `(...)`, the element (or tangent) that demands it."""
        return self.ratio.argmax(-1)

    def error(self, lipschitz: float) -> Tensor:
        """The least Euclidean error `|f(x) - y|` of an equivariant model with this Lipschitz constant, float64 `(...)`.

            max over h  (|ρ(h) y - y| - L |h x - x|) / 2      and, of a finite group that is listed,
            |y - P y| - L √(mean over h of |h x - x|² / 2),

        whichever is larger. The second is the Curie floor, `|y - P y|`, at L = 0; it holds since
        `|f - P f|² = mean over h of |f - ρ(h) f|² / 2` for the output f of the model.

        Raises:
            ValueError: if `lipschitz` is negative or NaN.
        """
        if not lipschitz >= 0:
            raise ValueError(f"lipschitz is {lipschitz}, but a Lipschitz constant is not negative.")
        moved_in, moved_out = self.moved_in[..., : self.elements], self.moved_out[..., : self.elements]
        bound = ((moved_out - lipschitz * moved_in) / 2).clamp(min=0)
        bound = bound.amax(-1) if self.elements else torch.zeros_like(self.curie.squared_error)
        if not self.finite:
            return bound
        return torch.maximum(bound, self.curie.squared_error.sqrt() - lipschitz * (moved_in**2).mean(-1).div(2).sqrt())


def approximate_floor(
    symmetry: Symmetry,
    rep_in: Representation,
    x: Tensor,
    rep_out: Representation,
    y: Tensor,
    *,
    tolerance: float = 1e-4,
) -> ApproximateFloor:
    """The price of escaping the Curie floor where the symmetry is only approximate.

    An equivariant f with `f(x) = y` has `f(h x) = ρ(h) y`, so between x and `h x` it must be as steep as

        L >= |ρ(h) y - y| / |h x - x|      for every h,

    and along a tangent X as `|dρ(X) y| / |dρ(X) x|`. At a residual of 10⁻³ Å, a dipole of 1 D that symmetry forbids
    demands 10³ D/Å: it is not forbidden, but not learned either. The norms are Euclidean; a model that permutes its
    input sees `h x` with the nodes matched.

    Args:
        symmetry: approximate, of exact (orthogonal) elements; its permutations match the nodes.
        rep_in: how x moves: `SiteRepresentation(Vector(Orthogonal(3)), n)` for centred positions.
        x: the input.
        rep_out: how y moves.
        y: the target.
        tolerance: see `fixed_subspace`.
    Shapes:
        x `(..., dim)`, or `(..., nodes, d)` for a `SiteRepresentation`; y likewise, with equal `(...)`.
    Raises:
        ValueError: if shapes do not fit, or a number is not finite; and as `curie_floor` does.

    Example:
        >>> from symbreak.groups import Orthogonal
        >>> from symbreak.representations import Vector
        >>> V = Vector(Orthogonal(3))
        >>> mirror = Symmetry(torch.diag_embed(torch.tensor([[1.0, 1, 1], [1, 1, -1]])), torch.tensor([[0, 1]] * 2),
        ...                   complete=True)
        >>> x = torch.tensor([[1.0, 0.0, 0.005], [-1.0, 0.0, -0.005]], dtype=torch.float64)  # nearly in the plane
        >>> near = approximate_floor(mirror, SiteRepresentation(V, 2), x, V, torch.tensor([0.0, 0.0, 1.0]))
        >>> round(float(near.lipschitz), 1), round(float(near.error(10.0)), 3)
        (141.4, 0.929)
    """
    curie = curie_floor(symmetry, rep_out, y, tolerance=tolerance)
    check_finite("inputs", x)
    moved_in, moved_out = _moved(symmetry, rep_in, x), _moved(symmetry, rep_out, y)
    if moved_in.shape != moved_out.shape:
        raise ValueError(
            f"There are {tuple(moved_in.shape[:-1])} inputs and {tuple(moved_out.shape[:-1])} targets, but each input "
            "has one: x and y share their leading dimensions."
        )
    finite = symmetry.complete and (symmetry.tangents is None or not len(symmetry.tangents))
    return ApproximateFloor(curie, moved_in, moved_out, batch_size(symmetry.elements), finite)


def _moved(symmetry: Symmetry, rep: Representation, x: Tensor) -> Tensor:
    """`(..., k + m)`: how far the elements move x, and how fast the tangents do; 0 where that is rounding."""
    sites = isinstance(rep, SiteRepresentation)
    local = rep.local if sites else rep
    shape = (rep.nodes, local.dim) if isinstance(rep, SiteRepresentation) else (rep.dim,)
    if x.shape[x.dim() - len(shape) :] != shape:
        raise ValueError(
            f"The input has shape {tuple(x.shape)}, but {rep!r} moves (..., {', '.join(map(str, shape))})."
        )
    kinds = [x.dtype, *(leaf.dtype for leaf in tree_leaves(symmetry.elements) if leaf.is_floating_point())]
    x = x.to(torch.float64).flatten(x.dim() - len(shape))
    rho = local.matrix(symmetry.elements, dtype=torch.float64)  # (k, d, d)
    table = x.unflatten(-1, (-1, local.dim)).unsqueeze(-3)  # (..., 1, n, d)
    moved = table @ rho.mT  # (..., k, n, d)
    if sites and symmetry.permutations is not None:
        moved = moved.gather(-2, symmetry.permutations.argsort(-1)[..., None].expand_as(moved))
    moved = [(moved - table).flatten(-2).norm(dim=-1)]
    if symmetry.tangents is not None:
        moved.append((table @ derivative(local, symmetry.tangents).mT).flatten(-2).norm(dim=-1))
    distance = torch.cat(moved, dim=-1)
    rounding = _ROUNDING * max(torch.finfo(kind).eps for kind in kinds) * x.norm(dim=-1, keepdim=True)
    return distance.where(distance > rounding, 0.0)
