"""What a network draws, how it is judged, and what a picture shows of it."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call

from symbreak.groups import Orthogonal, uniform
from symbreak.layers import moved
from symbreak.papers.explicit_or_spontaneous_data import (
    ATOMS,
    SHAPES,
    TEST_POSES,
    Clusters,
    DataSet,
    Setting,
    drawn_poses,
    law,
)
from symbreak.papers.explicit_or_spontaneous_networks import Method, Told, ToldNoise
from symbreak.papers.explicit_or_spontaneous_scores import (
    energy_distance,
    expected_variation,
    floors,
    nearest,
    own_spread,
)

TURNS, FEW = 4, 16  # elements of O(3) by which field and clusters are turned, and draws for each


def draws(
    model: Told,
    some: Clusters,
    count: int,
    generator: torch.Generator,
    theta: dict[str, Tensor] | None = None,
) -> Tensor:
    """Draws `(B, count, 3)` for each cluster, with poses that are chosen among those of the cluster at random."""
    B, D = some.poses.shape[:2]
    chosen = uniform((B, D), generator=generator, dtype=torch.float64).argsort(1)[:, :count]
    g = some.poses[torch.arange(B)[:, None], chosen].flatten(0, 1)
    x = some.positions.repeat_interleave(chosen.shape[1], dim=0)
    found = functional_call(model, theta or {}, (x, g, generator))
    return found.unflatten(0, (B, chosen.shape[1]))


def judged(model: Told, method: Method, setting: Setting, data: DataSet, seed: int) -> dict[str, Any]:
    """Scores on new clusters; on those turned in the same field; and with the field turned too, and θ.

    All in units of the mean shift. `identity` is `|f(D(h) θ; h x, h g) - h f(θ; x, g)|`, for the same draws.
    """
    generator, test, n = torch.Generator().manual_seed(seed + 2), data.test, data.field
    scale, count = float(test.shift.mean()), test.poses.shape[1] if method.random else 1
    h = Orthogonal(3).sample((TURNS,), generator=generator, dtype=torch.float64)
    each = Orthogonal(3).sample((len(test.shift),), generator=generator, dtype=torch.float64)
    right = law(setting, test, n)

    def sampled(some: Clusters, theta: dict[str, Tensor] | None = None, most: int = count) -> Tensor:
        """With the same draws for the same clusters."""
        return draws(model, some, min(count, most), torch.Generator().manual_seed(seed + 3), theta)

    drawn = sampled(test)
    miss, variation = nearest(drawn, right)
    turned, both, here = test.moved(each), [], sampled(test, most=FEW)
    identity = None if isinstance(model, ToldNoise) else 0.0
    for g in h:
        there, theta = test.moved(g), moved(model, g)
        found = sampled(there, theta, FEW)
        both.append(energy_distance(found, law(setting, there, g @ n)).mean())
        if identity is not None:
            identity = max(identity, float((found - here @ g.T).abs().max()))
    least = floors(setting, test, right).mean(test.shift)
    return {
        "distance": float(energy_distance(drawn, right).mean()) / scale,
        "by_shape": [float(energy_distance(drawn, right)[test.shape == k].mean()) / scale for k in range(len(SHAPES))],
        "turned": float(energy_distance(sampled(turned), law(setting, turned, n)).mean()) / scale,
        "both_turned": float(torch.stack(both).mean()) / scale,
        "identity": identity,
        "miss": float(miss.mean()) / scale,
        "variation": float(variation.mean()),
        "variation_of_truth": float(expected_variation(right, count, generator=generator).mean()),
        "floor": 0.0 if method.floor == "none" else least[method.floor],
        "own_spread": float(own_spread(right).mean()) / scale,
    }


def shown(model: Told, method: Method, setting: Setting, field: Tensor, seed: int) -> dict[str, Tensor]:
    """What a network draws for one octahedron, four of whose axes lie in a plane with the field, 20° off.

    In a frame of that plane, the field along the second axis: draws `(32, 3)`, outcomes `(8, 3)` and probabilities.
    """
    generator = torch.Generator().manual_seed(seed)
    angle = math.radians(20)
    plane = torch.tensor(
        [[math.cos(angle), math.sin(angle), 0], [-math.sin(angle), math.cos(angle), 0], [0, 0, 1]], dtype=torch.float64
    )
    aside = torch.linalg.qr(torch.cat([field[:, None], torch.eye(3, dtype=torch.float64)[:, :2]], dim=1)).Q
    frame = torch.stack([aside[:, 1], field, aside[:, 2]])  # rows: to the plane of the picture
    atoms = torch.zeros(1, ATOMS, 3, dtype=torch.float64)
    atoms[0, :6] = SHAPES[1].atoms() @ plane.T @ frame
    poses = drawn_poses(atoms[:, :6], TEST_POSES, generator=generator)
    one = Clusters(atoms, torch.tensor([1]), torch.ones(1, dtype=torch.float64), poses)
    right = law(setting, one, field)
    with torch.no_grad():
        drawn = draws(model, one, TEST_POSES if method.random else 1, generator)[0]
    return {
        "drawn": drawn @ frame.T,
        "outcomes": right.outcomes[0] @ frame.T,
        "probability": right.probability[0],
    }
