"""Poses are computed at full precision."""

from typing import Any

import torch
from torch import Tensor


def full_precision(x: Any) -> torch.autocast:
    """A context without autocast on the device of `x`, a tensor or a PyG batch.

    Autocast would multiply rotation matrices in bfloat16, and the pose would be a rotation to two digits only.
    """
    return torch.autocast((x if isinstance(x, Tensor) else x.batch).device.type, enabled=False)
