"""Training of one row of the dialled breaking."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from symbreak.data.charged_particle import octahedral
from symbreak.groups import integers, normal
from symbreak.layers import ConditionedWeight, EquivariantAdam, relaxed_weights
from symbreak.layers.relaxation_penalty import DualAscent, Schedule, SoftProjection
from symbreak.papers.dialled_breaking_data import (
    Answers,
    all_turns,
    answers,
    axial_group,
    closed,
    split,
    training_fields,
    turned,
)
from symbreak.papers.dialled_breaking_law import TASKS, Task
from symbreak.papers.dialled_breaking_molecules import g2_molecules
from symbreak.papers.dialled_breaking_networks import FreeNetwork, MoleculeNetwork, graph, scores, strict
from symbreak.papers.dialled_breaking_settings import Learned, Setting

BATCH = 24
_NOTED = 50  # points of a curve

Report = Callable[[int, str], None]


@dataclass(frozen=True, eq=False)
class Problem:
    """What one row is trained and tested on.

    Args:
        task: what is asked.
        field: E of the laboratory, `(3,)`, of length 1.
        train: the training set.
        test: molecules that are not among those of the training set, each in 60 turns.
        known: the fields of the training set, `(k, 3)`.
        batch: how many are seen in a step; those of a closed set are a closed set.
    """

    task: Task
    field: Tensor
    train: Answers
    test: Answers
    known: Tensor
    batch: int


def problem(setting: Setting, seed: int) -> Problem:
    """The data of a row; all rows of a seed, task and dial have the same test set and field."""
    (task,) = (task for task in TASKS if task.name == setting.task)
    molecules, (numbers, held) = g2_molecules()[1], split(seed)
    generator = torch.Generator().manual_seed(seed)
    field = normal((3,), generator=generator, dtype=torch.float64)
    field /= field.norm()
    test = answers(
        task, all_turns(molecules.rows(held), generator=generator), setting.dial, field, generator=generator
    )  # fmt: skip
    group = (axial_group(field) if setting.dial else octahedral()) if setting.closed else None
    each = 1 if group is None else len(group)
    order = torch.randperm(len(numbers), generator=generator)
    batch = max(BATCH - BATCH % each, each)
    count = setting.samples if group is None else max(setting.samples // batch, 1) * (batch // each)
    clouds = turned(molecules, numbers[order], count, generator=generator)
    clouds = clouds if group is None else closed(clouds, group)
    known = training_fields(generator=generator) if setting.fields else field[None]
    E = known[integers(len(known), (len(clouds),), generator=generator)]
    train = answers(task, clouds, setting.dial, E, generator=generator)
    return Problem(task, field, train, test, known, batch)


def network(setting: Setting) -> nn.Module:
    """The network of a row, with weights of the global generator."""
    match setting.network:
        case "strict":
            return strict()
        case "relaxed":
            return MoleculeNetwork()
        case "conditioned":
            return MoleculeNetwork(ConditionedWeight(2, "1o"))
        case "free" | "told":
            return FreeNetwork(field=setting.network == "told")
    raise ValueError(f"There is no network {setting.network!r}. Known: strict, relaxed, conditioned, free, told.")


def predicted(model: nn.Module, data: Answers, task: Task, theta: Tensor | None = None) -> Tensor:
    """What a network says of molecules: `(B,)`, or `(B, n)` of atoms."""
    seen = graph(data.molecules)
    found = model(seen, data.field) if theta is None else model(seen, data.field, theta)
    return scores(found, seen, task.atoms)


def fit(
    model: nn.Module, setting: Setting, data: Problem, *, steps: int, rate: float, seed: int, report: Report
) -> list[dict[str, Any]]:
    """Trains by mini-batches, and returns the curve: loss, penalty, its weight, and the norms of θ by irrep."""
    free = [p for p in model.parameters() if p.requires_grad]
    theta = [w.theta for w in relaxed_weights(model).values() if w.theta.requires_grad]
    stock = setting.optimizer == "adam"
    optimizer = torch.optim.Adam(free, rate) if stock else EquivariantAdam(free, rate, shared=theta)
    falls = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / steps)) / 2)
    regime, generator = setting.regime, torch.Generator().manual_seed(seed)
    dual = DualAscent(regime.weight.allowed, regime.weight.rate) if isinstance(regime.weight, Learned) else None
    curve, count = [], len(data.train)
    orbits = torch.arange(count).reshape(-1, data.batch if setting.closed else 1)
    order = orbits[:0].flatten()
    for step in range(steps):
        if len(order) < min(data.batch, count):
            order = orbits[torch.randperm(len(orbits), generator=generator)].flatten()
        rows, order = order[: data.batch], order[data.batch :]
        seen = data.train.rows(rows)
        opened = None if regime.opened is None else _opened(model, regime.opened(step / steps))
        loss = _loss(data.task, predicted(model, seen, data.task, opened), seen)
        total, penalty, weight = loss, None, _weight(regime.weight, dual, step / steps)
        if regime.penalty is not None:
            penalty = regime.penalty(model)
            total = loss + weight * penalty
        optimizer.zero_grad()
        total.backward()
        if step % max(steps // _NOTED, 1) == 0:
            note = {"step": step, "loss": float(loss.detach()), "weight": weight, "theta": _norms(model)}
            curve.append(note | {"penalty": None if penalty is None else float(penalty.detach())})
            report(step, f"{note['loss']:.3f}")
        optimizer.step()
        falls.step()
        if dual is not None and penalty is not None:
            dual.step(penalty)
    if regime.projected or regime.opened is not None:
        SoftProjection(0.0).project_(model)
    return curve


def _loss(task: Task, found: Tensor, seen: Answers) -> Tensor:
    f, y = found[seen.there], seen.target[seen.there]
    return binary_cross_entropy_with_logits(f, y) if task.labels else (f - y).square().mean()


def _weight(weight: float | Schedule | Learned, dual: DualAscent | None, progress: float) -> float:
    if dual is not None:
        return dual.weight
    return weight(progress) if isinstance(weight, Schedule) else float(weight)  # type: ignore[arg-type]


def _opened(model: nn.Module, part: float) -> Tensor:
    """θ with a part of its breaking irreps."""
    (weight,) = relaxed_weights(model).values()
    scalar = torch.cat([torch.full((ir.dim * mul,), float(str(ir) == "0e")) for mul, ir in weight.irreps])
    return weight.theta * (scalar + part * (1 - scalar)).to(weight.theta)


def _norms(model: nn.Module) -> dict[str, float]:
    """Of each irrep of the one θ; empty where nothing of it is learned."""
    from symbreak.symmetry.order_parameters import irrep_blocks

    weights = [w for w in relaxed_weights(model).values() if w.theta.requires_grad]
    return {block.name: block.norm for w in weights for block in irrep_blocks(w.theta, str(w.irreps))}
