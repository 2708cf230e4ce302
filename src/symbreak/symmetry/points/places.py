"""Clouds as places in shells: what may be sent where."""

from dataclasses import dataclass

import numpy as np

from symbreak.symmetry.points.ragged import Floats, Ints, starts


@dataclass(frozen=True, eq=False)
class Places:
    """The places of a batch of clouds, about their centres, in an order that keeps each shell together.

    A shell holds the places of one label and of one distance from the centre, up to a window: places farther apart
    than that in radius, with none between, are in two. A map that moves nothing by more than the window keeps every
    shell.

    Shapes:
        x `(P, 3)`, radius `(P,)`, cloud `(P,)`, shell `(P,)`; first and size `(B,)`, of the clouds' places; shell_first
        and shell_size `(S,)`; source `(P,)`, the row of the unsorted input.
    """

    x: Floats
    radius: Floats
    cloud: Ints
    shell: Ints
    first: Ints
    size: Ints
    shell_first: Ints
    shell_size: Ints
    source: Ints


def shells(x: Floats, cloud: Ints, label: Ints, window: Floats) -> Places:
    """Sorts places into shells; `cloud` runs from 0 without gaps, `window` is `(B,)`."""
    radius = np.sqrt((x * x).sum(1))
    order = np.lexsort((radius, label, cloud))
    x, radius, cloud, label = x[order], radius[order], cloud[order], label[order]
    new = np.ones(len(x), dtype=bool)
    new[1:] = (cloud[1:] != cloud[:-1]) | (label[1:] != label[:-1]) | (np.diff(radius) > window[cloud[1:]])
    shell_first = np.flatnonzero(new)
    size = np.bincount(cloud, minlength=len(window))
    return Places(
        x=x,
        radius=radius,
        cloud=cloud,
        shell=np.cumsum(new) - 1,
        first=starts(size),
        size=size,
        shell_first=shell_first,
        shell_size=np.diff(np.append(shell_first, len(x))),
        source=order,
    )
