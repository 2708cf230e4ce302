"""Which symmetry elements a picture shows, and how they are named."""

from collections import Counter
from collections.abc import Sequence

from symbreak.report.diagnosis.example import Element

_AXES, _PLANES = 7, 3  # up to so many are all drawn
_DIGITS = str.maketrans("0123456789∞", "₀₁₂₃₄₅₆₇₈₉∞")


def chosen(elements: Sequence[Element]) -> list[Element]:
    """The elements that are drawn.

    Axes: all, if there are at most seven; else those of the highest order, and one of each other class. Mirror planes:
    all, if there are at most three; else one of each class. And the centre.
    """
    axes = [element for element in elements if element.kind == "axis"]
    if len(axes) > _AXES:
        axes = [axis for axis in axes if axis.class_number == axes[0].class_number][:_AXES] + [
            axis for axis in _one_of_each(axes) if axis.class_number != axes[0].class_number
        ]
    planes = [element for element in elements if element.kind == "plane"]
    if len(planes) > _PLANES:
        planes = _one_of_each(planes)
    return [*axes, *planes, *(element for element in elements if element.kind == "centre")]


def symbol(element: Element) -> str:
    """As "C₃", "S₄" for a half turn that is the square of one, "C∞", "σ", "i"."""
    if element.kind != "axis":
        return "σ" if element.kind == "plane" else "i"
    if element.order is None:
        return "C∞"
    name = f"S{element.improper}" if element.order < 3 and element.improper else f"C{element.order}"
    return name.translate(_DIGITS)


def listed(elements: Sequence[Element]) -> str:
    """All of them in words, as "1 axis C₃, 3 mirror planes".

    Example:
        >>> listed([Element("axis", 2, 0, None, 0), Element("plane", 0, 0, None, 1), Element("plane", 0, 0, None, 2)])
        '1 axis C₂, 2 mirror planes'
    """
    axes = Counter(symbol(element) for element in elements if element.kind == "axis")
    parts = [f"{count} {'axis' if count == 1 else 'axes'} {name}" for name, count in axes.items()]
    planes = sum(element.kind == "plane" for element in elements)
    parts += [f"{planes} mirror plane{'' if planes == 1 else 's'}"] if planes else []
    parts += ["an inversion centre"] if any(element.kind == "centre" for element in elements) else []
    return ", ".join(parts) or "none"


def _one_of_each(elements: Sequence[Element]) -> list[Element]:
    first: dict[int, Element] = {}
    for element in elements:
        first.setdefault(element.class_number, element)
    return list(first.values())
