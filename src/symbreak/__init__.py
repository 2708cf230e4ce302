"""symbreak: let equivariant networks break symmetry."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symbreak.diagnosis import diagnose as diagnose
    from symbreak.relaxation import kick as kick
    from symbreak.symmetry import audit as audit

_HOMES = {"audit": "symbreak.symmetry", "diagnose": "symbreak.diagnosis", "kick": "symbreak.relaxation"}


def __getattr__(name: str) -> Any:
    """The three verbs, imported when they are first asked for, so that `import symbreak` costs nothing."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'symbreak' has no attribute {name!r}")
