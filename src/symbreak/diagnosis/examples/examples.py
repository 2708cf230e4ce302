"""The examples of a diagnosis, read once more from its file."""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from symbreak.data.samples import FieldSample, GraphSample, Refused, Sample, Structure
from symbreak.data.source import SampleSource
from symbreak.diagnosis.changes import DISPLACEMENT, STRAIN
from symbreak.diagnosis.diagnose_file import chunks
from symbreak.diagnosis.domains.domain import Domain
from symbreak.diagnosis.examples.choice import Place
from symbreak.diagnosis.examples.fields import field_document
from symbreak.diagnosis.examples.graphs import graph_document
from symbreak.diagnosis.examples.reach import target_document
from symbreak.diagnosis.examples.structures import structure_document
from symbreak.diagnosis.finding import Finding
from symbreak.diagnosis.quantity import Quantity
from symbreak.diagnosis.search import Search
from symbreak.diagnosis.work import ChunkWork

SCHEMA = 1


def examples_document(
    places: Sequence[Place],
    source: SampleSource,
    search: Search,
    *,
    final: SampleSource | None = None,
    limit: int | None = None,
) -> dict[str, Any]:
    """Some samples in full: see `symbreak.diagnosis.document` for the schema.

    The file is read once more, as far as the last of them, and only the pieces that hold them are parsed.

    Args:
        places: of the samples, in the order of the file.
        source, search, final, limit: as in `diagnose_file`.
    """
    work = ChunkWork(source, search, final, (), limit)
    changes = () if final is None else (DISPLACEMENT, STRAIN)
    found = [_example(place, sample, search, (*changes, *search.targets)) for place, sample in _samples(places, work)]
    return {"schema": SCHEMA, "examples": [example for example in found if example is not None]}


def _samples(places: Sequence[Place], work: ChunkWork) -> Iterator[tuple[Place, Sample]]:
    wanted = {number: {place.index: place for place in some} for number, some in groupby(places, lambda p: p.chunk)}
    if not wanted:
        return
    for number, chunk in enumerate(chunks(work.source, work.final, work.limit)):
        for entry in work.entries(chunk)[0] if number in wanted else ():
            if entry.index in wanted[number] and not isinstance(entry, Refused):
                yield wanted[number][entry.index], entry
        if number == max(wanted):
            return


def _example(place: Place, sample: Sample, search: Search, targets: Sequence[Quantity]) -> dict[str, Any] | None:
    """None if it is not found again, as in a file that was changed meanwhile."""
    domain = _domain(sample, search)
    findings = domain.find([sample]).findings
    if not findings:
        return None
    finding = findings[0]
    match sample:
        case Structure():
            shown = structure_document(search.structures(), sample, finding)
        case GraphSample():
            shown = graph_document(search.graphs(), sample)
        case FieldSample():
            shown = field_document(search.lattices(), sample, finding)
    known = [target_document(domain, quantity, sample, finding) for quantity in targets]
    return {
        **_common(place, sample, finding),
        "tolerance": search.structures().tolerance if isinstance(sample, Structure) else None,
        **shown,
        "targets": [target for target in known if target is not None],
    }


def _domain(sample: Sample, search: Search) -> Domain:
    match sample:
        case Structure():
            return search.structures()
        case GraphSample():
            return search.graphs()
        case FieldSample():
            return search.lattices()


def _common(place: Place, sample: Sample, finding: Finding) -> dict[str, Any]:
    kind = "field"
    if isinstance(sample, Structure):
        kind = "crystal" if sample.periodic else "molecule"
    elif isinstance(sample, GraphSample):
        kind = "graph"
    return {
        "sample": sample.index,
        "title": sample.name,
        "kind": kind,
        "why": list(place.why),
        "stabilizer": finding.label,
        "order": str(finding.order),
        "orbits": None if finding.orbits is None else finding.orbits.tolist(),
        "residual": finding.residual,
        "gap": finding.gap if math.isfinite(finding.gap) else None,
    }
