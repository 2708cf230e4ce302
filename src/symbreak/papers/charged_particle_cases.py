"""The fields, the data sets and the rows of the charged particle."""

from dataclasses import dataclass

import torch
from torch import Tensor

from symbreak.data.charged_particle import Fields, Flights, Samples, fly, keeping, octahedral
from symbreak.groups import Orthogonal, Source, integers, normal
from symbreak.symmetry.order_parameters import ThetaStabilizer, theta_stabilizer

DRAG = 0.5  # the part of the law that a strict network can learn
DT = 0.1
STEPS = 16
MANY = 16  # times the rows, where noise is to be averaged out


@dataclass(frozen=True)
class Case:
    """Fields along the axes; each seed turns them by an orthogonal map of its own.

    Args:
        name: of the row.
        electric, magnetic, gravity: the fields.
    """

    name: str
    electric: tuple[float, float, float] = (0.0, 0.0, 0.0)
    magnetic: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gravity: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def fields(self) -> Fields:
        """In float64, with the friction of all cases."""
        parts = (torch.tensor(x, dtype=torch.float64) for x in (self.electric, self.magnetic, self.gravity))
        return Fields(*parts, drag=DRAG)

    @property
    def vectors(self) -> int:
        """How many polar vectors there are: θ needs a copy of 1o for each."""
        return max(1, any(self.electric) + any(self.gravity))


CASES = (
    Case("E across B", electric=(0.8, 0, 0), magnetic=(0, 1.5, 0)),
    Case("E along B", electric=(0, 0, 0.8), magnetic=(0, 0, 1.5)),
    Case("E oblique to B", electric=(0.8, 0, 0), magnetic=(0.9, 1.2, 0)),
    Case("E only", electric=(0, 0, 0.8)),
    Case("B only", magnetic=(0, 0, 1.5)),
    Case("no field"),
    Case("gravity only", gravity=(0, 0, 0.6)),
    Case("gravity, E and B", electric=(0.8, 0, 0), magnetic=(0, 1.5, 0), gravity=(0.3, 0, -0.4)),
)


@dataclass(frozen=True)
class Setting:
    """One row of the tables.

    Args:
        case: its number in `CASES`.
        network: `one` or `two` relaxed products, `calibrated`, `strict` or `mlp`.
        data: `particles`, each seen once; `closed`, under the symmetry of the fields; `orbits`, of one particle of each
            sign, as in the paper; `closed orbits`.
        optimizer: `equivariant` or `adam`.
        noise: the standard deviation of the accelerations.
        l_relaxed: the largest degree of θ.
        times: how many times as many rows as the others have.
    """

    case: int
    network: str
    data: str = "particles"
    optimizer: str = "equivariant"
    noise: float = 0.0
    l_relaxed: int = 1
    times: int = 1

    @property
    def name(self) -> str:
        """Fit for a folder."""
        words = [CASES[self.case].name.replace(",", ""), self.network, self.data, self.optimizer]
        words += [f"noise {self.noise:g}"] * (self.noise > 0) + [f"l {self.l_relaxed}"] * (self.l_relaxed > 1)
        words += [f"{self.times} times"] * (self.times > 1)
        return "-".join(words).replace(" ", "-").lower()


def settings() -> tuple[Setting, ...]:
    """All rows of the tables."""
    return (
        *(Setting(case, "one") for case in range(len(CASES))),
        *(Setting(0, "one", noise=noise) for noise in (0.1, 0.3)),
        Setting(0, "one", noise=0.3, times=MANY),
        *(Setting(0, network) for network in ("calibrated", "strict", "mlp")),
        Setting(0, "one", l_relaxed=2),
        *(Setting(case, "two") for case in (0, 5)),
        *(Setting(case, "two", data="closed") for case in (0, 1, 3, 4, 5, 6)),
        *(Setting(case, "two", data="closed", optimizer="adam") for case in (0, 3, 5)),
        *(Setting(0, "two", data=data) for data in ("orbits", "closed orbits")),
    )


def samples(setting: Setting, fields: Fields, frame: Tensor, count: int, *, generator: Source = None) -> Samples:
    """The training set: `count` rows, of fields that are those of the case turned by `frame`.

    A set that is closed holds fewer independent rows, and its errors are closed too.
    """
    closed = "closed" in setting.data
    group = keeping(CASES[setting.case].fields(), octahedral()) if closed else frame[None]
    base = max(count // len(group), 1)
    if "orbits" in setting.data:
        charges = torch.tensor([[1.0], [-1.0]], dtype=torch.float64)
        flights = _flown(charges, fields, -(-base // 2), generator)
        seen = flights.measured()
    else:
        charges = 1.0 - 2 * (torch.arange(base, dtype=torch.float64) % 2)[:, None]
        flights = _flown(charges, fields, STEPS, generator)
        moment = integers(STEPS, (base,), generator=generator)
        seen = flights.measured().rows(moment * base + torch.arange(base))
    if setting.noise:
        seen = seen.noisy(setting.noise, generator=generator)
    return seen.closed(frame @ group @ frame.T) if closed else seen


def _flown(charges: Tensor, fields: Fields, steps: int, generator: Source) -> Flights:
    start = normal((len(charges), 3), generator=generator, dtype=torch.float64)
    return fly(charges, start, fields, dt=DT, steps=steps)


def stabilizer(fields: Fields) -> ThetaStabilizer:
    """The maps of O(3) that keep the fields."""
    one = torch.ones(1, dtype=torch.float64)
    vector = torch.cat([one, fields.electric, fields.magnetic, fields.gravity])
    return theta_stabilizer(vector, "0e + 1o + 1e + 1o", tolerance=1e-6)


def random_frame(generator: Source) -> Tensor:
    """A Haar-random orthogonal map, of either determinant."""
    return Orthogonal(3).sample(generator=generator, dtype=torch.float64)
