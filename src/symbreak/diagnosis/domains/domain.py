"""The contract of a kind of samples."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from symbreak.data.targets import Per, target
from symbreak.diagnosis.case import Case, Measured
from symbreak.diagnosis.finding import Finding, Found
from symbreak.diagnosis.near_counts import Loosened
from symbreak.diagnosis.quantity import Quantity


class Domain(ABC):
    """How samples of one kind are searched for symmetry, and what symmetry demands of their targets."""

    @property
    @abstractmethod
    def group(self) -> str:
        """The name of the group in which stabilizers are looked for."""

    @abstractmethod
    def find(self, samples: Sequence[Any]) -> Found:
        """The stabilizers of some samples; every sample is in one of the three lists."""

    @abstractmethod
    def measure(self, quantity: Quantity, cases: list[Case], samples: Sequence[Any], seed: int) -> Measured:
        """The floors of a target, for cases with rows of one shape.

        Raises:
            ValueError: if nothing says how the target moves.
        """

    def case(self, sample: Any, finding: Finding, quantity: Quantity) -> Case:
        """A target of a sample.

        Raises:
            ValueError: if the sample lacks it, or it is not finite.
        """
        found = target(sample, quantity.name, quantity.per)
        value = found.value[None] if found.per is Per.SAMPLE else found.value
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ValueError(f"{quantity.name!r} is not finite.")
        return Case(finding, value, found.per)

    def loosened(self, samples: Sequence[Any], findings: Sequence[Finding]) -> tuple[Loosened, int]:
        """What gains symmetry at looser tolerances, and how many samples cannot be searched there."""
        return {}, 0


def gained(
    looser: Domain, near: Sequence[Finding], samples: Sequence[Any]
) -> tuple[list[tuple[Finding, Finding]], int]:
    """Which of some findings have more symmetry in a domain of a looser tolerance, and how many have no answer there.

    Args:
        looser: the domain.
        near: the findings at the tighter tolerance.
        samples: those that were searched, in which those of `near` are.
    """
    if not near:
        return [], 0
    by_index = {sample.index: sample for sample in samples}
    found = looser.find([by_index[finding.index] for finding in near])
    again = {finding.index: finding for finding in found.findings}
    pairs = [(tight, again[tight.index]) for tight in near if tight.index in again]
    more = [(tight, loose) for tight, loose in pairs if loose.order.log10 > tight.order.log10 + 1e-9]
    return more, len(found.refused) + len(found.undecided)
