"""A target of one sample, and the nearest that an equivariant model can put out."""

from typing import Any

import numpy as np
import torch

from symbreak.data.samples import Array, Sample
from symbreak.data.targets import Per
from symbreak.diagnosis.case import Case
from symbreak.diagnosis.domains.domain import Domain
from symbreak.diagnosis.domains.structures import StructureDomain
from symbreak.diagnosis.finding import Finding
from symbreak.diagnosis.label_floors import ONE_HOT, check_label, one_hot
from symbreak.diagnosis.quantity import Quantity, describe, is_text
from symbreak.representations import Representation, Trivial, Vector
from symbreak.symmetry.curie import curie_floors

_ENTRIES = 1 << 16  # of a target that are listed


def target_document(domain: Domain, quantity: Quantity, sample: Sample, finding: Finding) -> dict[str, Any] | None:
    """A target as JSON can hold it: see `symbreak.diagnosis.document`; None if the sample lacks it, or it is too long.

    Raises:
        ValueError: if nothing says how the target moves.
    """
    try:
        case = domain.case(sample, finding, quantity)
        check_label(quantity, case)
    except ValueError:
        return None
    rep = domain.representation(quantity, case) if isinstance(domain, StructureDomain) else None
    is_label = is_text(case.value)
    y = one_hot(case.value) if is_label else case.rows.astype(np.float64)
    if y.size > _ENTRIES:
        return None
    nearest = _nearest(rep, case, y)
    square, floor = float((y**2).sum()), float(((y - nearest) ** 2).sum())
    number = ONE_HOT if is_label else "scalar" if y.shape[1] == 1 else f"{y.shape[1]} scalars"
    return {
        "name": quantity.name,
        "per": case.per.value,
        "moves": number if rep is None or is_label else describe(rep),
        "vectors": isinstance(rep, Vector),
        "classes": np.unique(case.value).tolist() if is_label else None,
        "value": rounded(y),
        "nearest": rounded(nearest),
        "floor": floor,
        "share": floor / square if square else 0.0,
    }


def rounded(values: Array) -> list[Any]:
    """Numbers to six digits below the largest, as nested lists.

    Example:
        >>> rounded(np.array([[1.0, 1e-17], [0.123456789, -2.0]]))
        [[1.0, 0.0], [0.123457, -2.0]]
    """
    values = np.asarray(values, dtype=np.float64)
    largest = float(np.abs(values).max(initial=0.0))
    digits = 6 - int(np.floor(np.log10(largest))) if largest > 0 else 0
    return (np.round(values, digits) + 0.0).tolist()


def _nearest(rep: Representation | None, case: Case, y: Array) -> Array:
    finding = case.finding
    if rep is not None and not isinstance(rep, Trivial):
        assert finding.symmetry is not None
        floor = curie_floors([finding.symmetry], rep, torch.from_numpy(y), per_node=case.per is Per.NODE)
        return floor.nearest.numpy()
    orbits = finding.edge_orbits if case.per is Per.EDGE else finding.orbits
    if case.per is Per.SAMPLE or orbits is None:
        return y
    total = np.zeros_like(y)
    np.add.at(total, orbits, y)
    return total[orbits] / np.bincount(orbits, minlength=len(y))[orbits][:, None]
