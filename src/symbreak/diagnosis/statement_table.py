"""The sentences of a diagnosis by what they are about, for reports that are made from files."""

from typing import Any

from symbreak.diagnosis.diagnosis import Diagnosis
from symbreak.diagnosis.statements import (
    account_statements,
    headline,
    mode_statements,
    near_statements,
    symmetry_statements,
    target_statements,
)


def statement_table(diagnosis: Diagnosis) -> dict[str, Any]:
    """As JSON can hold it: see `symbreak.diagnosis.document`."""
    return {
        "headline": headline(diagnosis),
        "symmetry": symmetry_statements(diagnosis.symmetry),
        "views": {name: symmetry_statements(view) for name, view in diagnosis.views.items()},
        "near": near_statements(diagnosis),
        "targets": {
            target.counts.name: [line.strip() for line in target_statements(target)] for target in diagnosis.targets
        },
        "modes": mode_statements(diagnosis),
        "account": account_statements(diagnosis),
    }
