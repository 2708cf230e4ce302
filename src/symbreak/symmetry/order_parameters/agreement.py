"""How well directions agree, across layers and across seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.groups import Source, integers
from symbreak.symmetry.order_parameters.irrep_block import IrrepBlock, IrrepsLike, irrep_blocks
from symbreak.symmetry.order_parameters.preferred_axes import axis_angle

Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Agreement:
    """How far the directions of one irrep, up to sign, are the same in all layers of all runs.

    Args:
        irrep: such as "1o".
        direction: the line nearest to all of them, a unit vector `(2l+1,)`.
        spread: the root of the mean square of the sine of their angles with it, as an angle in degrees.
        within: degrees; the line of `confidence` of the bootstrap samples is at most so far from it. None for less
            than three runs.
        across_layers: the mean of `cos²` over pairs of layers of one run, 1 if parallel; None for one layer.
        layers_interval: of its bootstrap; None for less than three runs.
        across_seeds: the mean of `cos²` over pairs of runs in one layer; None for one run.
        seeds_interval: of its bootstrap; None for less than three runs.
        chance: the mean of `cos²` of independent random lines, `1/(2l+1)`.
        grown: in how many layers of how many runs the irrep grew: only those are compared.
    """

    irrep: str
    direction: Tensor
    spread: float
    within: float | None
    across_layers: float | None
    layers_interval: Interval | None
    across_seeds: float | None
    seeds_interval: Interval | None
    chance: float
    grown: int

    def __str__(self) -> str:
        parts = [f"{self.irrep}: {self.grown} directions, {self.spread:.2f} degrees about their mean"]
        if self.within is not None:
            parts.append(f"known to {self.within:.2f} degrees")
        for name, value, interval in (
            ("layers", self.across_layers, self.layers_interval),
            ("seeds", self.across_seeds, self.seeds_interval),
        ):
            if value is not None:
                span = "" if interval is None else f" [{interval[0]:.3f}, {interval[1]:.3f}]"
                parts.append(f"cos² across {name} {value:.3f}{span}")
        return ", ".join(parts) + f" (chance {self.chance:.3f})"


def direction_agreement(
    runs: Sequence[Sequence[Tensor]],
    irreps: IrrepsLike,
    *,
    tolerance: float = 1e-3,
    samples: int = 1000,
    confidence: float = 0.95,
    generator: Source = None,
) -> tuple[Agreement, ...]:
    """For each irrep that grew, whether layers and seeds tell the same direction, with bootstrap intervals over runs.

    Layers are compared as lines: the sign and the length of each is free, so a sum over layers means nothing. Runs are
    drawn with replacement, and a run is not compared with itself; layers of a run, which are not independent, stay
    together.

    Args:
        runs: the vectors of each layer of each run, `runs[seed][layer]`, all of the same irreps.
        irreps: of the vectors.
        tolerance: the part of a layer's norm below which an irrep counts as not grown.
        samples: of the bootstrap.
        confidence: of the intervals, from quantiles of the samples.
        generator: where the samples come from.
    Raises:
        ValueError: if there is no run, runs differ in their number of layers, or a parameter is out of range.

    Example:
        >>> runs = [[torch.tensor([1.0, 0.0, 0.0, s]), torch.tensor([1.0, 0.1 * s, 0.0, -2.0])] for s in (1.0, 2.0)]
        >>> print(direction_agreement(runs, "0e + 1o")[0])
        1o: 4 directions, 2.37 degrees about their mean, cos² across layers 0.994, cos² across seeds 0.999
        (chance 0.333)
    """
    if not runs or not len(runs[0]):
        raise ValueError("There are no runs to compare: give the vectors of one layer of one run at least.")
    if len({len(run) for run in runs}) > 1:
        raise ValueError(
            f"The runs have {[len(run) for run in runs]} layers, but layers are compared one by one: give runs of one "
            "architecture."
        )
    if not 0 < confidence < 1 or samples < 1:
        raise ValueError(f"confidence is {confidence} and samples {samples}, but try 0.95 and 1000.")
    blocks = [[irrep_blocks(theta, irreps) for theta in run] for run in runs]
    drawn = integers(len(runs), (samples, len(runs)), generator=generator).cpu()
    counts = torch.nn.functional.one_hot(drawn, len(runs)).sum(1).double()  # (samples, runs)
    found = []
    for k, block in enumerate(blocks[0][0]):
        if block.degree:
            v, grown = _directions(blocks, k, tolerance)
            if bool(grown.any()):
                found.append(_agreement(block.name, v, grown, counts, confidence))
    return tuple(found)


def _directions(blocks: Sequence[Sequence[tuple[IrrepBlock, ...]]], k: int, tolerance: float) -> tuple[Tensor, Tensor]:
    """Unit vectors `(runs, layers, d)`, 0 where the irrep did not grow, and where it did."""
    v = torch.stack([torch.stack([layer[k].direction for layer in run]) for run in blocks])
    part = [[layer[k].norm / max(sum(b.norm**2 for b in layer) ** 0.5, 1e-300) for layer in run] for run in blocks]
    grown = torch.tensor(part) > tolerance
    return v * grown[..., None], grown


def _agreement(name: str, v: Tensor, grown: Tensor, counts: Tensor, confidence: float) -> Agreement:
    runs, layers, d = v.shape
    moment = torch.einsum("sli,slj->sij", v, v)
    axis, spread = _line(moment.sum(0), int(grown.sum()))
    enough = runs > 2
    within = None
    if enough:
        sampled = torch.linalg.eigh(torch.einsum("bs,sij->bij", counts, moment)).eigenvectors[..., -1]
        off = torch.tensor([axis_angle(u, axis) for u in sampled])
        within = float(off.quantile(confidence))
    square = torch.einsum("sli,tmi->stlm", v, v).square()
    both = torch.einsum("sl,tm->stlm", grown.double(), grown.double())
    pairs = torch.triu(torch.ones(layers, layers, dtype=torch.float64), 1)
    same, other = torch.eye(runs, dtype=torch.float64), 1 - torch.eye(runs, dtype=torch.float64)
    by_layer = _mean((square * pairs).sum((2, 3)) * same, (both * pairs).sum((2, 3)) * same, counts, enough, confidence)
    one = torch.eye(layers, dtype=torch.float64)
    by_seed = _mean((square * one).sum((2, 3)) * other, (both * one).sum((2, 3)) * other, counts, enough, confidence)
    return Agreement(name, axis, spread, within, *by_layer, *by_seed, 1 / d, int(grown.sum()))


def _line(moment: Tensor, count: int) -> tuple[Tensor, float]:
    """The line nearest to `count` unit vectors with these second moments, and the spread about it in degrees."""
    values, vectors = torch.linalg.eigh(moment)
    u = vectors[:, -1]
    across = (values[:-1].clamp(min=0).sum() / count).sqrt()
    return u * u[u.abs().argmax()].sign(), float(torch.rad2deg(torch.arcsin(across.clamp(max=1.0))))


def _mean(
    total: Tensor, number: Tensor, counts: Tensor, enough: bool, confidence: float
) -> tuple[float | None, Interval | None]:
    """The mean over pairs of runs `(s, t)`, given sums and numbers for each pair, and its bootstrap interval."""
    if not float(number.sum()) > 0:
        return None, None
    value = float(total.sum() / number.sum())
    if not enough:
        return value, None
    same = bool((number == torch.diag(number.diagonal())).all())
    if same:  # pairs within runs: each run counts as often as it was drawn
        top, bottom = counts @ total.diagonal(), counts @ number.diagonal()
    else:
        top, bottom = (torch.einsum("bs,bt,st->b", counts, counts, m) for m in (total, number))
    ratio = (top / bottom)[bottom > 0]
    if not len(ratio):
        return value, None
    tail = (1 - confidence) / 2
    return value, (float(ratio.quantile(tail)), float(ratio.quantile(1 - tail)))
