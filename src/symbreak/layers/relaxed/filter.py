"""θ ⊗ Y, folded into one matrix."""

from math import sqrt

import torch
from torch import Tensor, nn

from symbreak.layers.relaxed.e3nn_types import Irrep, Irreps, wigner_3j
from symbreak.layers.relaxed.paths import is_scalar


class RelaxedFilter(nn.Module):
    """The matrix `A(θ)` with `Y A(θ) = θ ⊗_w Y`: filters that θ has turned and mixed.

        A(θ)_{jk} = θ_0 δ_{jk} + Σ_paths w_path √(d_k / n_k) Σ_i θ_i C_{ijk}.

    Tensor products are linear in θ and in `Y` alone, so `A` is made once for all edges. Its first columns are those of
    the irreps of the edge, and the identity as long as θ is the scalar: the product is then `Y` itself, to the bit,
    and 0 in the extra columns. Each path that does not start from `0e` has a weight; the scalar has none, since the
    weights of the following product would undo it. Copies of `0e` are averaged. Coefficients are float64: cast the
    module to what it is used with.

    Args:
        irreps: of θ, with `0e`.
        irreps_edge: of Y.
        irreps_extra: of the filter, beyond those of the edge.
        unused: numbers of the edge's irreps in the filter that nothing reads, to which θ needs no path.
    Shapes:
        theta `(..., irreps.dim)` -> `(..., irreps_edge.dim, irreps_filter.dim)`.

    Example:
        >>> from e3nn import o3
        >>> fold = RelaxedFilter(o3.Irreps("0e + 1o"), o3.Irreps("0e + 1o"), o3.Irreps("1e")).float()
        >>> fold(torch.tensor([1.0, 0.0, 0.0, 0.0])).round().tolist()[1]
        [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """

    scalar: Tensor  # where θ has its 0e
    eye: Tensor
    component: Tensor  # of every coefficient: the entry of θ,
    path: Tensor  # the path,
    entry: Tensor  # the entry of the matrix,
    coefficient: Tensor  # and itself

    def __init__(self, irreps: Irreps, irreps_edge: Irreps, irreps_extra: Irreps, unused: tuple[int, ...] = ()):
        super().__init__()
        self.irreps, self.irreps_edge = irreps, irreps_edge
        self.irreps_filter = irreps_edge + irreps_extra
        scalar = [i for s, (_, ir) in zip(irreps.slices(), irreps, strict=True) if is_scalar(ir) for i in _range(s)]
        self.register_buffer("scalar", torch.tensor(scalar), persistent=False)
        self.register_buffer(
            "eye", torch.eye(irreps_edge.dim, self.irreps_filter.dim, dtype=torch.float64), persistent=False
        )
        self.paths = _paths(irreps, irreps_edge, self.irreps_filter, unused)
        entries = _entries(self.paths, irreps, irreps_edge, self.irreps_filter)
        for name, column in zip(("component", "path", "entry", "coefficient"), entries, strict=True):
            self.register_buffer(name, column, persistent=False)
        self.weight = nn.Parameter(torch.randn(len(self.paths))) if self.paths else None

    def forward(self, theta: Tensor) -> Tensor:
        fold = theta.index_select(-1, self.scalar).mean(-1)[..., None, None] * self.eye
        if self.weight is None:
            return fold
        terms = theta.index_select(-1, self.component) * (self.weight.index_select(0, self.path) * self.coefficient)
        flat = terms.new_zeros(*theta.shape[:-1], self.eye.numel()).index_add(-1, self.entry, terms)
        return fold + flat.unflatten(-1, self.eye.shape)

    def extra_repr(self) -> str:
        return f"{self.irreps} x {self.irreps_edge} -> {self.irreps_filter} | {len(self.paths)} paths"


Path = tuple[tuple[int, int, int], tuple[int, int, int], float]  # starts and degrees of θ, Y, filter; normalization


def _range(s: slice) -> range:
    return range(s.start, s.stop)


def _copies(irreps: Irreps, without: tuple[int, ...] = ()) -> list[tuple[int, Irrep]]:
    """Where each copy of an irrep starts, and the irrep."""
    return [
        (s.start + copy * ir.dim, ir)
        for number, (s, (mul, ir)) in enumerate(zip(irreps.slices(), irreps, strict=True))
        for copy in range(mul)
        if number not in without
    ]


def _paths(irreps: Irreps, irreps_edge: Irreps, irreps_filter: Irreps, unused: tuple[int, ...]) -> list[Path]:
    """Every way from a copy of θ that is no scalar, and one of Y, to one of the filter that is used."""
    found = []
    for k, ir_filter in _copies(irreps_filter, unused):
        ways = [
            ((i, j, k), (ir.l, ir_edge.l, ir_filter.l))
            for i, ir in _copies(irreps)
            for j, ir_edge in _copies(irreps_edge)
            if not is_scalar(ir) and ir_filter in ir * ir_edge
        ]
        found += [(starts, degrees, sqrt(ir_filter.dim / len(ways))) for starts, degrees in ways]
    return found


def _entries(
    paths: list[Path], irreps: Irreps, irreps_edge: Irreps, irreps_filter: Irreps
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Of every coefficient that is not 0: its component of θ, its path, its entry of the matrix, and itself."""
    components, numbers, entries, coefficients = [], [], [], []
    for number, ((i, j, k), degrees, norm) in enumerate(paths):
        C = wigner_3j(*degrees, dtype=torch.float64)
        a, b, c = C.abs().gt(1e-12).nonzero().T
        components.append(i + a)
        numbers.append(torch.full_like(a, number))
        entries.append((j + b) * irreps_filter.dim + k + c)
        coefficients.append(norm * C[a, b, c])
    if not paths:
        none = torch.zeros(0, dtype=torch.int64)
        return none, none, none, torch.zeros(0, dtype=torch.float64)
    return torch.cat(components), torch.cat(numbers), torch.cat(entries), torch.cat(coefficients)
