"""The contract of a penalty, and where a model keeps what breaks its symmetry."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from symbreak.layers.relaxed_group_conv import RelaxedGroupConv, RelaxedPointConv, RelaxedRegular

if TYPE_CHECKING:
    from symbreak.layers.relaxed import RelaxedWeight

GroupLayer = RelaxedGroupConv | RelaxedPointConv | RelaxedRegular


class RelaxationPenalty(ABC):
    """A number to add to the loss, which is the larger the more the relaxed weights of a model break its symmetry.

    Each is invariant: `θ` and `D(g) θ` cost the same, as do `w` and `h · w`. So it prefers no direction, and the
    symmetry that training keeps without it is kept with it.
    """

    @abstractmethod
    def __call__(self, model: nn.Module) -> Tensor:
        """The penalty `()`, differentiable.

        Raises:
            ValueError: if the model has no weight that it applies to.
        """


def group_layers(model: nn.Module) -> list[GroupLayer]:
    """The relaxed group convolutions of a model."""
    return [module for module in model.modules() if isinstance(module, GroupLayer)]


def irrep_weights(model: nn.Module) -> "list[RelaxedWeight]":
    """The weights of a model that carry irreps, shared ones once. Those computed from an input are not among them."""
    if not any(hasattr(module, "theta") for module in model.modules()):
        return []  # e3nn takes seconds to import
    from symbreak.layers.relaxed import relaxed_weights

    return list(relaxed_weights(model).values())


def irrep_blocks(model: nn.Module) -> Iterator[tuple[int, int, Tensor]]:
    """`(l, parity, θ_lp)` of each weight that carries irreps: all copies of one irrep together, `(n,)`."""
    for weight in irrep_weights(model):
        parts: dict[tuple[int, int], list[Tensor]] = {}
        for (_, ir), place in zip(weight.irreps, weight.irreps.slices(), strict=True):
            parts.setdefault((ir.l, ir.p), []).append(weight.theta[place])
        for (degree, parity), pieces in parts.items():
            yield degree, parity, torch.cat(pieces)


def uneven(layer: GroupLayer) -> Tensor:
    """`w_k(g)` less its mean over the elements, for each bank: 0 for an exact layer."""
    w = layer.mixing.flatten(1)
    return w - w.mean(1, keepdim=True)


def breaking_parts(model: nn.Module) -> list[Tensor]:
    """What moves under the group: all irreps of θ but 0e, and what is uneven of `w`."""
    parts = [block for l, p, block in irrep_blocks(model) if (l, p) != (0, 1)]
    return parts + [uneven(layer).flatten() for layer in group_layers(model)]


def nothing_to_penalize(penalty: RelaxationPenalty, what: str) -> ValueError:
    """What to raise for a model without weights of the right kind."""
    return ValueError(
        f"{type(penalty).__name__} found no {what} in the model, so it would always be 0. Relax its layers first: "
        "symbreak.layers.relax for irreps, RelaxedPointConv or RelaxedGroupConv for lattices."
    )
