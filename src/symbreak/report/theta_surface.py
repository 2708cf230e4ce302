"""A function on the sphere as a body, seen from any side: its distance from the origin is its magnitude."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_EXTENT = 1.12  # half of the side of a picture, where the largest magnitude is 1
_DEPTHS = 40
_WIRES = 12  # between the poles
POLAR = ((0.00, 0.45, 0.70), (0.84, 0.37, 0.00))  # where the function is positive, and negative
AXIAL = ((0.00, 0.62, 0.45), (0.80, 0.47, 0.65))


@dataclass(frozen=True, eq=False)
class Body:
    """Values of a function on a grid of directions, as `sphere_grid` makes it.

    Args:
        values: `(polar, azimuthal)`, the poles and both ends of the azimuth included; at most 1 in magnitude.
        axial: whether it changes its sign under reflections; then it is drawn as a mesh of wires, in other colours.
    """

    values: NDArray
    axial: bool

    def __post_init__(self):
        if self.values.ndim != 2 or min(self.values.shape) < 2 or not np.isfinite(self.values).all():
            raise ValueError(
                f"The values have shape {self.values.shape}, but a body has finite values on a grid of directions, "
                "(polar, azimuthal): evaluate them on sphere_grid()."
            )


def view(azimuth: float, rise: float) -> NDArray:
    """The rows right, up and towards the viewer, who looks from an azimuth and a rise in degrees; z is up.

    Example:
        >>> (view(0.0, 0.0) + 0.0).round(6)  # from x
        array([[0., 1., 0.],
               [0., 0., 1.],
               [1., 0., 0.]])
    """
    a, b = np.radians(azimuth), np.radians(rise)
    towards = np.array([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)])
    right = np.array([-np.sin(a), np.cos(a), 0.0])
    return np.stack([right, np.cross(towards, right), towards])


def picture(body: Body, axes: NDArray, pixels: int) -> NDArray:
    """The body in parallel projection: `(pixels, pixels, 4)`, red, green, blue and opacity from 0 to 1.

    Each pixel is a ray, followed until it is within the magnitude of the function along its direction.
    """
    side = (np.arange(pixels) + 0.5) / pixels * 2 - 1
    x, y = np.meshgrid(_EXTENT * side, -_EXTENT * side)
    near = x[..., None] * axes[0] + y[..., None] * axes[1]
    depth = np.linspace(1.0, -1.0, _DEPTHS)
    inside = np.zeros((_DEPTHS, pixels, pixels), dtype=bool)
    reached = np.hypot(x, y) <= 1
    for k, t in enumerate(depth):
        p = near[reached] + t * axes[2]
        inside[k][reached] = _outside(body, p) <= 0
    hit = inside.any(0)
    first = inside.argmax(0)[hit]
    base = near[hit]
    low, high = depth[first], depth[np.maximum(first - 1, 0)]  # in the body, and not yet
    for _ in range(8):
        middle = (low + high) / 2
        within = _outside(body, base + middle[:, None] * axes[2]) <= 0
        low, high = np.where(within, middle, low), np.where(within, high, middle)
    p = base + low[:, None] * axes[2]
    image = np.zeros((pixels, pixels, 4))
    image[hit] = _coloured(body, p, axes)
    return image


def _coloured(body: Body, p: NDArray, axes: NDArray) -> NDArray:
    """`(n, 4)`: the colours of points of the surface, lit from the upper left of the viewer."""
    step = 0.01
    slope = np.stack([_outside(body, p + step * e) - _outside(body, p - step * e) for e in np.eye(3)], axis=-1)
    normal = slope / np.maximum(np.linalg.norm(slope, axis=-1, keepdims=True), 1e-12)
    light = np.array([-0.35, 0.45, 0.82]) @ axes
    shade = 0.45 + 0.55 * np.clip(normal @ light, 0, 1)
    plus, minus = AXIAL if body.axial else POLAR
    colour = np.where((_values(body, p) >= 0)[:, None], plus, minus)
    opacity = np.ones(len(p))
    if body.axial:
        polar, azimuth = _angles(p)
        count = np.pi / _WIRES
        off = np.minimum(_gap(polar / count), _gap(azimuth / count) * np.maximum(np.sin(polar), 0.15))
        opacity = np.where(off < 0.11, 1.0, 0.16)
        shade = np.where(off < 0.11, 0.9 * shade, 1.0)
    return np.concatenate([np.clip(colour * shade[:, None], 0, 1), opacity[:, None]], axis=1)


def _gap(x: NDArray) -> NDArray:
    return np.abs(x - np.round(x))


def _outside(body: Body, p: NDArray) -> NDArray:
    """How far points are beyond the magnitude along their direction."""
    return np.linalg.norm(p, axis=-1) - np.abs(_values(body, p))


def _angles(p: NDArray) -> tuple[NDArray, NDArray]:
    polar = np.arctan2(np.hypot(p[..., 0], p[..., 1]), p[..., 2])
    return polar, np.arctan2(p[..., 1], p[..., 0]) % (2 * np.pi)


def _values(body: Body, p: NDArray) -> NDArray:
    """The function along points, between the directions of the grid by lines."""
    polar, azimuth = _angles(p)
    rows, columns = body.values.shape
    a, b = polar / np.pi * (rows - 1), azimuth / (2 * np.pi) * (columns - 1)
    i, j = np.minimum(a.astype(int), rows - 2), np.minimum(b.astype(int), columns - 2)
    u, v = a - i, b - j
    f = body.values
    return (1 - u) * ((1 - v) * f[i, j] + v * f[i, j + 1]) + u * ((1 - v) * f[i + 1, j] + v * f[i + 1, j + 1])
