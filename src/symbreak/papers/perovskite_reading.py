"""What is read of the perovskite: before training, and of what was learned."""

import torch
from torch import Tensor

from symbreak.papers.perovskite_data import SYMPREC, Perovskite
from symbreak.papers.perovskite_network import DisplacementNetwork, graph
from symbreak.papers.perovskite_order import (
    IRREPS,
    Ansatz,
    allowed,
    glazer,
    linear,
    named,
    reachable,
    split,
    stars,
    symmetry_of,
    tilts,
    turns,
)
from symbreak.symmetry.order_parameters import order_parameter_gradient

GREW = 1e-6  # a norm above it grew
_PRECISIONS = (1e-4, 1e-3, 1e-2)  # Å


def facts(crystal: Perovskite) -> dict[str, object]:
    """What is known of the pair of structures before any training."""
    squares, error = crystal.floor(crystal.parent)
    fixed = allowed(crystal).basis
    return {
        "edge": crystal.edge,
        "cell": crystal.cell.tolist(),
        "positions": crystal.positions.tolist(),
        "displacement": crystal.displacement.tolist(),
        "numbers": crystal.numbers.tolist(),
        "centres": crystal.centres.tolist(),
        "symprec": SYMPREC,
        "parent": named(crystal.parent),
        "joint": named(crystal.joint),
        "floor": {"loss": squares, "error": error},
        "largest": float(crystal.displacement.norm(dim=1).max()),
        "turns_degrees": {
            point: torch.rad2deg(turn).tolist()
            for point, turn in tilts(crystal, turns(crystal, crystal.displacement)).items()
        },
        "modes": [
            {"point": mode.point, "irrep": mode.irrep, "squared_amplitude": mode.squared_amplitude}
            for mode in crystal.modes.modes
            if mode.squared_amplitude > 1e-8
        ],
        "stars": [
            {
                "point": star.point,
                "irrep": star.irrep,
                "label": star.label,
                "allowed": round(float((fixed @ star.projector @ fixed.T).trace())),
                "linear": linear(crystal, star),
            }
            for star in stars(crystal)
        ],
    }


def prediction(crystal: Perovskite, ansatz: Ansatz) -> dict[str, object]:
    """What an ansatz can reach: the order parameters that K allows, the symmetry they leave, and the floor of that."""
    basis = ansatz.basis(crystal)
    free, group = reachable(crystal, basis, generator=torch.Generator().manual_seed(0))
    loss, error = crystal.floor(group)
    return {
        "entries": len(basis),
        "free": free,
        "group": named(group),
        "floor": {"loss": loss, "error": error},
    }


def learned(crystal: Perovskite, displacement: Tensor, path: Tensor) -> dict[str, object]:
    """What was learned: the symmetry of the structure and of the order parameter, and how large it is in each part.

    Args:
        displacement: `(20, 3)`, in the end.
        path: the order parameter over training, `(T, 4, 18)`.
    """
    p = path[-1]
    outside = path - allowed(crystal).project(path)
    axial = tilts(crystal, split(p)["1e"])
    return {
        "space_groups": {f"{precision:g}": named(crystal.moved(displacement, precision)) for precision in _PRECISIONS},
        "with_order_parameter": named(symmetry_of(crystal, p, nothing=GREW)),
        "norms": {name: float(part.norm()) for name, part in split(p).items()},
        "stars": [
            {"point": star.point, "irrep": star.irrep, "label": star.label, "norm": float(star.part(p).norm())}
            for star in stars(crystal)
        ],
        "outside": float(outside[-1].norm()),
        "outside_most": float(outside.flatten(1).norm(dim=1).max()),
        "tilts": {point: vector.tolist() for point, vector in axial.items()},
        "glazer": _glazer(axial),
    }


def _glazer(axial: dict[str, Tensor]) -> str | None:
    """Glazer's symbol; None where there is no tilt, or more than the symbol can say."""
    if max(float(vector.norm()) for vector in axial.values()) <= GREW:
        return None
    try:
        return glazer(axial["R"], axial["M"])
    except ValueError:
        return None


def gradient_at_zero(crystal: Perovskite, seed: int) -> dict[str, object]:
    """The gradient of the loss at a zero order parameter, with fresh weights of the seed, by irrep and by star."""
    torch.manual_seed(seed)
    network, atoms = DisplacementNetwork(), graph(crystal)
    found = order_parameter_gradient(
        lambda p: network(p, atoms),
        lambda y: (y - crystal.displacement).square().sum(),
        IRREPS,
        nodes=len(crystal.centres),
        symmetry=crystal.on_centres(crystal.joint),
        generator=torch.Generator().manual_seed(seed),
    )
    whole = float(found.gradient.norm())
    return {
        "needed": list(found.needed),
        "irreps": [
            {key: getattr(one, key) for key in ("irrep", "norm", "scale", "rounding", "needed", "outside")}
            for one in found.irreps
        ],
        "stars": [
            {
                "point": star.point,
                "irrep": star.irrep,
                "label": star.label,
                "norm": (norm := float(star.part(found.gradient).norm())),
                "part": norm / whole,
            }
            for star in stars(crystal)
        ],
    }
