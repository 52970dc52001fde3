"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["require_writable", "write_atomically"]


def require_writable(path: str | os.PathLike[str]) -> Path:
    """The path as a ``Path``, when a file can be written there; ask before work whose result goes there.

    Raises:
        OSError: it is a folder, or its folder is missing or not writable.
    """
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder; name the file to write, for instance {target / 'model.tflite'}")
    if not target.parent.is_dir():
        raise FileNotFoundError(
            f"{target.parent} does not exist; create the folder first, then write {target.name} into it"
        )
    if not os.access(target.parent, os.W_OK):
        raise PermissionError(f"the folder {target.parent} is not writable; choose another place for {target.name}")
    return target


def write_atomically(path: str | os.PathLike[str], chunks: Iterable[bytes | memoryview]) -> int:
    """Write chunks to a temporary file beside ``path`` and rename it there; an old file stays until then.

    Returns:
        The number of bytes written.

    Raises:
        OSError: the folder is missing or not writable, or the disk is full; nothing is left behind.
    """
    import tempfile

    target = require_writable(path)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            size = sum(file.write(chunk) for chunk in chunks)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return size
