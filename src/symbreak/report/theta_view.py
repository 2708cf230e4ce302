"""θ of each layer in three dimensions: from fixed sides, and turning; without a script and with nothing to fetch."""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.html import Block
from symbreak.report.style import GREY, INK, inch_axes, inch_text
from symbreak.report.theta_surface import Body, picture, view

NOTHING = 1e-6  # of the norm of θ: what is below is not drawn
VIEWS = (("along x", 0.0, 0.0), ("along y", -90.0, 0.0), ("along z", -90.0, 90.0), ("from between", 35.0, 25.0))
_FRAMES, _MILLISECONDS, _PIXELS = 24, 120, 150


@dataclass(frozen=True, eq=False)
class ThetaShown:
    """The polar and the axial part of θ of one layer, on one scale; None where there is none.

    Args:
        title: of the layer.
        polar, axial: the parts without their scalars.
    """

    title: str
    polar: Body | None
    axial: Body | None

    @property
    def bodies(self) -> tuple[tuple[str, Body | None], ...]:
        return ("polar", self.polar), ("axial", self.axial)


def theta_shown(title: str, theta: NDArray, irreps: str) -> ThetaShown:
    """θ of a layer as bodies: the function `Σ θ_l · Y_l(u)` of its polar irreps, and of its axial ones.

    Shapes:
        theta `(irreps.dim,)`

    Example:
        >>> shown = theta_shown("layer 0", np.array([1.0, 0.0, 0.0, 0.5]), "0e + 1o")
        >>> shown.polar is None, shown.axial is None
        (False, True)
    """
    import torch

    from symbreak.symmetry.order_parameters import sphere_grid, spherical_signal

    signal = spherical_signal(torch.from_numpy(theta.copy()), irreps, sphere_grid())
    parts = {"polar": signal.polar.numpy(), "axial": signal.axial.numpy()}
    most = max(float(np.abs(part).max()) for part in parts.values())
    least = NOTHING * float(np.linalg.norm(theta))
    polar, axial = (
        Body(part / most, name == "axial") if np.abs(part).max() > least else None for name, part in parts.items()
    )
    return ThetaShown(title, polar, axial)


def theta_figure(shown: Sequence[ThetaShown]) -> Any:
    """Every layer from four sides, polar parts as solid bodies and axial ones as meshes."""
    from matplotlib.figure import Figure

    rows = [(layer.title, kind, body) for layer in shown for kind, body in layer.bodies if body is not None]
    side, left, top = 1.35, 1.15, 0.45
    figure = Figure(figsize=(left + len(VIEWS) * (side + 0.1), top + max(len(rows), 1) * (side + 0.1)))
    if not rows:
        inch_text(figure, 0.2, 0.4, "0e only: there is nothing to draw.", color=GREY)
    for r, (title, kind, body) in enumerate(rows):
        y = top + r * (side + 0.1)
        inch_text(figure, 0.1, y + side / 2, f"{title}\n{kind}", va="center", fontsize=9, color=INK)
        for c, (name, azimuth, rise) in enumerate(VIEWS):
            axes = inch_axes(figure, left + c * (side + 0.1), y, side, side)
            axes.imshow(_with_axes(picture(body, view(azimuth, rise), 200), view(azimuth, rise)))
            axes.axis("off")
            if r == 0:
                axes.set_title(name, color=GREY)
    return figure


@dataclass(frozen=True)
class TurningView(Block):
    """Layers of θ that turn about z; a still picture for readers who asked for no motion.

    Args:
        moving, still: images.
        caption, description: text.
    """

    moving: bytes
    still: bytes
    caption: str
    description: str

    def markup(self) -> str:
        moving, still = (base64.b64encode(png).decode("ascii") for png in (self.moving, self.still))
        return (
            "<figure><picture>"
            f'<source media="(prefers-reduced-motion: reduce)" srcset="data:image/png;base64,{still}">'
            f'<img src="data:image/png;base64,{moving}" alt="{html.escape(self.description)}"></picture>\n'
            f"<figcaption>{html.escape(self.caption)}</figcaption></figure>"
        )


def turning_view(shown: Sequence[ThetaShown], caption: str, description: str) -> TurningView | None:
    """The layers side by side, each part turning once about z; None if there is nothing but scalars."""
    from PIL import Image

    parts = [(f"{layer.title}, {kind}", body) for layer in shown for kind, body in layer.bodies if body is not None]
    if not parts:
        return None
    frames = []
    for k in range(_FRAMES):
        axes = view(360 * k / _FRAMES, 22.0)
        panels = [_with_axes(picture(body, axes, _PIXELS), axes) for _, body in parts]
        frame = Image.fromarray((255 * np.concatenate(panels, axis=1)).round().astype(np.uint8))
        frames.append(frame.quantize(64, dither=Image.Dither.NONE))
    moving, still = io.BytesIO(), io.BytesIO()
    frames[0].save(
        moving, "PNG", save_all=True, append_images=frames[1:], duration=_MILLISECONDS, loop=0, default_image=False
    )
    frames[3].save(still, "PNG")
    named = f"{caption} From left to right: {'; '.join(name for name, _ in parts)}."
    return TurningView(moving.getvalue(), still.getvalue(), named, description)


def _with_axes(image: NDArray, axes: NDArray) -> NDArray:
    """The picture on white, `(pixels, pixels, 3)`, with the axes x, y and z where the body does not hide them."""
    from PIL import Image, ImageDraw

    size = len(image)
    back = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(back)
    for name, axis in zip("xyz", np.eye(3), strict=True):
        right, up = axes[0] @ axis, axes[1] @ axis
        if np.hypot(right, up) < 0.1:  # it points at the viewer
            continue
        end = (size / 2 * (1 + 0.84 * right), size / 2 * (1 - 0.84 * up))
        draw.line([(size / 2, size / 2), end], fill=(150, 150, 150), width=1)
        label = (size / 2 * (1 + 0.93 * right), size / 2 * (1 - 0.93 * up))
        draw.text(label, name, fill=(90, 90, 90), anchor="mm")
    opacity = image[..., 3:]
    return opacity * image[..., :3] + (1 - opacity) * np.asarray(back) / 255
