"""Simulations of the smoke plume in orbits: the same plume from each of four sides, driven more or less from each.

An orbit is one plume and its three quarter turns. With equal strengths its simulations are turns of each other; the
more the strengths differ, the more the law of the whole set breaks C4. A batch takes orbits whole, so that it has every
symmetry that the set has.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from symbreak.data.smoke import Flow, Plumes, advance, simulate, turned_frames
from symbreak.groups import Source, uniform

EVERY = 2  # time steps between frames
BUOYANCY = 0.04  # the mean of the four sides
_WALL, _RADIUS, _RATE = 3.0, 2.0, 0.2  # of the inflow: its distance from the wall, in cells


@dataclass(frozen=True)
class Level:
    """How strongly smoke is driven from each of the four sides.

    Args:
        name: of a row's folder.
        title: in tables.
        dial: 0 for equal strengths; below 1.
        pattern: deviations from the mean, of the four sides in the order of quarter turns, per dial.
    """

    name: str
    title: str
    dial: float
    pattern: tuple[float, float, float, float]

    @property
    def strengths(self) -> tuple[float, ...]:
        """Relative to their mean."""
        return tuple(1 + self.dial * step for step in self.pattern)

    @property
    def symmetry(self) -> tuple[int, ...]:
        """The quarter turns that keep the strengths, by number."""
        b = self.strengths
        return tuple(k for k in range(4) if all(abs(b[i - k] - b[i]) < 1e-12 for i in range(4)))


_STAIRS = (-1.0, -1 / 3, 1 / 3, 1.0)  # 0.6 is (1, 2, 3, 4), after the paper's index tuples
_AXES = (-1.0, 1.0, -1.0, 1.0)  # kept by half turns
LEVELS = (
    Level("0", "equal", 0.0, _STAIRS),
    Level("stairs-0.3", "stairs", 0.3, _STAIRS),
    Level("stairs-0.6", "stairs, 1 : 2 : 3 : 4", 0.6, _STAIRS),
    Level("stairs-0.9", "stairs", 0.9, _STAIRS),
    Level("axes-0.6", "axes, 1 : 4 : 1 : 4", 0.6, _AXES),
)
MAIN = "stairs-0.6"


@dataclass(frozen=True)
class Times:
    """Which frames are for what. A frame is `EVERY` time steps.

    Args:
        first: of the training range; before it little moves.
        ahead: frames that are predicted in a test, and about the length of the training range.
        given: frames that the network starts from.
    """

    first: int = 6
    ahead: int = 10
    given: int = 1

    @property
    def seen(self) -> int:
        """The end of the training range."""
        return self.first + self.given + self.ahead

    @property
    def last(self) -> int:
        """The end of the future."""
        return self.seen + self.ahead


@dataclass(frozen=True, eq=False)
class PlumeData:
    """Frames of orbits, and the units in which a network sees them.

    Shapes:
        train, test `(orbits, 4, T, 3, N, N)`: side, time, and smoke, u_x, u_y; units `(3,)`.
    """

    train: Tensor
    test: Tensor
    units: Tensor
    times: Times

    def early(self) -> Tensor:
        """What is trained on."""
        return self.train[:, :, self.times.first : self.times.seen]

    def domain(self) -> Tensor:
        """Other plumes at the times of the training, `(B, given + ahead, 3, N, N)`."""
        return self.test[:, :, self.times.first : self.times.seen].flatten(0, 1)

    def future(self) -> Tensor:
        """The plumes of the training at later times."""
        return self.train[:, :, self.times.seen - self.times.given : self.times.last].flatten(0, 1)


class Windows:
    """Windows of the early frames, for `fit`: an item is a whole orbit at one time, `(4, length, 3, N, N)`.

    Example:
        >>> windows = Windows(torch.zeros(5, 4, 12, 3, 8, 8), length=4)
        >>> len(windows), windows[torch.tensor([0, 44])].shape
        (45, torch.Size([2, 4, 4, 3, 8, 8]))
    """

    def __init__(self, frames: Tensor, length: int):
        if frames.shape[2] < length:
            raise ValueError(f"There are {frames.shape[2]} frames, but a window has {length}: simulate longer.")
        self.frames, self.length, self.starts = frames, length, frames.shape[2] - length + 1

    def __len__(self) -> int:
        return len(self.frames) * self.starts

    def __getitem__(self, index: Tensor) -> Tensor:
        orbit, start = index // self.starts, index % self.starts
        moments = start[:, None] + torch.arange(self.length)
        return self.frames[orbit[:, None], :, moments].transpose(1, 2)


def orbits(level: Level, count: int, size: int, *, generator: Source = None) -> Plumes:
    """Plumes from four sides, `4 count` of them: an orbit after the other, in it quarter turn by quarter turn.

    The first comes from the left wall and is driven to the right. Where along the wall, and how wide, is drawn.
    """
    draws = uniform((count, 3), generator=generator, dtype=torch.float64)
    centres = torch.stack([_WALL + draws[:, 0] - 0.5, size / 2 + (draws[:, 1] - 0.5) * size / 3], -1)
    right = torch.tensor([[BUOYANCY, 0.0]], dtype=torch.float64).expand(count, 2)
    one = Plumes(centres, _RADIUS + 0.5 * (draws[:, 2] - 0.5), torch.full((count,), _RATE, dtype=torch.float64), right)
    sides = [replace(one, buoyancy=b * right).turned(k, size) for k, b in enumerate(level.strengths)]
    return Plumes(
        *(torch.stack([getattr(side, name) for side in sides], 1).flatten(0, 1) for name in one.__dataclass_fields__)
    )


def simulated(plumes: Plumes, size: int, frames: int) -> Tensor:
    """Frames of orbits, float32 `(orbits, 4, frames, 3, N, N)`; computed in doubles, so that turns are exact."""
    flows = simulate(plumes, size, steps=frames * EVERY)
    kept = [flow.frame().float() for step, flow in enumerate(flows) if (step + 1) % EVERY == 0]
    return torch.stack(kept, 1).unflatten(0, (-1, 4))


def plume_data(
    level: Level, counts: tuple[int, int], size: int, times: Times, *, generator: Source = None
) -> PlumeData:
    """Simulates a level: orbits for training, and others for the test."""
    frames = simulated(orbits(level, sum(counts), size, generator=generator), size, times.last)
    train, test = frames.split(counts)
    early = train[:, :, times.first : times.seen]
    smoke, velocity = early[:, :, :, 0].square().mean().sqrt(), early[:, :, :, 1:].square().mean().sqrt()
    return PlumeData(train, test, torch.stack([smoke, velocity, velocity]), times)


def data_error(frames: Tensor) -> tuple[float, float]:
    """How far the velocities of orbits are from turns of each other.

    Returns:
        as in the paper, the mean over three sides of the mean absolute deviation from the first, after turning back;
        and the root mean square deviation from the mean of the orbit, as a share of the root mean square.

    Shapes:
        `(orbits, 4, T, 3, N, N)`.
    """
    back = torch.stack([turned_frames(frames[:, k], -k) for k in range(4)], 1)[:, :, :, 1:].double()
    absolute = (back[:, 1:] - back[:, :1]).abs().mean()
    off = (back - back.mean(1, keepdim=True)).square().mean() / back.square().mean()
    return float(absolute), float(off.sqrt())


def law_degree(level: Level, count: int, size: int, times: Times, units: Tensor, *, generator: Source = None) -> float:
    """How far the law itself is from equivariance, between one frame and the next.

        E |F(g x) - g F(x)|² / E |F(x)|²,    F(x) = frame after - frame before

    over the quarter turns other than 1 and states of the training range. A turned plume is driven with the strength of
    another side, and all else commutes; so `g⁻¹ F(g x)` is F with that strength.
    """
    plumes = orbits(level, count, size, generator=generator)
    inflow = plumes.inflow(size)
    strengths = torch.tensor(level.strengths, dtype=torch.float64)
    here = strengths.repeat(count)
    off = power = 0.0
    for step, state in enumerate(simulate(plumes, size, steps=times.seen * EVERY)):
        if (step + 1) % EVERY or step + 1 < times.first * EVERY:
            continue
        changes = [
            _change(state, inflow, plumes.buoyancy * (strengths.roll(-k).repeat(count) / here)[:, None])
            / units[:, None, None]
            for k in range(4)
        ]
        power += float(changes[0].square().mean())
        off += sum(float((other - changes[0]).square().mean()) for other in changes[1:]) / 3
    return off / power


def _change(state: Flow, inflow: Tensor, buoyancy: Tensor) -> Tensor:
    flow = state
    for _ in range(EVERY):
        flow = advance(flow, inflow, buoyancy, 1.0)
    return flow.frame() - state.frame()
