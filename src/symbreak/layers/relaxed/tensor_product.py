"""A tensor product of e3nn whose second input is relaxed."""

import torch
from torch import Tensor, nn

from symbreak.layers.relaxed.condition import ConditionedWeight
from symbreak.layers.relaxed.e3nn_types import Irreps, TensorProduct
from symbreak.layers.relaxed.filter import RelaxedFilter
from symbreak.layers.relaxed.folded_product import FoldedProduct
from symbreak.layers.relaxed.paths import extra_irreps, extra_paths, foldable, is_scalar, live
from symbreak.layers.relaxed.weight import RelaxedWeight, read_irreps, wrong_theta

Theta = RelaxedWeight | ConditionedWeight | Irreps | str | int


class RelaxedTensorProduct(nn.Module):
    """A tensor product of e3nn with a second input that θ has turned and mixed, `x ⊗_w2 (θ ⊗_w1 y)`.

    With θ at the scalar, where it starts, this is the product `x ⊗ y`, up to rounding, and with a θ of nothing but 0e
    to the bit, by the same operations. It is jointly equivariant in (θ, x, y) always.

    Args:
        tp: the product to relax; it is taken over, weights and all.
        theta: `l_relaxed`, of which the irreps that lead to the output are kept; or irreps, which all must lead there;
            or a `RelaxedWeight` to share, of which one must; or a `ConditionedWeight`, and θ is then an argument.
        irreps_extra: of the filter `θ ⊗ y` beyond those of `y`. By default all that lead to the output, once each;
            `""` for none, which costs no path. Extra paths need a fully connected ("uvw") or depthwise ("uvu") product
            with weights; theirs follow those of `tp`.
    Shapes:
        x `(..., irreps_in1.dim)`, y `(..., irreps_in2.dim)`, weight as of `tp` with `weight_numel` entries ->
        `(..., irreps_out.dim)`. theta `(dim,)`, for all rows, or `(..., dim)`, one for each row of `y`.
    Raises:
        ValueError: if θ has no 0e, or an irrep without a path; if an extra irrep has no path; if x, y, θ or a weight
            has the wrong size.

    Example:
        >>> from e3nn import o3
        >>> tp = o3.FullyConnectedTensorProduct("0e", "0e + 1o", "0e + 1o")
        >>> relaxed = RelaxedTensorProduct(tp, 1)
        >>> relaxed.relaxed_weight, relaxed.irreps_filter  # 0o turns no scalar into a vector
        (RelaxedWeight(1x0e+1x1o+1x1e), 1x0e+1x1o)
        >>> x, y = torch.randn(5, 1), torch.randn(5, 4)
        >>> torch.allclose(relaxed(x, y), tp(x, y), atol=1e-6)
        True

    Reference:
        Hofgard, Wang, Walters, Smidt (2024), Relaxed equivariant graph neural networks.
    """

    def __init__(self, tp: TensorProduct, theta: Theta, irreps_extra: "str | Irreps | None" = None):
        super().__init__()
        given = isinstance(theta, RelaxedWeight | ConditionedWeight)
        irreps = theta.irreps if isinstance(theta, RelaxedWeight | ConditionedWeight) else read_irreps(theta)
        if not any(is_scalar(ir) for _, ir in irreps):
            raise ValueError(
                f"θ has the irreps {irreps}, without a scalar, so nothing of the equivariant product would be left: "
                "add 0e."
            )
        extra = extra_irreps(tp, irreps) if irreps_extra is None else _checked(tp, irreps, Irreps(irreps_extra))
        leading = live(tp, irreps, extra)
        _check_live(tp, theta, irreps, leading, extra)
        self.relaxed_weight = None
        if isinstance(theta, RelaxedWeight):
            self.relaxed_weight = theta.tied()
        elif not given:
            irreps = leading
            self.relaxed_weight = RelaxedWeight(irreps).to(tp.output_mask)
        self.irreps_in1, self.irreps_in2, self.irreps_out = tp.irreps_in1, tp.irreps_in2, tp.irreps_out
        self.irreps_filter = tp.irreps_in2 + extra
        unused = set(range(len(tp.irreps_in2))) - {ins.i_in2 for ins in tp.instructions}
        self.filter = RelaxedFilter(irreps, tp.irreps_in2, extra, tuple(unused)).to(tp.output_mask)
        self.tp = tp
        breaks = any(not is_scalar(ir) for _, ir in irreps)
        self.product = FoldedProduct(tp, extra).to(tp.output_mask) if breaks and foldable(tp) else None
        self.weight_numel = tp.weight_numel if self.product is None else self.product.weight_numel
        self.extra_numel = self.weight_numel - tp.weight_numel
        inside = tp.internal_weights and self.extra_numel
        self.extra_weight = nn.Parameter(torch.randn(self.extra_numel).to(tp.output_mask)) if inside else None
        # plain numbers: torch.compile cannot guard irreps
        self._theta_dim, self._dim1, self._edge_dim = irreps.dim, tp.irreps_in1.dim, tp.irreps_in2.dim

    def forward(self, x: Tensor, y: Tensor, weight: Tensor | None = None, theta: Tensor | None = None) -> Tensor:
        return self.folded(x, y, self.fold(theta), weight)

    def fold(self, theta: Tensor | None = None) -> Tensor:
        """The matrix of `y ↦ θ ⊗ y`, `(..., irreps_in2.dim, irreps_filter.dim)`."""
        theta = self._own_theta() if theta is None else theta
        if theta.shape[-1:] != (self._theta_dim,):
            raise wrong_theta(theta, self.filter.irreps)
        return self.filter(theta)

    def folded(self, x: Tensor, y: Tensor, fold: Tensor, weight: Tensor | None = None) -> Tensor:
        """`x ⊗ (y A)` with a matrix `A` of `fold`, one for all rows or one for each."""
        self._check(x, y, weight)
        if self.product is None:
            return self.tp(x, _times(y, fold), weight)
        weight = self._own_weight() if weight is None else weight
        if x.dim() == y.dim() == 2 and len(x) == len(y) and (weight.dim() == 1 or len(weight) == len(x)):
            return self.product(x, y, fold, weight)
        rows = torch.broadcast_shapes(x.shape[:-1], y.shape[:-1], weight.shape[:-1])
        x, y = (part.expand(*rows, -1).reshape(-1, part.shape[-1]) for part in (x, y))
        if fold.dim() > 2:
            fold = fold.expand(*rows, -1, -1).reshape(-1, *fold.shape[-2:])
        if weight.dim() > 1:
            weight = weight.expand(*rows, -1).reshape(-1, self.weight_numel)
        out = self.product(x, y, fold, weight)
        return out.reshape(*rows, out.shape[-1])

    def right(self, y: Tensor, weight: Tensor | None = None, theta: Tensor | None = None) -> Tensor:
        """The matrices of `x ↦ x ⊗ (θ ⊗ y)`, as `tp.right`; of a filter without extra irreps."""
        if self.extra_numel:
            raise ValueError(
                f"right was asked of a filter with irreps beyond those of its input, {self.irreps_filter}: relax with "
                'irreps_extra="", or full_filter=False.'
            )
        return self.tp.right(_times(y, self.fold(theta)), weight)

    def _own_theta(self) -> Tensor:
        if self.relaxed_weight is None:
            raise ValueError("θ is conditioned, and no layer holds it: give theta=weight(c), of the ConditionedWeight.")
        return self.relaxed_weight.theta

    def _own_weight(self) -> Tensor:
        return self.tp.weight if self.extra_weight is None else torch.cat([self.tp.weight, self.extra_weight])

    def _check(self, x: Tensor, y: Tensor, weight: Tensor | None) -> None:
        """Raises if an input is not of its irreps, or the weights of the paths are missing, or too few."""
        if x.shape[-1:] != (self._dim1,):
            raise _wrong_size("x", x, self.irreps_in1)
        if y.shape[-1:] != (self._edge_dim,):
            raise _wrong_size("y", y, self.irreps_in2)
        if weight is None:
            if self.weight_numel and not self.tp.internal_weights:
                raise ValueError(f"The product has no weights of its own: give {self.weight_numel} for each row.")
        elif weight.shape[-1] != self.weight_numel:
            raise ValueError(
                f"The weights have shape {tuple(weight.shape)}, but there are {self.tp.weight_numel} of the product, "
                f"and {self.extra_numel} of extra paths: (..., {self.weight_numel})."
            )


