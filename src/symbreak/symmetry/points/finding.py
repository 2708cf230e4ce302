"""The stabilizer of one cloud as arrays."""

from dataclasses import dataclass

import torch

from symbreak.groups import Orthogonal
from symbreak.symmetry.points.ragged import Floats, Ints
from symbreak.symmetry.points.stabilizer import PointStabilizer


@dataclass(frozen=True, eq=False)
class Finding:
    """What `PointStabilizer` tells users, about the centre of the cloud."""

    name: str
    matrices: Floats
    permutations: Ints
    residuals: Floats
    gap: float
    continuous: Floats
    places: Ints

    def stabilizer(self, centre: Floats, group: Orthogonal, tolerance: float, device: torch.device) -> PointStabilizer:
        """The same as tensors on a device."""
        arrays = (self.matrices, self.permutations, self.residuals, centre, self.continuous, self.places)
        tensors = map(torch.from_numpy, arrays)
        if device.type != "cpu":
            tensors = (tensor.to(device) for tensor in tensors)
        rotations, permutations, residuals, c, continuous, places = tensors
        return PointStabilizer(
            group, self.name, rotations, permutations, residuals, self.gap, tolerance, c, continuous, places
        )
