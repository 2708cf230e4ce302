"""The rows of the Ising table, their settings, and what a run is asked for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial

from torch import nn

from symbreak.breaking import FieldEncoding
from symbreak.papers import ising_networks as networks

# Both kinds of its order grow from small amplitudes, one often late: a rate that falls from the start can starve it.
ANTIFERROMAGNETIC_STEADY = 0.8


@dataclass(frozen=True)
class Settings:
    """How one row is trained; chosen on the validation set by `ising_search`, the same number of trials for each row.

    Args:
        rate: learning rate of Adam, after a warm-up of 20 steps.
        batch: samples a step.
        hot: temperature at the start, in units of `Σ |J|` at a site, where mean-field order sets in at 1; 0 trains on
            the plain energy.
        ramp: share of the training over which the field grows from 0 to its value; 0 leaves it alone. Without a field,
            order sets in continuously, and the network meets no metastable magnetization.
        natural: whether to follow the natural gradient of the expectations, which does not vanish at a saturated spin.
        steady: share of the training at the full rate, which then falls to 0 on a line; if 0 it falls along a cosine.
    """

    rate: float
    batch: int = 16
    hot: float = 0.0
    ramp: float = 0.0
    natural: bool = False
    steady: float = 0.0


@dataclass(frozen=True)
class Method:
    """One row of the table: a network, and its settings for either loss."""

    name: str
    label: str
    build: Callable[[int], nn.Module] | None
    plain: Settings | None
    annealed: Settings | None
    augment: bool = False

    def settings(self, sign: int) -> tuple[tuple[str, Settings | None], ...]:
        """Each loss that the row is trained on, with its settings; a row without a network has neither."""
        if self.build is None:
            return (("-", None),)
        annealed = self.annealed
        if annealed is not None and sign < 0:
            annealed = replace(annealed, steady=ANTIFERROMAGNETIC_STEADY)
        losses = (("plain", self.plain), ("annealed", annealed))
        return tuple((loss, settings) for loss, settings in losses if settings is not None)


def plain(rate: float, batch: int = 16) -> Settings:
    """Training on the energy itself."""
    return Settings(rate, batch)


def annealed(rate: float, natural: bool = False) -> Settings:
    """Training on the free energy, from above the transition and without a field."""
    return Settings(rate, batch=8, hot=1.2, ramp=0.8, natural=natural)


def _sympe(encoding: Callable[[int], FieldEncoding]) -> Callable[[int], nn.Module]:
    return partial(networks.sympe, encoding=encoding)


METHODS = (
    Method("random", "random spins", None, None, None),
    Method("mlp", "MLP", networks.mlp, plain(3e-4), annealed(1e-3, natural=True)),
    Method(
        "mlp-augmented",
        "MLP + augmentation",
        networks.mlp,
        plain(1e-3, 64),
        annealed(3e-4, natural=True),
        augment=True,
    ),
    Method("gcnn", "G-CNN", networks.plain_gcnn, plain(5e-3), annealed(1e-3)),
    Method("gcnn-noise", "G-CNN + noise", networks.noisy, plain(5e-3), annealed(2e-3)),
    Method("relaxed", "relaxed group conv.", networks.relaxed, plain(5e-3, 64), annealed(2e-3, natural=True)),
    Method("sympe", "G-CNN + SymPE", _sympe(networks.multi_period), plain(2e-3, 64), annealed(2e-3, natural=True)),
    Method(
        "sympe-learned", "SymPE, learned pose", networks.sympe_learned, plain(2e-3, 64), annealed(2e-3, natural=True)
    ),
    Method("sympe-fourier", "SymPE, waves", _sympe(networks.waves), None, annealed(2e-3, natural=True)),
    Method("sympe-period2", "SymPE, period 2", _sympe(networks.period_two), None, annealed(2e-3, natural=True)),
    Method("sympe-pixel", "SymPE, pixels", _sympe(networks.pixels), None, annealed(2e-3, natural=True)),
)


@dataclass(frozen=True)
class IsingConfig:
    """What a run computes; the defaults are the table of the paper at one seed.

    Args:
        methods: names of rows, all if empty.
        task: "constant" parameters, or "disordered": independent bonds and fields.
        sign: +1 if J > 0 favours aligned spins, -1 if it favours opposite ones.
        size: even side of the lattice.
        epochs: of training.
        seed: the first one.
        seeds: how many.
        samples: for training, and as many for validation.
        side: of the regular test grid, of `side²` points.
        device: of torch.
        conditions: a NumPy file of fields to test on instead, `(B, 3, size, size)` with the channels (J_x, J_y, h).
    """

    methods: tuple[str, ...] = ()
    task: str = "constant"
    sign: int = 1
    size: int = 16
    epochs: int = 14
    seed: int = 0
    seeds: int = 1
    samples: int = 1024
    side: int = 100
    device: str = "cpu"
    conditions: str = ""

    def __post_init__(self):
        names = tuple(method.name for method in METHODS)
        for name in self.methods:
            if name not in names:
                near = get_close_matches(name, names, n=1)
                hint = f"Did you mean {near[0]!r}? " if near else ""
                raise ValueError(f"There is no method {name!r}. {hint}The methods are {', '.join(names)}.")
        if self.task not in ("constant", "disordered"):
            raise ValueError(f"There is no task {self.task!r}. The tasks are 'constant' and 'disordered'.")
        if self.sign not in (1, -1):
            raise ValueError(f"sign is {self.sign}, but it is 1 (J > 0 favours aligned spins) or -1.")
        if self.size < 4 or self.size % 2:
            near = max(4, self.size + self.size % 2)
            raise ValueError(
                f"size is {self.size}, but stripes and checkerboards need an even lattice of side 4 or more: "
                f"try {near}."
            )
        for field in ("epochs", "seeds", "samples"):
            if getattr(self, field) < 1:
                raise ValueError(f"{field} is {getattr(self, field)}, but at least 1 is needed.")
        if self.side < 2:
            raise ValueError(f"side is {self.side}, but a grid has at least 2 points a side.")
