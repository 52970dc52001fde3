"""HDF5 files that nobody vouches for, read through h5py within limits.

Soft, external and user-defined links, datasets stored in other files and virtual datasets are refused; sizes are
compared with what the file really holds before memory is taken; every failure of the library is an OSError.
"""

from __future__ import annotations

import io
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from litesmith.errors import ModelLimitError, UnsafeModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litesmith.sources.keras_record import Array

__all__ = ["Dataset", "Group", "Hdf5File", "check_declared_size", "normal_array"]

FLOOR_BYTES = 64 << 20
MAX_RATIO = 1000
MAX_LINK_DEPTH = 32
MAX_OBJECTS = 1_000_000

_LIBRARY_ERRORS = (
    OSError,
    RuntimeError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    NotImplementedError,
    OverflowError,
    MemoryError,
    SystemError,
)
_PLAIN_FILTERS = {1, 2, 3, 32000}  # deflate, shuffle, fletcher32, lzf


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        yield
    except (UnsafeModelError, ModelLimitError):
        raise
    except _LIBRARY_ERRORS as error:
        text = str(error) or type(error).__name__
        raise OSError(f"{what} cannot be read ({text}); the HDF5 file is damaged, copy or save it again") from error


def check_declared_size(declared: int, stored: int, what: str, ratio: int = MAX_RATIO) -> None:
    """Refuse a size that the stored bytes cannot justify.

    Raises:
        ModelLimitError: more than 64 MiB and more than ``ratio`` times what is stored.
    """
    if declared > FLOOR_BYTES and declared > ratio * stored:
        raise ModelLimitError(
            f"{what} declares {declared} bytes but stores {stored}; more than {ratio} times the stored size is refused"
        )


class Hdf5File:
    """An open file; use as a context manager.

    Args:
        source: path, or the bytes of a whole file.
        size: bytes of the file.
    """

    def __init__(self, source: str | bytes, size: int) -> None:
        import h5py

        self.size = size
        self.image = source if isinstance(source, bytes) else None
        self._declared = 0
        with _reading("the file"):
            if isinstance(source, bytes):
                self._file = h5py.File(io.BytesIO(source), "r")
            else:
                self._file = h5py.File(source, "r", locking=False)

    def __enter__(self) -> Hdf5File:
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()

    @property
    def root(self) -> Group:
        """The root group."""
        return Group(self, self._file, "", 0)

    def account(self, declared: int, what: str) -> None:
        """Add to the sum of declared sizes, which the file's size must justify."""
        self._declared += declared
        check_declared_size(self._declared, self.size, f"the file up to {what}")


class Group:
    """A group; members are reached through hard links only."""

    def __init__(self, file: Hdf5File, handle: Any, path: str, depth: int) -> None:
        self._file = file
        self._handle = handle
        self.path = path
        self._depth = depth

    def names(self) -> list[str]:
        """Names of the members, sorted."""
        with _reading(f'group "{self.path}"'):
            return sorted(self._handle)

    def child(self, path: str) -> Group | Dataset | None:
        """Return a member by a path below this group, None where there is none.

        Raises:
            UnsafeModelError: a link leaves the file or the hierarchy.
            ModelLimitError: the path is too deep.
            OSError: the file is damaged.
        """
        import h5py

        group: Group | Dataset = self
        for part in path.split("/"):
            if part in ("", "."):
                continue
            if isinstance(group, Dataset):
                return None
            where = f"{group.path}/{part}"
            if group._depth >= MAX_LINK_DEPTH:
                raise ModelLimitError(f'"{where}" lies deeper than {MAX_LINK_DEPTH} groups')
            with _reading(f'"{where}"'):
                link = group._handle.get(part, getlink=True)
                if link is None:
                    return None
                if not isinstance(link, h5py.HardLink):
                    raise UnsafeModelError(
                        f'"{where}" is a {type(link).__name__} to somewhere else, which is never followed'
                    )
                handle = group._handle[part]
                if isinstance(handle, h5py.Group):
                    group = Group(self._file, handle, where, group._depth + 1)
                elif isinstance(handle, h5py.Dataset):
                    group = Dataset(self._file, handle, where)
                else:
                    return None
        return group

    def group(self, path: str) -> Group | None:
        """Return a group below this one, None where there is none."""
        found = self.child(path)
        return found if isinstance(found, Group) else None

    def text(self, name: str) -> str | None:
        """Value of a text attribute, None where there is none."""
        values = self._attribute(name)
        return values[0] if values else None

    def texts(self, name: str) -> list[str] | None:
        """Value of a list-of-text attribute, whole or split into ``name0``, ``name1`` and so on."""
        values = self._attribute(name)
        if values is not None:
            return values
        parts: list[str] = []
        number = 0
        while (part := self._attribute(f"{name}{number}")) is not None:
            parts.extend(part)
            number += 1
        return parts if number else None

    def _attribute(self, name: str) -> list[str] | None:
        what = f'attribute "{name}" of "{self.path or "/"}"'
        with _reading(what):
            attributes = self._handle.attrs
            if name not in attributes:
                return None
            identifier = attributes.get_id(name)
            if identifier.shape is not None:
                check_declared_size(math.prod(identifier.shape) * identifier.dtype.itemsize, self._file.size, what)
            value = attributes[name]
        return [_text(item, what) for item in np.ravel(np.asarray(value, dtype=object)) if not isinstance(item, float)]

    def groups(self) -> Iterator[Group]:
        """Yield this group and all groups below, each once."""
        import h5py

        seen: set[int] = set()
        pending = [self]
        while pending:
            group = pending.pop()
            with _reading(f'group "{group.path}"'):
                address = int(h5py.h5o.get_info(group._handle.id).addr)
            if address in seen:
                continue
            seen.add(address)
            if len(seen) > MAX_OBJECTS:
                raise ModelLimitError(f"more than {MAX_OBJECTS} groups")
            yield group
            children = [group.child(name) for name in group.names()]
            pending.extend(item for item in reversed(children) if isinstance(item, Group))


