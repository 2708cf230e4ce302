"""Fields from NumPy's files: mapped, decompressed by chunks, whole and broken."""

import zipfile

import numpy as np
import pytest

from symbreak.data import open_source
from symbreak.data.readers.array_files import stored_arrays
from symbreak.data.readers.field_files import FieldFile
from symbreak.data.samples import FieldSample, Refused

RNG = np.random.default_rng(0)
FIELDS = RNG.normal(size=(7, 2, 4, 5))
SAVE = {"stored": np.savez, "compressed": np.savez_compressed}


@pytest.mark.parametrize("save", SAVE)
@pytest.mark.parametrize("order", ("C", "F"))
@pytest.mark.parametrize("size", (1, 3, 10))
def test_samples_of_a_batch(tmp_path, save, order, size):
    path = tmp_path / "f.npz"
    SAVE[save](
        path, other=np.zeros(3), fields=np.asarray(FIELDS, order=order), y=np.arange(7.0), tag=np.array(list("abcdefg"))
    )
    source = open_source(path, array="fields", batched=True)
    samples = [sample for chunk in source.chunks(size) for sample in source.parse(chunk)]
    assert [sample.index for sample in samples] == list(range(7))
    for k, sample in enumerate(samples):
        assert isinstance(sample, FieldSample)
        assert np.array_equal(sample.array, FIELDS[k])
        assert sample.info == {"y": k, "tag": "abcdefg"[k]}
        assert sample.name == "fields"


@pytest.mark.parametrize("save", SAVE)
def test_every_array_in_turn(tmp_path, save):
    path = tmp_path / "f.npz"
    SAVE[save](path, a=FIELDS[0], b=FIELDS[1].astype(np.float32), c=(FIELDS[2] > 0))
    samples = list(open_source(path))
    assert [(sample.index, sample.name, sample.info) for sample in samples] == [
        (0, "a", {}),
        (1, "b", {}),
        (2, "c", {}),
    ]
    assert [sample.array.dtype for sample in samples] == [np.float64, np.float32, np.bool_]
    assert np.array_equal(samples[1].array, FIELDS[1].astype(np.float32))
    both = list(FieldFile(path, batched=True))
    assert [sample.array.shape for sample in both] == [(4, 5)] * 6
    assert [sample.index for sample in both] == list(range(6))


def test_axes_are_declared(tmp_path):
    path = tmp_path / "f.npy"
    np.save(path, FIELDS)
    assert next(iter(open_source(path))).array.shape == (7, 2, 4, 5)
    assert next(iter(open_source(path, channels=False))).array.shape == (1, 7, 2, 4, 5)
    assert next(iter(open_source(path, batched=True))).array.shape == (2, 4, 5)
    assert next(iter(open_source(path, batched=True, channels=False))).array.shape == (1, 2, 4, 5)


def test_arrays_are_mapped_and_not_read(tmp_path):
    large = np.lib.format.open_memmap(tmp_path / "large.npy", mode="w+", shape=(100_000, 1, 64, 64))  # 3 GB, sparse
    large[99_999, 0, 1, 2] = 5
    large.flush()
    source = open_source(tmp_path / "large.npy", batched=True)
    *_, last = source.chunks(10)
    assert source.parse(last)[-1].array[0, 1, 2] == 5
    np.savez(tmp_path / "f.npz", fields=FIELDS)
    (stored,) = stored_arrays(tmp_path / "f.npz")
    assert isinstance(stored.load(), np.memmap)
    assert np.array_equal(stored.load(), FIELDS)


def test_bad_samples_do_not_stop_the_stream(tmp_path):
    fields, y = FIELDS.copy(), np.arange(7.0)
    fields[3, 1, 2, 0], y[5] = np.nan, np.inf
    np.savez(tmp_path / "f.npz", fields=fields, y=y)
    samples = list(open_source(tmp_path / "f.npz", array="fields", batched=True))
    assert [isinstance(sample, Refused) for sample in samples] == [k in (3, 5) for k in range(7)]
    assert samples[3].reason == "the field 'fields'[1, 2, 0] is nan, but every value must be finite."
    assert "the value 'y' is inf" in samples[5].reason


@pytest.mark.parametrize(
    "array, options, message",
    (
        (FIELDS * 1j, {}, "is of complex128, but a field is real. Split a complex one into two channels"),
        (np.array(["text"]), {}, "is of <U4, but a field is real"),
        (np.array([{}]), {}, "is of object, but a field is real"),
        (np.zeros(3), {}, r"has shape \(3,\), but a field has axes for channels, the lattice"),
        (
            np.zeros((3, 4)),
            {"batched": True},
            r"has shape \(3, 4\), but a field has axes for samples, channels, the lattice",
        ),
        (np.zeros(()), {"channels": False}, r"has shape \(\)"),
        (np.zeros((0, 3, 3)), {"batched": True}, r"has shape \(0, 3, 3\), .* none of them empty"),
    ),
)
def test_arrays_that_are_no_fields(tmp_path, array, options, message):
    path = tmp_path / "f.npz"
    np.savez(path, a=array)
    with pytest.raises(ValueError, match=f"f.npz: the array 'a' {message}"):
        list(open_source(path, **options))


def test_a_name_that_is_not_there(tmp_path):
    np.savez(tmp_path / "f.npz", a=FIELDS)
    with pytest.raises(ValueError, match=r"f.npz: it has the arrays \['a'\], but not 'b'"):
        list(open_source(tmp_path / "f.npz", array="b"))
    with pytest.raises(ValueError, match="size is 0, but a chunk has at least one entry"):
        next(FieldFile(tmp_path / "f.npz").chunks(0))


@pytest.mark.parametrize("save", SAVE)
@pytest.mark.parametrize("cut", (100, 1500))
def test_cut_off(tmp_path, save, cut):
    path = tmp_path / "f.npz"
    SAVE[save](path, a=FIELDS)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(ValueError, match="f.npz: its end is missing: the file was cut off"):
        open_source(path)
    np.save(tmp_path / "f.npy", FIELDS)
    (tmp_path / "f.npy").write_bytes((tmp_path / "f.npy").read_bytes()[:-cut])
    with pytest.raises(ValueError, match="f.npy: the array is cut off"):
        list(open_source(tmp_path / "f.npy"))


def test_damaged_within(tmp_path):
    path = tmp_path / "f.npz"
    np.savez_compressed(path, a=FIELDS)
    content = bytearray(path.read_bytes())
    content[400:420] = bytes(20)
    path.write_bytes(bytes(content))
    with pytest.raises(ValueError, match="f.npz: .*(damaged|cut off)"):
        list(open_source(path, batched=True))
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("notes.txt", "none")
    with pytest.raises(ValueError, match=r"a zip archive with \['notes.txt'\] is no file of NumPy or torch"):
        open_source(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.npy", b"not an array")
    with pytest.raises(ValueError, match="f.npz: no file of NumPy, or cut off"):
        list(open_source(path))
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(ValueError, match="f.npz: there is no array in it"):
        list(open_source(path))
