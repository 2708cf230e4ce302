"""The names of the devices that a fit may run on."""


def check_device(device: str) -> tuple[str, int | list[int]]:
    """What the trainer library calls a device of torch: its accelerator and devices; raises where there is none.

    Args:
        device: "cpu", "cuda", "cuda:<number>" or "mps".

    Example:
        >>> check_device("cpu")
        ('cpu', 1)
    """
    import torch

    kind, _, number = device.partition(":")
    if device == "cpu":
        return "cpu", 1
    if device == "mps" and torch.backends.mps.is_available():
        return "mps", 1
    if kind == "cuda" and (device == "cuda" or number.isdecimal()):
        count = torch.cuda.device_count()
        if int(number or 0) < count:
            return "gpu", [int(number or 0)]
        raise ValueError(f"The device {device!r} was asked for, but torch sees {count} CUDA devices. Use --device cpu.")
    raise ValueError(f"The device {device!r} is not to be had here. Use cpu, cuda, cuda:<number> or, on a Mac, mps.")
