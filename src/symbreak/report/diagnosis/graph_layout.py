"""Places for the nodes of a graph in the plane, without randomness."""

import numpy as np
from numpy.typing import NDArray

_SWEEPS = 500
_STILL = 1e-7  # of the stress: less is no progress
_STARTS = ((0, 1), (0, 2), (1, 2))  # pairs of eigenvectors


def graph_layout(nodes: int, edges: NDArray) -> NDArray:
    """Places `(nodes, 2)` whose distances are near those along edges; edges are about 1 long.

    Each component minimizes the stress `Σ (|x_i - x_j| - d_ij)² / d_ij²` by majorization, from classical scaling, and
    the components stand side by side, the largest first.

    Args:
        nodes: how many.
        edges: int64 `(m, 2)`.

    Example:
        >>> x = graph_layout(4, np.array([[0, 1], [1, 2], [2, 3], [3, 0]]))
        >>> np.linalg.norm(x - np.roll(x, 1, axis=0), axis=1).round(2)  # a square
        array([1.08, 1.08, 1.08, 1.08])

    Reference:
        Gansner, Koren, North (2004), Graph drawing by stress majorization.
    """
    distance = _distances(nodes, edges)
    left, parts = np.ones(nodes, dtype=bool), []
    while left.any():
        part = np.flatnonzero(np.isfinite(distance[np.flatnonzero(left)[0]]))
        left[part] = False
        parts.append(part)
    places, corner, height, row = np.zeros((nodes, 2)), 0.0, 0.0, 0.0
    width = 2.2 * max(1.0, nodes**0.5)
    for part in sorted(parts, key=len, reverse=True):
        x = _placed(distance[np.ix_(part, part)])
        x = x - x.min(0)
        size = x.max(0)
        if corner > 0 and corner + size[0] > width:
            corner, row, height = 0.0, row - height - 1.0, 0.0
        places[part] = x + np.array([corner, row - size[1]])
        corner, height = corner + size[0] + 1.0, max(height, size[1])
    return places - places.mean(0)


def _distances(nodes: int, edges: NDArray) -> NDArray:
    """The lengths of shortest paths, by layers from all nodes at once; infinite between components."""
    joined = np.zeros((nodes, nodes), dtype=np.float32)
    joined[edges[:, 0], edges[:, 1]] = joined[edges[:, 1], edges[:, 0]] = 1
    distance = np.full((nodes, nodes), np.inf)
    fresh = np.eye(nodes, dtype=bool)
    length = 0
    while fresh.any():
        distance[fresh] = length
        fresh = (fresh.astype(np.float32) @ joined > 0) & np.isinf(distance)
        length += 1
    return distance


def _placed(distance: NDArray) -> NDArray:
    """One component; of a few starts the one that ends with the least stress."""
    n = len(distance)
    if n < 3:
        return np.array([[0.0, 0.0], [1.0, 0.0]])[:n]
    centre = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-0.5 * centre @ distance**2 @ centre)
    scaled = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 1e-3))
    nudge = 0.02 * np.stack([np.sin(1.0 + np.arange(n) * 2.399), np.cos(np.arange(n) * 1.7)], axis=1)
    found = [_settled(scaled[:, list(pair)] + nudge, distance) for pair in _STARTS if max(pair) < n]
    return _turned(min(found, key=lambda item: round(item[0], 6))[1])


def _settled(x: NDArray, distance: NDArray) -> tuple[float, NDArray]:
    """The stress, and the places after majorization."""
    n = len(distance)
    weight = np.where(distance > 0, 1 / np.maximum(distance, 1) ** 2, 0.0)
    inverse = np.linalg.pinv(np.diag(weight.sum(1)) - weight)
    stress = np.inf
    for _ in range(_SWEEPS):
        apart = np.linalg.norm(x[:, None] - x, axis=-1)
        now = float((weight * (apart - distance) ** 2).sum())
        if now > stress * (1 - _STILL):
            break
        stress = now
        pull = np.where(apart > 1e-9, weight * distance / np.maximum(apart, 1e-9), 0.0)
        pull = -pull
        pull[np.arange(n), np.arange(n)] = -pull.sum(1)
        x = inverse @ (pull @ x)
    return stress, x


def _turned(x: NDArray) -> NDArray:
    """The longest extent to the right."""
    x = x - x.mean(0)
    return x @ np.linalg.svd(x, full_matrices=False)[2].T
