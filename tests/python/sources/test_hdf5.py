"""Both readers of HDF5 give what h5py gives."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest

from litesmith.sources.hdf5_classic import ClassicFile
from litesmith.sources.hdf5_file import Dataset, Group, Hdf5File, normal_array, open_hdf5

if TYPE_CHECKING:
    from pathlib import Path


def _compare(expected: h5py.Group, group: Group) -> int:
    """Compare names, text attributes and values of all that is below; return the number of arrays."""
    assert group.names() == sorted(expected)
    count = 0
    for name, member in expected.items():
        found = group.child(name)
        if isinstance(member, h5py.Group):
            assert isinstance(found, Group)
            count += _compare(member, found)
        else:
            assert isinstance(found, Dataset)
            array, reference = found.read(), normal_array(np.asarray(member[()]))
            assert (array.shape, array.dtype) == (reference.shape, reference.dtype)
            np.testing.assert_array_equal(array, reference)
            count += 1
    return count


def _opened(path: Path, *, in_memory: bool) -> Hdf5File:
    return open_hdf5(path.read_bytes() if in_memory else str(path), path.stat().st_size)


@pytest.mark.parametrize("in_memory", [False, True])
@pytest.mark.parametrize("libver", ["earliest", "latest"])
@pytest.mark.parametrize("user_block", [0, 512])
def test_every_way_to_store_numbers_is_read(tmp_path: Path, libver: str, user_block: int, in_memory: bool) -> None:
    random = np.random.default_rng(0)
    path = tmp_path / "x.h5"
    with h5py.File(path, "w", libver=libver, userblock_size=user_block) as file:
        packed = {"compression": "gzip", "shuffle": True, "fletcher32": True}
        file.create_dataset("packed", data=random.normal(size=(37, 53)).astype("f4"), chunks=(8, 16), **packed)
        file.create_dataset("half", data=random.normal(size=(300, 3)).astype("f2"), chunks=True, compression="gzip")
        file["big_endian"] = random.normal(size=(3, 3)).astype(">f8")
        file["integers"] = np.arange(-3, 5)
        file["bytes"] = np.arange(5, dtype="u1")
        file["scalar"] = np.float32(3)
        file["empty"] = np.zeros((0, 4), "f4")
        file["bfloat16"] = np.frombuffer(b"\x80\x3f\x00\x40", "V2")
        file.create_dataset("chunks_missing", (30, 4), "f4", chunks=(8, 4), fillvalue=2.5)[3] = 1
        file.create_dataset("never_written", (30, 4), "f4", fillvalue=2.5)
        file.create_dataset("resizable", data=np.arange(7.0), maxshape=(None,), chunks=(4,))
        for number in range(300):
            file.create_group(f"many/{number}")

    with h5py.File(path) as reference, _opened(path, in_memory=in_memory) as file:
        assert isinstance(file, ClassicFile) == (libver == "earliest")
        assert _compare(reference, file.root) == 11


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_text_attributes_of_every_form_are_read(tmp_path: Path, libver: str) -> None:
    path = tmp_path / "x.h5"
    with h5py.File(path, "w", libver=libver) as file:
        file.attrs["text"] = "größer"
        file.attrs["bytes"] = np.bytes_(b"fixed")
        file.attrs["list"] = ["a", "bc", ""]
        file.attrs["fixed_list"] = np.array([b"a", b"bcd"])
        file.attrs["none"] = []
        file.attrs["split0"] = [b"x"]
        file.attrs["split1"] = [b"y", b"z"]

    with _opened(path, in_memory=False) as file:
        assert file.root.text("text") == "größer"
        assert file.root.text("bytes") == "fixed"
        assert file.root.texts("list") == ["a", "bc", ""]
        assert file.root.texts("fixed_list") == ["a", "bcd"]
        assert file.root.texts("none") == []
        assert file.root.texts("split") == ["x", "y", "z"]
        assert file.root.texts("missing") is None


def test_unsupported_compression_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=np.arange(100.0), chunks=(10,), compression="lzf")

    with _opened(path, in_memory=False) as file:
        found = file.root.child("x")
        assert isinstance(found, Dataset)
        with pytest.raises(OSError, match="compressed by lzf"):
            found.read()


def test_groups_that_contain_themselves_are_listed_once(tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        inner = file.create_group("a/b")
        inner["again"] = file["a"]

    with _opened(path, in_memory=False) as file:
        assert [group.path for group in file.root.groups()] == ["", "/a", "/a/b"]


def test_all_shared_keras_files_read_as_h5py_reads_them(shared: Path) -> None:
    count = 0
    for path in sorted((shared / "scenarios").rglob("*.keras")):
        with zipfile.ZipFile(path) as archive:
            data = archive.read("model.weights.h5")
        with h5py.File(io.BytesIO(data)) as reference, open_hdf5(data, len(data)) as file:
            count += _compare(reference, file.root)
    assert count > 500
