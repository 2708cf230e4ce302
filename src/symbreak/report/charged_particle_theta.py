"""θ of the charged particle in pictures: its norms over training, and its irreps as bodies in three dimensions."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from symbreak.report.figure_files import save
from symbreak.report.html import Block, Heading, Paragraph, Picture
from symbreak.report.style import inch_axes
from symbreak.report.theta_norms import NormCurves, draw_norms
from symbreak.report.theta_view import ThetaShown, theta_figure, theta_shown, turning_view

_SHOWN = (  # network, data, case
    ("one", "particles", "E across B"),
    ("one", "particles", "E only"),
    ("one", "particles", "B only"),
    ("one", "particles", "gravity, E and B"),
    ("two", "closed", "E across B"),
    ("two", "closed", "no field"),
)
_NORMS = tuple(("two", "closed", case) for case in ("E across B", "E only", "no field"))
_PRODUCTS = {"one": "one product", "two": "two products"}
_TOLD = (
    "θ without its scalars as a function on the sphere, Σ θ_l · Y_l(u), in the frame of the fields, first seed: the "
    "distance from the origin is its magnitude, the colour its sign. Polar irreps are solid, blue where positive and "
    "orange where negative; axial ones, which change their sign under reflections, are meshes, green and pink. A "
    "vector is two balls along its line: E a solid pair, B a mesh. Sign and scale of each layer mean nothing."
)


def pictures_of_theta(result: Mapping[str, Any]) -> list[Block]:
    """Norms of each irrep over training, and for some rows θ as it turns and from four sides; files into `figures/`."""
    folder = result["folder"] / "figures"
    rows = [row for row in (_first(result, *kind) for kind in _SHOWN) if row is not None]
    blocks: list[Block] = []
    closed = [row for row in (_first(result, *kind) for kind in _NORMS) if row is not None]
    if png := save(lambda: _norms(result, closed), folder / "norms.png"):
        caption = (
            "Norms of θ by irrep over the steps of EquivariantAdam, the larger of the layers, first seed, on data that "
            "are closed under the symmetry of the fields. Grey: irreps in which that fixes no direction."
        )
        blocks.append(Picture(png.read_bytes(), caption, "A panel for each row: norms on a logarithmic axis.", 900))
    blocks.append(Paragraph(_TOLD))
    for row in rows:
        title = f"{row['case']}, {_PRODUCTS[row['network']]}"
        shown = _layers(row)
        turning = turning_view(shown, f"{title}, turning about z.", f"θ of {title} as it turns.")
        if turning is None:
            blocks += [Heading(title), Paragraph("0e only: there is nothing to draw.")]
            continue
        blocks += [Heading(title), turning]
        name = f"theta-{row['setting']}.png"
        if png := save(lambda shown=shown: theta_figure(shown), folder / name):
            blocks.append(
                Picture(png.read_bytes(), f"{title}: from four sides.", f"θ of {title} from four sides.", 700)
            )
    return blocks


def _first(result: Mapping[str, Any], network: str, data: str, case: str) -> Mapping[str, Any] | None:
    """The row of the first seed, under the equivariant optimizer and without noise."""
    kind = (network, data, case, "equivariant", 0, 1)
    names = ("network", "data", "case", "optimizer", "noise", "l_relaxed")
    return next((row for row in result["rows"] if tuple(row[name] for name in names) == kind), None)


def _layers(row: Mapping[str, Any]) -> list[ThetaShown]:
    return [
        theta_shown(f"layer {k}", np.array(layer["theta"]), layer["irreps"]) for k, layer in enumerate(row["layers"])
    ]


def _norms(result: Mapping[str, Any], rows: list[Mapping[str, Any]]) -> Any | None:
    """The figure; None if no row has left a curve."""
    from matplotlib.figure import Figure

    panels = []
    for row in rows:
        path = result["folder"] / "rows" / f"{row['setting']}-seed{row['seed']}" / "curve.json"
        if not path.exists():
            continue
        curve = json.loads(path.read_text(encoding="utf-8"))
        norms = {
            name: np.array([max(layer.get(name, 0.0) for layer in point["norms"]) for point in curve])
            for name in dict.fromkeys(name for layer in curve[0]["norms"] for name in layer)
        }
        allowed = {name: count for layer in row["layers"] for name, count in layer["allowed"].items()}
        title = f"{row['case']}, {_PRODUCTS[row['network']]}"
        panels.append(NormCurves(title, np.array([point["step"] for point in curve]), norms, allowed))
    if not panels:
        return None
    figure = Figure(figsize=(0.4 + 2.6 * len(panels), 2.5))
    for k, curves in enumerate(panels):
        axes = inch_axes(figure, 0.65 + 2.6 * k, 0.3, 1.95, 1.7)
        draw_norms(axes, curves)
        if k == 0:
            axes.set_ylabel("norm of θ")
    return figure
