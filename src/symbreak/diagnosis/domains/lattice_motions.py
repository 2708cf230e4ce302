"""The motions of one lattice: masks of elements, what generates them, their names, and what they do to sites."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from symbreak.actions import Lattice, Scalar
from symbreak.data.samples import Array
from symbreak.groups import FiniteSemidirect, SemidirectElement, take
from symbreak.symmetry.lattice_names import image_symmetry, lattice_symmetry
from symbreak.symmetry.lattice_stabilizer import centred_elements
from symbreak.symmetry.orbits import node_orbits
from symbreak.symmetry.self_symmetry import Symmetry


@dataclass(frozen=True)
class LatticeMotions:
    """Motions by their numbers: those of the group, or without translations of its point elements about the centre.

    Args:
        group: of a torus, such as `p4m(8)`.
        translations: whether fields repeat; images do not.
    """

    group: FiniteSemidirect
    translations: bool = True

    @property
    def _action(self) -> Lattice:
        return Lattice(self.group, (Scalar(),))

    @property
    def count(self) -> int:
        return self.group.order if self.translations else self.group.acting.order

    def elements(self, number: Tensor) -> SemidirectElement:
        """The motions of some numbers."""
        if not self.translations:
            return take(centred_elements(self._action), number)
        return self.group.element(number)

    def permutations(self, number: Tensor) -> Tensor:
        """int64 `(k, sites)`: the site `i` goes to `[:, i]`.

        Example:
            >>> from symbreak.groups.wallpaper import translations
            >>> LatticeMotions(translations((4,))).permutations(torch.tensor([1]))
            tensor([[1, 2, 3, 0]])
        """
        site = torch.arange(self.group.normal.order).reshape(1, 1, *self._action.sizes)
        return self._action.act(self.elements(number), site).flatten(1).argsort(1)  # moved[g i] = i

    def mask(self, number: Array) -> Tensor:
        """bool `(count,)`: which motions have one of the numbers."""
        found = torch.zeros(self.count, dtype=torch.bool)
        found[torch.from_numpy(number)] = True
        return found

    def parts(self) -> dict[str, Tensor]:
        """Smaller groups, as masks."""
        named = {"without mirrors": torch.linalg.det(self._matrices()) > 0}
        if not self.translations:
            return named
        named["translations only"] = torch.arange(self.group.acting.order) == 0
        return {name: mask.repeat_interleave(self.group.normal.order) for name, mask in named.items()}

    def orbits(self, kept: Tensor) -> Array:
        """int64 `(sites,)`: equal for sites that the motions of a mask exchange."""
        if int(kept.sum()) == 1:
            return np.arange(self.group.normal.order)
        moves = self.permutations(self._generators(kept))
        return node_orbits([Symmetry(moves, moves)]).orbit.numpy()

    def name(self, kept: Tensor) -> str:
        """As "p4m with translations (2,0),(0,2)"; of images as "D4"."""
        return str(lattice_symmetry(self.group, kept)) if self.translations else image_symmetry(self.group, kept)

    def _matrices(self) -> Tensor:
        return torch.tensor(self.group.phi.matrices, dtype=torch.float64)  # type: ignore[attr-defined]

    def _generators(self, kept: Tensor) -> Tensor:
        """Numbers of motions that generate those of a mask: translations, then one for each point element."""
        if not self.translations:
            return kept.nonzero()[:, 0]
        found = lattice_symmetry(self.group, kept)
        steps = torch.tensor(found.translations, dtype=torch.int64).reshape(-1, len(self._action.sizes))
        shifts = self.group.normal.index(steps % torch.tensor(self._action.sizes))
        part = torch.tensor(found.point_part)
        sites = self.group.normal.order
        first = kept.reshape(-1, sites)[part].long().argmax(1) + sites * part
        return torch.cat([shifts, first[1:]])
