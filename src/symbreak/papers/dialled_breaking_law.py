"""A law on molecules whose breaking of O(3) is dialled: a part that no turn changes, and a field in the laboratory."""

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from symbreak.papers.dialled_breaking_molecules import Molecules, Seen, g2_molecules, seen_by_atoms

SHARPNESS = 4.0  # of labels: their log odds for a score of 1


@dataclass(frozen=True)
class Task:
    """What is asked about a molecule.

    Args:
        name: in the results.
        title: for people.
        atoms: whether each atom is asked about, or the molecule.
        labels: whether the answer is a label 0 or 1, or the number itself.
    """

    name: str
    title: str
    atoms: bool
    labels: bool


TASKS = (
    Task("regression", "graph regression", atoms=False, labels=False),
    Task("graphs", "graph classification", atoms=False, labels=True),
    Task("nodes", "node classification", atoms=True, labels=True),
)


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of the law for each molecule `(B, ...)` or atom `(B, n, ...)`, in units of their deviations."""

    invariant: Tensor
    """a, of mean 0 and variance 1."""
    vector: Tensor
    """P: `n · P` has the mean square 1 over Haar-random molecules."""
    quadrupole: Tensor
    """Q, without trace: `nᵀ Q n` has the mean square 1."""
    there: Tensor
    """Which are there."""


def parts(task: Task, molecules: Molecules) -> Parts:
    """a, P and Q of the law; the means and deviations are those of all G2 molecules, over all their turns.

    For an atom these are what it sees of its neighbours, for a molecule the means over its atoms (of `|q|` for a, since
    the charges add up to 0).
    """
    raw, unit = _raw(task, molecules), _scales(task)
    return Parts((raw.invariant - unit[0]) / unit[1], raw.vector / unit[2], raw.quadrupole / unit[3], raw.there)


def score(parts: Parts, dial: float, field: Tensor) -> Tensor:
    """The law,

        u = √(1-λ) a + √(λ/2) (E · P + Eᵀ Q E),

    an energy in a uniform field: the dipole's is linear in E, the polarizability's quadratic. In a field of strength 1
    the dial λ is the share of `E u²` that turns of the molecule move.

    Args:
        parts: of the law.
        dial: λ, from 0 to 1.
        field: E, `(3,)` for all molecules, or `(B, 3)`.
    Shapes:
        `(B,)` for molecules, `(B, n)` for atoms; 0 where there is none.
    """
    if not 0 <= dial <= 1:
        raise ValueError(f"The dial is {dial}, but it goes from 0, where nothing is broken, to 1.")
    E = field if field.dim() == 1 else field.reshape(len(field), *[1] * (parts.vector.dim() - 2), 3)
    along = (parts.vector * E).sum(-1)
    across = torch.einsum(
        "...xy,...x,...y->...", parts.quadrupole, E.expand_as(parts.vector), E.expand_as(parts.vector)
    )
    u = (1 - dial) ** 0.5 * parts.invariant + (dial / 2) ** 0.5 * (along + across)
    return torch.where(parts.there, u, 0.0)


def true_breaking(parts: Parts, dial: float) -> float:
    """Half the degree of equivariance of the law on these molecules in all turns, with a field of strength 1:

        ½ E |u(g x) - u(x)|² / E |u|² = λ V / ((1-λ) A + λ V),    V = ½ mean(|P|²/3 + 2/15 |Q|²),  A = mean a²

    in closed form. On all G2 molecules it is λ. It is also the least error of an equivariant network, as a part of
    `E |u|²`: of the turns of one molecule such a network sees nothing, so its best answer is their mean.

    Example:
        >>> task, (_, molecules) = TASKS[0], g2_molecules()
        >>> [round(true_breaking(parts(task, molecules), dial), 12) for dial in (0.0, 0.3, 1.0)]
        [0.0, 0.3, 1.0]
    """
    there = parts.there
    vary = (parts.vector[there].square().sum(-1) / 3 + parts.quadrupole[there].square().sum((-1, -2)) * 2 / 15) / 2
    moved, kept = dial * vary.mean(), (1 - dial) * parts.invariant[there].square().mean()
    return float(moved / (moved + kept))


def divergence(truth: Tensor, logits: Tensor) -> Tensor:
    """`KL(p ‖ q)` in nats of two coins, by their log odds."""
    p, log = truth.sigmoid(), torch.nn.functional.logsigmoid
    return p * (log(truth) - log(logits)) + (1 - p) * (log(-truth) - log(-logits))


def _raw(task: Task, molecules: Molecules) -> Parts:
    seen: Seen = seen_by_atoms(molecules)
    if task.atoms:
        return Parts(seen.charge, seen.dipole, seen.quadrupole, molecules.atoms)
    n = molecules.atoms.sum(1)
    charge, dipole = seen.charge.abs().sum(1) / n, seen.dipole.sum(1) / n[:, None]
    return Parts(charge, dipole, seen.quadrupole.sum(1) / n[:, None, None], torch.ones_like(n, dtype=torch.bool))


@cache
def _scales(task: Task) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    raw = _raw(task, g2_molecules()[1])
    a, P, Q = raw.invariant[raw.there], raw.vector[raw.there], raw.quadrupole[raw.there]
    vary = [(P.square().sum(-1) / 3).mean().sqrt(), (Q.square().sum((-1, -2)) * 2 / 15).mean().sqrt()]
    return a.mean(), a.std(correction=0), vary[0], vary[1]
