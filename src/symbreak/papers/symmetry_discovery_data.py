"""The data of the symmetry discovery experiments: images, crystals and a pendulum, each with its exact symmetry."""

import itertools
import math
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from symbreak.data import Structure, open_source
from symbreak.groups import FiniteSemidirect, inversions, p4, pm3m
from symbreak.layers.relaxed_group_conv.point_conv import window_sources

IMAGE, WINDOW = 9, 8  # the side of an image; samples of the pendulum that a network sees at once
SPACING, BETA, GRAVITY = 0.1, 0.3, 9.81  # s, 1/s, m/s²; the string is 1 m long

_CORNERS = ((2, 2), (2, 6), (6, 2), (6, 6))
_IMAGES = {
    "square": _CORNERS,
    "rectangle": ((1, 3), (1, 5), (7, 3), (7, 5)),
    "random": ((1, 3), (1, 7), (7, 3), (7, 5)),
}
_PHASES = {"cubic": "BaTiO3_cubic.vasp", "tetragonal": "BaTiO3_tetra.vasp", "orthorhombic": "BaTiO3_orth.vasp"}
_SPECIES = (56, 22, 8)  # Ba, Ti, O
_SAME = 1e-4  # of a density; the crystals' files round


@dataclass(frozen=True, eq=False)
class Pairs:
    """Inputs with their targets, and what leaves them all as they are.

    Args:
        group: of the lattice; the network relaxes its point group.
        x: `(B, C, ...)`.
        y: `(B, C', ...)`.
        symmetry: numbers of the point elements that map the pairs to themselves.
        floor: the least mean square error of an equivariant function, where it is known: what all maps that keep the
            input give is the mean of the target over them.
    """

    group: FiniteSemidirect
    x: Tensor
    y: Tensor
    symmetry: tuple[int, ...]
    floor: float | None = None


def image_pairs(target: str) -> Pairs:
    """Four points at the corners of a square, and the same, a rectangle, or four points without a symmetry.

    Example:
        >>> [len(image_pairs(name).symmetry) for name in ("square", "rectangle", "random")]
        [4, 2, 1]
    """
    x, y = (_image(points) for points in (_CORNERS, _IMAGES[target]))
    return _grid_pairs(p4(IMAGE), x, y)


def _image(points: tuple[tuple[int, int], ...]) -> Tensor:
    image = torch.zeros(1, 1, IMAGE, IMAGE, dtype=torch.float64)
    image[(0, 0, *torch.tensor(points).T)] = 1.0
    return image


def _grid_pairs(group: FiniteSemidirect, x: Tensor, y: Tensor) -> Pairs:
    """One pair of fields `(1, C, n, ...)` on an odd grid, under the point group about its centre."""
    sources = window_sources(group.phi, x.shape[-1])  # type: ignore[arg-type]
    moved_x, moved_y = x.flatten(2)[0][:, sources], y.flatten(2)[0][:, sources]  # (C, |P|, sites)
    keeps_x, keeps_y = ((moved - moved[:, :1]).abs().amax((0, 2)) <= _SAME for moved in (moved_x, moved_y))
    mean = moved_y[:, keeps_x].double().mean(1)
    floor = float((mean - moved_y[:, 0]).square().mean())
    return Pairs(group, x, y, tuple((keeps_x & keeps_y).nonzero()[:, 0].tolist()), floor)


# --- crystals -----------------------------------------------------------------------------------------------------


def crystal_folder() -> Path:
    """Where the crystals are: `crystals` in the folder that the environment variable SYMBREAK_DATA names.

    Raises:
        ValueError: if it names none, or a file is missing there.
    """
    root = os.environ.get("SYMBREAK_DATA")
    if not root:
        raise ValueError(
            "The crystals are found through SYMBREAK_DATA, which is not set. Set it to the data folder, which holds "
            "crystals/BaTiO3_cubic.vasp, or leave the crystals out with --crystal-seeds 0."
        )
    folder = Path(root) / "crystals"
    missing = [name for name in _PHASES.values() if not (folder / name).is_file()]
    if missing:
        raise ValueError(f"{folder} holds no {missing[0]}. Point SYMBREAK_DATA to the folder that holds crystals/.")
    return folder


