"""Operations on elements of any kind: a tensor, or a (named) tuple of elements."""

from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

Element: TypeAlias = Any
"""A tensor, or a (named) tuple of elements; batch dimensions first."""


def take(g: Element, index: Tensor) -> Element:
    """`g[index]` along the first batch axis, e.g. from one element per graph to one per node.

    Example:
        >>> take((torch.tensor([5, 6]), torch.tensor([[1.0], [2.0]])), torch.tensor([1, 1]))[0]
        tensor([6, 6])
    """
    return tree_map(lambda a: a[index], g)


def unsqueeze(g: Element, dim: int) -> Element:
    """A batch axis of size one at `dim >= 0`, in every part of the element."""
    return tree_map(lambda a: a.unsqueeze(dim), g)


def same(g: Element, h: Element) -> bool:
    """Whether two elements are equal bit for bit, part by part."""
    return all(torch.equal(a, b) for a, b in zip(tree_leaves(g), tree_leaves(h), strict=True))


def batch_size(g: Element) -> int:
    """The length of the first batch axis."""
    return len(tree_leaves(g)[0])
