"""HDF5 files of newer layouts, read through h5py."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith.errors import UnsafeModelError
from litesmith.sources.hdf5_file import (
    Dataset,
    Group,
    Hdf5File,
    check_declared_size,
    normal_array,
    reading,
    text_of,
)

if TYPE_CHECKING:
    from litesmith.sources.keras_record import Array

__all__ = ["LibraryFile"]

_PLAIN_FILTERS = {1, 2, 3, 32000}  # deflate, shuffle, fletcher32, lzf


class LibraryFile(Hdf5File):
    """A file that h5py opened."""

    def __init__(self, source: str | bytes, size: int) -> None:
        super().__init__(size)
        import h5py

        with reading("the file"):
            self._file = h5py.File(io.BytesIO(source) if isinstance(source, bytes) else source, "r")

    @property
    def root(self) -> Group:
        """The root group."""
        return _Group(self, self._file, "", 0)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class _Group(Group):
    def __init__(self, file: LibraryFile, handle: Any, path: str, depth: int) -> None:
        super().__init__(path, depth)
        self._file = file
        self._handle = handle

    def names(self) -> list[str]:
        with reading(f'group "{self.path}"'):
            return sorted(self._handle)

    def address(self) -> int:
        import h5py

        with reading(f'group "{self.path}"'):
            return int(h5py.h5o.get_info(self._handle.id).addr)

    def _member(self, name: str, where: str, depth: int) -> Group | Dataset | None:
        import h5py

        with reading(f'"{where}"'):
            link = self._handle.get(name, getlink=True)
            if link is None:
                return None
            if not isinstance(link, h5py.HardLink):
                raise UnsafeModelError(f'"{where}" is a link to elsewhere, which is never followed')
            handle = self._handle[name]
            if isinstance(handle, h5py.Group):
                return _Group(self._file, handle, where, depth)
            return _Dataset(self._file, handle, where) if isinstance(handle, h5py.Dataset) else None

    def _attribute(self, name: str) -> list[str] | None:
        what = f'attribute "{name}" of "{self.path or "/"}"'
        with reading(what):
            attributes = self._handle.attrs
            if name not in attributes:
                return None
            identifier = attributes.get_id(name)
            if identifier.shape is not None:
                check_declared_size(math.prod(identifier.shape) * identifier.dtype.itemsize, self._file.size, what)
            value = attributes[name]
        items = np.ravel(np.asarray(value, dtype=object))
        return [text_of(item, what) for item in items if not isinstance(item, float)]


class _Dataset(Dataset):
    def __init__(self, file: LibraryFile, handle: Any, path: str) -> None:
        super().__init__(path)
        self._file = file
        self._handle = handle

    def read(self) -> Array:
        what = f'weight "{self.path}"'
        with reading(what):
            handle = self._handle
            if handle.external or handle.is_virtual:
                raise UnsafeModelError(f"{what} is stored in another file, which is never opened; save as one file")
            shape, dtype = handle.shape, handle.dtype
            plist = handle.id.get_create_plist()
            filters = {plist.get_filter(i)[0] for i in range(plist.get_nfilters())}
            chunk = math.prod(handle.chunks) * dtype.itemsize if handle.chunks else 0
            stored = handle.id.get_storage_size()
            opaque = dtype.kind == "V" and dtype.itemsize == 2 and dtype.names is None and dtype.subdtype is None
            if shape is None or dtype.hasobject or not (dtype.kind in "fiub" or opaque):
                raise OSError(f"its dtype is {dtype}, expected numbers")
            if filters - _PLAIN_FILTERS:
                raise OSError(f"compressed by filters {sorted(filters)}, of which gzip, lzf and shuffle are read")
            if stored > self._file.size:
                raise OSError(f"it stores {stored} bytes in a file of {self._file.size}")
        declared = math.prod(shape) * dtype.itemsize
        check_declared_size(max(declared, chunk), stored, what)
        self._file.account(declared, what)
        array: Array = np.empty(shape, dtype)
        if declared:
            with reading(what):
                handle.read_direct(array)
        return normal_array(array)
