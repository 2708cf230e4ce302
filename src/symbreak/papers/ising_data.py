"""The inputs of the Ising experiment, and their ground states."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from symbreak.data import (
    constant_conditions,
    disordered_conditions,
    grid_conditions,
    ground_energy,
    lattice_conditions,
    rotate_conditions,
    simulated_annealing,
    transfer_matrix,
)
from symbreak.groups import SemidirectElement, take
from symbreak.papers import ising_networks as networks
from symbreak.papers.ising_methods import IsingConfig
from symbreak.training import RunFolder, atomic

SHOWN = ((2.0, 0.5), (-2.0, 0.5), (-0.6, 1.1), (-0.5, 1.2))  # (J_y, h) of the samples that are kept for the figures
DISORDERED_TESTS = 256
EXACT_SIZE = 8  # of the largest disordered lattice whose ground state the transfer matrix finds here


def conditions_of(config: IsingConfig, part: str) -> Tensor:
    """The inputs of one part of the experiment; training and validation sets are the seed's own."""
    size, quarter_turn = (
        config.size,
        SemidirectElement(torch.zeros(1, 2, dtype=torch.int64), torch.ones(1, dtype=torch.int64)),
    )
    if part == "turned":
        straight = conditions_of(config, "test")
        if config.task == "constant":
            return rotate_conditions(straight)
        g = take(quarter_turn, torch.zeros(len(straight), dtype=torch.int64))
        return networks.conditions_action(size).act(g, straight)
    if config.task == "constant" and part == "test":
        return grid_conditions(size, config.side)[0]
    if config.task == "constant" and part == "shown":
        jy, h = torch.tensor(SHOWN).T
        return lattice_conditions(1.0, jy, h, size)
    if config.task == "disordered" and part == "shown":
        return conditions_of(config, "test")[: len(SHOWN)]
    fixed = config.task == "disordered" and part != "train"  # one set for all seeds: its ground states are costly
    number = {"train": 0, "validation": 1, "test": 2}[part]
    generator = torch.Generator().manual_seed(3 * (0 if fixed else config.seed) + number)
    make = constant_conditions if config.task == "constant" else disordered_conditions
    return make(DISORDERED_TESTS if fixed else config.samples, size, generator)


def ground_of(folder: Path, config: IsingConfig, part: str) -> Tensor:
    """float64 `(B,)`: ground-state energy of each input of a part; the same for a turned input."""
    if config.task == "constant":
        jx, jy, h = conditions_of(config, part)[:, :, 0, 0].double().unbind(1)
        return ground_energy(jx, jy, h, config.sign)
    return load_file(folder / "ground.safetensors")["test" if part == "turned" else part]


def write_ground(run: RunFolder, config: IsingConfig) -> str:
    """Ground states of the disordered sets, found once for all rows; returns how."""
    exact = config.size <= EXACT_SIZE
    path = run.path / "ground.safetensors"
    if config.task == "disordered" and not path.exists():
        found = {}
        for part in ("validation", "test"):
            conditions = conditions_of(config, part)
            generator = torch.Generator().manual_seed(0)
            solve = (
                transfer_matrix(conditions, config.sign)
                if exact
                else simulated_annealing(conditions, generator, config.sign)
            )
            found[part] = solve[0].double()
        save_tensors(path, found)
    if config.task == "constant":
        return "closed form"
    return "exact (transfer matrix)" if exact else "best of simulated annealing"


def save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Writes a safetensors file, whole or not at all."""
    with atomic(path) as temporary:
        save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, temporary)
