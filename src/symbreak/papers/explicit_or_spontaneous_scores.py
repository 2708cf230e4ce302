"""How near a drawn law is to the true one, and how near each kind of network can come."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups import Orthogonal
from symbreak.papers.explicit_or_spontaneous_data import SHAPES, Clusters, Law, Setting
from symbreak.symmetry.points import point_stabilizer

_STEPS = 2000  # of Weiszfeld's iteration
_SMALL = 1e-12


def energy_score(drawn: Tensor, y: Tensor) -> Tensor:
    """The energy score of draws, without bias: `mean |f_k - y| - ½ mean_{k ≠ l} |f_k - f_l|`.

    A proper score: its mean is least for the law of `y`. Of one draw the second term is left out; then the geometric
    median of the law is best.

    Shapes:
        drawn `(B, K, 3)`, y `(B, 3)` -> `(B,)`.

    Example:
        >>> energy_score(torch.tensor([[[1.0, 0, 0], [-1, 0, 0]]]), torch.tensor([[1.0, 0, 0]])).round(decimals=4)
        tensor([0.])

    Reference:
        Gneiting, Raftery (2007), Strictly proper scoring rules, prediction, and estimation.
    """
    miss = _length(drawn - y[:, None]).mean(1)
    return miss - _spread(drawn) if drawn.shape[1] > 1 else miss


def energy_distance(drawn: Tensor, law: Law) -> Tensor:
    """How far a drawn law is from the true one: the excess of its mean energy score, 0 for the true law alone.

        D = E|f - y| - ½ E|f - f'| - ½ E|y - y'|

    Exact in `y`, without bias in the draws; one draw is taken for a law of one outcome.

    Shapes:
        drawn `(B, K, 3)` -> `(B,)`.
    """
    p = law.probability
    miss = (_length(drawn[:, :, None] - law.outcomes[:, None]).mean(1) * p).sum(1)
    return miss - (_spread(drawn) if drawn.shape[1] > 1 else 0.0) - own_spread(law)


def own_spread(law: Law) -> Tensor:
    """`½ E|y - y'|`: the energy score that no prediction gets below. `(B,)`."""
    apart = torch.cdist(law.outcomes, law.outcomes)
    return torch.einsum("bi,bij,bj->b", law.probability, apart, law.probability) / 2


def nearest(drawn: Tensor, law: Law) -> tuple[Tensor, Tensor]:
    """How far draws are from the nearest outcome, and the total variation of how often each is the nearest.

    Shapes:
        drawn `(B, K, 3)` -> two of `(B,)`.
    """
    apart = _length(drawn[:, :, None] - law.outcomes[:, None]).masked_fill((law.probability == 0)[:, None], math.inf)
    found = apart.min(-1)
    frequency = torch.nn.functional.one_hot(found.indices, law.outcomes.shape[1]).to(drawn).mean(1)
    return found.values.mean(1), (frequency - law.probability).abs().sum(1) / 2


# --- what each kind of network can reach --------------------------------------------------------------------------


@dataclass(frozen=True)
class Floors:
    """The least energy distance `(B,)` of each kind of network, exact for a cluster of known shape and radius.

    Args:
        strict: a deterministic equivariant map.
        deterministic: any other deterministic map: with θ, or without symmetry.
        pose: equivariant in law, from one pose of the inversion kernel.
        noise: equivariant in law, from any noise.
    """

    strict: Tensor
    deterministic: Tensor
    pose: Tensor
    noise: Tensor

    def mean(self, scale: Tensor) -> dict[str, float]:
        """The means over the clusters, in units of the mean `scale`."""
        return {name: float(value.mean() / scale.mean()) for name, value in vars(self).items()}


def floors(setting: Setting, some: Clusters, law: Law) -> Floors:
    """The least energy distance on clusters that are Haar-turned.

    An equivariant map gives a vector that the symmetry of the cluster keeps, the best of which is the geometric median
    of all turned laws of the cluster: 0, or the centre of the pyramid's base. A deterministic map gives a point, at
    best the geometric median `m` of the law, with `D = E|m - y| - ½ E|y - y'|`.

    What is equivariant in law does not know the field, whose direction is uniform in the frame of the cluster: the best
    is the mean of the laws over all directions, uniform on the axes (`both`) or on the sphere (`explicit`, `D = ⅔ s`).
    One pose has no more than |G| outcomes, `ρ g u`, and the best of them has

        D = s - (3/16) d² s,    d = max_u mean_g |u - g u|,    at ρ = ¾ d s:

    the mean distance of a point at radius ρ to the sphere is s + ρ²/3s, and half the spread of the outcomes is ½ ρ d.
    """
    s, own = some.shift, own_spread(law)
    if setting.name == "explicit":
        spread = torch.tensor([largest_spread(shape.atoms()) for shape in SHAPES], dtype=s.dtype)[some.shape]
        return Floors(s, torch.zeros_like(s), s * (1 - 3 / 16 * spread.square()), 2 / 3 * s)
    there = (law.probability > 0).to(s)
    even = Law(law.outcomes, there / there.sum(1, keepdim=True))
    centre = (even.probability[..., None] * law.outcomes).sum(1)
    blind = 2 * own_spread(even)  # E|f - y| for f uniform on the axes, whichever y
    strict = (_length(centre[:, None] - law.outcomes) * law.probability).sum(1) - own
    median = geometric_median(law)
    best = (_length(median[:, None] - law.outcomes) * law.probability).sum(1) - own
    return Floors(strict, best, blind / 2 - own, blind / 2 - own)


def largest_spread(atoms: Tensor, points: int = 4000) -> float:
    """`max_u mean_g |u - g u|` over unit vectors u, and g in the symmetry of a cluster about the origin.

    The Haar measure of O(3) has 4/3.

    Example:
        >>> round(largest_spread(SHAPES[1].atoms()), 3)
        1.33
    """
    g = point_stabilizer(atoms, translations=False).rotations.to(torch.float64)
    generator = torch.Generator().manual_seed(0)
    u = Orthogonal(3).sample((points,), generator=generator, dtype=torch.float64)[:, 0]
    for size in (0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4):  # random search, ever nearer to the best
        spread = (u[:, None] - torch.einsum("gij,bj->bgi", g, u)).norm(dim=-1).mean(1)
        best = u[spread.argmax()]
        u = best + size * torch.randn(400, 3, generator=generator, dtype=torch.float64)
        u = torch.cat([best[None], u / u.norm(dim=1, keepdim=True)])
    return float((best - g @ best).norm(dim=-1).mean())


def geometric_median(law: Law) -> Tensor:
    """The points with the least mean distance to the outcomes: `(B, 3)`, by Weiszfeld's iteration.

    An outcome is the median if the pull of the others is no stronger than its own probability.
    """
    p, y = law.probability, law.outcomes
    apart = y[:, :, None] - y[:, None]  # from the second to the first
    pull = (p[:, :, None, None] * apart / _length(apart)[..., None].clamp(min=_SMALL)).sum(1).norm(dim=-1)
    held = (pull <= p) & (p > 0)
    m = (p[..., None] * y).sum(1)
    for _ in range(_STEPS):
        weight = p / _length(m[:, None] - y).clamp(min=_SMALL)
        m = (weight[..., None] * y).sum(1) / weight.sum(1, keepdim=True)
    outcome = y[torch.arange(len(y)), held.to(torch.int64).argmax(1)]
    return torch.where(held.any(1)[:, None], outcome, m)


def expected_variation(law: Law, draws: int, *, generator: torch.Generator) -> Tensor:
    """The total variation `(B,)` that so many draws of the true law itself show."""
    number = torch.multinomial(law.probability, 16 * draws, replacement=True, generator=generator)
    counts = torch.nn.functional.one_hot(number, law.probability.shape[1]).to(law.probability)
    frequency = counts.unflatten(1, (16, draws)).mean(2)
    return (frequency - law.probability[:, None]).abs().sum(-1).mean(1) / 2


def _spread(drawn: Tensor) -> Tensor:
    K = drawn.shape[1]
    return _length(drawn[:, :, None] - drawn[:, None]).sum((1, 2)) / (2 * K * (K - 1))


def _length(x: Tensor) -> Tensor:
    """With a gradient at 0."""
    return (x.square().sum(-1) + _SMALL**2).sqrt()
