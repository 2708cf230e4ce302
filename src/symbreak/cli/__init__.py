"""The command line: `symbreak run`, `diagnose`, `list`, `cite` and `report`. Torch is imported only once one starts."""

from .app import main

__all__ = ["main"]
