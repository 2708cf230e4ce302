"""What symmetry does to a model: an audit on data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symbreak.actions import Action
from symbreak.groups import SampleKeys
from symbreak.symmetry.entries import entries
from symbreak.symmetry.equivariance import EquivarianceError, equivariance_error
from symbreak.symmetry.fixed_subspace import FixedSubspace
from symbreak.symmetry.law import LawError, law_error

_LEVEL = 0.01  # of all law tests together
_AT_FLOOR = 0.05  # of the loss: an excess over the floor below this is none


@dataclass(frozen=True, eq=False)
class Audit:
    """What an audit found; `str` says it in words. See `audit`."""

    items: int
    tolerance: float
    """Relative errors up to this are rounding."""
    error: EquivarianceError | None
    """In value; None for a stochastic model."""
    laws: tuple[LawError, ...]
    """In law, of the first items one by one; empty for a deterministic model."""
    leakage: Tensor | None
    """float64 `(items,)`: how far the output of each item alone is from its output in the batch, relative to the root
    mean square output of an item."""
    symmetric: Tensor | None
    """bool `(items,)`: whether the symmetry of the item forbids some outputs."""
    distance: Tensor | None
    """float64 `(items,)`: `|f(x) - P f(x)| / |f(x)|`, how far the output is from those that the symmetry allows."""
    loss: Tensor | None
    """float64 `(items,)`"""
    floor: Tensor | None
    """float64 `(items,)`"""

    @property
    def equivariant(self) -> bool:
        """Whether the error in value is rounding, or no test in law rejects (at 1 % in all)."""
        if self.error is not None:
            return self.error.max <= self.tolerance
        return all(law.p_value > _LEVEL / len(self.laws) for law in self.laws)

    @property
    def leaks(self) -> bool:
        """Whether the output of an item depends on the others of its batch."""
        return self.leakage is not None and not bool((self.leakage <= self.tolerance).all())

    @property
    def collapsed(self) -> Tensor | None:
        """bool `(items,)`: which outputs are as symmetric as their inputs, where that is a restriction."""
        if self.symmetric is None or self.distance is None:
            return None
        return self.symmetric & (self.distance <= self.tolerance)

    @property
    def at_floor(self) -> bool | None:
        """Whether at most 5 % of the mean loss could still be learned by an equivariant model."""
        if self.loss is None or self.floor is None:
            return None
        return bool(self.loss.mean() - self.floor.mean() <= _AT_FLOOR * self.loss.mean())

    def __str__(self) -> str:
        lines = [f"Audit on {self.items} items; relative errors up to {self.tolerance:.1g} are rounding."]
        if self.error is not None:
            verdict = "equivariant" if self.equivariant else "NOT equivariant"
            lines.append(f"  in value   {verdict}: mean error {self.error.mean:.2g}, at most {self.error.max:.2g}")
        if self.laws:
            verdict = "no sign against equivariance in law" if self.equivariant else "NOT equivariant in law"
            least = min(law.p_value for law in self.laws)
            lines.append(f"  in law     {verdict}: least p-value {least:.2g} of {len(self.laws)} items")
        if self.leakage is not None:
            verdict, worst = "items LEAK into each other" if self.leaks else "no leakage", int(self.leakage.argmax())
            lines.append(f"  batch      {verdict}: at most {float(self.leakage.max()):.2g}, of item {worst}")
        if self.collapsed is not None and self.symmetric is not None and self.distance is not None:
            count, of = int(self.collapsed.sum()), int(self.symmetric.sum())
            far = float(self.distance.where(self.symmetric, 0.0).max())
            verdict = f"{of} of {self.items} inputs restrict their output; {count} outputs obey (collapse)"
            lines.append(f"  symmetry   {verdict}, the largest distance is {far:.2g}")
        if self.loss is not None and self.floor is not None:
            loss, floor = float(self.loss.mean()), float(self.floor.mean())
            if loss < floor * (1 - self.tolerance):
                verdict = "BELOW what an equivariant model can reach"
            elif self.at_floor:
                verdict = "at its floor, an equivariant model cannot learn more"
            else:
                verdict = f"{loss - floor:.3g} can still be learned"
            lines.append(f"  loss       {loss:.3g}, floor {floor:.3g}: {verdict}")
        return "\n".join(lines)


def audit(
    model: Callable[..., Any],
    action_in: Action,
    action_out: Action,
    data: Any,
    *,
    generator: torch.Generator,
    stochastic: bool = False,
    batching: bool = True,
    read: Callable[[Any], Tensor] | None = None,
    fixed: FixedSubspace | None = None,
    loss: Callable[[Tensor], Tensor] | None = None,
    floor: Tensor | None = None,
    tolerance: float | None = None,
    draws: int = 8,
    law_items: int = 2,
) -> Audit:
    """Checks a model on a batch: equivariance, leakage in the batch, collapse on symmetric inputs, loss at its floor.

    Call `eval()` first: what is measured is the model as it is, dropout and batch statistics included.

    Args:
        model: called as `model(x)`, or `model(x, generator=generator)` if stochastic; the source is then also a
            `SampleKeys`, one for each item, so that an item has the same noise alone as in the batch.
        action_in: how the data move.
        action_out: how the output moves.
        data: a dense batch `(B, ...)`, or a PyG batch.
        generator: of the group's elements and of the law tests.
        stochastic: whether the model is random; equivariance is then one of laws.
        batching: whether to compare each item alone with the batch. False for a stochastic model that knows no
            `SampleKeys`.
        read: the tensor `(B, d)` or `(nodes, d)` in the output that `fixed` and `loss` are about; the output itself if
            None.
        fixed: what the symmetries of the items allow, `fixed_subspaces(symmetries, local)`.
        loss: of the tensor that is read, for each item: `(B,)`.
        floor: of that loss, `(B,)`: `curie_floors(...).squared_error`, `cross_entropy_floor(...).total`.
        tolerance: relative errors that are rounding; by default 1000 units in the last place of the output's dtype.
        draws: number of elements for the error in value.
        law_items: how many items are tested in law, one by one.
    Raises:
        ValueError: if the output does not have a row for each item or node, `loss` comes without `floor`, or their
            shapes are not `(B,)`; and as `equivariance_error` and `law_error` do.

    Example:
        >>> from symbreak.actions import Pointwise
        >>> from symbreak.groups import Cyclic
        >>> from symbreak.representations import Regular
        >>> action, x = Pointwise(Regular(Cyclic(3))), torch.tensor([[3.0, 4.0, 0.0], [1.0, 1.0, 1.0]])
        >>> print(audit(torch.tanh, action, action, x, generator=torch.Generator().manual_seed(0)))
        Audit on 2 items; relative errors up to 0.0001 are rounding.
          in value   equivariant: mean error 0, at most 0
          batch      no leakage: at most 0, of item 0
    """
    if (loss is None) != (floor is None):
        raise ValueError("A loss and its floor come together, but only one was given: see curie_floors.")
    items = len(data) if isinstance(data, Tensor) else data.num_graphs
    if not items:
        raise ValueError("The batch is empty, so there is nothing to audit. Give a batch of a few items.")
    with torch.no_grad():
        keys = SampleKeys(torch.arange(items), seed=0) if stochastic and batching else generator
        y = model(data, generator=keys) if stochastic else model(data)
        if not bool(entries(y).isfinite().all()):
            raise ValueError("The output is not finite, so nothing compares with it. Look for its NaN first.")
        limit = _rounding(y) if tolerance is None else tolerance
        error, laws = None, ()
        if stochastic:
            singles = [_single(data, i) for i in range(min(law_items, items))]
            laws = tuple(law_error(model, action_in, action_out, x, generator=generator) for x in singles)
        else:
            error = equivariance_error(model, action_in, action_out, data, generator=generator, draws=draws)
        leakage = _leakage(model, data, y, items, stochastic) if batching else None
        symmetric = distance = None
        out = y if read is None else read(y)
        if fixed is not None:
            symmetric, distance = _collapse(fixed, _tensor(out), items)
        losses = None
        if loss is not None and floor is not None:
            losses, floor = loss(_tensor(out)).to(torch.float64), floor.to(torch.float64)
            if losses.shape != (items,) or floor.shape != (items,):
                raise ValueError(
                    f"The losses have shape {tuple(losses.shape)} and their floors {tuple(floor.shape)}, but there is "
                    f"one for each of the {items} items: sum over the nodes and components of an item, not over items."
                )
    return Audit(items, limit, error, laws, leakage, symmetric, distance, losses, floor)


def _collapse(fixed: FixedSubspace, y: Tensor, items: int) -> tuple[Tensor, Tensor]:
    if fixed.orbits.items != items:
        raise ValueError(
            f"The fixed subspace is of {fixed.orbits.items} items, but the batch has {items}: one for each."
        )
    z = fixed.sites(y)
    rest = fixed.orbits.total(((z - fixed.sites(fixed.project(y.to(z)))) ** 2).sum(-1))
    size = fixed.orbits.total((z**2).sum(-1))
    full = torch.bincount(fixed.orbits.owner, minlength=items) * fixed.local.dim
    return fixed.dimensions < full, (rest / size.clamp(min=1e-300)).sqrt()


def _leakage(model: Callable[..., Any], data: Any, y: Any, items: int, stochastic: bool) -> Tensor:
    gaps, sizes = [], []
    for i in range(items):
        within = _rows(y, data, i)
        x = _single(data, i)
        alone = model(x, generator=SampleKeys(torch.tensor([i]), seed=0)) if stochastic else model(x)
        alone = entries(alone)
        if alone.shape != within.shape:
            raise ValueError(
                f"Item {i} alone has an output of {len(alone)} numbers, and of {len(within)} in the batch, so they do "
                "not compare. Let the output of an item have one size, or pass batching=False."
            )
        gaps.append((alone - within).norm())
        sizes.append(within.square().sum())
    return torch.stack(gaps) / torch.stack(sizes).mean().sqrt().clamp(min=1e-300)


def _single(data: Any, i: int) -> Any:
    """Item `i` as a batch of one."""
    return data[i : i + 1] if isinstance(data, Tensor) else type(data).from_data_list([data[i]])


def _rows(y: Any, data: Any, i: int) -> Tensor:
    """The numbers of item `i` in the output of the batch, in the order of `entries`."""
    if not isinstance(y, Tensor):
        fields = [y[name] for name in sorted(y.keys())]
        return torch.cat([_rows(f, data, i) for f in fields if isinstance(f, Tensor) and f.is_floating_point()])
    if isinstance(data, Tensor):
        owner = torch.arange(len(data), device=y.device)
    elif y.dim() and len(y) == len(data.batch):
        owner = data.batch
    elif y.dim() and len(y) == data.num_graphs:
        owner = torch.arange(len(y), device=y.device)
    else:
        owner = data.batch[data.edge_index[0]]
    if not y.dim() or len(y) != len(owner):
        raise ValueError(
            f"The output has shape {tuple(y.shape)}, but to compare an item alone with the batch there must be a row "
            "for each item, node or edge. Return one, or pass batching=False."
        )
    return entries(y[owner == i])


def _rounding(y: Any) -> float:
    fields = [y] if isinstance(y, Tensor) else [y[name] for name in y.keys()]
    kinds = [f.dtype for f in fields if isinstance(f, Tensor) and f.is_floating_point()]
    return 1000 * max((torch.finfo(kind).eps for kind in kinds), default=0.0)


def _tensor(y: Any) -> Tensor:
    if not isinstance(y, Tensor):
        raise ValueError(
            f"The output is a {type(y).__name__}, but fixed= and loss= are about a tensor: say which by "
            "read=lambda batch: batch.x."
        )
    return y