def _wrong_size(name: str, value: Tensor, irreps: Irreps) -> ValueError:
    return ValueError(f"{name} has shape {tuple(value.shape)}, but its irreps {irreps} need (..., {irreps.dim}).")


def _times(y: Tensor, fold: Tensor) -> Tensor:
    return y @ fold if fold.dim() == 2 else (y[..., None, :] @ fold).squeeze(-2)


def _checked(tp: TensorProduct, irreps: Irreps, extra: Irreps) -> Irreps:
    """The extra irreps, all of which θ must make and the product must use."""
    made = {f for _, ir in irreps if not is_scalar(ir) for _, ir_edge in tp.irreps_in2 for f in ir * ir_edge}
    for _, ir in extra:
        if ir not in made:
            raise ValueError(
                f"The filter was given {ir}, but θ ({irreps}) times {tp.irreps_in2} does not hold it: take it out, or "
                "widen θ."
            )
        if not extra_paths(tp, ir):
            raise ValueError(
                f"The filter was given {ir}, but no path of {tp} leads from it to {tp.irreps_out}: take it out. "
                'Of products that are not fully connected or depthwise with weights, give irreps_extra="".'
            )
    return extra


def _check_live(tp: TensorProduct, theta: Theta, asked: Irreps, leading: Irreps, extra: Irreps) -> None:
    """Raises if θ holds what can do nothing."""
    breaking = [ir for _, ir in leading if not is_scalar(ir)]
    dead = [ir for _, ir in asked if ir not in leading]
    if isinstance(theta, int):
        lost = theta > 0 and theta not in {ir.l for ir in breaking}
    else:
        shared = isinstance(theta, RelaxedWeight | ConditionedWeight)
        lost = bool(dead) and not (shared and breaking)
    if lost:
        reach = f"Those with a path are {leading}." if breaking else "No irrep but 0e has one."
        raise ValueError(
            f"θ was given {asked}, but {', '.join(map(str, dead))} has no path from {tp.irreps_in1} by filters in "
            f"{tp.irreps_in2 + extra} to {tp.irreps_out}. {reach}"
        )
