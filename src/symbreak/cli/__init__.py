"""The command line: `symbreak run`, `list`, `cite` and `report`. Torch is imported only once a run starts."""

from .app import main

__all__ = ["main"]
