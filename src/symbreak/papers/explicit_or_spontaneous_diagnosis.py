"""What `symbreak diagnose` says of the data sets, from files of structures."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from symbreak.data import open_source
from symbreak.diagnosis import Quantity, Search, diagnose_file
from symbreak.papers.explicit_or_spontaneous_data import SHAPES, Clusters, Setting, law
from symbreak.training import atomic

CLUSTERS = 64  # of each shape


def diagnosed(setting: Setting, some: Clusters, field: Tensor, folder: Path, *, seed: int) -> dict[str, Any]:
    """Writes some clusters with their shifts to `clusters.xyz` of a folder, and diagnoses the file.

    The file holds the atoms and the shift, and nothing of the field.
    """
    generator = torch.Generator().manual_seed(seed + 1)
    per = len(some.shift) // len(SHAPES)
    index = torch.cat([torch.arange(min(CLUSTERS, per)) + k * per for k in range(len(SHAPES))])
    part = some.rows(index)
    shift = law(setting, part, field).draw(generator=generator)
    path = folder / "clusters.xyz"
    with atomic(path) as temporary:
        temporary.write_text(extended_xyz(part, shift), encoding="utf-8")
    found = diagnose_file(open_source(path), Search(targets=(Quantity("shift", "1x1o"),)))
    one = found.target("shift")
    floors, test = one.floors, one.direction
    direction = None if test is None else test.direction
    return {
        "remedy": one.recommendation.remedy.value,
        "because": list(one.recommendation.because),
        "samples": len(index),
        "share": one.counts.share,
        "p_value": None if test is None else test.p_value,
        "statistic": None if test is None else test.statistic,
        "left_by_constant": None if floors.fixed_direction is None else floors.fixed_direction / floors.none,
        "cosine": None if direction is None else float(direction @ field / direction.norm()),
        "text": str(found),
    }


def extended_xyz(some: Clusters, shift: Tensor) -> str:
    """Structures in extended XYZ: an ion Ti at the origin, its atoms O, and the shift of the ion.

    Example:
        >>> from symbreak.papers.explicit_or_spontaneous_data import clusters
        >>> text = extended_xyz(clusters(1, 1, generator=torch.Generator().manual_seed(0)), torch.zeros(4, 3))
        >>> text.splitlines()[:3]
        ['5', 'Properties=species:S:1:pos:R:3 shift="0 0 0"', 'Ti 0 0 0']
    """
    lines = []
    for positions, y in zip(some.positions, shift, strict=True):
        atoms = positions[positions.square().sum(1) > 0]
        lines += [str(len(atoms) + 1), f'Properties=species:S:1:pos:R:3 shift="{_numbers(y)}"', "Ti 0 0 0"]
        lines += [f"O {_numbers(r)}" for r in atoms]
    return "\n".join(lines) + "\n"


def _numbers(v: Tensor) -> str:
    return " ".join(f"{x:.10g}" for x in v.tolist())
