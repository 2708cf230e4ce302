"""Names that are not known are answered with the nearest one that is."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from typer.core import TyperGroup


def unknown(kind: str, name: str, known: Sequence[str]) -> ValueError:
    """The answer to an unknown name.

    Example:
        >>> print(unknown("paper", "isign", ["ising", "qm9"]))
        There is no paper 'isign'. Did you mean 'ising'? Known: ising, qm9.
    """
    near = get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return ValueError(f"There is no {kind} {name!r}. {hint}Known: {', '.join(known)}.")


class Verbs(TyperGroup):
    """A group of commands."""

    noun = "command"

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Finds the command that the first argument names."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            raise unknown(self.noun, args[0], list(self.commands))
        return super().resolve_command(ctx, args)


class Experiments(Verbs):
    """A group of commands, each of which is an experiment."""

    noun = "experiment"
