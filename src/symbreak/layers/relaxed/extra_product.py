"""The paths that a filter's extra irreps open in a tensor product."""

from collections import Counter
from itertools import groupby
from typing import NamedTuple

import torch
from torch import Tensor, nn

from symbreak.layers.relaxed.e3nn_types import Irreps, TensorProduct, wigner_3j
from symbreak.layers.relaxed.paths import Path, extra_paths


class _Step(NamedTuple):
    """All paths from one input to one output."""

    i_in: int
    i_out: int
    mul_in: int
    d_in: int
    mul_out: int
    d_out: int
    paths: int
    mixes: bool  # the channels, as "uvw" does


class ExtraProduct(nn.Module):
    """`Σ_paths w_path √(d_o / n_o) x_i ⊗ F_f`, where `F = Y A` are the filter's extra irreps.

    The conventions are those of e3nn, with the paths of an output normalized among themselves. All paths from one input
    to one output are evaluated together: `Y A C`, where θ and the Clebsch-Gordan coefficients meet before the edges do.
    Coefficients are float64: cast the module to what it is used with.

    Args:
        tp: the product to whose paths these are added; only its irreps and modes matter.
        irreps_extra: of the filter.
    Shapes:
        x `(rows, irreps_in.dim)`, y `(rows, irreps_edge.dim)`, fold `(irreps_edge.dim, irreps_extra.dim)` or one for
        each row, weight `(weight_numel,)` or one for each row -> `(rows, irreps_out.dim)`.

    Example:
        >>> from e3nn import o3
        >>> tp = o3.FullyConnectedTensorProduct("0e", "0e + 1o", "0e + 1o + 1e")
        >>> ExtraProduct(tp, o3.Irreps("1e")).paths
        [Path(i_in=0, ir=1e, i_out=2, mode='uvw')]
    """

    def __init__(self, tp: TensorProduct, irreps_extra: Irreps):
        super().__init__()
        self.irreps_in, self.irreps_out = tp.irreps_in1, tp.irreps_out
        found = []
        for part, (_, ir) in zip(irreps_extra.slices(), irreps_extra, strict=True):
            for start in range(part.start, part.stop, ir.dim):
                found += [(path, start) for path in extra_paths(tp, ir)]
        found.sort(key=lambda item: (item[0].i_in, item[0].i_out))
        self.paths = [path for path, _ in found]
        fan_in: Counter[int] = Counter()
        for path in self.paths:
            fan_in[path.i_out] += self.irreps_in[path.i_in].mul if path.mode == "uvw" else 1
        groups = [list(group) for _, group in groupby(found, key=lambda item: (item[0].i_in, item[0].i_out))]
        self.groups = [(group[0][0], len(group)) for group in groups]
        self.sizes = [self._weights(path) * paths for path, paths in self.groups]
        self.weight_numel = sum(self.sizes)
        for number, group in enumerate(groups):
            ir_out, n = self.irreps_out[group[0][0].i_out].ir, fan_in[group[0][0].i_out]
            coupling = self._coupling(group, irreps_extra.dim) * (ir_out.dim / n) ** 0.5
            self.register_buffer(f"coupling{number}", coupling, persistent=False)
        self._slots = [(part.start, part.stop) for part in self.irreps_in.slices()]
        self._outputs = [mul_ir.dim for mul_ir in self.irreps_out]
        # plain numbers: torch.compile cannot guard irreps
        self._steps = [
            _Step(
                path.i_in,
                path.i_out,
                *(self.irreps_in[path.i_in].mul, self.irreps_in[path.i_in].ir.dim),
                *(self.irreps_out[path.i_out].mul, self.irreps_out[path.i_out].ir.dim),
                paths,
                path.mode == "uvw",
            )
            for path, paths in self.groups
        ]

    def forward(self, x: Tensor, y: Tensor, fold: Tensor, weight: Tensor) -> Tensor:
        out: list[Tensor | None] = [None] * len(self._outputs)
        filters = None if fold.dim() == 2 else (y[:, None, :] @ fold).squeeze(1)
        for number, (step, w) in enumerate(zip(self._steps, weight.split(self.sizes, dim=-1), strict=True)):
            coupling = self.get_buffer(f"coupling{number}")
            M = y @ (fold @ coupling) if filters is None else filters @ coupling
            M = M.unflatten(-1, (step.d_in, step.paths * step.d_out))
            start, stop = self._slots[step.i_in]
            t = x[:, start:stop].unflatten(-1, (step.mul_in, step.d_in)) @ M  # (rows, mul_in, paths · d_out)
            t = t.unflatten(-1, (step.paths, step.d_out))
            if step.mixes:
                made = w.unflatten(-1, (step.mul_in * step.paths, step.mul_out)).mT @ t.flatten(-3, -2)
            else:
                made = (w.unflatten(-1, (step.mul_in, 1, step.paths)) @ t).squeeze(-2)
            made, before = made.flatten(-2), out[step.i_out]
            out[step.i_out] = made if before is None else before + made
        parts = zip(out, self._outputs, strict=True)
        return torch.cat([x.new_zeros(len(x), dim) if made is None else made for made, dim in parts], dim=-1)

    def _weights(self, path: Path) -> int:
        """Of one path."""
        mul = self.irreps_in[path.i_in].mul
        return mul * self.irreps_out[path.i_out].mul if path.mode == "uvw" else mul

    def _coupling(self, group: list[tuple[Path, int]], dim: int) -> Tensor:
        """`(dim, d_in · paths · d_out)`: the coefficients of all paths from one input to one output."""
        ir_in, ir_out = self.irreps_in[group[0][0].i_in].ir, self.irreps_out[group[0][0].i_out].ir
        C = torch.zeros(dim, ir_in.dim, len(group), ir_out.dim, dtype=torch.float64)
        for p, (path, start) in enumerate(group):
            block = wigner_3j(ir_in.l, path.ir.l, ir_out.l, dtype=torch.float64)
            C[start : start + path.ir.dim, :, p] = block.movedim(1, 0)
        return C.flatten(1)
