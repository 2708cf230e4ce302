"""The names of e3nn that relaxed layers use; type checkers cannot follow its own annotations."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:

    class Irrep(Any):
        """Of O(3)."""

    class Irreps(Any):
        """A direct sum."""

    class Linear(Any):
        """Equivariant."""

    class TensorProduct(Any):
        """With paths."""

    class FullyConnectedTensorProduct(TensorProduct):
        """With all paths."""

    class TensorSquare(TensorProduct):
        """Of one input with itself."""

    class FullyConnectedNet(Any):
        """A radial network."""

    wigner_3j: Any
else:
    try:
        from e3nn.nn import FullyConnectedNet as FullyConnectedNet
        from e3nn.o3 import FullyConnectedTensorProduct as FullyConnectedTensorProduct
        from e3nn.o3 import Irrep as Irrep
        from e3nn.o3 import Irreps as Irreps
        from e3nn.o3 import Linear as Linear
        from e3nn.o3 import TensorProduct as TensorProduct
        from e3nn.o3 import TensorSquare as TensorSquare
        from e3nn.o3 import wigner_3j as wigner_3j
    except ImportError as error:
        raise ImportError("Relaxed layers need e3nn, which is missing. Try: pip install symbreak[e3nn]") from error
