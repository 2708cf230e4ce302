"""What is measured on a trained network: its breaking, its θ, and its answers in fields that it was not trained in."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from e3nn import o3
from torch import Tensor, nn

from symbreak.actions import Pointwise
from symbreak.groups import Orthogonal, integers
from symbreak.layers import relaxed_weights
from symbreak.layers.relaxation_penalty import degree_of_equivariance
from symbreak.papers.dialled_breaking_data import TEST_STRENGTHS, answers, directions, error
from symbreak.papers.dialled_breaking_law import Task
from symbreak.papers.dialled_breaking_molecules import Molecules
from symbreak.papers.dialled_breaking_networks import graph, scores
from symbreak.papers.dialled_breaking_training import Problem, predicted
from symbreak.representations import Trivial, Vector
from symbreak.symmetry.order_parameters import axis_angle, irrep_blocks, preferred_axes

FAINT = 1e-9  # of the norm of θ: a part below it has no direction


def breaking_of(found: Tensor) -> float:
    """Half the degree of equivariance of scores that are known for each molecule in all 60 turns, `(60 B, ...)`:

        ½ E |f(g x) - f(x)|² / E |f|² = 1 - mean_x |mean_g f(g x)|² / mean |f|²,

    with the mean over the icosahedral group in place of that over O(3). Scores are the answer of the regression and the
    log odds of a label; of the law itself this is `true_breaking`, to rounding.
    """
    f = found.unflatten(0, (-1, 60))
    whole = float(f.square().mean())
    return float((f - f.mean(1, keepdim=True)).square().mean()) / whole if whole else 0.0


def haar_breaking(f: Callable[[Molecules], Tensor], molecules: Molecules, *, seed: int, every: int = 6) -> float:
    """The same by `degree_of_equivariance`, with Haar-random maps of O(3), reflections too: of every sixth molecule.

    Args:
        f: from molecules to `(B,)`, or `(B, n)` of their atoms.
    """
    G, some = Orthogonal(3), molecules.rows(torch.arange(0, len(molecules), every))
    return 0.5 * degree_of_equivariance(
        lambda x: f(replace(some, positions=x))[..., None],
        Pointwise(Vector(G)),
        Pointwise(Trivial(G)),
        some.positions,
        generator=torch.Generator().manual_seed(seed),
        draws=1,
    )


def scored(model: nn.Module, task: Task) -> Callable[[Molecules], Tensor]:
    """A network as a function of molecules."""

    def f(molecules: Molecules) -> Tensor:
        seen = graph(molecules)
        return scores(model(seen), seen, task.atoms)

    return f


def read_theta(model: nn.Module, field: Tensor, dial: float) -> dict[str, Any] | None:
    """θ, its norms by irrep, the angles of its vector and its quadrupole with the field, and what the law forbids.

    The law allows a polar vector and an even quadrupole along the field, and without one nothing but the scalar.
    """
    weights = [w for w in relaxed_weights(model).values() if w.theta.requires_grad]
    if not weights:
        return None
    (weight,) = weights
    blocks = {block.name: block for block in irrep_blocks(weight.theta, str(weight.irreps))}
    norm = float(weight.theta.detach().norm())
    angles: dict[str, float | None] = {}
    forbidden = 0.0
    for name, block in blocks.items():
        if name == "0e":
            continue
        across = block.values[0]
        if name in ("1o", "2e") and dial:
            along = o3.spherical_harmonics(block.degree, field, True, normalization="norm").to(across)
            across = across - (across @ along) * along
        forbidden += float(across.square().sum())
        if name in ("1o", "2e"):
            axes = preferred_axes(block) if block.norm > FAINT * norm else ()
            angles[name] = min((axis_angle(axis, field) for axis in axes), default=None)
    return {
        "irreps": str(weight.irreps),
        "theta": weight.theta.tolist(),
        "norms": {name: block.norm for name, block in blocks.items()},
        "angles": angles,
        "forbidden": forbidden**0.5,
    }


def field_errors(model: nn.Module, data: Problem, dial: float, *, seed: int) -> list[dict[str, Any]]:
    """The error in fields of several strengths, along the directions of the training set and along new ones."""
    generator, test = torch.Generator().manual_seed(seed), data.test.rows(torch.arange(0, len(data.test), 4))
    found = []
    for known in (True, False):
        for strength in TEST_STRENGTHS:
            new = directions(len(test), generator=generator)
            old = data.known[integers(len(data.known), (len(test),), generator=generator)]
            E = strength * (old / old.norm(dim=1, keepdim=True) if known else new)
            there = answers(data.task, test.molecules, dial, E)
            with torch.no_grad():
                told = error(data.task, there, predicted(model, there, data.task))
            found.append({"strength": strength, "known": known, "error": told})
    return found


def joint_error(model: nn.Module, data: Problem, *, seed: int) -> float:
    """The largest `|f(θ(g E); g x) - f(θ(E); x)|` over test molecules, each with a field and a map of its own."""
    generator, few = torch.Generator().manual_seed(seed), data.test.rows(torch.arange(0, len(data.test), 60))
    g = Orthogonal(3).sample((len(few),), generator=generator, dtype=torch.float64)
    here = replace(few, field=directions(len(few), generator=generator))
    field = (g @ here.field[..., None]).squeeze(-1)
    there = replace(here, molecules=here.molecules.turned(g), field=field)
    with torch.no_grad():
        return float((predicted(model, there, data.task) - predicted(model, here, data.task)).abs().max())
