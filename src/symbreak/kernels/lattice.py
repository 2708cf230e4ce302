"""The exact inversion kernel of fields on a periodic lattice."""

import math

import torch
from torch import Tensor
from torch.library import custom_op

from symbreak.actions import Lattice
from symbreak.groups import Element, SampleKeys, SemidirectElement, Source, normal, uniform
from symbreak.kernels.kernel import FiniteKernel, quantile
from symbreak.kernels.largest_entry import LargestEntry
from symbreak.kernels.ties import check_tolerance, counted_rank, dense_rank

_BITS, _FEWEST = 30, 10  # of the size σ of a weight: collisions become no rarer by more, and too frequent by fewer
_FEW = 4  # values of a field, up to which they are counted, as a largest one that is tied is often of few; else sorted


class LatticeInversion(FiniteKernel):
    """Uniform on the coset `G_x g₀` of the stabilizer, for any field, under translations and point group at once.

    A field whose largest entry is the only one of its size has the pose of `LargestEntry`, which reads each value once.
    Of any other, every value is replaced by its rank among the distinct values of the sample, a small integer `a`. For
    two fixed fields `w` of random integers, the score

        S(g) = ⟨w, g⁻¹ a⟩ = ⟨g w, a⟩

    of all translations at once is a correlation, one FFT for each point element. The sums are integers below 2⁵³
    and are compared as such, so that `S(g) = S(h)` is an exact comparison: it holds if and only if
    `g⁻¹ x = h⁻¹ x`, that is `h ∈ G_x g`, but for a collision of both hashes. The integers of `w` have the largest
    size σ for which the sums stay exact; two transforms that differ in a pair of entries collide with probability
    below 1/σ², others more rarely. With three channels that is 10⁻¹⁶ at L = 16 and 10⁻⁹ at L = 128. The pose is
    drawn uniformly among the elements of largest score.

    The cost is `O(C L²)` a sample that its largest entry settles, and `O(|P| C L² log L)` any other; away from the
    CPU, where to tell them apart would be to wait for the device, all pay both. Nothing loops over samples. A NaN is a
    value like any other, equal to itself: a field with missing sites gets its right pose. Refuse such fields where data
    enter, if a network is to see them.

    Args:
        action: how the field moves.
        atol: values of a sample closer than this are taken for equal (through chains of neighbours). With 0, the
            default, equal means equal; set it when a field is symmetric only up to rounding.

    Shapes:
        x `(B, C, L_1, ..., L_d)`, real or integer -> g of batch shape `(B,)`.

    Raises:
        ValueError: if the field has another shape, or if the lattice is too large for exact sums (370,000 values).

    Example:
        >>> from symbreak.actions import Scalar
        >>> from symbreak.groups import p4m
        >>> kernel = LatticeInversion(Lattice(p4m(4), (Scalar(),)))
        >>> x = torch.zeros(2, 1, 4, 4)
        >>> x[1, 0, 0, 0] = 1.0  # one marked site: only the point group is left
        >>> kernel.support_size(x)
        tensor([128,   8])

    Reference:
        Lawrence et al. (2025), inversion kernels; the score is that of this library.
    """

    def __init__(self, action: Lattice, atol: float = 0.0):
        super().__init__()
        check_tolerance("atol", atol)
        self.action, self.group, self.atol = action, action.group, atol
        self.register_buffer("weights", _weights(action), persistent=False)
        self.largest = LargestEntry(action)

    def forward(self, x: Tensor, *, generator: Source = None) -> Element:
        values = self._values(x)
        number, alone = self.largest(values)
        level = uniform((len(x),), generator=generator, dtype=torch.float64, device=x.device)
        return self.group.element(_drawn(values, number, alone, level, self.weights))

    def mass(self, x: Tensor) -> Tensor:
        """bool `(B, |G|)`: the coset `G_x g₀`, over the elements in the order of their numbers."""
        values = self._values(x)
        number, alone = self.largest(values)
        one = number[:, None] == torch.arange(self.group.order, device=x.device)
        return one.where(alone[:, None], _best(values, self.weights))

    def _values(self, x: Tensor) -> Tensor:
        """The field, or its ranks, if values that are near count as equal."""
        self.action.check(x)
        return dense_rank(x.flatten(1), self.atol).reshape(x.shape) if self.atol else x


@custom_op("symbreak::drawn", mutates_args=())
def _drawn(values: Tensor, number: Tensor, alone: Tensor, level: Tensor, weights: Tensor) -> Tensor:
    """int64 `(B,)`: `number` where it is alone, else a draw from the elements of largest score.

    An operator, opaque to compilers: how many rows have to be scored depends on the data.
    """
    if values.device.type != "cpu":
        return number.where(alone, quantile(_best(values, weights), level))
    drawn, tied = number.clone(), (~alone).nonzero()[:, 0]
    if len(tied):
        drawn[tied] = quantile(_best(values[tied], weights), level[tied])
    return drawn


