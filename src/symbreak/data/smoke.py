"""Smoke that rises in a closed square box: an incompressible flow with buoyancy, all simulations in one batch.

The recipe is that of PhiFlow's plume: faces carry velocities and cells carry smoke; each step moves the smoke by
MacCormack's method and the velocities by the semi-Lagrangian one, adds inflow and buoyancy, and takes away the gradient
of a pressure. That pressure is exact here, by cosine transforms. Every step commutes with the quarter turns and mirrors
of the box, to rounding.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True, eq=False)
class Plumes:
    """Where smoke flows in, how much of it, and which way it is driven, for each of B simulations.

    Positions are in cells, from the corner of the box. The acceleration by buoyancy is `buoyancy · smoke`.

    Args:
        centres, radii: of the discs of inflow; a cell that the rim crosses takes a part.
        rates: smoke that flows into a cell in unit time.
        buoyancy: acceleration per smoke.

    Shapes:
        centres, buoyancy `(B, 2)`; radii, rates `(B,)`; all of one dtype.
    Raises:
        ValueError: if the shapes do not fit, a number is not finite, or a radius or a rate is negative.

    Example:
        >>> one = Plumes(torch.tensor([[2.0, 8.0]]), torch.ones(1), torch.ones(1), torch.tensor([[0.5, 0.25]]))
        >>> turned = one.turned(1, 16)  # from the left wall to the lower one, x being to the right and y upwards
        >>> turned.centres.tolist(), turned.buoyancy.tolist()
        ([[8.0, 2.0]], [[-0.25, 0.5]])
    """

    centres: Tensor
    radii: Tensor
    rates: Tensor
    buoyancy: Tensor

    def __post_init__(self):
        B = len(self.centres)
        shapes = [tuple(getattr(self, name).shape) for name in ("centres", "radii", "rates", "buoyancy")]
        if shapes != [(B, 2), (B,), (B,), (B, 2)] or not B:
            raise ValueError(
                f"centres, radii, rates and buoyancy have shapes {', '.join(map(str, shapes))}, but B plumes have "
                "(B, 2), (B,), (B,) and (B, 2), with B at least 1."
            )
        if not all(bool(getattr(self, name).isfinite().all()) for name in self.__dataclass_fields__):
            raise ValueError("A plume has a number that is not finite, so it flows nowhere. Clean the input first.")
        if float(torch.cat([self.radii, self.rates]).min()) < 0:
            raise ValueError("A radius or a rate is negative, but smoke flows in: give 0 or more.")

    def __len__(self) -> int:
        return len(self.centres)

    def turned(self, turns: int, size: int) -> "Plumes":
        """The same in a box of `size` cells that is turned by quarter turns."""
        centres, buoyancy = self.centres, self.buoyancy
        for _ in range(turns % 4):
            centres = torch.stack([size - centres[:, 1], centres[:, 0]], -1)
            buoyancy = torch.stack([-buoyancy[:, 1], buoyancy[:, 0]], -1)
        return replace(self, centres=centres, buoyancy=buoyancy)

    def mirrored(self, size: int) -> "Plumes":
        """The same with y turned over."""
        sign = self.centres.new_tensor([1, -1])
        shift = self.centres.new_tensor([0, size])
        return replace(self, centres=self.centres * sign + shift, buoyancy=self.buoyancy * sign)

    def inflow(self, size: int) -> Tensor:
        """Smoke that flows into each cell in unit time, `(B, size, size)`."""
        middles = torch.arange(size, dtype=self.centres.dtype, device=self.centres.device) + 0.5
        x, y = middles - self.centres[:, :1], middles - self.centres[:, 1:]
        distance = (x.square()[:, :, None] + y.square()[:, None, :]).sqrt()
        covered = (self.radii[:, None, None] + 0.5 - distance).clamp(0, 1)
        return self.rates[:, None, None] * covered


@dataclass(frozen=True, eq=False)
class Flow:
    """Smoke in cells and velocities on faces, the walls among them.

    Shapes:
        smoke `(B, N, N)`, the axes x and y; across `(B, N + 1, N)`, u_x on the faces across x; along `(B, N, N + 1)`,
        u_y on those across y. A cell has side 1.
    """

    smoke: Tensor
    across: Tensor
    along: Tensor

    @classmethod
    def at_rest(cls, plumes: Plumes, size: int) -> "Flow":
        """No smoke, no motion."""
        B, new = len(plumes), plumes.centres.new_zeros
        return cls(new(B, size, size), new(B, size + 1, size), new(B, size, size + 1))

    def turned(self, turns: int) -> "Flow":
        """After quarter turns of the box."""
        smoke, across, along = self.smoke, self.across, self.along
        for _ in range(turns % 4):
            smoke = smoke.rot90(1, (1, 2))
            across, along = -along.rot90(1, (1, 2)), across.rot90(1, (1, 2))
        return Flow(smoke, across, along)

    def mirrored(self) -> "Flow":
        """With y turned over."""
        return Flow(self.smoke.flip(2), self.across.flip(2), -self.along.flip(2))

    def divergence(self) -> Tensor:
        """What flows out of each cell, `(B, N, N)`."""
        return self.across.diff(dim=1) + self.along.diff(dim=2)

    def frame(self) -> Tensor:
        """Smoke, u_x and u_y at the middles of the cells, `(B, 3, N, N)`."""
        return torch.stack([self.smoke, _halfway(self.across, 1), _halfway(self.along, 2)], 1)


def turned_frames(frames: Tensor, turns: int) -> Tensor:
    """Frames `(..., 3, N, N)` of smoke, u_x and u_y after quarter turns of the box, the velocities with it.

    Example:
        >>> frame = torch.zeros(3, 2, 2)
        >>> frame[1, 0, 0] = 1.0  # to the right, in the lower left corner
        >>> turned_frames(frame, 1)[2, 1, 0]  # upwards, in the lower right one
        tensor(1.)
    """
    for _ in range(turns % 4):
        smoke, x, y = frames.rot90(1, (-2, -1)).unbind(-3)
        frames = torch.stack([smoke, -y, x], -3)
    return frames


def project(flow: Flow) -> Flow:
    """The flow without divergence that is nearest: `u - ∇p` with `∇² p = ∇ · u`, walls closed.

    Cosine transforms diagonalize the Laplacian of the cells, with eigenvalues `2 cos(π k / N) - 2` for each axis; so
    the divergence of what comes out is rounding.

    Example:
        >>> jet = Flow(torch.zeros(1, 2, 2), torch.tensor([[[0.0, 0.0], [4.0, 0.0], [0.0, 0.0]]]), torch.zeros(1, 2, 3))
        >>> vortex = project(jet)
        >>> vortex.across[0, 1].round(decimals=4), vortex.along[0, :, 1].round(decimals=4)
        (tensor([ 1., -1.]), tensor([-1.,  1.]))
    """
    transform, eigenvalues = _cosines(flow.smoke.shape[1], flow.smoke.dtype, flow.smoke.device)
    spectrum = transform @ flow.divergence() @ transform.mT / eigenvalues
    pressure = transform.mT @ spectrum @ transform
    across, along = flow.across.clone(), flow.along.clone()
    across[:, 1:-1] -= pressure.diff(dim=1)
    along[:, :, 1:-1] -= pressure.diff(dim=2)
    return Flow(flow.smoke, across, along)


def advance(flow: Flow, inflow: Tensor, buoyancy: Tensor, dt: float) -> Flow:
    """One step.

        s' = M(s; u) + dt · inflow,    u' = P(A(u; u) + dt · b s')

    with MacCormack's method M, limited to the values about the place where it reads, the semi-Lagrangian method A, and
    the projection P.

    Shapes:
        inflow `(B, N, N)`, buoyancy `(B, 2)`.
    """
    smoke = advected_smoke(flow, dt) + dt * inflow
    moved = advected_velocities(flow, dt)
    across, along = moved.across.clone(), moved.along.clone()
    across[:, 1:-1] += dt * buoyancy[:, :1, None] * _halfway(smoke, 1)
    along[:, :, 1:-1] += dt * buoyancy[:, 1:, None] * _halfway(smoke, 2)
    return project(Flow(smoke, across, along))


def simulate(plumes: Plumes, size: int, *, steps: int, dt: float = 1.0) -> Iterator[Flow]:
    """Flows from rest, after each step.

    Args:
        plumes: of each simulation.
        size: cells along a side.
        steps: how many.
        dt: of a step; velocities times it should stay below a few cells.
    Raises:
        ValueError: if size or steps are not positive integers, dt is not positive, or an inflow lies outside the box.
            Later, at the first step after which a velocity is not finite.

    Example:
        >>> plume = Plumes(*map(torch.tensor, ([[3.0, 8.0]], [1.0], [1.0], [[0.1, 0.0]])))
        >>> *_, here = simulate(plume, 16, steps=8)
        >>> *_, there = simulate(plume.turned(1, 16), 16, steps=8)
        >>> bool((there.frame() - turned_frames(here.frame(), 1)).abs().max() < 1e-4)
        True

    Reference:
        Selle, Fedkiw, Kim, Liu, Rossignac (2008), An unconditionally stable MacCormack method; Stam (1999), Stable
        fluids; Holl, Koltun, Um, Thuerey (2020), PhiFlow.
    """
    if size < 2 or steps < 1 or not 0 < dt < float("inf"):
        raise ValueError(
            f"size is {size}, steps {steps} and dt {dt}: give at least 2 cells, 1 step and a time above 0."
        )
    if bool(((plumes.centres < 0) | (plumes.centres > size)).any()):
        raise ValueError(f"An inflow is centred outside the box of {size} cells, but positions count from its corner.")
    inflow = plumes.inflow(size)

    def flows() -> Iterator[Flow]:
        flow = Flow.at_rest(plumes, size)
        for step in range(steps):
            flow = advance(flow, inflow, plumes.buoyancy, dt)
            if not bool(flow.frame().isfinite().all()):
                raise ValueError(f"The flow is not finite after step {step + 1}: give a smaller dt or buoyancy.")
            yield flow

    return flows()


def advected_smoke(flow: Flow, dt: float) -> Tensor:
    """Smoke moved by MacCormack's method, Euler characteristics; no new extremum."""
    x, y = _places(flow.smoke, 0.0, 0.0)
    dx, dy = dt * _halfway(flow.across, 1), dt * _halfway(flow.along, 2)
    there = _read(flow.smoke, x - dx, y - dy, "border")
    back = _read(there, x + dx, y + dy, "border")
    low, high = _corners(flow.smoke, x - dx, y - dy)
    return (there + 0.5 * (flow.smoke - back)).clamp(low, high)


def advected_velocities(flow: Flow, dt: float) -> Flow:
    """Velocities carried along by themselves, read one Euler step upstream; at rest beyond the walls."""
    across, along = torch.zeros_like(flow.across), torch.zeros_like(flow.along)
    inner = flow.across[:, 1:-1]
    x, y = _places(inner, 1.0, 0.0)
    other = _halfway(_halfway(flow.along, 2), 1)
    across[:, 1:-1] = _read(flow.across, x - dt * inner, y - dt * other, "zeros")
    inner = flow.along[:, :, 1:-1]
    x, y = _places(inner, 0.0, 1.0)
    other = _halfway(_halfway(flow.across, 1), 2)
    along[:, :, 1:-1] = _read(flow.along, x - dt * other, y - dt * inner, "zeros")
    return Flow(flow.smoke, across, along)


def _halfway(x: Tensor, axis: int) -> Tensor:
    """Means of neighbours along an axis."""
    n = x.shape[axis]
    return (x.narrow(axis, 0, n - 1) + x.narrow(axis, 1, n - 1)) / 2


def _places(x: Tensor, first: float, second: float) -> tuple[Tensor, Tensor]:
    """Indices of entries along both axes, from the given starts."""
    rows, columns = (torch.arange(n, dtype=x.dtype, device=x.device) for n in x.shape[1:])
    return rows[:, None] + first, columns[None, :] + second


def _read(x: Tensor, rows: Tensor, columns: Tensor, beyond: str) -> Tensor:
    """`x` `(B, H, W)` between its entries, bilinear; beyond them as at the border, or zero."""
    H, W = x.shape[1:]
    grid = torch.stack([columns * (2 / (W - 1)) - 1, rows * (2 / (H - 1)) - 1], -1)
    return F.grid_sample(x[:, None], grid, mode="bilinear", padding_mode=beyond, align_corners=True)[:, 0]


def _corners(x: Tensor, rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
    """The least and the largest of the four entries about each place."""
    H, W = x.shape[1:]
    i, j = rows.floor().long(), columns.floor().long()
    flat = x.flatten(1)
    near = [
        flat.gather(1, ((i + a).clamp(0, H - 1) * W + (j + b).clamp(0, W - 1)).flatten(1)).reshape(i.shape)
        for a in (0, 1)
        for b in (0, 1)
    ]
    four = torch.stack(near)
    return four.amin(0), four.amax(0)


@lru_cache(maxsize=8)
def _cosines(size: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """The orthonormal cosine transform, and the eigenvalues of the Laplacian, infinite for the constant."""
    k = torch.arange(size, dtype=torch.float64)
    transform = (torch.pi / size * k[:, None] * (k[None, :] + 0.5)).cos() * (2 / size) ** 0.5
    transform[0] *= 0.5**0.5
    one = 2 * (torch.pi * k / size).cos() - 2
    eigenvalues = one[:, None] + one[None, :]
    eigenvalues[0, 0] = float("inf")
    return transform.to(device, dtype), eigenvalues.to(device, dtype)
