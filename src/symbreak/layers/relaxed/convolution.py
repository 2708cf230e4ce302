"""Convolution over the edges of a point cloud, relaxed."""

from torch import Tensor, nn

from symbreak.layers.relaxed.e3nn_types import FullyConnectedTensorProduct, Irrep, Irreps
from symbreak.layers.relaxed.finite import finite
from symbreak.layers.relaxed.paths import is_scalar
from symbreak.layers.relaxed.radial import RadialNetwork
from symbreak.layers.relaxed.tensor_product import RelaxedTensorProduct, Theta


class RelaxedConvolution(nn.Module):
    """The convolution of a tensor field network, with filters that θ has turned and mixed.

        x'_i = z^{-1/2} Σ_j x_j ⊗_{R(|r_ij|)} (θ ⊗_w Y(r_ij))

    `θ ⊗ Y` is one matrix for each call, not one product for each edge. The layer starts exactly equivariant under
    O(3), and is jointly equivariant in (θ, x, r) always: `f(D(g) θ; g x, g r) = g f(θ; x, r)`.

    Build float64 layers under `torch.set_default_dtype(torch.float64)`: e3nn's coefficients have the precision that was
    the default when they were made.

    Args:
        irreps_in: of the features of the nodes.
        irreps_edge: of the attributes of the edges, spherical harmonics as a rule.
        irreps_out: of the result.
        theta: as of `RelaxedTensorProduct`: `l_relaxed`, irreps, or a weight to share.
        fc_neurons: sizes of the radial network, inputs and hidden layers, such as `[10, 64]`.
        num_neighbors: z, about how many neighbours a node has.
        irreps_extra: as of `RelaxedTensorProduct`; `""` for a filter with no other irreps than the edges.
    Shapes:
        x `(N, irreps_in.dim)`, edge_src and edge_dst int64 `(E,)`, edge_attr `(E, irreps_edge.dim)`, edge_scalars
        `(E, fc_neurons[0])` -> `(N, irreps_out.dim)`. A node without neighbours gets 0.
        theta `(dim,)`; or `(B, dim)` with batch int64 `(N,)`, the graph of each node.
    Raises:
        ValueError: as `RelaxedTensorProduct`; if an irrep of the output has no path; if shapes do not match; if
            attributes or scalars of an edge are not finite (not checked when compiled or under vmap).

    Example:
        >>> import torch
        >>> conv = RelaxedConvolution("0e", "0e + 1o", "0e + 1o", 1, [1, 8], num_neighbors=1)
        >>> x, r = torch.ones(2, 1), torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]])
        >>> from e3nn import o3
        >>> Y = o3.spherical_harmonics([0, 1], r, normalize=True)
        >>> src, dst = torch.tensor([[0, 1], [1, 0]])
        >>> conv(x, src, dst, Y, torch.ones(2, 1)).shape
        torch.Size([2, 4])

    Reference:
        Thomas et al. (2018), Tensor field networks; Hofgard, Wang, Walters, Smidt (2024), Relaxed equivariant graph
        neural networks.
    """

    def __init__(
        self,
        irreps_in: "str | Irreps",
        irreps_edge: "str | Irreps",
        irreps_out: "str | Irreps",
        theta: Theta,
        fc_neurons: list[int],
        num_neighbors: float,
        *,
        irreps_extra: "str | Irreps | None" = None,
    ):
        super().__init__()
        if not num_neighbors > 0:
            raise ValueError(
                f"num_neighbors is {num_neighbors}, but the sum is divided by its root: give the mean degree."
            )
        if not fc_neurons or min(fc_neurons) < 1:
            raise ValueError(
                f"fc_neurons is {list(fc_neurons)}, but it begins with the number of edge_scalars, and no layer of the "
                "radial network is empty: try [1, 64]."
            )
        strict = FullyConnectedTensorProduct(irreps_in, irreps_edge, irreps_out, shared_weights=False)
        self.product = RelaxedTensorProduct(strict, theta, irreps_extra)
        _check_reached(self.product)
        self.radial = RadialNetwork([*fc_neurons, self.product.weight_numel])
        self.inputs = fc_neurons[0]
        self._dims = self.product.irreps_in1.dim, self.product.irreps_in2.dim
        self.num_neighbors = num_neighbors

    def forward(
        self,
        x: Tensor,
        edge_src: Tensor,
        edge_dst: Tensor,
        edge_attr: Tensor,
        edge_scalars: Tensor,
        theta: Tensor | None = None,
        batch: Tensor | None = None,
    ) -> Tensor:
        self._check(x, edge_src, edge_dst, edge_attr, edge_scalars)
        fold = self.product.fold(theta)
        if fold.dim() > 2:  # one for each graph
            if batch is None:
                raise ValueError(
                    f"There is one θ for each of {len(fold)} graphs: give batch too, the graph of each node."
                )
            fold = fold[batch[edge_dst]]
        messages = self.product.folded(x.index_select(0, edge_src), edge_attr, fold, self.radial(edge_scalars))
        out = messages.new_zeros(len(x), messages.shape[-1]).index_add(0, edge_dst, messages)
        return out.div(self.num_neighbors**0.5)

    def _check(self, x: Tensor, src: Tensor, dst: Tensor, attr: Tensor, scalars: Tensor) -> None:
        product = self.product
        if x.dim() != 2 or x.shape[1] != self._dims[0]:
            raise _wrong_shape("x", x, product.irreps_in1)
        if attr.dim() != 2 or attr.shape[1] != self._dims[1]:
            raise _wrong_shape("edge_attr", attr, product.irreps_in2)
        edges = len(attr)
        if src.shape != (edges,) or dst.shape != (edges,) or scalars.shape != (edges, self.inputs):
            raise ValueError(
                f"edge_src, edge_dst, edge_attr and edge_scalars have shapes {tuple(src.shape)}, {tuple(dst.shape)}, "
                f"{tuple(attr.shape)} and {tuple(scalars.shape)}, but they are rows of the same edges: (E,), (E,), "
                f"(E, {product.irreps_in2.dim}) and (E, {self.inputs})."
            )
        for name, value in (("edge_attr", attr), ("edge_scalars", scalars)):
            if not finite(value):
                edge = int(value.isfinite().all(1).logical_not().nonzero()[0])
                raise ValueError(
                    f"{name} of edge {edge}, from node {int(src[edge])} to node {int(dst[edge])}, is not finite: "
                    "look for nan in the positions of the two."
                )


def _wrong_shape(name: str, value: Tensor, irreps: Irreps) -> ValueError:
    return ValueError(f"{name} has shape {tuple(value.shape)}, but its irreps {irreps} need (rows, {irreps.dim}).")


def _check_reached(product: RelaxedTensorProduct) -> None:
    """Raises if an output has no path."""
    paths = product.tp.instructions if product.product is None else product.product.paths
    reached = {path.i_out for path in paths}
    for o, (mul, ir) in enumerate(product.irreps_out):
        if mul and o not in reached:
            raise ValueError(
                f"{ir} of the output {product.irreps_out} has no path from {product.irreps_in1} by filters in "
                f"{product.irreps_filter}. Take it out of irreps_out, or let θ and the filter have irreps that lead "
                f"there, such as {_way(product, ir)} in θ."
            )


def _way(product: RelaxedTensorProduct, ir: Irrep) -> Irrep:
    """The lowest irrep of θ that leads to an output."""
    degrees = product.irreps_in1.lmax + product.irreps_in2.lmax + ir.l
    return next(
        way
        for way in Irrep.iterator(degrees)
        if not is_scalar(way)
        and any(ir in a * f for _, a in product.irreps_in1 for _, e in product.irreps_in2 for f in way * e)
    )
