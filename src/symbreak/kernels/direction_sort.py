"""Orders of sets of vectors whose law changes continuously with the set."""

import math

import torch
from torch import Tensor

from symbreak.groups import SampleKeys, Source, Symmetric, normal, uniform
from symbreak.kernels.kernel import Kernel

_DIRECTIONS = 4096  # that stand for all in space


class DirectionSort(Kernel):
    """Sorts a set of vectors along a random direction: a pose in S_n whose law is continuous.

        g = argsort(a · x_1, ..., a · x_n),    a uniform on the sphere of R^d

    Slot `r` of the canonical list goes to the vector of rank `r`. Vectors that are equal come in random order. The law
    is equivariant for every set, with or without equal vectors.

    What is continuous: the probability of each order, as long as the vectors differ, since the directions for which two
    of them tie have measure 0; and where vectors meet, once it is averaged over their exchange. So for every continuous
    φ the mean of `φ(g⁻¹ x)` is a continuous function of x. A sort along one direction jumps where two vectors tie along
    it. On the line, d = 1, it does not, and is all there is to do: the order is the ascending one.

    Shapes:
        x `(B, n, d)` -> g int64 `(B, n)`.

    Raises:
        ValueError: if the data has another shape, or an entry that is not finite, which has no place.

    Example:
        >>> x = torch.tensor([[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]])
        >>> g, item, probability = DirectionSort().support(x)
        >>> sorted(zip(probability.tolist(), g.tolist()))[-2:]  # the directions of an angle of 135° sort them thus
        [(0.25, [0, 1, 2]), (0.25, [2, 1, 0])]

    Reference:
        Dym, Lawrence, Siegel (2024), Equivariant frames and the impossibility of continuous canonicalization.
    """

    group = Symmetric()

    @torch.no_grad()
    def forward(self, x: Tensor, *, generator: Source = None) -> Tensor:
        _check(x)
        a = normal((len(x), x.shape[2]), generator=generator, dtype=torch.float64, device=x.device)
        if x.shape[2] == 1:
            a = torch.ones_like(a)
        chance = uniform(tuple(x.shape[:2]), generator=generator, dtype=torch.float64, device=x.device)
        return _sorted(x, a, chance)

    @torch.no_grad()
    def support(self, x: Tensor, *, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """All orders of all items with their probabilities: exact for d = 1 and 2; from 4096 fixed directions beyond.

        Equal vectors are listed in one order, drawn at random, which no function of the canonical list sees.

        Args:
            generator: of the order of equal vectors.

        Shapes:
            -> g int64 `(K, n)`, item int64 `(K,)`, probability float64 `(K,)`.
        """
        _check(x)
        item, a, probability = _directions(x)
        chance = torch.arange(x.shape[1], device=x.device).expand(len(x), -1)
        if bool((x[:, :, None] == x[:, None]).all(-1).sum() > x.shape[0] * x.shape[1]):
            chance = uniform(tuple(x.shape[:2]), generator=generator, dtype=torch.float64, device=x.device)
        return _merged(_sorted(x[item], a, chance[item]), item, probability)

    def entropy(self, x: Tensor) -> Tensor:
        """float64 `(B,)`: exact for d = 1 and 2; beyond, that of 4096 directions, which is less by what they miss."""
        g, item, probability = self.support(x, generator=torch.Generator(x.device).manual_seed(0))
        nats = probability.new_zeros(len(x)).index_add(0, item, torch.special.entr(probability))
        same = (x[:, :, None] == x[:, None]).all(-1).sum(-1)  # how many vectors are equal to each
        return nats + (torch.lgamma(same.to(torch.float64) + 1) / same).sum(-1)


def _sorted(x: Tensor, a: Tensor, chance: Tensor) -> Tensor:
    """int64 `(K, n)`: the orders of `(K, n, d)` along `(K, d)`; equal vectors in the order of their chances."""
    value = torch.zeros(x.shape[:2], dtype=torch.float64, device=x.device)
    for c in range(x.shape[2]):  # one by one, so that equal vectors get equal sums, to the last digit
        value = value + x[..., c].to(torch.float64) * a[:, c, None]
    order = chance.argsort(-1)
    return order.gather(-1, value.gather(-1, order).argsort(dim=-1, stable=True))


def _directions(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Directions with the parts of the sphere that they stand for: item `(K,)`, a `(K, d)`, probability `(K,)`."""
    B, n, d = x.shape
    item = torch.arange(B, device=x.device)
    if d == 1 or n < 2:
        return item, torch.ones(B, d, dtype=torch.float64, device=x.device), torch.ones_like(item, dtype=torch.float64)
    if d > 2:
        keys = SampleKeys(torch.arange(_DIRECTIONS, device=x.device), seed=2402)
        a = normal((_DIRECTIONS, d), generator=keys, dtype=torch.float64)
        return item.repeat_interleave(_DIRECTIONS), a.repeat(B, 1), a.new_full((B * _DIRECTIONS,), 1 / _DIRECTIONS)
    i, j = torch.triu_indices(n, n, 1, device=x.device)
    apart = (x[:, i] - x[:, j]).to(torch.float64)  # (B, pairs, 2), each of which ties along two directions
    tie = torch.atan2(apart[..., 0], -apart[..., 1]).remainder(math.pi)
    cuts = tie.where((apart != 0).any(-1), 0.0).sort(-1).values  # equal vectors add an empty arc
    cuts = torch.cat([cuts, cuts + math.pi, cuts[:, :1] + 2 * math.pi], dim=1)
    width, middle = cuts.diff(dim=1), (cuts[:, 1:] + cuts[:, :-1]) / 2
    k, arc = (width > 0).nonzero(as_tuple=True)
    angle = middle[k, arc]
    return k, torch.stack([angle.cos(), angle.sin()], dim=-1), width[k, arc] / (2 * math.pi)


def _merged(g: Tensor, item: Tensor, probability: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Equal orders of one item as one."""
    rows, number = torch.cat([item[:, None], g], dim=1).unique(dim=0, return_inverse=True)
    total = probability.new_zeros(len(rows)).index_add(0, number, probability)
    return rows[:, 1:], rows[:, 0], total


def _check(x: Tensor) -> None:
    if x.dim() != 3 or x.shape[2] == 0:
        raise ValueError(
            f"The data has shape {tuple(x.shape)}, but a batch of sets of vectors is (B, n, d), d at least 1."
        )
    if not bool(x.isfinite().all()):
        where = x.isfinite().logical_not().nonzero()[0].tolist()
        raise ValueError(
            f"x{where} is {float(x[tuple(where)])}, which has no place along a direction. Clean the data first."
        )
