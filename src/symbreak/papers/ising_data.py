"""The inputs of the Ising experiment, and their ground states."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from symbreak.data.ising import (
    check_conditions,
    constant_conditions,
    disordered_conditions,
    grid_conditions,
    ground_energy,
    lattice_conditions,
    simulated_annealing,
    transfer_matrix,
)
from symbreak.groups import SemidirectElement
from symbreak.papers import ising_networks as networks
from symbreak.papers.ising_methods import IsingConfig
from symbreak.training import RunFolder, atomic

SHOWN = ((2.0, 0.5), (-2.0, 0.5), (-0.6, 1.1), (-0.5, 1.2))  # (J_y, h) of the samples that are kept for the figures
DISORDERED_TESTS = 256
EXACT_SIZE = 8  # of the largest disordered lattice whose ground state the transfer matrix finds here


def conditions_of(config: IsingConfig, part: str) -> Tensor:
    """The inputs of one part of the experiment, `(B, 3, L, L)`; training sets are the seed's own."""
    size, constant = config.size, config.task == "constant" and not config.conditions
    if part == "turned":  # by a quarter: the bonds change axes
        straight = conditions_of(config, "test")
        g = quarter_turn(len(straight))
        return networks.conditions_action(size).act(g, straight)
    if part == "test" and config.conditions:
        return read_conditions(Path(config.conditions), size)
    if part == "test" and constant:
        return grid_conditions(size, config.side)[0]
    if part == "shown" and constant:
        jy, h = torch.tensor(SHOWN).T
        return lattice_conditions(1.0, jy, h, size)
    if part == "shown":
        return conditions_of(config, "test")[: len(SHOWN)]
    fixed = config.task == "disordered" and part != "train"  # one set for all seeds: its ground states are costly
    number = {"train": 0, "validation": 1, "test": 2}[part]
    generator = torch.Generator().manual_seed(3 * (0 if fixed else config.seed) + number)
    make = constant_conditions if config.task == "constant" else disordered_conditions
    return make(DISORDERED_TESTS if fixed else config.samples, size, generator)


def quarter_turn(count: int) -> SemidirectElement:
    """The element of p4m that turns the lattice by 90° about site (0, 0), `count` times."""
    return SemidirectElement(torch.zeros(count, 2, dtype=torch.int64), torch.ones(count, dtype=torch.int64))


def read_conditions(path: Path, size: int) -> Tensor:
    """Fields of one's own from a NumPy file, `(B, 3, L, L)` with the channels (J_x, J_y, h).

    Raises:
        ValueError: naming the file, if it cannot be read, has another shape, or holds a value that is not finite.
    """
    try:
        array = np.load(path, allow_pickle=False)
        conditions = torch.from_numpy(np.asarray(array, dtype=np.float32))
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{path} is not a NumPy file of numbers ({error}). Write one with numpy.save.") from error
    if conditions.dim() != 4 or conditions.shape[1:] != (3, size, size) or len(conditions) == 0:
        raise ValueError(
            f"{path} has shape {tuple(conditions.shape)}, but fields are (B, 3, {size}, {size}): the channels "
            "(J_x, J_y, h) on a square lattice. Give --size the side of your lattice."
        )
    try:
        check_conditions(conditions)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return conditions


def ground_of(folder: Path, config: IsingConfig, part: str) -> Tensor:
    """float64 `(B,)`: ground-state energy of each input of a part; the same for a turned input."""
    if _closed_form(config, part):
        jx, jy, h = conditions_of(config, part)[:, :, 0, 0].double().unbind(1)
        return ground_energy(jx, jy, h, config.sign)
    return load_file(folder / "ground.safetensors")["test" if part == "turned" else part]


def write_ground(run: RunFolder, config: IsingConfig) -> str:
    """Ground states that have no closed form, found once for all rows; returns how those of the test set were found."""
    exact, path = config.size <= EXACT_SIZE, run.path / "ground.safetensors"
    open_parts = [part for part in ("validation", "test") if not _closed_form(config, part)]
    if open_parts and not path.exists():
        found = {}
        for part in open_parts:
            conditions = conditions_of(config, part)
            if exact:
                found[part] = transfer_matrix(conditions, config.sign)[0].double()
            else:
                generator = torch.Generator().manual_seed(0)
                found[part] = simulated_annealing(conditions, generator, config.sign)[0].double()
        save_tensors(path, found)
    if "test" not in open_parts:
        return "closed form"
    return "exact (transfer matrix)" if exact else "best of simulated annealing"


def _closed_form(config: IsingConfig, part: str) -> bool:
    return config.task == "constant" and not (config.conditions and part in ("test", "turned"))


def save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Writes a safetensors file, whole or not at all."""
    with atomic(path) as temporary:
        save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, temporary)
