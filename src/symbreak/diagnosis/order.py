"""How large a group is: exactly, as far as integers of 64 bits reach, and by its logarithm beyond."""

import math
from dataclasses import dataclass

_EXACT = 1 << 63


@dataclass(frozen=True)
class Order:
    """The number of elements of a group.

    Args:
        log10: its logarithm; infinite for a continuous group.
        exact: the number itself; None from 2⁶³ on.

    Example:
        >>> import math
        >>> str(Order.of(12)), str(Order.of(math.factorial(50))), str(Order.infinite())
        ('12', '10^64.5', '∞')
    """

    log10: float
    exact: int | None

    @classmethod
    def of(cls, count: int) -> "Order":
        return cls(math.log10(count), count if count < _EXACT else None)

    @classmethod
    def infinite(cls) -> "Order":
        return cls(math.inf, None)

    @property
    def trivial(self) -> bool:
        return self.exact == 1

    @property
    def log2(self) -> int | None:
        """The bin of a histogram: the order is from `2^log2` to before `2^(log2 + 1)`. None for a continuous group."""
        if self.exact is not None:
            return self.exact.bit_length() - 1
        return None if math.isinf(self.log10) else math.floor(self.log10 / math.log10(2))

    def __str__(self) -> str:
        if self.exact is not None:
            return str(self.exact)
        return "∞" if math.isinf(self.log10) else f"10^{self.log10:.1f}"
