"""Relaxing a network of e3nn that exists, with its weights."""

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from symbreak.layers.relaxed.condition import ConditionedWeight
from symbreak.layers.relaxed.e3nn_types import FullyConnectedNet, Irreps, Linear, TensorProduct
from symbreak.layers.relaxed.linear import RelaxedLinear
from symbreak.layers.relaxed.paths import extra_irreps, is_scalar, live
from symbreak.layers.relaxed.tensor_product import RelaxedTensorProduct
from symbreak.layers.relaxed.weight import RelaxedWeight, read_irreps


def relax(
    model: nn.Module,
    theta: "RelaxedWeight | Irreps | str | int",
    *,
    full_filter: bool = True,
    linear: bool = False,
    where: Callable[[str, TensorProduct], bool] | None = None,
) -> nn.Module:
    """A copy of a network of e3nn whose convolutions are relaxed, with the weights it had.

    Convolutions are the tensor products that take their weights from outside, one set for each edge, and a second input
    of degree above 0. The copy computes what the model does up to rounding, until θ moves. With a full filter its
    radial networks get more outputs, which start at random, but meet filters that are 0.

    `relaxed_weights` finds the new weights. For a θ that is not a parameter, such as one conditioned on a field, use
    `torch.func.functional_call(relaxed, {"….relaxed_weight.theta": theta}, …)`.

    Args:
        model: is left as it is.
        theta: `l_relaxed` or irreps, of which each convolution gets those that lead somewhere in it; or one weight to
            share.
        full_filter: whether filters get irreps that spherical harmonics do not have, such as pseudovectors. The radial
            network beside each convolution must then be a `FullyConnectedNet`, or end in a `nn.Linear`.
        linear: whether to relax each `o3.Linear` too, up to the degree of θ.
        where: which tensor products are convolutions, by their name and the product.
    Raises:
        ValueError: if there is nothing to relax; if irreps, or `l_relaxed`, lead nowhere in all convolutions; if no
            radial network is found that could be extended.

    Example:
        >>> from e3nn.nn.models.v2106.points_convolution import Convolution
        >>> conv = Convolution("2x0e", "0e", "0e + 1o", "2x0e + 1o", [3, 8], num_neighbors=2.0)
        >>> relax(conv, 1).tp.relaxed_weight
        RelaxedWeight(1x0e+1x1o+1x1e)
    """
    found = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, TensorProduct) and (where or _is_convolution)(name, module)
    }
    if not found:
        raise ValueError(_nothing_found(model))
    if isinstance(theta, ConditionedWeight):
        raise ValueError(
            "relax was given a ConditionedWeight, but the model would not hand its θ to the layers. Relax it with "
            "the irreps, and give θ by torch.func.functional_call."
        )
    irreps = theta.irreps if isinstance(theta, RelaxedWeight) else read_irreps(theta)
    leading = {
        name: live(tp, irreps, extra_irreps(tp, irreps) if full_filter else Irreps("")) for name, tp in found.items()
    }
    _check_live(theta, irreps, leading)
    relaxed = copy.deepcopy(model)
    for name, tp in found.items():
        if all(is_scalar(ir) for _, ir in leading[name]):
            continue  # such a product can break nothing
        parent, _, child = name.rpartition(".")
        holder, convolution = relaxed.get_submodule(parent), relaxed.get_submodule(name)
        assert isinstance(convolution, TensorProduct)
        product = RelaxedTensorProduct(
            convolution,
            theta if isinstance(theta, RelaxedWeight) else leading[name],
            None if full_filter else "",
        )
        if product.weight_numel > tp.weight_numel and not tp.internal_weights:
            _extend_radial_network(holder, name, tp.weight_numel, product.weight_numel)
        relaxed = _replaced(relaxed, holder, child, product)
    if linear:
        relaxed = _relax_linear(relaxed, irreps)
    return relaxed


def _is_convolution(name: str, tp: TensorProduct) -> bool:
    return not tp.internal_weights and not tp.shared_weights and tp.weight_numel > 0 and tp.irreps_in2.lmax > 0


def _replaced(model: nn.Module, holder: nn.Module, child: str, new: nn.Module) -> nn.Module:
    """The model with one module replaced, which may be all of it."""
    if not child:
        return new
    setattr(holder, child, new)
    return model


def _check_live(theta: "RelaxedWeight | Irreps | str | int", irreps: Irreps, leading: dict) -> None:
    used = {ir for kept in leading.values() for _, ir in kept}
    dead = [ir for _, ir in irreps if ir not in used and not is_scalar(ir)]
    if isinstance(theta, int):
        dead = [] if theta == 0 or theta in {ir.l for ir in used if not is_scalar(ir)} else dead
    if dead:
        raise ValueError(
            f"θ was given {irreps}, but {', '.join(map(str, dead))} leads to no output of any convolution. Those that "
            f"do are {', '.join(map(str, sorted(used)))}."
        )


def _nothing_found(model: nn.Module) -> str:
    products = [f"{name}: {tp}" for name, tp in model.named_modules() if isinstance(tp, TensorProduct)]
    if not products:
        return f"{type(model).__name__} has no o3.TensorProduct, so there is nothing to relax."
    return (
        f"No tensor product of {type(model).__name__} takes weights for each edge and harmonics. If one is a "
        "convolution nevertheless, say so by where=lambda name, tp: ... There are " + "; ".join(products) + "."
    )


def _extend_radial_network(holder: nn.Module, name: str, old: int, new: int) -> None:
    """Gives the network beside a tensor product outputs for the weights of its new paths."""
    lasts = [last for _, child in holder.named_children() if (last := _last_layer(child, old)) is not None]
    if len(lasts) != 1:
        raise ValueError(
            f"The filter of {name} is to have new paths, with {new - old} weights for each edge, but {len(lasts)} "
            f"networks beside it end in {old} outputs, not one. Try full_filter=False, which needs no weights."
        )
    last = lasts[0]
    with torch.no_grad():
        if isinstance(last, nn.Linear):
            fresh = nn.Linear(last.in_features, new - old, last.bias is not None).to(last.weight)
            last.weight = nn.Parameter(torch.cat([last.weight, fresh.weight]))
            if last.bias is not None:
                last.bias = nn.Parameter(torch.cat([last.bias, fresh.bias]))
            last.out_features = new
        else:
            fresh = torch.randn(len(last.weight), new - old).to(last.weight)
            last.weight = nn.Parameter(torch.cat([last.weight, fresh], dim=1))
            last.h_out = new


def _last_layer(network: nn.Module, outputs: int) -> Any:
    """The layer that a network ends in, if that many outputs leave it."""
    if isinstance(network, FullyConnectedNet):
        layer = list(network.children())[-1]
        return layer if layer.weight.shape[1] == outputs else None
    layer = ([m for m in network.modules() if not list(m.children())] or [network])[-1]
    return layer if isinstance(layer, nn.Linear) and layer.out_features == outputs else None


def _relax_linear(model: nn.Module, irreps: Irreps) -> nn.Module:
    inner = [name for name, module in model.named_modules() if isinstance(module, RelaxedLinear)]
    for name, module in list(model.named_modules()):
        if not isinstance(module, Linear) or any(name.startswith(f"{one}.") for one in inner):
            continue
        made = {ir for _, a in module.irreps_in for _, b in module.irreps_out for ir in a * b}
        kept = Irreps([(1, ir) for ir in sorted({ir for _, ir in irreps} & made)])
        if all(is_scalar(ir) for _, ir in kept):
            continue
        parent, _, child = name.rpartition(".")
        model = _replaced(model, model.get_submodule(parent), child, RelaxedLinear(module, kept))
    return model
