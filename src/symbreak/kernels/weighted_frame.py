"""Frames of clouds of points whose law changes continuously with the cloud."""

import math
from typing import Any

import torch
from torch import Tensor

from symbreak.actions import Fields, Pointwise, Rigid
from symbreak.groups import Element, Orthogonal, SampleKeys, SemidirectElement, Source, uniform
from symbreak.kernels.gram_schmidt import GramSchmidt
from symbreak.kernels.kernel import Kernel, categorical
from symbreak.kernels.point_clouds import PointClouds, check_positive, linear_group, point_clouds

_SAME = 1e-9  # largest difference of the entries of equal frames


class WeightedFrame(Kernel):
    """A random frame of points: each column points at a point drawn with a weight that vanishes where it fixes nothing.

        P(i) ∝ |x_i|,    P(j | i) ∝ |x_j - (x_j · e_1) e_1|,    and so on for n - 1 columns

    The columns are what the earlier ones leave of these points; the last is that of determinant 1, and in O(n) it has
    either sign with probability 1/2. From the lengths the tolerance is taken away, and what is negative is 0. Where all
    weights vanish, the frame is completed from the Haar measure: at the centre it is Haar, on a line a Haar turn about
    it. So the kernel is equivariant in law at every cloud, under O(n), SO(n), E(n) and SE(n), and does not mind the
    order of the points.

    What is continuous: the law of the canonical form. For every continuous φ, the mean of `φ(g⁻¹ x)` is a continuous
    function of x, up to jumps of the size of the tolerance where all weights begin to vanish. No choice of one frame
    has this property, nor of finitely many with equal weights. The law of `g` itself is continuous where the weights do
    not all vanish; where they do, it is so once it is averaged over the stabilizer, since on a line the turn about it
    becomes Haar at once. With `haar` it is continuous everywhere: a length that stands among the weights, for the Haar
    completion, which takes over where they are small beside it.

    On a symmetric cloud the law is a mixture of uniform laws on cosets of the stabilizer, so it breaks every symmetry,
    with more entropy than an inversion kernel needs.

    Args:
        action: `Pointwise` of a `Vector`, or of a `DirectSum` that begins with it, `Fields` with positions in "pos", or
            `Rigid` of one of them. Only positions count.
        haar: in the unit of the positions.
        tolerance: likewise.

    Shapes:
        x of B clouds -> g of batch shape `(B,)`.

    Raises:
        ValueError: if the group has no frames to choose, `haar` is negative, a coordinate is not finite, or a cloud
            without points is to be translated.

    Example:
        >>> from symbreak.representations import Vector
        >>> kernel = WeightedFrame(Pointwise(Vector(Orthogonal(2, special=True))))
        >>> g, item, probability = kernel.support(torch.tensor([[[3.0, 0.0], [0.0, 1.0]]]))
        >>> g.round().tolist(), probability.round(decimals=4).tolist()
        ([[[1.0, 0.0], [0.0, 1.0]], [[0.0, -1.0], [1.0, 0.0]]], [0.75, 0.25])

    Reference:
        Dym, Lawrence, Siegel (2024), Equivariant frames and the impossibility of continuous canonicalization. The
        weights `|x_i × x_j|` of pairs vanish together on a line, where their ratios, and so the end of it that the
        first column points at, depend on the way there; the conditional ones here do not.
    """

    def __init__(self, action: Pointwise | Fields | Rigid, *, haar: float = 0.0, tolerance: float = 1e-6):
        super().__init__()
        linear = linear_group(action)
        if linear.n < 2:
            raise ValueError(f"The points move under {linear!r}, but the line has no frames to choose from: use Haar.")
        if not haar >= 0:
            raise ValueError(f"haar is {haar}, but it is a weight, as a length: 0 for none.")
        check_positive("tolerance", tolerance)
        self.action, self.group, self.haar, self.tolerance = action, action.group, haar, tolerance
        self.linear = linear
        self.frame = GramSchmidt(Orthogonal(linear.n, special=True), lambda v: v, rtol=0.0, atol=0.0)

    @torch.no_grad()
    def forward(self, x: Any, *, generator: Source = None) -> Element:
        clouds = point_clouds(self.action, x)
        rest = self._vectors(clouds)
        item, chosen = torch.arange(len(rest), device=rest.device), []
        for _ in range(self.linear.n - 1):
            number = categorical(self._weights(rest), generator=generator)
            chosen.append(_none_last(rest)[item, number])
            rest = _across(rest, chosen[-1])
        R = self.frame(torch.stack(chosen, dim=1), generator=generator)
        sign = uniform((len(R),), generator=generator, dtype=torch.float64, device=R.device).round() * 2 - 1
        if not self.linear.special:
            R = torch.cat([R[..., :-1], R[..., -1:] * sign[:, None, None]], dim=-1)
        return self._element(clouds, R, item)

    @torch.no_grad()
    def support(self, x: Any, *, generator: torch.Generator | None = None) -> tuple[Element, Tensor, Tensor]:
        """All poses of all items with their probabilities, by which expectations are exact.

        Where the weights vanish, or with `haar`, some poses are completed by a draw; an expectation then is exact for
        functions that do not see the completion, such as those of `g⁻¹ x` without `haar`, and else unbiased.

        Args:
            generator: of the completions.

        Shapes:
            -> g of batch shape `(K,)`, item int64 `(K,)`, the number of its cloud, probability float64 `(K,)`.
        """
        clouds = point_clouds(self.action, x)
        R, item, probability, _ = self._listed(clouds, generator)
        return self._element(clouds, R, item), item, probability

    @torch.no_grad()
    def entropy(self, x: Any) -> Tensor:
        """float64 `(B,)`: of the frames and their probabilities; infinite where one is completed by a Haar draw."""
        clouds = point_clouds(self.action, x)
        R, item, probability, free = self._listed(clouds, torch.Generator(clouds.ptr.device).manual_seed(0))
        key = R.flatten(1) @ torch.linspace(1, 2, R.shape[1] ** 2, dtype=R.dtype, device=R.device).exp()
        order = key.argsort()
        order = order[item[order].argsort(stable=True)]
        new = (item[order].diff() != 0) | (key[order].diff() > _SAME)
        same = torch.nn.functional.pad(new.long().cumsum(0), (1, 0))[: len(order)]  # equal frames are one
        total = torch.zeros_like(probability).index_add(0, same, probability[order])
        owner = torch.zeros_like(item).index_copy(0, same, item[order])
        nats = probability.new_zeros(len(clouds.ptr) - 1).index_add(0, owner, torch.special.entr(total))
        return nats.index_fill(0, item[free], math.inf)

    def _listed(self, clouds: PointClouds, generator: torch.Generator | None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """All frames: float64 `(K, n, n)`, item, probability, and whether a frame is completed by a draw: `(K,)`."""
        item, chosen, probability = self._choices(clouds)
        free = (chosen == 0).all(-1).any(-1)
        fixed = SampleKeys(torch.arange(len(item), device=item.device), seed=0)  # a source of noise that is not needed
        R = self.frame(chosen, generator=generator if bool(free.any()) else fixed)
        if self.linear.special:
            return R, item, probability, free
        mirrored = torch.cat([R[..., :-1], -R[..., -1:]], dim=-1)
        return torch.cat([R, mirrored]), item.repeat(2), probability.repeat(2) / 2, free.repeat(2)

    def _choices(self, clouds: PointClouds) -> tuple[Tensor, Tensor, Tensor]:
        """All choices of points: item `(K,)`, vectors `(K, n - 1, n)`, 0 where there is none, probability `(K,)`."""
        rest = self._vectors(clouds)
        item = torch.arange(len(rest), device=rest.device)
        chosen, probability = rest.new_zeros(len(rest), 0, rest.shape[-1]), rest.new_ones(len(rest))
        for _ in range(self.linear.n - 1):
            weight = self._weights(rest)
            q = weight / weight.sum(-1, keepdim=True)
            k, j = q.nonzero(as_tuple=True)
            pick = _none_last(rest)[k, j]
            item, probability = item[k], probability[k] * q[k, j]
            chosen = torch.cat([chosen[k], pick[:, None]], dim=1)
            rest = _across(rest[k], pick)
        return item, chosen, probability

    def _vectors(self, clouds: PointClouds) -> Tensor:
        """float64 `(B, m, n)`: the points about the centre of their cloud."""
        return clouds.padded(clouds.positions.to(torch.float64) - clouds.centres()[clouds.batch])

    def _weights(self, rest: Tensor) -> Tensor:
        """`(B, m + 1)`: of each point, and of none."""
        weight = (torch.linalg.vector_norm(rest, dim=-1) - self.tolerance).clamp(min=0)
        nothing = weight.sum(-1, keepdim=True) == 0
        return torch.cat([weight, nothing.to(weight.dtype).where(nothing, self.haar)], dim=-1)

    def _element(self, clouds: PointClouds, R: Tensor, item: Tensor) -> Element:
        dtype = clouds.positions.dtype if clouds.positions.is_floating_point() else torch.get_default_dtype()
        if clouds.translations:
            return SemidirectElement(clouds.centres()[item].to(dtype), R.to(dtype))
        return R.to(dtype)


def _none_last(rest: Tensor) -> Tensor:
    """`(B, m + 1, n)`: with a zero behind the points."""
    return torch.nn.functional.pad(rest, (0, 0, 0, 1))


def _across(rest: Tensor, pick: Tensor) -> Tensor:
    """What is left of points `(B, m, n)` across a vector `(B, n)`; nothing, if it is zero."""
    size = torch.linalg.vector_norm(pick, dim=-1, keepdim=True)
    unit = pick / size.where(size > 0, 1.0)
    for _ in range(2):  # the second pass takes away what the rounding of the first left
        rest = rest - (rest @ unit[..., None]) * unit[:, None]
    return rest.where(size[..., None] > 0, 0.0)
