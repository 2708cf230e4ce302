"""Training on a data set that a group takes to itself: θ stays what that group allows."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from symbreak.data.charged_particle import octahedral
from symbreak.groups import SampleKeys, integers
from symbreak.layers import relaxed_weights
from symbreak.papers.explicit_or_spontaneous_data import Clusters, Setting, clusters, law, random_field
from symbreak.papers.explicit_or_spontaneous_networks import METHODS, double, optimizer
from symbreak.papers.explicit_or_spontaneous_scores import energy_score
from symbreak.symmetry.order_parameters import irrep_blocks

STEPS, DRAWS = 60, 2


def closed_row(
    method: str,
    setting: Setting,
    seed: int,
    *,
    steps: int = STEPS,
    make_optimizer: Callable[[nn.Module, float], torch.optim.Optimizer] = optimizer,
    report: Callable[[int, str], None] = lambda step, text: None,
) -> dict[str, Any]:
    """One cluster of each shape and its shift, with all their 48 images under O_h, whole in each step.

    Poses are drawn for the four clusters, and moved with them. The gradient of θ is then fixed by O_h, which up to
    degree 2 fixes nothing but scalars; 0o, 1o, ... stay at 0 up to rounding. Returns the largest of them over training.
    """
    row = next(row for row in METHODS if row.name == method)
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    some = clusters(1, 16, generator=generator)
    shift = law(setting, some, random_field(generator)).draw(generator=generator)
    g = octahedral()
    images, y = closure(some, g), (shift[:, None] @ g[:, None].mT).flatten(0, 2)
    with double():
        model = row.build()
    adam = make_optimizer(model, row.rate)
    (weight,) = relaxed_weights(model).values()
    outside, count = 0.0, DRAWS if row.random else 1
    alike = torch.arange(len(some.shift) * count).repeat(len(g))  # images draw what their cluster draws
    x = images.positions.repeat_interleave(count, dim=0)
    for step in range(steps):
        keys = SampleKeys(alike, seed=seed, epoch=step)
        number = integers(some.poses.shape[1], (len(alike),), generator=keys)
        poses = images.poses[torch.arange(len(y)).repeat_interleave(count), number]
        drawn = model(x, poses, keys)
        loss = energy_score(drawn.unflatten(0, (len(y), count)), y).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        outside = max(outside, beside_scalars(weight.theta.detach(), str(weight.irreps)))
        report(step, f"{float(loss.detach()):.3f}")
    return {"method": method, "outside": outside, "images": len(y)}


def closure(some: Clusters, g: Tensor) -> Clusters:
    """All images of some clusters under the elements `(G, 3, 3)`, element by element."""
    moved = [some.moved(one) for one in g]
    return Clusters(*(torch.cat([getattr(part, name) for part in moved]) for name in vars(some)))


def beside_scalars(theta: Tensor, irreps: str) -> float:
    """The norm of θ without its 0e."""
    return sum(float(block.norm) ** 2 for block in irrep_blocks(theta, irreps) if block.name != "0e") ** 0.5
