"""Every linear map between irreps, graded by how it breaks the symmetry."""

import torch
from torch import Tensor, nn

from symbreak.layers.relaxed.e3nn_types import Irrep, Irreps, Linear, wigner_3j
from symbreak.layers.relaxed.paths import is_scalar
from symbreak.layers.relaxed.weight import RelaxedWeight, read_irreps, wrong_theta


class RelaxedLinear(nn.Module):
    """`o3.Linear` and tensor operators of higher degree beside it, by the Wigner-Eckart theorem

        W = Σ_L Σ_M θ_LM T_LM,    tr(T_LM^T T_L'M') = δ_LL' δ_MM',    D(g) T_L D(g)^-1 = T_L D_L(g),

    for each pair of channels. The terms of 0e are the equivariant map; θ holds the others, and starts at 0, where the
    layer is `o3.Linear` to the bit. All degrees together are all linear maps. The layer is jointly equivariant in
    (θ, x) always. How far it is from equivariance has a closed form: see `degree_of_equivariance` and `casimir`.

    Args:
        linear: the map to relax, with weights of its own; it is taken over, weights and all.
        irreps: which tensor operators: `l_relaxed`, irreps, or by default all. Multiplicities follow from the
            channels. The scalar is there in any case.
    Shapes:
        x `(..., irreps_in.dim)` -> `(..., irreps_out.dim)`. theta `(dim,)`, or `(..., dim)`, one for each row of `x`:
        for each input irrep, output irrep and L ascending, `(inputs, outputs, 2L+1)`, flat.
    Raises:
        ValueError: if an irrep, or `l_relaxed`, leads from no input to no output; if the map has no weights of its own;
            if x or θ has the wrong size.

    Example:
        >>> from e3nn import o3
        >>> relaxed = RelaxedLinear(o3.Linear("2x0e + 1o", "1o"))
        >>> relaxed.relaxed_weight.irreps  # 2 × 3 entries, and 9 of which one is the equivariant weight
        2x1o+1x1e+1x2e
        >>> relaxed.degree_of_equivariance().item()
        0.0

    Reference:
        Finzi, Benton, Wilson (2021), Residual pathway priors; Pertigkiozoglou et al. (2024), Improving equivariant
        model training via constraint relaxation. Both are such maps, penalized in different ways.
    """

    def __init__(self, linear: Linear, irreps: "int | str | Irreps | None" = None):
        super().__init__()
        if not linear.internal_weights or linear.weight.dim() > 1:
            raise ValueError(f"{linear} has no weights of its own, or axes f_in and f_out: relax a plain one.")
        self.linear = linear
        self.irreps_in, self.irreps_out = linear.irreps_in, linear.irreps_out
        chosen = None if irreps is None else read_irreps(irreps)
        self.blocks = [
            (i, o, tuple(kept))
            for i, (m, a) in enumerate(self.irreps_in)
            for o, (n, b) in enumerate(self.irreps_out)
            if m and n and (kept := [ir for ir in a * b if not is_scalar(ir) and (chosen is None or ir in chosen)])
        ]
        _check_chosen(self, irreps, chosen)
        layout = [(self.irreps_in[i].mul * self.irreps_out[o].mul, ir) for i, o, kept in self.blocks for ir in kept]
        self.relaxed_weight = RelaxedWeight(Irreps(layout)) if layout else None
        for number, (i, o, kept) in enumerate(self.blocks):
            operators = torch.cat([_operators(self.irreps_in[i].ir, self.irreps_out[o].ir, ir) for ir in kept])
            self.register_buffer(f"operators{number}", operators, persistent=False)
        # plain numbers: torch.compile cannot guard irreps
        self._dims = self.irreps_in.dim, self.irreps_out.dim
        self._mul_dims = [[(mul, ir.dim) for mul, ir in irreps] for irreps in (self.irreps_in, self.irreps_out)]
        self._sizes = [[mul * ir.dim for mul, ir in irreps] for irreps in (self.irreps_in, self.irreps_out)]
        self._degrees = [(i, o, [ir.dim for ir in kept]) for i, o, kept in self.blocks]
        self._pieces = [mul * ir.dim for mul, ir in layout]
        self.to(linear.output_mask)

    def forward(self, x: Tensor, theta: Tensor | None = None) -> Tensor:
        if x.shape[-1:] != (self._dims[0],):
            raise ValueError(
                f"x has shape {tuple(x.shape)}, but its irreps {self.irreps_in} need (..., {self.irreps_in.dim})."
            )
        y = self.linear(x)
        if self.relaxed_weight is None:
            return y
        R = self._relaxed(theta)
        return y + (x @ R if R.dim() == 2 else (x[..., None, :] @ R).squeeze(-2))

    def matrix(self, theta: Tensor | None = None) -> Tensor:
        """`W`, `(..., irreps_out.dim, irreps_in.dim)`, with `y = W x + bias`."""
        eye = torch.eye(self._dims[0], dtype=self.linear.weight.dtype, device=self.linear.weight.device)
        columns = self.linear(torch.cat([eye, torch.zeros_like(eye[:1])]))
        W = columns[:-1] - columns[-1]
        return (W if self.relaxed_weight is None else W + self._relaxed(theta)).mT

    def degree_of_equivariance(self) -> Tensor:
        """`E_g |D(g) W D(g)^-1 - W|² = 2 Σ_{L ≠ 0e} |θ_L|²`, over the Haar measure of O(3); 0 if equivariant."""
        return 2 * self._theta().square().sum()

    def casimir(self) -> Tensor:
        """`Σ_a |[J_a, W]|² = Σ_L L (L + 1) |θ_L|²`, the Lie derivative's penalty; it cannot see 0o."""
        if self.relaxed_weight is None:
            return self._theta().sum()
        pieces = zip(self.relaxed_weight.irreps, self._theta().split(self._pieces), strict=True)
        return torch.stack([ir.l * (ir.l + 1) * piece.square().sum() for (_, ir), piece in pieces]).sum()

    def _theta(self) -> Tensor:
        return self.linear.weight.new_zeros(1) if self.relaxed_weight is None else self.relaxed_weight.theta

    def _relaxed(self, theta: Tensor | None) -> Tensor:
        """`(..., irreps_in.dim, irreps_out.dim)`: the terms of θ, for rows."""
        assert self.relaxed_weight is not None
        theta = self.relaxed_weight.theta if theta is None else theta
        if theta.shape[-1:] != (sum(self._pieces),):
            raise wrong_theta(theta, self.relaxed_weight.irreps)
        pieces = iter(theta.split(self._pieces, dim=-1))
        batch = theta.shape[:-1]
        grid = {}
        for number, (i, o, dims) in enumerate(self._degrees):
            (m, a), (n, b) = self._mul_dims[0][i], self._mul_dims[1][o]
            graded = torch.cat([next(pieces).unflatten(-1, (m, n, dim)) for dim in dims], dim=-1)
            block = (graded @ self.get_buffer(f"operators{number}")).unflatten(-1, (a, b))  # (..., m, n, a, b)
            grid[i, o] = block.movedim(-3, -2).reshape(*batch, m * a, n * b)
        rows = [
            [grid[i, o] if (i, o) in grid else theta.new_zeros(*batch, a, b) for o, b in enumerate(self._sizes[1])]
            for i, a in enumerate(self._sizes[0])
        ]
        return torch.cat([torch.cat(row, dim=-1) for row in rows], dim=-2)


def _operators(ir_in: Irrep, ir_out: Irrep, ir: Irrep) -> Tensor:
    """`(2L+1, dim_in · dim_out)`: T_LM, orthonormal."""
    C = wigner_3j(ir_in.l, ir_out.l, ir.l, dtype=torch.float64) * ir.dim**0.5
    return C.permute(2, 0, 1).flatten(1)


def _check_chosen(layer: RelaxedLinear, irreps: "int | str | Irreps | None", chosen: Irreps | None) -> None:
    """Raises if what was asked for leads nowhere."""
    if chosen is None:
        return
    used = {ir for _, _, kept in layer.blocks for ir in kept} | {Irrep("0e")}
    if isinstance(irreps, int):
        lost = [] if irreps in {ir.l for ir in used} else [ir for _, ir in chosen if ir.l == irreps]
    else:
        lost = [ir for _, ir in chosen if ir not in used]
    if lost:
        raise ValueError(
            f"No linear map from {layer.irreps_in} to {layer.irreps_out} moves as {', '.join(map(str, lost))}. Those "
            f"there are move as {', '.join(map(str, sorted(used)))}."
        )
