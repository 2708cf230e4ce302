"""What the relaxed weights of a network say about the symmetry that was broken."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.symmetry.order_parameters.irrep_block import IrrepBlock, IrrepsLike, irrep_blocks, physics_name
from symbreak.symmetry.order_parameters.preferred_axes import axis_angle, polar_angles, preferred_axes
from symbreak.symmetry.order_parameters.selection_rule import SelectedIrrep, selection_rule
from symbreak.symmetry.order_parameters.theta_stabilizer import ThetaStabilizer, theta_stabilizer
from symbreak.symmetry.self_symmetry import Symmetry

_WHOLE = {"Kh": "O(3)", "K": "SO(3)"}


@dataclass(frozen=True, eq=False)
class IrrepReadOut:
    """One irrep of one layer.

    Args:
        block: the vectors.
        part: their norm over that of the layer.
        grew: whether it is above the tolerance.
        axes: along which it is largest, `(a, 3)`; none of scalars.
        rule: what the symmetry of the data says; None if it was not given.
    """

    block: IrrepBlock
    part: float
    grew: bool
    axes: Tensor
    rule: SelectedIrrep | None

    def as_dict(self) -> dict[str, object]:
        """Numbers, strings, lists and None, fit for JSON."""
        rule = None
        if self.rule is not None:
            row = self.rule
            rule = {"allowed": row.allowed, "inside": row.inside, "outside": row.outside, "violated": row.violated}
        return {
            "irrep": self.block.name,
            "physics": physics_name(self.block.degree, self.block.parity),
            "copies": len(self.block.values),
            "norm": self.block.norm,
            "part": self.part,
            "grew": self.grew,
            "direction": self.block.direction.tolist(),
            "axes_degrees": [list(polar_angles(u)) for u in self.axes],
            "selection_rule": rule,
        }

    def __str__(self) -> str:
        b = self.block
        told = f"{b.name} {physics_name(b.degree, b.parity)}: norm {b.norm:.4g}, {100 * self.part:.3g} % of the layer"
        if len(self.axes) and self.grew:
            shown = ", ".join("({:.2f}, {:.2f})".format(*polar_angles(u)) for u in self.axes)
            told += f", along (polar, azimuth) = {shown} degrees"
        return told + ("" if self.rule is None else f"; {self.rule}")


@dataclass(frozen=True, eq=False)
class LayerReadOut:
    """One layer: its irreps, and the symmetry of its vector."""

    name: str
    irreps: tuple[IrrepReadOut, ...]
    stabilizer: ThetaStabilizer

    @property
    def norm(self) -> float:
        """Of the whole vector."""
        return sum(row.block.norm**2 for row in self.irreps) ** 0.5

    @property
    def broken(self) -> bool:
        """Whether anything but 0e grew."""
        return any(row.grew for row in self.irreps if row.block.name != "0e")

    def as_dict(self) -> dict[str, object]:
        """Numbers, strings, lists and None, fit for JSON."""
        return {
            "layer": self.name,
            "broken": self.broken,
            "irreps": [row.as_dict() for row in self.irreps],
            "stabilizer": _group_dict(self.stabilizer),
        }

    def __str__(self) -> str:
        if not self.broken:
            return f"{self.name}: 0e only: no breaking found"
        shown = [row for row in self.irreps if row.grew or (row.rule is not None and row.rule.violated)]
        return "\n".join([f"{self.name}: symmetry {group_text(self.stabilizer)}", *(f"  {row}" for row in shown)])


@dataclass(frozen=True, eq=False)
class ReadOut:
    """All layers, one by one, and what they have in common.

    Args:
        layers: in order.
        joint: the maps that keep the vectors of all the layers, so the symmetry that the network keeps at least.
        angles: for each irrep that grew in two layers or more, the angles in degrees between the directions of the
            layers, as lines of `2l + 1` dimensions: `(layers, layers)`, NaN where it did not grow.
        tolerance: the part of a layer's norm below which an irrep counts as not grown.
    """

    layers: tuple[LayerReadOut, ...]
    joint: ThetaStabilizer
    angles: dict[str, Tensor]
    tolerance: float

    @property
    def broken(self) -> bool:
        """Whether anything but 0e grew in any layer."""
        return any(layer.broken for layer in self.layers)

    @property
    def violations(self) -> tuple[tuple[str, str], ...]:
        """The layers and irreps that grew though the symmetry of the data forbids it."""
        rows = [(layer.name, row) for layer in self.layers for row in layer.irreps]
        return tuple((name, row.block.name) for name, row in rows if row.rule is not None and row.rule.violated)

    def as_dict(self) -> dict[str, object]:
        """Numbers, strings, lists and None, fit for JSON."""
        angles = {
            name: [[None if a != a else a for a in row] for row in table.tolist()]
            for name, table in self.angles.items()
        }
        return {
            "broken": self.broken,
            "joint_stabilizer": _group_dict(self.joint),
            "layers": [layer.as_dict() for layer in self.layers],
            "angles_between_layers_degrees": angles,
            "violations": [list(pair) for pair in self.violations],
            "tolerance": self.tolerance,
        }

    def __str__(self) -> str:
        if not self.broken:
            return "0e only: no breaking found"
        lines = [str(layer) for layer in self.layers]
        lines.append(f"all layers: symmetry {group_text(self.joint)}")
        for name, table in self.angles.items():
            worst = float(table[~table.isnan()].max())
            lines.append(f"  {name} of the layers: at most {worst:.2f} degrees apart, as lines")
        if self.violations:
            shown = ", ".join(f"{irrep} of {layer}" for layer, irrep in self.violations)
            lines.append(
                f"grew though the symmetry of the data forbids it: {shown}. Look for noise, mini-batches, or an "
                "optimizer that works entry by entry."
            )
        return "\n".join(lines)


def read_out(
    weights: Sequence[Tensor],
    irreps: IrrepsLike | list[IrrepsLike],
    *,
    symmetry: Symmetry | None = None,
    names: Sequence[str] | None = None,
    tolerance: float = 1e-3,
) -> ReadOut:
    """Reads the relaxed weights of a network, layer by layer, as far as they mean anything.

    The scale and the sign of each irrep of each layer are free, since other weights can undo them; sums over layers
    therefore mean nothing and are not formed. What is left are directions up to sign, which irreps grew, and the
    groups that keep each vector, and all of them.

    Args:
        weights: θ of each layer, `(dim,)` or `(..., dim)`.
        irreps: of θ, or a list of those of each layer.
        symmetry: that of the data, K; then each irrep is held against the selection rule.
        names: of the layers; by default "layer 0", ...
        tolerance: the part of a layer's norm below which an irrep counts as not grown, and of the stabilizers.
    Raises:
        ValueError: if there are no weights, they do not fit the irreps, are 0 or not finite, or the names or irreps
            are not as many.

    Example:
        >>> prism = torch.tensor([1.034, 0.0, 0.0, 0.4547, 0.0, -0.7875])
        >>> print(read_out([prism, -prism], "0e + 2e"))
        layer 0: symmetry D∞h (∞/mm)
          0e scalar: norm 1.034, 75.1 % of the layer
          2e quadrupole: norm 0.9093, 66 % of the layer, along (polar, azimuth) = (0.00, 0.00) degrees
        layer 1: symmetry D∞h (∞/mm)
          0e scalar: norm 1.034, 75.1 % of the layer
          2e quadrupole: norm 0.9093, 66 % of the layer, along (polar, azimuth) = (0.00, 0.00) degrees
        all layers: symmetry D∞h (∞/mm)
          2e of the layers: at most 0.00 degrees apart, as lines
        >>> print(read_out([torch.tensor([1.0, 0.0, 0.0, 0.0])], "0e + 1o"))
        0e only: no breaking found
    """
    names = [f"layer {k}" for k in range(len(weights))] if names is None else list(names)
    each = irreps if isinstance(irreps, list) else [irreps] * len(weights)
    if not len(weights) or not len(names) == len(each) == len(weights):
        raise ValueError(
            f"{len(weights)} weights, {len(names)} names and {len(each)} irreps were given, but there is one of each "
            "for each layer, and one layer at least."
        )
    rows = zip(names, weights, each, strict=True)
    layers = tuple(_layer(name, theta, kind, symmetry, tolerance) for name, theta, kind in rows)
    blocks = [row.block for layer in layers for row in layer.irreps]
    whole = [layer.norm for layer in layers for _ in layer.irreps]
    joint = torch.cat([(block.values / norm).flatten() for block, norm in zip(blocks, whole, strict=True)])
    kinds = " + ".join(f"{len(block.values)}x{block.name}" for block in blocks)
    return ReadOut(layers, theta_stabilizer(joint, kinds, tolerance=tolerance), _angles(layers), tolerance)


def group_text(found: ThetaStabilizer) -> str:
    """The name of a group as it is shown."""
    if found.schoenflies in _WHOLE:
        return _WHOLE[found.schoenflies]
    return f"{found.schoenflies} ({found.hermann_mauguin})" + ("" if found.sharp else ", not sharp")


def _layer(name: str, theta: Tensor, irreps: IrrepsLike, symmetry: Symmetry | None, tolerance: float) -> LayerReadOut:
    blocks = irrep_blocks(theta, irreps)
    stabilizer = theta_stabilizer(theta, irreps, tolerance=tolerance)
    whole = sum(block.norm**2 for block in blocks) ** 0.5
    rules = [None] * len(blocks) if symmetry is None else selection_rule(theta, irreps, symmetry, tolerance=tolerance)
    rows = [
        IrrepReadOut(b, b.norm / whole, b.norm > tolerance * whole, preferred_axes(b), rule)
        for b, rule in zip(blocks, rules, strict=True)
    ]
    return LayerReadOut(name, tuple(rows), stabilizer)


def _angles(layers: Sequence[LayerReadOut]) -> dict[str, Tensor]:
    grown = [{row.block.name: row.block for row in layer.irreps if row.grew and row.block.degree} for layer in layers]
    found = {}
    for name in dict.fromkeys(name for layer in grown for name in layer):
        table = torch.full((len(layers), len(layers)), float("nan"), dtype=torch.float64)
        for i, one in enumerate(grown):
            for j, two in enumerate(grown):
                if name in one and name in two:
                    table[i, j] = axis_angle(one[name].direction, two[name].direction)
        if int(table.isfinite().sum()) > 1:
            found[name] = table
    return found


def _group_dict(found: ThetaStabilizer) -> dict[str, object]:
    order, axes = found.axes
    return {
        "schoenflies": found.schoenflies,
        "hermann_mauguin": found.hermann_mauguin,
        "order": found.order,
        "residual": float(found.residuals.max()),
        "gap": found.gap if found.gap < float("inf") else None,
        "tolerance": found.tolerance,
        "sharp": found.sharp,
        "axis_order": order,
        "axes_degrees": [list(polar_angles(u)) for u in axes],
    }
