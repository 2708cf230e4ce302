"""Training and test sets of the dialled breaking: turned molecules in a field of the laboratory, and their answers."""

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from symbreak.data.charged_particle import octahedral
from symbreak.groups import Orthogonal, Source, integers, normal, uniform
from symbreak.papers.dialled_breaking_law import SHARPNESS, Task, divergence, parts, score
from symbreak.papers.dialled_breaking_molecules import Molecules, g2_molecules, icosahedral

HELD_OUT = 4  # one of so many molecules is
TRAINING_FIELDS, STRENGTHS = 12, (0.5, 1.0)
TEST_STRENGTHS = (0.5, 0.75, 1.0, 1.25)


@dataclass(frozen=True, eq=False)
class Answers:
    """Molecules with their scores and, for training, labels.

    Args:
        molecules: turned.
        score: u, `(B,)` or `(B, n)`.
        target: what is learned: u itself, or a label that is 1 with probability `σ(4 u)`.
        there: which entries count.
        field: `(B, 3)`.
    """

    molecules: Molecules
    score: Tensor
    target: Tensor
    there: Tensor
    field: Tensor

    def __len__(self) -> int:
        return len(self.molecules)

    def rows(self, index: Tensor) -> "Answers":
        """Some of them."""
        return Answers(
            self.molecules.rows(index), self.score[index], self.target[index], self.there[index], self.field[index]
        )  # fmt: skip


def answers(task: Task, molecules: Molecules, dial: float, field: Tensor, *, generator: Source = None) -> Answers:
    """What the law says of molecules as they lie; labels are drawn, and those of images under the field's group are not
    the same.
    """
    law = parts(task, molecules)
    u = score(law, dial, field)
    target = u
    if task.labels:
        target = (uniform(tuple(u.shape), generator=generator, dtype=u.dtype) < (SHARPNESS * u).sigmoid()).to(u.dtype)
    return Answers(molecules, u, target, law.there, field.expand(len(u), 3))


def split(seed: int) -> tuple[Tensor, Tensor]:
    """The numbers of the molecules for training, and of those held out: one of each four next in size of `|P|`, `|Q|`.

    Few molecules carry much of the variance, so a split blind to that would make the test sets of seeds unlike.
    """
    law = parts(_graphs(), g2_molecules()[1])
    order = (law.vector.square().sum(-1) / 3 + law.quadrupole.square().sum((-1, -2)) * 2 / 15).argsort()
    fours = order.reshape(-1, HELD_OUT)
    chosen = integers(HELD_OUT, (len(fours),), generator=torch.Generator().manual_seed(seed))
    held = fours.gather(1, chosen[:, None]).squeeze(1)
    return torch.tensor(sorted(set(order.tolist()) - set(held.tolist()))), held.sort().values


def turned(molecules: Molecules, numbers: Tensor, count: int, *, generator: Source = None) -> Molecules:
    """`count` molecules, each of the numbers as often as any other but for one, under Haar-random maps of O(3)."""
    g = Orthogonal(3).sample((count,), generator=generator, dtype=torch.float64)
    return molecules.rows(numbers[torch.arange(count) % len(numbers)]).turned(g)


def all_turns(molecules: Molecules, *, generator: Source = None) -> Molecules:
    """Each molecule in 60 turns, `(60 B,)`: the icosahedral group after a random map.

    Means over them of the law, of its square, and of the product of the law with itself turned are those over O(3), to
    rounding.
    """
    start = Orthogonal(3).sample((len(molecules), 1), generator=generator, dtype=torch.float64)
    g = (start @ icosahedral()).flatten(0, 1)
    return molecules.rows(torch.arange(len(molecules)).repeat_interleave(60)).turned(g)


def closed(molecules: Molecules, group: Tensor) -> Molecules:
    """The images of each under a group `(k, 3, 3)`, next to each other: `(k B,)`."""
    many = molecules.rows(torch.arange(len(molecules)).repeat_interleave(len(group)))
    return many.turned(group.repeat(len(molecules), 1, 1))


def axial_group(axis: Tensor) -> Tensor:
    """C4v about an axis, `(8, 3, 3)`: it fixes the vectors and quadrupoles that all turns about the axis fix.

    Example:
        >>> axis = torch.tensor([0.0, 0.6, 0.8], dtype=torch.float64)
        >>> (axial_group(axis) @ axis - axis).abs().max().item() < 1e-12
        True
    """
    elements = octahedral()
    keeping = elements[elements[:, 2, 2] == 1]
    full = torch.linalg.qr(torch.cat([axis[:, None], torch.eye(3, dtype=axis.dtype)], dim=1))[0]
    frame = torch.cat([full[:, 1:3], axis[:, None] / axis.norm()], dim=1)
    return frame @ keeping @ frame.T


def training_fields(*, generator: Source = None) -> Tensor:
    """`(12, 3)`: fields in random directions, every other one of strength 0.5, the others of 1."""
    strengths = torch.tensor(STRENGTHS, dtype=torch.float64).repeat(TRAINING_FIELDS // len(STRENGTHS))
    return directions(TRAINING_FIELDS, generator=generator) * strengths[:, None]


def directions(count: int, *, generator: Source = None) -> Tensor:
    """Unit vectors, uniform on the sphere: `(count, 3)`."""
    v = normal((count, 3), generator=generator, dtype=torch.float64)
    return v / v.norm(dim=1, keepdim=True)


def error(task: Task, test: Answers, found: Tensor) -> float:
    """The squared error as a part of `E |u|²`; of labels the cross-entropy beyond that of the law, in nats."""
    u, f = test.score[test.there], found[test.there]
    if task.labels:
        return float(divergence(SHARPNESS * u, f).mean())
    return float((f - u).square().mean() / u.square().mean())


def floor(task: Task, test: Answers, turns: int = 60) -> float:
    """The least error of any equivariant network on a test set that holds each molecule in several turns, side by side.

    Such a network has one answer for all turns: at best the mean of the law, or of the probability.
    """
    u = (SHARPNESS * test.score).sigmoid() if task.labels else test.score
    best = u.unflatten(0, (-1, turns)).mean(1, keepdim=True).expand(-1, turns, *u.shape[1:]).flatten(0, 1)
    return error(task, test, torch.logit(best) if task.labels else best)


@cache
def _graphs() -> Task:
    return Task("regression", "", atoms=False, labels=False)
