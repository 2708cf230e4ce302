"""Fields on lattices as examples: values, the translations of the pattern, and one motion for each turn and mirror."""

from typing import Any

import torch

from symbreak.data.samples import FieldSample
from symbreak.diagnosis.domains.lattices import LatticeDomain
from symbreak.diagnosis.examples.profiles import field_profile
from symbreak.diagnosis.examples.reach import rounded
from symbreak.diagnosis.finding import Finding
from symbreak.symmetry.lattice_names import lattice_symmetry


def field_document(domain: LatticeDomain, field: FieldSample, finding: Finding) -> dict[str, Any]:
    """What the picture of a field needs, as JSON can hold it: see `symbreak.diagnosis.document`.

    A motion sends the site `r` to `M r + t`. Of those with one matrix M, which differ by translations, the first is
    listed.
    """
    motions = domain.motions(field.array.shape)
    assert finding.elements is not None
    number = torch.from_numpy(finding.elements)
    mask, translations = motions.mask(finding.elements), []
    if motions.translations:
        translations = [list(t) for t in lattice_symmetry(motions.group, mask).translations]
    elements = motions.elements(number)
    matrices = torch.tensor(motions.group.phi.matrices)[elements.h]  # type: ignore[attr-defined]
    rows, seen = [], set()
    for M, t in zip(matrices.tolist(), elements.n.tolist(), strict=True):
        key = tuple(map(tuple, M))
        if key not in seen:
            seen.add(key)
            rows.append({"matrix": M, "translation": t})
    sizes = list(field.array.shape[1:])
    return {
        "field": {
            "sizes": sizes,
            "channels": field.array.shape[0],
            "repeats": motions.translations,
            "values": rounded(field.array[0]),
        },
        "operations": {"count": len(number), "listed": rows},
        "translations": translations,
        "profile": field_profile(domain, field),
    }
