"""The rows of the dialled breaking: what is trained, on what, and how its breaking is held back."""

from dataclasses import dataclass, field

from symbreak.layers.relaxation_penalty import (
    Annealing,
    CasimirPenalty,
    ConstraintRelaxation,
    IrrepLasso,
    RelaxationPenalty,
    Schedule,
    SoftProjection,
)

DIALS = (0.0, 0.25, 0.5, 0.75, 1.0)
SAMPLES = 960
SIZES = (60, 240)  # besides all
LASSO = (0.01, 0.03, 0.1)


@dataclass(frozen=True)
class Learned:
    """A weight of the penalty that dual ascent learns.

    Args:
        allowed: of the penalty.
        rate: of its weight.
    """

    allowed: float
    rate: float


@dataclass(frozen=True)
class Regime:
    """How the breaking is held back.

    Args:
        name, label: of it.
        penalty: added to the loss.
        weight: of the penalty: a number, a schedule over training, or learned.
        opened: what part of the breaking irreps of θ the network sees at each time; all of it by default.
        projected: whether θ is put back to its scalar at the end.
    """

    name: str
    label: str
    penalty: RelaxationPenalty | None = None
    weight: float | Schedule | Learned = 0.0
    opened: Schedule | None = None
    projected: bool = False


NOTHING = Regime("nothing", "no penalty")
LEARNED = Regime("learned", "lasso ≤ 0.5, weight learned", IrrepLasso(), Learned(allowed=0.5, rate=0.01))
ANNEALED = Regime("annealed", "lasso, weight annealed to 10", IrrepLasso(), Annealing(1e-3, 10.0), projected=True)
OPENED = Regime("opened", "opened and closed again", opened=ConstraintRelaxation())


def fixed(kind: str, weight: float) -> Regime:
    """A penalty of constant weight: the kind is lasso, casimir or projection."""
    penalty: dict[str, RelaxationPenalty] = {
        "lasso": IrrepLasso(), "casimir": CasimirPenalty(inversion=1.0), "projection": SoftProjection(0.0),
    }  # fmt: skip
    return Regime(f"{kind}-{weight:g}", f"{kind}, weight {weight:g}", penalty[kind], weight)


@dataclass(frozen=True)
class Setting:
    """One row of the result, but for the seed.

    Args:
        study: the figure or table it belongs to.
        task: its name.
        dial: λ.
        network: `strict`, `relaxed`, `free`, `conditioned` or `told`, which is free and sees the field.
        regime: how the breaking is held back.
        samples: turned molecules to train on.
        closed: whether each batch is closed under O_h, or, with a field, under C4v about it.
        optimizer: `equivariant` or `adam`.
        fields: whether each sample is in a field of its own.
    """

    study: str
    task: str
    dial: float
    network: str
    regime: Regime = field(default=NOTHING)
    samples: int = SAMPLES
    closed: bool = False
    optimizer: str = "equivariant"
    fields: bool = False

    @property
    def name(self) -> str:
        """Fit for a folder."""
        words = [self.study, self.task, f"{self.dial:g}", self.network, str(self.samples)]
        words += [self.regime.name] * (self.regime != NOTHING)
        words += ["closed"] * self.closed + ["adam"] * (self.optimizer == "adam")
        return "-".join(words)


def settings() -> tuple[Setting, ...]:
    """All rows, but for the seeds; λ = 1/2 where not all dials are tried."""
    networks = ("strict", "relaxed", "free")
    half = 0.5
    tried = [("regression", dial, network) for dial in DIALS for network in networks]
    for task in ("graphs", "nodes"):
        tried += [(task, dial, "relaxed") for dial in DIALS]
        tried += [(task, dial, network) for dial in (half, 1.0) for network in ("strict", "free")]
    held_back = [(half, fixed("lasso", weight)) for weight in LASSO]
    held_back += [(dial, fixed("lasso", LASSO[1])) for dial in (0.0, 1.0)]
    held_back += [(half, fixed("casimir", 0.03)), (half, fixed("projection", 0.3))]
    timed = [*((dial, LEARNED) for dial in (0.0, half, 1.0)), (half, ANNEALED), (half, OPENED)]
    return (
        *(Setting("dials", task, dial, network) for task, dial, network in tried),
        *(Setting("penalties", "regression", dial, "relaxed", regime) for dial, regime in held_back),
        *(Setting("schedules", "regression", dial, "relaxed", regime) for dial, regime in timed),
        *(Setting("sizes", "regression", half, network, samples=samples) for samples in SIZES for network in networks),
        Setting("closed", "regression", 0.0, "relaxed", optimizer="adam"),
        Setting("closed", "regression", 0.0, "relaxed", closed=True),
        Setting("closed", "regression", 0.0, "relaxed", closed=True, optimizer="adam"),
        Setting("closed", "regression", half, "relaxed", closed=True),
        *(
            Setting("fields", "regression", half, network, fields=True)
            for network in ("strict", "relaxed", "conditioned", "told")
        ),
    )


STUDIES = ("dials", "penalties", "schedules", "sizes", "closed", "fields")
