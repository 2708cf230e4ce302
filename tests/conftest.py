"""Every test starts from the same seed and leaves PyTorch's global state as it found it."""

import signal

import pytest
import torch

torch.set_num_threads(1)

# A shell starts background jobs deaf to Ctrl-C, and their children inherit it; the tests of Ctrl-C must hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)


def _global_state() -> dict[str, object]:
    return {
        "torch.set_default_dtype": torch.get_default_dtype(),
        "torch.set_default_device": str(torch.get_default_device()),
        "torch.set_grad_enabled": torch.is_grad_enabled(),
        "torch.inference_mode": torch.is_inference_mode_enabled(),
        "torch.set_num_threads": torch.get_num_threads(),
        "torch.use_deterministic_algorithms": (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
        "torch.backends.cudnn": (torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic),
        "torch.set_float32_matmul_precision": torch.get_float32_matmul_precision(),
        "torch.autograd.set_detect_anomaly": torch.is_anomaly_enabled(),
    }


@pytest.fixture(autouse=True)
def _seeded_and_clean():
    """Seeds the global generator, which a test may advance, and fails a test that leaks other global state."""
    torch.manual_seed(0)
    before = _global_state()
    yield
    after = _global_state()
    leaks = [f"{name}: {before[name]} -> {after[name]}" for name in before if before[name] != after[name]]
    if leaks:
        torch.set_default_dtype(before["torch.set_default_dtype"])
        torch.set_grad_enabled(before["torch.set_grad_enabled"])
        torch.set_num_threads(before["torch.set_num_threads"])
        torch.use_deterministic_algorithms(*before["torch.use_deterministic_algorithms"][:1])
        pytest.fail(
            f"The test leaks global state ({'; '.join(leaks)}). Pass a dtype or a generator, or use a context "
            "manager or monkeypatch, which put it back."
        )


@pytest.fixture
def generator() -> torch.Generator:
    """A seeded generator of the test's own."""
    return torch.Generator().manual_seed(0)
