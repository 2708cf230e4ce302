"""The picture of the perovskite: eight octahedra before and after, and the axes about which they were turned."""

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.perovskite_figures import by_irrep
from symbreak.report.perovskite_result import PerovskiteResult
from symbreak.report.style import BLUE, INK, VERMILION, inch_axes, inch_text

_CUBES = (2, 2, 2)
_VIEW = (28.0, 17.0)  # degrees: azimuth and height of the eye
_FACE, _BACK = "#8fb8de", "#dbe8f4"
_AXIS = 0.46  # of the edge: half of the longest axis
_LIGHT = np.array([0.25, -0.5, 0.83])


def crystal(result: PerovskiteResult, method: str = "all") -> Any | None:
    """Two panels: the cubic crystal, and the learned one with the axial vectors of its order parameter; first seed."""
    from matplotlib.figure import Figure

    rows = result.of(method)
    curve = result.curve(rows[0]) if rows else None
    if curve is None:
        return None
    axial = by_irrep(curve["p"][-1])["1e"]
    precision = f"{result.crystal['symprec']:g}"
    names = result.crystal["parent"], rows[0]["space_groups"][precision]
    figure = Figure(figsize=(6.6, 3.5))
    for k, (moved, vectors) in enumerate(((0.0 * curve["displacement"], None), (curve["displacement"], axial))):
        axes = inch_axes(figure, 0.1 + 3.25 * k, 0.3, 3.15, 2.9)
        _draw(axes, result, moved, vectors)
        name = f"{names[k]['symbol']} ({names[k]['number']})"
        title = f"{name}, the input" if not k else f"{name}, learned; axes of the 1e part"
        inch_text(figure, 0.2 + 3.25 * k, 0.18, title, color=INK)
    return figure


def _draw(axes: Any, result: PerovskiteResult, displacement: NDArray, vectors: NDArray | None) -> None:
    from matplotlib.collections import PolyCollection

    known = result.crystal
    edge, cell = known["edge"], np.array(known["cell"])
    positions, centres = np.array(known["positions"]), known["centres"]
    right, up, eye = _frame()
    faces, depths, colours = [], [], []
    arrows = []
    for cube in product(*map(range, _CUBES)):
        centre = positions[centres[0]] + edge * np.array(cube)
        site = _site(centre, positions, cell, centres)
        corners = _octahedron(centre, positions, displacement, cell, centres, edge)
        for signs in product((0, 1), repeat=3):
            face = corners[[0 + signs[0], 2 + signs[1], 4 + signs[2]]]
            normal = np.cross(face[1] - face[0], face[2] - face[0])
            normal = normal * np.sign(normal @ (face.mean(0) - centre)) / np.linalg.norm(normal)
            faces.append(np.stack([face @ right, face @ up], axis=1))
            depths.append(float(face.mean(0) @ eye))
            colours.append(_shade(normal, normal @ eye > 0))
        if vectors is not None:
            arrows.append((centre, vectors[centres.index(site)]))
    order = np.argsort(depths)
    axes.add_collection(
        PolyCollection(
            [faces[i] for i in order],
            facecolors=[colours[i] for i in order],
            edgecolors="#3d5a80",
            linewidths=0.5,
            alpha=0.78,
        )
    )
    longest = max((float(np.linalg.norm(vector)) for _, vector in arrows), default=1.0)
    for centre, vector in arrows:
        _axis(axes, centre, vector * _AXIS * edge / longest, right, up)
    flat = np.concatenate(faces)
    low, high = flat.min(0), flat.max(0)
    axes.set_xlim(low[0] - 0.25 * edge, high[0] + 0.15 * edge)
    axes.set_ylim(low[1] - 0.35 * edge, high[1] + 0.15 * edge)
    _gizmo(axes, np.array([low[0] + 0.05 * edge, low[1] - 0.1 * edge]), 0.45 * edge, right, up)
    axes.set_aspect("equal")
    axes.axis("off")


def _frame() -> tuple[NDArray, NDArray, NDArray]:
    """To the right, up, and to the eye."""
    azimuth, height = np.radians(_VIEW)
    eye = np.array([np.cos(height) * np.sin(azimuth), -np.cos(height) * np.cos(azimuth), np.sin(height)])
    right = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
    return right, np.cross(eye, right), eye


def _site(point: NDArray, positions: NDArray, cell: NDArray, atoms: list[int]) -> int:
    """The atom of which there is an image at a point."""
    gap = (positions[atoms] - point) @ np.linalg.inv(cell)
    return atoms[int(np.abs(gap - gap.round()).max(1).argmin())]


def _octahedron(
    centre: NDArray, positions: NDArray, displacement: NDArray, cell: NDArray, centres: list[int], edge: float
) -> NDArray:
    """The six corners `(6, 3)`, at ±x, ±y, ±z, where they have moved to."""
    others = [i for i in range(len(positions)) if i not in centres]
    corners = [centre + sign * 0.5 * edge * np.eye(3)[axis] for axis in range(3) for sign in (1, -1)]
    return np.stack([corner + displacement[_site(corner, positions, cell, others)] for corner in corners])


def _shade(normal: NDArray, front: bool) -> Any:
    from matplotlib.colors import to_rgb

    light = 0.72 + 0.28 * max(0.0, float(normal @ _LIGHT))
    return tuple(light * channel for channel in to_rgb(_FACE if front else _BACK))


def _axis(axes: Any, centre: NDArray, vector: NDArray, right: NDArray, up: NDArray) -> None:
    """A line through the centre with a head at the end that the axial vector points to, and the sense of the turn."""
    ends = np.stack([centre - vector, centre + vector])
    (x0, y0), (x1, y1) = np.stack([ends @ right, ends @ up], axis=1)
    style = dict(arrowstyle="-|>", mutation_scale=8, color=VERMILION, lw=1.3, shrinkA=0, shrinkB=0)
    axes.annotate("", (x1, y1), (x0, y0), arrowprops=style)
    along = vector / np.linalg.norm(vector)
    first = np.cross(along, [0.3, 0.2, 0.93])
    first = first / np.linalg.norm(first)
    angles = np.radians(np.linspace(20, 300, 40))
    radius = 0.3 * float(np.linalg.norm(vector))
    turn = (
        centre
        + 0.62 * vector
        + radius * (np.cos(angles)[:, None] * first + np.sin(angles)[:, None] * np.cross(along, first))
    )
    flat = np.stack([turn @ right, turn @ up], axis=1)
    axes.plot(*flat[:-3].T, color=VERMILION, lw=0.9)
    head = dict(arrowstyle="-|>", mutation_scale=5, color=VERMILION, lw=0.5, shrinkA=0, shrinkB=0)
    axes.annotate("", flat[-1], flat[-4], arrowprops=head)


def _gizmo(axes: Any, start: NDArray, length: float, right: NDArray, up: NDArray) -> None:
    for axis, name in enumerate("xyz"):
        step = length * np.array([right[axis], up[axis]])
        style = dict(arrowstyle="-|>", mutation_scale=5, color=BLUE, lw=0.8, shrinkA=0, shrinkB=0)
        axes.annotate("", start + step, start, arrowprops=style)
        axes.text(*(start + 1.25 * step), name, color=BLUE, fontsize=7, ha="center", va="center")
