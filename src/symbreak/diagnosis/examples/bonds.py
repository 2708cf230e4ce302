"""Which atoms a picture joins: a guess from distances, with no claim about chemistry."""

from itertools import product

import numpy as np

from symbreak.data.samples import Array
from symbreak.diagnosis.examples.species import IONS, covalent_radius

_STRETCH = 1.2
_SAME = 0.1  # Å: atoms closer than this are images of one

Bond = tuple[int, int, int, int, int]


def bonds(positions: Array, numbers: Array, cell: Array | None = None) -> list[Bond]:
    """Pairs `(i, j, a, b, c)`: atom `i` is bonded to the image of atom `j` that is moved by `a`, `b`, `c` cell vectors.

    Two atoms are bonded up to 1.2 times the sum of their covalent radii. Where a radius is not known, or in a crystal
    an alkali or alkaline-earth metal takes part, they are up to 1.2 times the distance to the nearest neighbour that
    either of them has.

    Args:
        positions: `(n, 3)`, in Å.
        numbers: `(n,)`, of the species.
        cell: rows, `(3, 3)`; None for a molecule.

    Example:
        >>> water = np.array([[0.0, 0, 0.1], [0, 0.76, -0.5], [0, -0.76, -0.5]])
        >>> bonds(water, np.array([8, 1, 1]))
        [(0, 1, 0, 0, 0), (0, 2, 0, 0, 0)]
    """
    n = len(positions)
    steps = np.array(list(product((0,) if cell is None else (-1, 0, 1), repeat=3)))
    shifts = steps @ (np.eye(3) if cell is None else cell)
    apart = np.linalg.norm(positions[None, None] + shifts[:, None, None] - positions[None, :, None], axis=-1)
    apart[apart < _SAME] = np.inf  # (images, n, n)
    nearest = apart.min((0, 2))
    limit = _STRETCH * np.minimum(nearest[:, None], nearest)
    radii = [covalent_radius(int(number)) for number in numbers]
    known = np.array([r is not None and (cell is None or z not in IONS) for r, z in zip(radii, numbers, strict=True)])
    r = np.array([radius or 0.0 for radius in radii])
    limit = np.where(known[:, None] & known, _STRETCH * (r[:, None] + r), limit)
    image, i, j = np.nonzero(apart <= limit)
    found = []
    for s, a, b in zip(image.tolist(), i.tolist(), j.tolist(), strict=True):
        step = tuple(steps[s].tolist())
        if (a, step) <= (b, (0, 0, 0)) if a == b else a < b:  # each pair once
            found.append((a, b, *step))
    return sorted(found) if n > 1 or cell is not None else []