def crystal_pairs(target: str, grid: int) -> Pairs:
    """Cubic BaTiO3, and one of its phases, as densities of the three species in one periodic cell.

    Both are in the fractional coordinates of the pseudo-cubic cell, so the strain of the cell is left out and what
    breaks the symmetry is where the atoms are. The cube's centre, at a barium atom, is that of the grid.
    """
    folder = crystal_folder()
    x, y = (_density(_cell(folder / _PHASES[name], name), grid) for name in ("cubic", target))
    return _grid_pairs(pm3m(grid), x, y)


def _cell(path: Path, phase: str) -> dict[int, Tensor]:
    """The atoms of one pseudo-cubic cell by species, `(n, 3)`: the file holds their copies at its faces too."""
    (structure,) = open_source(path, merge_images=True)
    if not isinstance(structure, Structure) or structure.cell is None:
        raise ValueError(f"{path} is not the structure that is expected: {structure}. Take the file from its source.")
    fractional = torch.from_numpy(structure.positions) @ torch.linalg.inv(torch.from_numpy(structure.cell))
    if phase == "orthorhombic":  # a along (1, -1, 0) and b along (1, 1, 0), the atom at their middle is the centre
        a, b, c = (fractional - 1).unbind(1)
        fractional = torch.stack([a + b, b - a, c], 1) + 0.5
    numbers = torch.from_numpy(structure.numbers)
    return {species: _distinct(fractional[numbers == species] % 1) for species in _SPECIES}


def _distinct(points: Tensor, atol: float = 1e-4) -> Tensor:
    """Points of the torus, each once: the files round to eight digits."""
    apart = points[:, None] - points[None, :]
    same = (apart - apart.round()).abs().amax(-1) < atol
    return points[same.int().argmax(1).unique()]


def _density(cell: dict[int, Tensor], grid: int) -> Tensor:
    """`(1, 3, n, n, n)`: a Gaussian of height 1 and one voxel's width for each atom."""
    centres = (torch.arange(grid, dtype=torch.float64) + 0.5) / grid
    fields = []
    for species in _SPECIES:
        apart = centres[None, :, None] - cell[species][:, None, :]  # (atoms, n, 3)
        bumps = (-0.5 * ((apart - apart.round()) * grid).square()).exp()
        fields.append(torch.einsum("ai,aj,ak->ijk", *bumps.unbind(-1)))
    return torch.stack(fields)[None].float()


# --- the pendulum -------------------------------------------------------------------------------------------------


def pendulum_pairs(target: str) -> Pairs:
    """Windows of the angle of a pendulum with the angle before and after each, for ten seconds.

    The small-angle law `θ'' = -(g / l) θ - 2 β θ'`, solved exactly, from rest at π/4 and t = 0. Without damping the
    windows are those from -5 s to 5 s, and reversing time maps them to themselves.

    Example:
        >>> pendulum_pairs("undamped").symmetry, pendulum_pairs("damped").symmetry
        ((0, 1), (0,))
    """
    beta = BETA if target == "damped" else 0.0
    steps = torch.arange(101, dtype=torch.float64) - (0 if beta else 50)
    frequency, t = math.sqrt(GRAVITY - beta**2), SPACING * steps
    angle = math.pi / 4 * (-beta * t).exp() * ((frequency * t).cos() + beta / frequency * (frequency * t).sin())
    windows = angle.unfold(0, WINDOW + 2, 1)
    x, y = windows[:, None, 1:-1], windows[:, [-1, 0]]  # the orientation 1 looks back
    reversed_ = windows.flip(1)
    closed = bool(torch.cdist(windows, reversed_).amin(1).max() < 1e-6)
    return Pairs(inversions((WINDOW,)), x, y, (0, 1) if closed else (0,))


CASES: tuple[tuple[str, str], ...] = tuple(
    itertools.chain(
        (("image", name) for name in _IMAGES),
        (("crystal", name) for name in _PHASES),
        (("pendulum", name) for name in ("undamped", "damped")),
    )
)
"""Every task with its targets."""


def pairs(task: str, target: str, grid: int) -> Pairs:
    """The data of one case."""
    if task == "image":
        return image_pairs(target)
    return crystal_pairs(target, grid) if task == "crystal" else pendulum_pairs(target)
