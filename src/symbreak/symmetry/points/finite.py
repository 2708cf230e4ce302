"""Stabilizers of clouds that are neither on a line nor at one place."""

from collections.abc import Sequence

import numpy as np
import torch

from symbreak.groups import Orthogonal
from symbreak.symmetry.points.candidates import candidates, references
from symbreak.symmetry.points.clouds import Clouds, settled
from symbreak.symmetry.points.continuous import Extent
from symbreak.symmetry.points.decision import decided, rejected
from symbreak.symmetry.points.fields import Values, alike, assigned, misfits
from symbreak.symmetry.points.maps import Maps, refined, resistances
from symbreak.symmetry.points.names import schoenflies
from symbreak.symmetry.points.ragged import Floats, Ints, starts
from symbreak.symmetry.points.stabilizer import PointStabilizer

_NONE = torch.empty((0, 3, 3), dtype=torch.float64)


def finite(
    clouds: Clouds, fields: Sequence[Values], tolerance: float, form: Extent, group: Orthogonal
) -> list[PointStabilizer]:
    """The stabilizers of clouds that extend in two directions at least."""
    search = Search(clouds, fields, tolerance, group)
    return search.stabilizers(*search.groups(tolerance), tolerance)


class Search:
    """The maps that may keep some clouds, up to the largest tolerance that will be asked for."""

    def __init__(self, clouds: Clouds, fields: Sequence[Values], tolerance: float, group: Orthogonal):
        self.clouds, self.fields, self.group = clouds, fields, group
        self.places, self.slots, window, apart = settled(clouds, tolerance)
        self.resistance = resistances(self.places)
        pair, limit = references(self.places, window), np.full(len(window), tolerance)
        self.clear = pair.clear(window)  # like places are farther apart
        maps = candidates(self.places, pair, self.resistance, window, limit, apart, proper=group.special)
        self.maps = self._plausible(maps) if fields else maps

    def groups(self, tolerance: float) -> tuple[Maps, Floats]:
        """The stabilizers at a tolerance up to that of the search, and the gaps `(B,)` to the first map outside."""
        places, banned = self.places, np.empty(0, dtype=np.int64)
        limit = np.full(len(places.size), tolerance)
        while True:
            groups = decided(places, self.maps, limit, self.resistance, self.clear, banned)
            if not self.fields:
                break
            permutations = self._permutations(groups, np.ones(len(groups.cloud)))
            bad = misfits(self.clouds, self.fields, groups.cloud, groups.matrix, permutations) > 1
            if not bad.any():
                break
            banned = np.append(banned, groups.key(places)[bad])
        return groups, rejected(places, self.maps, groups, banned)

    def least(self, groups: Maps) -> float:
        """The least tolerance at which groups are found: that of all their maps, exact and as they fit best."""
        fitted = refined(self.places, groups.cloud, groups.matrix, groups.partner, self.resistance)[1]
        key, wanted = self.maps.key(self.places), groups.key(self.places)
        order = np.argsort(key)
        at = order[np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)]
        fitted = np.where(key[at] == wanted, self.maps.residual[at], fitted)
        return float(np.maximum(fitted, groups.residual).max())

    def stabilizers(self, groups: Maps, gap: Floats, tolerance: float) -> list[PointStabilizer]:
        """The groups one by one."""
        clouds, tensor = self.clouds, torch.from_numpy
        permutations = self._permutations(groups, np.ones(len(groups.cloud)))
        k = np.bincount(groups.cloud, minlength=len(gap))
        first, begin = starts(k), starts(k * clouds.size)
        names, twins = schoenflies(groups.matrix, first), alike(clouds, self.slots, self.fields)
        rows = (array.tolist() for array in (first, k, begin, clouds.first, clouds.size, gap))
        return [
            PointStabilizer(
                self.group,
                name,
                tensor(groups.matrix[a : a + m]),
                tensor(permutations[p : p + m * n].reshape(m, n)),
                tensor(groups.residual[a : a + m]),
                beyond,
                tolerance,
                tensor(centre),
                _NONE,
                tensor(twins[s : s + n]),
            )
            for name, centre, a, m, p, s, n, beyond in zip(names, clouds.centre, *rows, strict=True)
        ]

    def _plausible(self, maps: Maps) -> Maps:
        """The maps that keep the fields as nearly as matrices that are not exact yet can tell."""
        clouds, places = self.clouds, self.places
        length = np.sqrt(1 / (places.size * np.linalg.norm(self.resistance, ord=2, axis=(1, 2))))
        angle = maps.residual / length[maps.cloud]
        limit = np.ones(len(maps.cloud))
        for field in self.fields:
            longest = np.maximum.reduceat(np.linalg.norm(field.f, axis=1), clouds.first)
            limit += angle * field.f.shape[1] * longest[maps.cloud]
        permutations = self._permutations(maps, limit)
        return maps.take(places, misfits(clouds, self.fields, maps.cloud, maps.matrix, permutations) <= limit)

    def _permutations(self, maps: Maps, limit: Floats) -> Ints:
        permutations = self.slots.permutations(self.places, self.clouds, maps.cloud, maps.partner)
        if not self.fields:
            return permutations
        return assigned(self.clouds, self.slots, self.fields, maps.cloud, maps.matrix, permutations, limit)
