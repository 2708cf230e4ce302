"""A tensor product with a folded filter, evaluated for all paths of an input at once."""

from collections import Counter
from typing import NamedTuple

import torch
from torch import Tensor, nn

from symbreak.layers.relaxed.e3nn_types import Irreps, TensorProduct, wigner_3j
from symbreak.layers.relaxed.paths import extra_paths


class FoldedProduct(nn.Module):
    """`Σ_paths w_path c_path x_i ⊗ (Y A)_f`, where `A` is the fold of θ.

    The paths are those of a fully connected ("uvw") or depthwise ("uvu") product of e3nn, with its normalization and
    the order of its weights, and behind them those that the filter's extra irreps open, normalized among themselves. θ
    and the Clebsch-Gordan coefficients meet before the edges do: `A C` is one small matrix, whatever the irreps of the
    filter, and no edge has a filter of its own, nor a gradient for it.

    Coefficients are float64: cast the module to what it is used with.

    Args:
        tp: the product; its weights are not used.
        irreps_extra: of the filter.
    Shapes:
        x `(rows, irreps_in1.dim)`, y `(rows, irreps_in2.dim)`, fold `(irreps_in2.dim, irreps_filter.dim)` or one for
        each row, weight `(weight_numel,)` or one for each row -> `(rows, irreps_out.dim)`.

    Example:
        >>> from e3nn import o3
        >>> tp = o3.FullyConnectedTensorProduct("0e", "0e + 1o", "0e + 1o + 1e")
        >>> [path[:3] for path in FoldedProduct(tp, o3.Irreps("1e")).paths]  # input, filter, output
        [(0, 0, 0), (0, 1, 1), (0, 2, 2)]
    """

    coupling: Tensor

    def __init__(self, tp: TensorProduct, irreps_extra: Irreps):
        super().__init__()
        self.mixes = tp.instructions[0].connection_mode == "uvw"
        self.paths = _paths(tp, tp.irreps_in2 + irreps_extra)
        # plain numbers from here on: torch.compile cannot guard irreps
        self._ins = [(mul, ir.dim) for mul, ir in tp.irreps_in1]
        self._outs = [(mul, ir.dim) for mul, ir in tp.irreps_out]
        self._in_sizes = [mul * dim for mul, dim in self._ins]
        self._weight_sizes = [
            self._ins[path.i_in][0] * path.copies * (self._outs[path.i_out][0] if self.mixes else 1)
            for path in self.paths
        ]
        self.weight_numel = sum(self._weight_sizes)
        self._of_in = [[n for n, path in enumerate(self.paths) if path.i_in == i] for i in range(len(self._ins))]
        self._of_out = [[n for n, path in enumerate(self.paths) if path.i_out == o] for o in range(len(self._outs))]
        self._columns = [
            [self.paths[n].copies * self._outs[self.paths[n].i_out][1] for n in numbers] for numbers in self._of_in
        ]
        self._blocks = [dim * sum(columns) for (_, dim), columns in zip(self._ins, self._columns, strict=True)]
        self._single = all(mul == 1 for mul, _ in self._ins)
        inputs = range(len(self._ins))
        blocks = [
            _coupling(tp, tp.irreps_in2 + irreps_extra, i, [self.paths[n] for n in self._of_in[i]]) for i in inputs
        ]
        coupling = _block_diagonal(blocks) if self._single else torch.cat([block.flatten(1) for block in blocks], dim=1)
        self.register_buffer("coupling", coupling, persistent=False)

    def forward(self, x: Tensor, y: Tensor, fold: Tensor, weight: Tensor) -> Tensor:
        if fold.dim() > 2:
            y, B = (y[:, None, :] @ fold).squeeze(1), self.coupling
        else:
            B = fold @ self.coupling
        made = self._one_channel(x, y, B) if self._single else self._channels(x, y @ B)
        weights = weight.split(self._weight_sizes, dim=-1)
        return torch.cat([self._output(o, made, weights, x) for o in range(len(self._outs))], dim=-1)

    def _one_channel(self, x: Tensor, y: Tensor, B: Tensor) -> dict[int, Tensor]:
        """Every path's `(rows, copies · d_out)`, by one matrix product of all inputs times all of `y`."""
        pairs = x.shape[1] * y.shape[1]
        t = (y[:, :, None] * x[:, None, :]).reshape(len(x), pairs) @ B.reshape(pairs, sum(map(sum, self._columns)))
        pieces = t.split([size for columns in self._columns for size in columns], dim=-1)
        return dict(zip([n for numbers in self._of_in for n in numbers], pieces, strict=True))

    def _channels(self, x: Tensor, M: Tensor) -> dict[int, Tensor]:
        """Every path's `(rows, mul_in, copies · d_out)`, by one matrix for each row and input."""
        made = {}
        parts = zip(x.split(self._in_sizes, dim=-1), M.split(self._blocks, dim=-1), strict=True)
        for i, (part, block) in enumerate(parts):
            (mul, dim), columns = self._ins[i], self._columns[i]
            t = part.reshape(len(x), mul, dim) @ block.reshape(len(x), dim, sum(columns))
            made.update(zip(self._of_in[i], t.split(columns, dim=-1), strict=True))
        return made

    def _output(self, o: int, made: dict[int, Tensor], weights: tuple[Tensor, ...], x: Tensor) -> Tensor:
        """`(rows, mul_out · d_out)`: the paths to one output, weighed and summed."""
        mul, dim = self._outs[o]
        numbers = self._of_out[o]
        if not numbers:
            return x.new_zeros(len(x), mul * dim)
        shapes = [(self._ins[self.paths[n].i_in][0], self.paths[n].copies) for n in numbers]
        if self.mixes:
            pairs = [m * v for m, v in shapes]
            t = torch.cat([made[n].reshape(len(x), p, dim) for n, p in zip(numbers, pairs, strict=True)], dim=-2)
            w = torch.cat([weights[n].unflatten(-1, (p, mul)) for n, p in zip(numbers, pairs, strict=True)], dim=-2)
            return (w * t).sum(-2) if mul == 1 else (w.mT @ t).flatten(-2)
        t = torch.cat([made[n].reshape(len(x), m, v, dim) for n, (m, v) in zip(numbers, shapes, strict=True)], dim=-2)
        w = torch.cat([weights[n].unflatten(-1, shape) for n, shape in zip(numbers, shapes, strict=True)], dim=-1)
        return (w[..., None] * t).sum(-2).flatten(-2)


