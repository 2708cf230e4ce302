"""Colours and sizes of atoms."""

import colorsys

_USUAL = {
    "H": "#f2f2f2", "C": "#5a5a5a", "N": "#3b63d6", "O": "#d6322d", "F": "#7fc66b", "P": "#e68a2e", "S": "#e3c02b",
    "Cl": "#3fa34d", "Br": "#8f3b2b", "I": "#6b2d8f", "B": "#e3a6a1", "Si": "#b89b6d", "Li": "#a06cd5",
    "Na": "#8a63d2", "K": "#8458c4", "Ba": "#4f9d69", "Ti": "#8c9aa6", "Zn": "#7d80b0", "Fe": "#c46a35",
    "Cs": "#5c3a9e", "Sr": "#57a773", "X": "#c0c0c0",
}  # fmt: skip
_SMALL, _LARGE = 0.26, 0.5  # Å: of hydrogen, and of the heaviest
_LIGHT = ("B", "C", "N", "O", "F", "Be")


def colour(symbol: str) -> str:
    """The colour of a species, usual where there is one, and else its own.

    Example:
        >>> colour("O"), colour("Qx") == colour("Qx")
        ('#d6322d', True)
    """
    if symbol in _USUAL:
        return _USUAL[symbol]
    code = sum((ord(letter) - 64) * 27**k for k, letter in enumerate(symbol))
    red, green, blue = colorsys.hls_to_rgb((0.11 + code * 0.618034) % 1.0, 0.58, 0.45)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


def radius(symbol: str) -> float:
    """The radius of the ball that is drawn, in Å."""
    if symbol == "H":
        return _SMALL
    return 0.36 if symbol in _LIGHT else 0.44 if len(symbol) == 1 or symbol in ("Cl", "Si", "Al") else _LARGE


def faded(colour_: str, share: float) -> str:
    """A colour mixed with white, as that of things further away.

    Example:
        >>> faded("#000000", 0.5)
        '#808080'
    """
    parts = [int(colour_[k : k + 2], 16) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(part + share * (255 - part)):02x}" for part in parts)
