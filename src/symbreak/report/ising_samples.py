"""Figure: sampled spins of every method for the same conditions, and the codes that broke the symmetry."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symbreak.report.ising_files import Samples, all_samples
from symbreak.report.ising_phases import PHASES, ground_spins, phase
from symbreak.report.ising_result import Result
from symbreak.report.ising_style import CODE, lattice
from symbreak.report.style import GREY, INK, inch_axes, inch_text, wrapped

_SIDE, _GAP, _ROW, _NAME, _TOP = 0.78, 0.1, 1.0, 1.25, 0.55


def samples(result: Result) -> Any | None:
    """Draws the figure, or returns None without a `samples.safetensors`.

    Left: the ground truth and the methods that draw no code. Right: those that do, with the first channel
    of the code beside the spins and the pose below.
    """
    from matplotlib.figure import Figure

    found = all_samples(result)
    if not found:
        return None
    shared = next(iter(found.values()))[1]
    picked = pick(result, shared.conditions)
    labels = result.labels()
    plain = [(labels[row.method], answer) for row, answer in found.values() if answer.code is None]
    coded = [(labels[row.method], answer) for row, answer in found.values() if answer.code is not None]
    left = len(plain) + (result.task == "constant")
    columns = len(picked)
    width_left = _NAME + columns * (_SIDE + _GAP)
    width_right = _NAME + columns * (2 * _SIDE + 2 * _GAP) if coded else 0.0
    rows = max(left, len(coded))
    start = width_left + 0.15 if left else 0.0
    figure = Figure(figsize=(start + width_right + 0.1, _TOP + rows * _ROW + 0.12))

    step = _SIDE + _GAP
    for column, (index, name) in enumerate(picked.items()):
        text = f"{name}\n{condition(result, shared.conditions[index])}".strip()
        if left:
            _head(figure, _NAME + column * step + _SIDE / 2, text.replace(", ", "\n"))
        if coded:
            _head(figure, start + _NAME + column * 2 * step + _SIDE + _GAP / 2, text)
    top = _TOP
    if result.task == "constant":
        _name(figure, 0.0, top, "Ground truth")
        for column, index in enumerate(picked):
            spins = ground_truth(result, shared.conditions[index])
            lattice(inch_axes(figure, _NAME + column * step, top, _SIDE, _SIDE), spins)
        top += _ROW
    for label, answer in plain:
        _name(figure, 0.0, top, label)
        for column, index in enumerate(picked):
            lattice(inch_axes(figure, _NAME + column * step, top, _SIDE, _SIDE), answer.spins[index, 0])
        top += _ROW
    for i, (label, answer) in enumerate(coded):
        _coded(figure, start, _TOP + i * _ROW, label, answer, list(picked))
    if coded and len(coded) < rows:
        _key(figure, start + _NAME, _TOP + len(coded) * _ROW + 0.2)
    return figure


def pick(result: Result, conditions: NDArray) -> dict[int, str]:
    """Which samples to show, and their names: deepest in each phase, then nearest to a boundary.

    The first three samples of a disordered task, which has no phases.
    """
    if result.task != "constant":
        return {index: f"disorder {index + 1}" for index in range(min(3, len(conditions)))}
    jx, jy, h = conditions[:, :, 0, 0].astype(float).T
    kinds, gap = phase(jx, jy, h, result.sign)
    picked = {}
    for kind in np.unique(kinds):
        inside = np.flatnonzero(kinds == kind)
        picked[int(inside[gap[inside].argmax()])] = PHASES[kind]
    for index in gap.argsort():
        if int(index) not in picked:
            return {**picked, int(index): "near boundary"}
    return picked


def condition(result: Result, values: NDArray) -> str:
    """The parameters of constant conditions in words; nothing for disordered ones."""
    if result.task != "constant":
        return ""
    _, jy, h = values[:, 0, 0].astype(float)
    return f"$J_y={jy:.2f}$, $h={h:.2f}$"


def ground_truth(result: Result, values: NDArray) -> NDArray:
    """A ground state `(L, L)` for constant conditions `(3, L, L)`."""
    jx, jy, h = values[:, 0, 0].astype(float)
    return ground_spins(jx, jy, h, values.shape[-1], result.sign)


def _coded(figure: Any, left: float, top: float, label: str, answer: Samples, picked: list[int]) -> None:
    assert answer.code is not None
    _name(figure, left, top, label)
    limit = float(np.abs(answer.code[picked, 0]).max()) or 1.0
    for column, index in enumerate(picked):
        x = left + _NAME + column * 2 * (_SIDE + _GAP)
        lattice(inch_axes(figure, x, top, _SIDE, _SIDE), answer.spins[index, 0])
        lattice(inch_axes(figure, x + _SIDE + 0.03, top, _SIDE, _SIDE), answer.code[index, 0], CODE, limit)
        if answer.pose is not None:
            tx, ty, point = (int(value) for value in answer.pose[index])
            text = f"$t=({tx},{ty})$, $p={point}$"
            inch_text(
                figure, x + 1.5 * _SIDE + 0.03, top + _SIDE + 0.03, text, ha="center", va="top",
                fontsize=6, color=GREY,
            )  # fmt: skip


def _key(figure: Any, left: float, top: float) -> None:
    text = "White +1, black −1; $x$ to the right, $y$ up.\nIn colour: first channel of the drawn code $g·v$,\n"
    text += "with its pose $g$: translation $t$, point element $p$."
    inch_text(figure, left, top, text, va="top", fontsize=7, color=GREY, linespacing=1.5)


def _head(figure: Any, x: float, text: str) -> None:
    inch_text(figure, x, _TOP - 0.08, text, ha="center", va="bottom", fontsize=7, color=INK, linespacing=1.3)


def _name(figure: Any, left: float, top: float, label: str) -> None:
    text = wrapped(label, 15)
    inch_text(figure, left + _NAME - 0.1, top + _SIDE / 2, text, ha="right", va="center", fontsize=8)