@_drawn.register_fake
def _(values: Tensor, number: Tensor, alone: Tensor, level: Tensor, weights: Tensor) -> Tensor:
    return torch.empty_like(number)


@_drawn.register_vmap
def _(info, in_dims: tuple, values: Tensor, number: Tensor, alone: Tensor, level: Tensor, weights: Tensor):
    assert in_dims[-1] is None  # the weights are a buffer
    rows = [
        (x[None].expand(info.batch_size, *x.shape) if dim is None else x.movedim(dim, 0)).flatten(0, 1)
        for x, dim in zip((values, number, alone, level), in_dims[:-1], strict=True)
    ]
    return _drawn(*rows, weights).unflatten(0, (info.batch_size, -1)), 0


@custom_op("symbreak::best", mutates_args=())
def _best(values: Tensor, weights: Tensor) -> Tensor:
    """bool `(B, |G|)`: the elements of largest score, by the first field of weights, and where it ties, by the second.

    `values` are `(B, C, *sizes)`, the weights `(2, |P|, C, *sizes)`. An operator, since no compiler generates code for
    complex numbers.
    """
    flat, waits = values.flatten(1), values.device.type == "cpu"  # elsewhere nothing may wait for the device
    ranks = counted_rank(flat, _FEW) if waits and len(flat) else None
    ranks = (dense_rank(flat, 0.0) if ranks is None else ranks).reshape(values.shape)
    best = _highest(_correlate(ranks, weights[0]))
    ties = (best.sum(-1, dtype=torch.int32) > 1).nonzero()[:, 0] if waits else slice(None)
    best[ties] = _highest(_correlate(ranks[ties], weights[1]).where(best[ties], -torch.inf))
    return best


@_best.register_fake
def _(values: Tensor, weights: Tensor) -> Tensor:
    return values.new_empty(len(values), weights[0, :, 0].numel(), dtype=torch.bool)


@_best.register_vmap
def _(info, in_dims: tuple, values: Tensor, weights: Tensor) -> tuple[Tensor, int]:
    assert in_dims[1] is None  # the weights are a buffer
    values = values.movedim(in_dims[0], 0)
    return _best(values.flatten(0, 1), weights).unflatten(0, values.shape[:2]), 0


def _correlate(ranks: Tensor, weights: Tensor) -> Tensor:
    """Sums `⟨g w, a⟩`, exact to 1/4: int64 `(B, C, *sizes)`, `(|P|, C, *sizes)` -> float64 `(B, |P| · sites)`."""
    sizes = weights.shape[2:]
    axes = tuple(range(-len(sizes), 0))
    if not len(ranks):  # which MKL refuses
        return torch.empty(0, weights[:, 0].numel(), dtype=torch.float64, device=ranks.device)
    a = torch.fft.rfftn(ranks.to(torch.float64), dim=axes)
    w = torch.fft.rfftn(weights.to(torch.float64), dim=axes)
    w = torch.conj_physical(w)  # the lazy sign of w.conj() is lost, silently, in an op that a compiled graph calls
    score = a[:, None, 0] * w[:, 0]  # (B, |P|, ...)
    for c in range(1, a.shape[1]):
        score.addcmul_(a[:, None, c], w[:, c])
    return torch.fft.irfftn(score, s=sizes, dim=axes).flatten(1)


def _highest(score: Tensor) -> Tensor:
    """bool: the largest of each row of sums of integers, that are integers but for the rounding of the transforms."""
    return score > score.amax(-1, keepdim=True) - 0.5


def _weights(action: Lattice) -> Tensor:
    """int64 `(2, |P|, C, *sizes)`: `p · w` for two fields `w` of random integers.

    Integers, so that a module moved to another precision keeps them.
    """
    point, torus = action.group.acting, action.group.normal
    values = action.width * torus.order
    # The rounding of the FFT is, as measured, below 2⁻⁵³ σ N² / √3, for N values of ranks up to N: hold it to 2⁻⁶.
    bits = min(_BITS, 47 - math.ceil(2 * math.log2(values)))
    if bits < _FEWEST:
        raise ValueError(
            f"A field of this lattice has {values} values, but beyond 370,000 the scores are not exact any more. Use a "
            "smaller lattice, or find the pose from a coarser field."
        )
    key = SampleKeys(torch.arange(1), seed=2503)
    shape = (1, action.width, *action.sizes)
    w = [(normal(shape, generator=key, dtype=torch.float64) * 2.0**bits).round().long() for _ in range(2)]
    p = torch.arange(point.order)
    still = SemidirectElement(torus.identity((point.order,)), point.element(p))
    return torch.stack([action.act(still, field) for field in w])
