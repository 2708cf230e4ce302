import numpy as np
import pytest
from safetensors.numpy import save_file

from symbreak.report.ising_files import read_curve, read_grid, read_samples


def test_a_curve_names_its_missing_columns(tmp_path):
    (tmp_path / "curve.csv").write_text("epoch,train_loss\n0,1\n")
    with pytest.raises(ValueError, match=r"curve\.csv .*temperature, validation_fraction missing"):
        read_curve(tmp_path / "curve.csv")


def test_a_curve_cut_short_is_refused(tmp_path):
    (tmp_path / "curve.csv").write_text("epoch,temperature,train_loss,validation_fraction\n0,1,2,0.5\n1,1\n")
    with pytest.raises(ValueError, match=r"curve\.csv has an entry that is no number"):
        read_curve(tmp_path / "curve.csv")


def test_a_corrupt_tensor_file_is_named(tmp_path):
    (tmp_path / "grid.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"grid\.safetensors is not a safetensors file"):
        read_grid(tmp_path / "grid.safetensors")


@pytest.mark.parametrize(
    "change, message",
    [
        (
            {"energy": np.zeros((3, 2))},
            r"energy of shape \(3, 2\), but jy and h span a grid of shape \(2, 3\)",
        ),
        ({"energy": np.full((2, 3), np.inf)}, r"energy with values that are not finite"),
    ],
)
def test_a_grid_is_checked(tmp_path, change, message):
    arrays = {"jy": np.zeros(2), "h": np.zeros(3), "energy": np.zeros((2, 3)), "ground": np.zeros((2, 3))}
    save_file({**arrays, **change}, tmp_path / "grid.safetensors")
    with pytest.raises(ValueError, match=message):
        read_grid(tmp_path / "grid.safetensors")


@pytest.mark.parametrize(
    "change, message",
    [
        ({"conditions": np.zeros((2, 2, 4, 4))}, r"conditions of shape \(2, 2, 4, 4\)"),
        ({"spins": np.zeros((2, 4, 4))}, r"spins of shape \(2, 4, 4\)"),
        ({"code": np.zeros((2, 1, 3, 3))}, r"code of shape \(2, 1, 3, 3\)"),
        ({"pose": np.zeros((2, 2))}, r"pose of shape \(2, 2\)"),
    ],
)
def test_samples_are_checked(tmp_path, change, message):
    save_file(
        {"conditions": np.zeros((2, 3, 4, 4)), "spins": np.zeros((2, 1, 4, 4)), **change},
        tmp_path / "samples.safetensors",
    )
    with pytest.raises(ValueError, match=message):
        read_samples(tmp_path / "samples.safetensors")


def test_a_missing_array_is_named(tmp_path):
    save_file({"spins": np.zeros((2, 1, 4, 4))}, tmp_path / "samples.safetensors")
    with pytest.raises(ValueError, match="conditions must be there too"):
        read_samples(tmp_path / "samples.safetensors")
