"""The exact inversion kernel of fields on a periodic lattice."""

import math

import torch
from torch import Tensor

from symbreak.actions import Lattice
from symbreak.groups import SampleKeys, SemidirectElement, normal
from symbreak.kernels.kernel import FiniteKernel
from symbreak.kernels.ties import check_tolerance, dense_rank

_BITS, _FEWEST = 30, 10  # of the size σ of a weight: collisions become no rarer by more, and too frequent by fewer


class LatticeInversion(FiniteKernel):
    """Uniform on the coset `G_x g₀` of the stabilizer, for any field, under translations and point group at once.

    Every value of a sample is replaced by its rank among the distinct values of that sample, a small integer `a`. For
    two fixed fields `w` of random integers, the score

        S(g) = ⟨w, g⁻¹ a⟩ = ⟨g w, a⟩

    of all translations at once is a correlation, one FFT for each point element. The sums are integers below 2⁵³
    and are compared as such, so that `S(g) = S(h)` is an exact comparison: it holds if and only if
    `g⁻¹ x = h⁻¹ x`, that is `h ∈ G_x g`, but for a collision of both hashes. The integers of `w` have the largest
    size σ for which the sums stay exact; two transforms that differ in a pair of entries collide with probability
    below 1/σ², others more rarely. With three channels that is 10⁻¹⁶ at L = 16 and 10⁻⁹ at L = 128. The pose is
    drawn uniformly among the elements of largest score.

    The cost is `O(|P| C L² log L)` a sample: nothing is enumerated, and nothing loops over samples or waits for the
    device. A NaN is a value like any other, equal to itself: a field with missing sites gets its right pose. Refuse
    such fields where data enter, if a network is to see them.

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

    def mass(self, x: Tensor) -> Tensor:
        """bool `(B, |G|)`: the coset `G_x g₀`, over the elements in the order of their numbers."""
        self.action.check(x)
        ranks = dense_rank(x.flatten(1), self.atol).reshape(x.shape)
        first, second = _correlate(ranks, self.weights).unbind(-1)
        best = first > first.amax(-1, keepdim=True) - 0.5  # sums of integers, but for the rounding of the FFT
        second = second.where(best, -torch.inf)
        return second > second.amax(-1, keepdim=True) - 0.5


@torch.library.custom_op("symbreak::correlate", mutates_args=())  # compilers do not generate code for complex numbers
def _correlate(ranks: Tensor, weights: Tensor) -> Tensor:
    """Sums `⟨g w, a⟩`, exact to 1/4: int64 `(B, C, *sizes)`, `(2, |P|, C, *sizes)` -> float64 `(B, |P| · sites, 2)`."""
    axes = tuple(range(3 - weights.dim(), 0))
    a = torch.fft.fftn(ranks.to(torch.float64), dim=axes)
    first, second = weights.to(torch.float64)
    w = torch.fft.fftn(torch.complex(first, -second), dim=axes)  # one transform for both; a · conj(w) turns the sign
    w = torch.conj_physical(w)  # the lazy sign of w.conj() is lost, silently, in an op that a compiled graph calls
    score = a[:, None, 0] * w[:, 0]  # (B, |P|, *sizes)
    for c in range(1, a.shape[1]):
        score.addcmul_(a[:, None, c], w[:, c])
    return torch.view_as_real(torch.fft.ifftn(score, dim=axes)).flatten(1, -2)


@_correlate.register_fake
def _(ranks: Tensor, weights: Tensor) -> Tensor:
    return ranks.new_empty(len(ranks), weights[0, :, 0].numel(), 2, dtype=torch.float64)


@_correlate.register_vmap
def _(info, in_dims: tuple, ranks: Tensor, weights: Tensor) -> tuple[Tensor, int]:
    assert in_dims[1] is None  # the weights are a buffer
    ranks = ranks.movedim(in_dims[0], 0)
    return _correlate(ranks.flatten(0, 1), weights).unflatten(0, ranks.shape[:2]), 0


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