class _Path(NamedTuple):
    i_in: int
    i_filter: int  # as irreps of the filter are numbered
    i_out: int
    copies: int  # of the filter's irrep
    norm: float


def _paths(tp: TensorProduct, irreps_filter: Irreps) -> list[_Path]:
    """Those of the product, and then those of the extra irreps."""
    first, mixes = len(tp.irreps_in2), tp.instructions[0].connection_mode == "uvw"
    mul_in = [mul for mul, _ in tp.irreps_in1]
    paths = [
        _Path(ins.i_in1, ins.i_in2, ins.i_out, tp.irreps_in2[ins.i_in2].mul, ins.path_weight) for ins in tp.instructions
    ]
    extra = [(f, path) for f in range(first, len(irreps_filter)) for path in extra_paths(tp, irreps_filter[f].ir)]
    fan_in: Counter[int] = Counter()
    for f, path in extra:
        fan_in[path.i_out] += irreps_filter[f].mul * (mul_in[path.i_in] if mixes else 1)
    for f, path in extra:
        norm = (tp.irreps_out[path.i_out].ir.dim / fan_in[path.i_out]) ** 0.5
        paths.append(_Path(path.i_in, f, path.i_out, irreps_filter[f].mul, norm))
    return paths


def _coupling(tp: TensorProduct, irreps_filter: Irreps, i: int, paths: list[_Path]) -> Tensor:
    """`(filter, d_in, Σ copies · d_out)`: the normalized coefficients of one input, path by path."""
    ir_in = tp.irreps_in1[i].ir
    blocks = [torch.zeros(irreps_filter.dim, ir_in.dim, 0, dtype=torch.float64)]
    for path in paths:
        ir_filter, ir_out = irreps_filter[path.i_filter].ir, tp.irreps_out[path.i_out].ir
        C = path.norm * wigner_3j(ir_in.l, ir_filter.l, ir_out.l, dtype=torch.float64).movedim(1, 0)
        block = torch.zeros(irreps_filter.dim, ir_in.dim, path.copies, ir_out.dim, dtype=torch.float64)
        start = irreps_filter.slices()[path.i_filter].start
        for copy in range(path.copies):
            at = start + copy * ir_filter.dim
            block[at : at + ir_filter.dim, :, copy] = C
        blocks.append(block.flatten(2))
    return torch.cat(blocks, dim=-1)


def _block_diagonal(blocks: list[Tensor]) -> Tensor:
    """`(filter, Σ d_in · Σ columns)`: what each filter makes of all inputs at once."""
    return torch.stack([torch.block_diag(*matrices).flatten() for matrices in zip(*blocks, strict=True)])
