"""The look of the Ising figures: colours of the losses, and how a lattice of spins is drawn."""

from typing import Any

from numpy.typing import NDArray

from symbreak.report.style import BLUE, GREY, VERMILION

LOSS_COLOURS = {"annealed": BLUE, "plain": VERMILION, "-": GREY}
SPINS, CODE = "gray", "PuOr"  # colour maps: spin +1 is white


def lattice(axes: Any, values: NDArray, cmap: str = SPINS, limit: float = 1.0) -> None:
    """Values `(L, L)` indexed `[x, y]` as square sites, x to the right and y up, frame but no ticks."""
    axes.imshow(values.T, origin="lower", cmap=cmap, vmin=-limit, vmax=limit, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(GREY)
