"""HDF5 files that nobody vouches for: one view of groups and datasets, within limits.

Soft, external and user-defined links, datasets stored in other files and virtual datasets are refused; sizes are
compared with what the file really holds before memory is taken; whatever is damaged ends in an OSError.
"""

from __future__ import annotations

import struct
import zlib
from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from litesmith.errors import ModelLimitError, UnsafeModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from litesmith.sources.keras_record import Array

__all__ = [
    "FLOOR_BYTES",
    "SIGNATURE",
    "Dataset",
    "Group",
    "Hdf5File",
    "check_declared_size",
    "normal_array",
    "open_hdf5",
    "reading",
    "signature_offset",
    "text_of",
]

SIGNATURE = b"\x89HDF\r\n\x1a\n"
FLOOR_BYTES = 64 << 20
MAX_RATIO = 1000
MAX_LINK_DEPTH = 32
MAX_OBJECTS = 1_000_000

_DAMAGE = (
    OSError,
    RuntimeError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    SystemError,
    struct.error,
    zlib.error,
)


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn whatever reading damaged bytes raises into an OSError that names the place."""
    try:
        yield
    except (UnsafeModelError, ModelLimitError):
        raise
    except _DAMAGE as error:
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


def signature_offset(head: bytes) -> int | None:
    """Where HDF5 begins in the first bytes of a file: at 0, or after a user block; None where it does not."""
    return next((offset for offset in (0, 512, 1024, 2048) if head[offset : offset + 8] == SIGNATURE), None)


class Hdf5File(ABC):
    """An open file; use as a context manager.

    Attributes:
        size: bytes of the file.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._declared = 0

    def __enter__(self) -> Hdf5File:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    @abstractmethod
    def root(self) -> Group:
        """The root group."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    def account(self, declared: int, what: str) -> None:
        """Add to the sum of declared sizes, which the file's size must justify."""
        self._declared += declared
        check_declared_size(self._declared, self.size, f"the file up to {what}")


class Group(ABC):
    """A group; members are reached through hard links only.

    Attributes:
        path: from the root.
    """

    def __init__(self, path: str, depth: int) -> None:
        self.path = path
        self._depth = depth

    @abstractmethod
    def names(self) -> list[str]:
        """Names of the members, sorted."""

    @abstractmethod
    def address(self) -> int:
        """What tells this group from every other of the file."""

    @abstractmethod
    def _member(self, name: str, where: str, depth: int) -> Group | Dataset | None:
        """Return one member; None where there is none or it is neither group nor dataset."""

    @abstractmethod
    def _attribute(self, name: str) -> list[str] | None:
        """Text values of an attribute, None where there is none."""

    def child(self, path: str) -> Group | Dataset | None:
        """Return a member by a path below this group, None where there is none.

        Raises:
            UnsafeModelError: a link leaves the file or the hierarchy.
            ModelLimitError: the path is too deep.
            OSError: the file is damaged.
        """
        found: Group | Dataset | None = self
        for part in path.split("/"):
            if part in ("", "."):
                continue
            if not isinstance(found, Group):
                return None
            where = f"{found.path}/{part}"
            if found._depth >= MAX_LINK_DEPTH:
                raise ModelLimitError(f'"{where}" lies deeper than {MAX_LINK_DEPTH} groups')
            found = found._member(part, where, found._depth + 1)
        return found

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

    def groups(self) -> Iterator[Group]:
        """Yield this group and all groups below, each once."""
        seen: set[int] = set()
        pending = [self]
        while pending:
            group = pending.pop()
            if group.address() in seen:
                continue
            seen.add(group.address())
            if len(seen) > MAX_OBJECTS:
                raise ModelLimitError(f"the file has more than {MAX_OBJECTS} groups")
            yield group
            children = [group.child(name) for name in group.names()]
            pending.extend(item for item in reversed(children) if isinstance(item, Group))


class Dataset(ABC):
    """One array of the file, not read yet.

    Attributes:
        path: from the root.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    @abstractmethod
    def read(self) -> Array:
        """Return the array as ``normal_array`` gives it.

        Raises:
            UnsafeModelError: stored in another file.
            ModelLimitError: declared far larger than stored.
            OSError: not numbers, a compression that is not read, or a damaged file.
        """


def text_of(value: Any, what: str) -> str:
    """Return one text value of an attribute."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise ValueError(f"{what} is no UTF-8 text ({error}); save the model again") from error
    if isinstance(value, str):
        return str(value)
    raise ValueError(f"{what} holds a {type(value).__name__}, expected text; save the model again")


def normal_array(array: Array) -> Array:
    """Make an array contiguous, little-endian and, if it is of another float type, float32.

    Two-byte opaque elements are bfloat16.
    """
    if array.dtype.kind == "V":
        wide = np.zeros((*array.shape, 2), "<u2")
        wide[..., 1] = array.view("<u2")
        return wide.view("<f4").reshape(array.shape)
    if array.dtype.kind == "f" and array.dtype.itemsize != 4:
        return np.asarray(array, "<f4", order="C")
    return np.require(array, array.dtype.newbyteorder("<"), ["C", "A"])


def open_hdf5(source: str | bytes, size: int) -> Hdf5File:
    """Open a file for reading.

    The classic layout, which h5py and so Keras writes, is read here, safe against any damage; files that were written
    for newer libraries only (superblock 2 and up) go through h5py.

    Args:
        source: path, or the bytes of a whole file.
        size: bytes of the file.
    """
    from litesmith.sources.hdf5_classic import ClassicFile, Store

    store = Store(source, size)
    with reading("the file"):
        offset = signature_offset(store.at(0, min(size, 4096)))
        if offset is None:
            raise OSError("no HDF5 signature")
        version = store.at(offset + 8, 1)[0]
    if version < 2:
        return ClassicFile(store, offset)
    store.close()
    from litesmith.sources.hdf5_library import LibraryFile

    return LibraryFile(source, size)
