"""The names by which scripts load hardware delegates, which litesmith does not run."""

from __future__ import annotations

import ctypes
from typing import Any

__all__ = ["Delegate", "load_delegate"]


class Delegate:
    """A native delegate of TensorFlow Lite. litesmith runs every operator itself and takes none."""

    def __init__(self, library: str, options: dict[Any, Any] | None = None) -> None:
        """Look for the library.

        Raises:
            OSError: there is no such library.
            ValueError: there is one, which cannot be used.
        """
        ctypes.CDLL(library)
        msg = (
            f"Failed to load delegate from {library} (options {options or {}}): litesmith runs models on the CPU by "
            "itself and takes no native delegates; leave experimental_delegates out"
        )
        raise ValueError(msg)


def load_delegate(library: str, options: dict[Any, Any] | None = None) -> Delegate:
    """Look for a delegate's library; see Delegate for what it raises."""
    return Delegate(library, options)
