"""What is left of a floor under each remedy, and which remedy fits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from symbreak.diagnosis.plural import plural
from symbreak.diagnosis.target_counts import TargetCounts
from symbreak.symmetry.curie import DirectionTest

_NEGLIGIBLE = 1e-3  # of |y|²
_LEVEL = 0.01  # of the direction test
_ENOUGH = 6  # samples: fewer show no direction
_GAIN = 0.25  # of the floor that one constant vector must take away; relaxed weights learn that at least
_SHOWN = 9  # entries of a direction
_REST = 0.1  # of the floor that a smaller group may leave


class Remedy(Enum):
    """What to do about a floor."""

    NOTHING = "nothing"
    SYMPE = "SymPE"
    RELAXED_WEIGHTS = "relaxed weights"
    SMALLER_GROUP = "a smaller group"
    OPEN = "open: no target was given"


@dataclass(frozen=True)
class RemainingFloors:
    """Squared errors, summed over the samples.

    Args:
        none: of a deterministic equivariant model.
        random_pose: 0: of the nearest of the outputs of a model with a random pose, as SymPE, for a free encoding.
        one_draw: the mean over one random output against the one label: twice the first.
        fixed_direction: with one constant vector added, as relaxed weights can learn it; or a bound from above.
        subgroups: of models that are equivariant to less, by what that is.
    """

    none: float
    random_pose: float
    one_draw: float
    fixed_direction: float | None
    subgroups: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, counts: TargetCounts) -> "RemainingFloors":
        fixed = counts.direction.fixed_floor(counts.floor)
        return cls(counts.floor, 0.0, 2 * counts.floor, fixed, counts.subgroups)


@dataclass(frozen=True)
class Recommendation:
    """A remedy, and the numbers that led to it.

    Args:
        remedy: what to do.
        because: sentences.
        subgroup: to which a model should be equivariant, where that is the remedy.
    """

    remedy: Remedy
    because: tuple[str, ...]
    subgroup: str | None = None


def recommend(counts: TargetCounts, floors: RemainingFloors, test: DirectionTest | None) -> Recommendation:
    """The remedy for one target.

    Nothing, if the floor is below 0.1 % of `|y|²`. Relaxed weights, if the unreachable parts have a direction in common
    (at 1 %, on six samples or more) and one constant vector takes away a quarter of the floor: the least that they can
    learn, as their output depends on the sample too. A smaller group, if one leaves less than a tenth. Else SymPE.
    """
    reached = f"the floor is {counts.share:.2%} of |y|², from {counts.restricted} of {plural(counts.samples, 'sample')}"
    if not counts.restricted or counts.share < _NEGLIGIBLE:
        return Recommendation(Remedy.NOTHING, (f"{reached}: below {_NEGLIGIBLE:.1%}, it does not limit a model",))
    because = [reached]
    if test is not None:
        because.append(
            f"direction test on {plural(test.samples, 'sample')}: |mean r|² / mean |r|² = {test.statistic:.2g}, p = "
            f"{test.p_value:.2g}"
            + (f"; fewer than {_ENOUGH} samples cannot show a direction" if test.samples < _ENOUGH else "")
        )
    fixed = floors.fixed_direction
    if fixed is not None:
        because.append(f"a constant vector would leave {fixed / counts.floor:.0%} of the floor")
    directed = test is not None and test.samples >= _ENOUGH and test.p_value <= _LEVEL
    if test is not None and directed and fixed is not None and fixed <= (1 - _GAIN) * counts.floor:
        if len(test.direction) <= _SHOWN:
            because.append(f"the direction is ({_direction(test)})")
        return Recommendation(Remedy.RELAXED_WEIGHTS, tuple(because))
    because += [f"{name} would leave {left / counts.floor:.0%} of it" for name, left in floors.subgroups.items()]
    if counts.restricted >= _ENOUGH:
        for name, left in floors.subgroups.items():
            if left <= _REST * counts.floor:
                return Recommendation(Remedy.SMALLER_GROUP, tuple(because), name)
    because.append("a random pose leaves 0 at the nearest of its outputs, twice the floor at a single one")
    return Recommendation(Remedy.SYMPE, tuple(because))


def _direction(test: DirectionTest) -> str:
    """To two digits, of length 1."""
    unit = test.direction / test.direction.norm()
    return ", ".join(f"{x:.2g}" if abs(x) >= 0.01 else "0" for x in unit.tolist())
