"""What conditions and spins have to be."""

from torch import Tensor

CHANNELS = ("J_x", "J_y", "h")


def check_conditions(conditions: Tensor) -> None:
    """Raises `ValueError` unless the conditions have the right shape and every value is finite.

    The energy functions check shapes only, since looking at values synchronises with the device; call this
    once where data enter.

    Shapes:
        conditions `(B, 3, L, L)` with L >= 2, floating point.
    Example:
        >>> import torch
        >>> conditions = torch.zeros(1, 3, 2, 2)
        >>> conditions[0, 2, 1, 0] = float("nan")
        >>> check_conditions(conditions)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: conditions[0, 2, 1, 0] (channel h) is nan, but every J_x, J_y and h must be finite. ...
    """
    check_shape(conditions)
    if not conditions.is_floating_point():
        raise ValueError(
            f"conditions have dtype {conditions.dtype}, but couplings and fields are real numbers. "
            "Convert them, for example with conditions.float()."
        )
    bad = (~conditions.isfinite()).nonzero()
    if len(bad):
        index = bad[0].tolist()
        raise ValueError(
            f"conditions{index} (channel {CHANNELS[index[1]]}) is {conditions[tuple(index)].item()}, but "
            f"every J_x, J_y and h must be finite. Drop or repair the {len(bad)} such values before training."
        )


def check_shape(conditions: Tensor) -> None:
    """Raises `ValueError` unless conditions are `(B, 3, L, L)` with L >= 2."""
    shape = tuple(conditions.shape)
    if conditions.ndim != 4 or shape[1] != 3:
        raise ValueError(
            f"conditions have shape {shape}, but must be (B, 3, L, L) with channels (J_x, J_y, h) on axis 1. "
            "Add the batch axis or move the channels."
        )
    if shape[2] != shape[3]:
        raise ValueError(
            f"conditions live on a {shape[2]}×{shape[3]} lattice, but quarter turns need a square one. "
            "Crop or rebuild it as L×L."
        )
    check_side(shape[2])


def check_side(size: int) -> None:
    """Raises `ValueError` unless the side of a lattice is at least 2."""
    if size < 2:
        raise ValueError(f"size={size}, but a spin must not be its own neighbour. Use a side of at least 2.")


def check_sign(sign: int) -> None:
    """Raises `ValueError` unless the sign is +1 or -1."""
    if sign not in (1, -1):
        raise ValueError(
            f"sign={sign!r}, but it only chooses the convention: +1 if J > 0 favours aligned spins, -1 if it "
            "favours opposite ones. Scale the conditions instead."
        )


def check_pair(conditions: Tensor, spins: Tensor, sign: int) -> None:
    """Raises `ValueError` unless the spins `(*samples, B, 1, L, L)` belong to the conditions `(B, 3, L, L)`."""
    check_sign(sign)
    check_shape(conditions)
    expected = (len(conditions), 1, *conditions.shape[2:])
    if tuple(spins.shape[-4:]) != expected:
        raise ValueError(
            f"spins have shape {tuple(spins.shape)}, but conditions of shape {tuple(conditions.shape)} need "
            f"(*samples, {', '.join(map(str, expected))}). Samples lead, and the spin is one channel."
        )
