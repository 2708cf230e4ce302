"""The few lines that apply a remedy."""

from symbreak.diagnosis.remedy import Recommendation, Remedy

_SYMPE = {
    "graph": (
        "from symbreak.breaking import NodeEncoding, SymPE",
        "from symbreak.kernels import CanonicalLabelling",
        'kernel = CanonicalLabelling(nodes=("x",))  # exact; nodes are told apart by x',
        "encoding = NodeEncoding(capacity=100, width=8)  # at least the nodes of the largest graph",
        "model = SymPE(network, kernel, encoding)  # the network takes 8 more features of nodes",
    ),
    "structure": (
        "from symbreak.actions import Pointwise",
        "from symbreak.breaking import SymPE, VectorEncoding",
        "from symbreak.groups import Orthogonal",
        "from symbreak.kernels import PointInversion",
        "from symbreak.representations import Vector",
        "vector = Vector(Orthogonal(3))  # positions are (B, n, 3), and get 3 more vectors",
        "model = SymPE(network, PointInversion(Pointwise(vector)), VectorEncoding(vector, 3))",
    ),
    "field": (
        "from symbreak.actions import Lattice, Scalar",
        "from symbreak.breaking import FieldEncoding, PixelField, SymPE",
        "from symbreak.kernels import LatticeInversion",
        "own = Lattice(group, (Scalar(),))  # one more channel for the network",
        "model = SymPE(network, LatticeInversion(Lattice(group, channels)), FieldEncoding(own, PixelField(own)))",
    ),
}
_SYMPE["item"] = (
    "from symbreak.breaking import SymPE, VectorEncoding",
    "from symbreak.kernels import ArgMin",
    "from symbreak.representations import Regular",
    "kernel = ArgMin(action_in, energy)  # energy: one number for each item, not invariant",
    "model = SymPE(network, kernel, VectorEncoding(Regular(action_in.group), 1))",
)
_SYMPE["crystal"] = (
    "from symbreak.actions import Fields",
    "from symbreak.breaking import SymPE, VectorEncoding",
    "from symbreak.groups import Orthogonal",
    "from symbreak.kernels import CrystalInversion",
    "from symbreak.representations import Vector",
    "vector = Vector(Orthogonal(3))  # a batch has atoms pos (N, 3) with species z, and cells (B, 3, 3)",
    'crystals = Fields(vector.group, (("pos", vector), ("cell", vector)), still=("z",))',
    'kernel = CrystalInversion(crystals, fields=("z",))',
    'model = SymPE(network, kernel, VectorEncoding(vector, 3, field="code"))  # atoms get code (N, 9), 3 vectors',
)
_RELAXED = {
    "structure": (
        "import torch",
        "direction = torch.nn.Parameter(torch.zeros(3))  # one vector for the whole data set",
        "def model(x):",
        "    return network(x) + direction",
    ),
    "field": (
        "from symbreak.layers import RelaxedGroupConv",
        "layer = RelaxedGroupConv(group, channels, copies=16)  # in place of GroupConv",
    ),
}
_SMALLER = {
    "structure": (
        "from symbreak.groups import Orthogonal",
        "group = Orthogonal(3, special=True)  # rotations only: a network without parity",
    ),
    "field": (
        "from symbreak.groups import p4",
        "group = p4(size)  # in place of p4m(size)",
    ),
}


_RELAXED["crystal"], _SMALLER["crystal"] = _RELAXED["structure"], _SMALLER["structure"]


def remedy_code(recommendation: Recommendation, kind: str) -> tuple[str, ...]:
    """Lines of code, for samples of a kind; none where nothing is to be done.

    Args:
        recommendation: what to do.
        kind: "graph", "structure", "crystal", "field" or "item".
    """
    table = {Remedy.SYMPE: _SYMPE, Remedy.RELAXED_WEIGHTS: _RELAXED, Remedy.SMALLER_GROUP: _SMALLER}
    return table.get(recommendation.remedy, {}).get(kind, ())