def _text(value: Any, what: str) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise ValueError(f"{what} is no UTF-8 text ({error}); save the model again") from error
    if isinstance(value, str):
        return str(value)
    raise ValueError(f"{what} holds a {type(value).__name__}, expected text; save the model again")


class Dataset:
    """One array of the file, not read yet."""

    def __init__(self, file: Hdf5File, handle: Any, path: str) -> None:
        self._file = file
        self._handle = handle
        self.path = path

    def shape(self) -> tuple[int, ...]:
        """Return the declared shape."""
        with _reading(f'weight "{self.path}"'):
            return tuple(int(extent) for extent in self._handle.shape or ())

    def read(self) -> Array:
        """Return the array: contiguous, little-endian; bfloat16 as float32.

        Raises:
            UnsafeModelError: stored in another file.
            ModelLimitError: declared far larger than stored.
            ValueError: not numbers, or a compression that is not supported.
            OSError: the file is damaged.
        """
        what = f'weight "{self.path}"'
        with _reading(what):
            handle = self._handle
            if handle.external or handle.is_virtual:
                raise UnsafeModelError(
                    f"{what} is stored in another file, which is never opened; save the model as one file"
                )
            shape, dtype = handle.shape, handle.dtype
            plist = handle.id.get_create_plist()
            filters = {plist.get_filter(i)[0] for i in range(plist.get_nfilters())}
            chunk = math.prod(handle.chunks) * dtype.itemsize if handle.chunks else 0
            stored = handle.id.get_storage_size()
            offset = handle.id.get_offset()
        if (
            shape is None
            or dtype.hasobject
            or dtype.kind not in "fiubV"
            or (dtype.kind == "V" and not _is_bfloat16(dtype))
        ):
            raise ValueError(f"{what} has dtype {dtype}, expected numbers")
        if filters - _PLAIN_FILTERS:
            raise ValueError(
                f"{what} is compressed by filters {sorted(filters)}; only gzip, lzf, shuffle and fletcher32 are read"
            )
        declared = math.prod(shape) * dtype.itemsize
        check_declared_size(max(declared, chunk), stored, what)
        self._file.account(declared, what)
        if stored > self._file.size:
            raise OSError(
                f"{what} stores {stored} bytes in a file of {self._file.size}; the file is damaged or cut short"
            )
        image = self._file.image
        if image is not None and offset is not None and not filters and declared and offset + declared <= len(image):
            array: Array = np.frombuffer(image, dtype, math.prod(shape), offset).reshape(shape)
        else:
            array = np.empty(shape, dtype)
            if declared:
                with _reading(what):
                    handle.read_direct(array)
        return normal_array(array)


def _is_bfloat16(dtype: np.dtype[Any]) -> bool:
    return dtype.itemsize == 2 and dtype.names is None and dtype.subdtype is None


def normal_array(array: Array) -> Array:
    """Make an array contiguous, little-endian and, if it is of another float type, float32."""
    if array.dtype.kind == "V":
        wide = np.zeros((*array.shape, 2), "<u2")
        wide[..., 1] = array.view("<u2")
        return wide.view("<f4").reshape(array.shape)
    if array.dtype.kind == "f" and array.dtype.itemsize != 4:
        return np.asarray(array, "<f4", order="C")
    return np.require(array, array.dtype.newbyteorder("<"), ["C", "A"])
