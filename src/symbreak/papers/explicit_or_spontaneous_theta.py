"""What θ says of the field: how much of it is no scalar, and along which line."""

from typing import Any

import torch
from torch import Tensor, nn

from symbreak.layers import relaxed_weights
from symbreak.symmetry.order_parameters import axis_angle, irrep_blocks


def read_theta(model: nn.Module, field: Tensor) -> dict[str, Any]:
    """The parts of θ by irrep, the share of its square that is no scalar, and the angle of its 1o with the field.

    The angle is one of lines, in degrees: the sign of θ is gauge. Empty without a θ that is learned.
    """
    thetas = [weight for weight in relaxed_weights(model).values() if weight.theta.requires_grad]
    if not thetas:
        return {"theta": None, "broken": None, "angle": None}
    (weight,) = thetas
    theta = weight.theta.detach()
    blocks = {block.name: block for block in irrep_blocks(theta, str(weight.irreps))}
    whole = float(theta.square().sum())
    polar: Any = blocks["1o"].values[0]
    return {
        "theta": {"irreps": str(weight.irreps), "values": theta.tolist()},
        "parts": {name: float(block.norm) / whole**0.5 for name, block in blocks.items()},
        "broken": 1 - float(blocks["0e"].norm) ** 2 / whole,
        "angle": axis_angle(torch.as_tensor(polar), field) if float(polar.norm()) else None,
    }
